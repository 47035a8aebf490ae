"""`becalm report`: the whole job, from a folder of records to one page that can be checked line by line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.options import CohortPath, Policies, Strict, changes, listed, read
from becalm.cli.output import write_whole
from becalm.guidelines import find_guideline
from becalm.record.errors import InputError
from becalm.report import check_choices, write_report
from becalm.scales import find_scale

EXAMPLES = (
    "Examples:\n\n"
    "becalm report COHORT -o report.html\n\n"
    "becalm report COHORT -o one.html --patient P-017\n\n"
    "becalm report COHORT -o report.html --set resolution_hours=48"
)


@app.command(name="report", help_epilogue=EXAMPLES)
def report_command(
    cohort: CohortPath,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The HTML file to write.")] = Path(
        "report.html"
    ),
    scale: Annotated[str, Parameter(help="A grading system by id, or a path to one.")] = "astct-2019",
    guideline: Annotated[
        str, Parameter(help="Guidelines by id, separated by commas, or a path to one.")
    ] = "il6-guided-2022",
    patient: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="Write a section for this patient only (repeat for several)."),
    ] = (),
    patients: Annotated[
        int, Parameter(help="How many patients get a section of their own, where --patient does not say.")
    ] = 50,
    policies: Policies = (),
    strict: Strict = False,
) -> None:
    """Write the report: timelines, grades with their reasons, recommendations, the cohort, what was refused.

    One HTML file that needs no network and prints well. The tables and figures of the cohort hold every
    patient; sections of their own go to patients with a local sign first, then by the highest grade.

    --set changes a policy or a parameter of a guideline.
    """
    check_output(output)
    if patients < 0:
        raise InputError(f"--patients was given {patients}; expected 0 or more.")
    edition = find_scale(scale)
    chosen = [find_guideline(name) for name in listed(guideline, "guideline")]
    changed = changes(policies)
    check_choices(edition, chosen, changed)
    record = read(cohort, strict=strict)
    page = write_report(
        record,
        scale=edition,
        guidelines=chosen,
        settings=changed,
        patients=list(dict.fromkeys(patient)) or None,
        most=patients,
        name=cohort.resolve().name,
        progress=lambda said: print(said, file=sys.stderr),
    )
    write_whole(output, page.encode())
    print(f"The report: {output}")


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises:
        InputError: another ending than .html or .htm, a folder, or a folder that does not exist.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(
            f"The output {str(path)!r} ends in {path.suffix or 'nothing'}; expected .html. Rename it."
        )
    if path.is_dir():
        raise InputError(
            f"The output {str(path)!r} is a folder; expected a file. Give it a name in that folder."
        )
    if not path.parent.is_dir():
        raise InputError(
            f"The folder {str(path.parent)!r} for the output does not exist. Create it, or name another."
        )
