"""docs/commands.md: every command and option, from the command line itself."""

import sys
from pathlib import Path

from becalm.cli.app import app
from becalm.cli.commands import register

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def page() -> str:
    """The page as Markdown."""
    register()
    # The usage lines name the running program: here it is becalm, whatever started this.
    started_as, sys.argv[0] = sys.argv[0], "becalm"
    try:
        text = app.generate_docs(output_format="markdown")
    finally:
        sys.argv[0] = started_as
    lines = (line.rstrip() for line in text.splitlines())
    return (
        "<!-- Written by `make docs`; edit the docstrings in src/becalm/cli. -->\n\n"
        + "\n".join(lines).strip()
        + "\n"
    )
