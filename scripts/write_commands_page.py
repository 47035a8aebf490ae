"""Write docs/commands.md, every command and option, from the command line itself (`make docs`)."""

from pathlib import Path

from becalm.cli.app import app
from becalm.cli.commands import register

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def page() -> str:
    """The page as Markdown."""
    register()
    lines = (line.rstrip() for line in app.generate_docs(output_format="markdown").splitlines())
    return (
        "<!-- Written by `make docs`; edit the docstrings in src/becalm/cli. -->\n\n"
        + "\n".join(lines).strip()
        + "\n"
    )
