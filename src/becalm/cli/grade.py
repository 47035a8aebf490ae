"""`becalm grade`: the grade of every patient over time."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.batches import Share, Work, part_of, run
from becalm.cli.options import (
    At,
    Batch,
    CohortPath,
    Output,
    Partition,
    Policies,
    Strict,
    changes,
    listed,
    tell_policies,
)
from becalm.cli.output import check_suffix
from becalm.record.errors import InputError
from becalm.scales import find_scale, grade, per_patient

EXAMPLES = (
    "Examples:\n\n"
    "becalm grade COHORT --scale astct-2019 -o grades.csv\n\n"
    "becalm grade COHORT --at 6.5\n\n"
    "becalm grade COHORT --per patient\n\n"
    "becalm grade COHORT --partition 1/4 -o grades-1.csv"
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
    partition: Partition = None,
    batch: Batch = None,
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
    tables = [
        partial(per_patient, scale=edition, settings=changed)
        if per == "patient"
        else partial(grade, scale=edition, at=None if at is None else [at], settings=changed)
        for edition in scales
    ]

    def tell() -> None:
        for edition in scales:
            tell_policies(edition.id, edition.settings().with_changes(changed))

    options = {"scales": [f"{one.id} {one.short_hash}" for one in scales], "at": at, "per": per}
    work = Work("grade", tables, changed, options, tell)
    run(cohort, work, Share(batch, part_of(partition)), output, strict=strict)
