"""`becalm grade`: the grade of every patient over time."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.options import At, CohortPath, Output, Policies, Strict, changes, listed, read, tell_policies
from becalm.cli.output import check_suffix, stamped, write_table
from becalm.record.errors import InputError
from becalm.scales import find_scale, grade, per_patient

EXAMPLES = (
    "Examples:\n\n"
    "becalm grade COHORT --scale astct-2019 -o grades.csv\n\n"
    "becalm grade COHORT --at 6.5\n\n"
    "becalm grade COHORT --per patient"
)


@app.command(name="grade", help_epilogue=EXAMPLES)
def grade_command(
    cohort: CohortPath,
    *,
    scale: Annotated[
        str, Parameter(help="Grading systems by id, separated by commas, or a path to one.")
    ] = "astct-2019",
    at: At = None,
    per: Annotated[
        Literal["interval", "patient"], Parameter(help="One row for each interval, or one for each patient.")
    ] = "interval",
    output: Output = None,
    policies: Policies = (),
    strict: Strict = False,
) -> None:
    """Grade a cohort at every moment.

    Each row says from when to when (days of the clock), the lowest and highest grade that the record
    allows, and why. Where they differ the record does not decide, and `missing` says what would.
    A grade of 0 is "no CRS".
    """
    check_suffix(output)
    if at is not None and per == "patient":
        raise InputError("--at and --per patient exclude each other: give one of them.")
    scales = [find_scale(name) for name in listed(scale, "scale")]
    changed = changes(policies)
    for edition in scales:
        edition.settings().with_changes(changed)
    record = read(cohort, strict=strict)
    for edition in scales:
        tell_policies(edition.id, edition.settings().with_changes(changed))
    frames = []
    for edition in scales:
        if per == "patient":
            frames.append(per_patient(record, edition, settings=changed))
        else:
            frames.append(grade(record, edition, at=None if at is None else [at], settings=changed))
    write_table(stamped(pl.concat(frames), record, changed), output)
