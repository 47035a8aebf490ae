"""`becalm scales`: the grading systems that are installed."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from becalm.cli.app import app
from becalm.record.errors import EditionError
from becalm.scales import installed_scales, load_scale
from becalm.scales.checking import Finding, check

scales_app = App(name="scales", help="List the grading systems installed, or check a file of your own.")
app.command(scales_app)


@scales_app.default
def list_scales() -> None:
    """List the grading systems installed: id, what is graded, title, verification, hash, source.

    `becalm cite ID` prints the wording, the condition, the source and the verification of every rule.
    """
    for edition in installed_scales().values():
        doubtful = sum(not level.verified for level in edition.level)
        state = (
            "every rule verified"
            if not doubtful
            else f"{doubtful} of {len(edition.level)} rules not verified"
        )
        fields = (edition.id, edition.toxicity, edition.title, state, edition.short_hash, edition.source)
        print("\t".join(fields))
    print("`becalm cite ID` prints every rule with its wording, source and verification.", file=sys.stderr)


@scales_app.command(name="check")
def check_scale(file: Annotated[Path, Parameter(help="A grading system as a TOML file.")]) -> None:
    """Proof-read an institution's own grading system.

    Every rule must parse and name known facts. Then each level is examined: whether any patient can reach it,
    whether another makes it superfluous, whether a higher grade is easier to reach than a lower, and whether
    values between two levels reach none; a finding shows a patient as an example. An error (a file that does
    not fit, a level that nobody can reach) ends with exit code 2, warnings and notes do not.
    """
    edition = load_scale(file)
    found = check(edition)
    axes = len({level.axis for level in edition.level})
    said = f"{edition.id}: {len(edition.level)} rules on {axes} axes"
    counts: Counter[str] = Counter(one.severity for one in found)
    if counts["error"]:
        raise EditionError("\n".join([f"{file}: {said}, {_counted(counts)}", *map(_line, found)]))
    print(f"{said}, {_counted(counts) if counts['warning'] else 'all sound'}")
    print("".join(f"{_line(one)}\n" for one in found), end="")


def _line(finding: Finding) -> str:
    return f"  {finding}"


def _counted(counts: Counter[str]) -> str:
    """How many of each: `1 error, 2 warnings`."""
    return ", ".join(
        f"{counts[what]} {what}{'s' if counts[what] > 1 else ''}"
        for what in ("error", "warning", "note")
        if counts[what]
    )
