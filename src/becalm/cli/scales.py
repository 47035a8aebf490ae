"""`becalm scales`: the grading systems that are installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from becalm.cli.app import app
from becalm.scales import installed_scales, load_scale

scales_app = App(name="scales", help="List the grading systems installed, or check a file of your own.")
app.command(scales_app)


@scales_app.default
def list_scales() -> None:
    """List the grading systems installed: id, what is graded, title, and whether every rule was verified."""
    for edition in installed_scales().values():
        doubtful = sum(not level.verified for level in edition.level)
        state = (
            "every rule verified"
            if not doubtful
            else f"{doubtful} of {len(edition.level)} rules not verified"
        )
        print(f"{edition.id}\t{edition.toxicity}\t{edition.title}\t{state}\t{edition.short_hash}")


@scales_app.command(name="check")
def check_scale(file: Annotated[Path, Parameter(help="A grading system as a TOML file.")]) -> None:
    """Proof-read an institution's own grading system: every rule must parse and name known facts."""
    edition = load_scale(file)
    axes = len({level.axis for level in edition.level})
    print(f"{edition.id}: {len(edition.level)} rules on {axes} axes, all sound")
