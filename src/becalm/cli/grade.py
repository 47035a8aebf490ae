"""`becalm grade`: the grade of every patient over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Literal

import polars as pl
from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.batches import Share, Tables, Work, part_of, run
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
from becalm.record import Cohort
from becalm.record.errors import InputError
from becalm.scales import find_scale, grade_together, per_patient_together
from becalm.scales.episodes import SIGNS, find_rule

EXAMPLES = (
    "Examples:\n\n"
    "becalm grade COHORT --scale astct-2019 -o grades.csv\n\n"
    "becalm grade COHORT --at 6.5\n\n"
    "becalm grade COHORT --scale astct-2019,lee-2014,penn-2018 --at 6.5\n\n"
    "becalm grade COHORT --per patient\n\n"
    "becalm grade COHORT --per patient --episode fever-and-cytokines\n\n"
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
    episode: Annotated[
        str, Parameter(help="With --per patient: which rule ends an episode (`becalm cite episodes`).")
    ] = SIGNS,
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
    if episode != SIGNS and per != "patient":
        raise InputError("--episode goes with --per patient: give both.")
    find_rule(episode)
    scales = [find_scale(name) for name in listed(scale, "scale")]
    changed = changes(policies)
    for edition in scales:
        edition.settings().with_changes(changed)
    make: Callable[[Cohort], Sequence[pl.DataFrame]]
    if per == "patient":
        make = partial(per_patient_together, scales=scales, settings=changed, episode=episode)
    else:
        make = partial(grade_together, scales=scales, at=None if at is None else [at], settings=changed)

    def tell() -> None:
        for edition in scales:
            tell_policies(edition.id, edition.relevant(edition.settings().with_changes(changed)))

    options = {
        "scales": [f"{one.id} {one.short_hash}" for one in scales],
        "at": at,
        "per": per,
        "episode": episode,
    }
    work = Work("grade", Tables(make, len(scales)), changed, options, tell)
    run(cohort, work, Share(batch, part_of(partition)), output, strict=strict)
