"""Grades at every moment: the timeline's states read by an edition's levels, with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY_LIMIT, from_day, to_day
from becalm.record.errors import InputError
from becalm.scales._because import sentence, wanted, warning
from becalm.scales._facts import PIECE_COLUMNS
from becalm.scales._levels import grade_ranges
from becalm.scales._missing import missing
from becalm.scales.edition import Scale, find_scale
from becalm.timeline import States, states
from becalm.timeline.evidence import courses, with_values

COLUMNS = (
    "patient_id",
    "start_day",
    "end_day",
    "scale",
    "grade_min",
    "grade_max",
    "because",
    "missing",
    "warning",
    "verified",
    "edition_hash",
)
"""The columns of a table of grades; the first seven are promised in this order."""


@dataclass(frozen=True)
class Graded:
    """The states of a cohort with the grade range of each interval, before they are put into words.

    intervals: the columns of `States.intervals` and of `grade_ranges`; alive_min and alive_max are the range
    without death.
    """

    scale: Scale
    states: States
    intervals: pl.DataFrame


def graded(
    cohort: Cohort,
    scale: str | Scale = "astct-2019",
    *,
    settings: Mapping[str, Any] | None = None,
    until_day: float | None = None,
) -> Graded:
    """Grade every interval of every patient.

    Args:
        cohort: the record.
        scale: the id of an installed edition, a path to one, or an edition.
        settings: policies to change, by name.
        until_day: grade at least up to this day, past the end of a record.

    Raises:
        InputError: unknown edition or policy.
        EditionError: a file of an edition does not fit.
    """
    edition = find_scale(scale)
    policies = edition.settings().with_changes(settings or {})
    course = states(cohort, policies, None if until_day is None else from_day(until_day))
    shown = course.pieces.select(PIECE_COLUMNS)[course.possible["piece"]]
    rows = pl.concat([course.possible, shown], how="horizontal")
    ranges = grade_ranges(edition, rows, ["case"], policies)
    intervals = course.intervals.join(ranges, on="case", how="left", maintain_order="left").drop("case")
    blank = pl.col("ended")
    intervals = intervals.with_columns(
        alive_min="grade_min",
        alive_max=pl.max_horizontal(
            *(f"{level.axis}_max" for level in edition.level if level.axis != "death")
        ),
        grade_min=pl.when(~blank).then("grade_min"),
        grade_max=pl.when(~blank).then("grade_max"),
    )
    return Graded(edition, course, intervals)


def merged(graded: Graded) -> pl.DataFrame:
    """Intervals joined where neither the answer nor any axis changes; the first stands for all."""
    axes = sorted({level.axis for level in graded.scale.level})
    key = [
        "verified",
        *(
            "grade_min",
            "grade_max",
            "crs_lo",
            "crs_hi",
            "fever_waived_lo",
            "fever_waived_hi",
            "onset_lo",
            "ended",
        ),
        *(
            "death_from_crs_lo",
            "death_from_crs_hi",
            "fever_cause_hi",
            "hypotension_cause_hi",
            "hypoxia_cause_hi",
        ),
        *(f"{axis}_{end}" for axis in axes for end in ("min", "max")),
    ]
    changed = pl.any_horizontal(
        pl.col("patient_id") != pl.col("patient_id").shift(1),
        *(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in key),
    ).fill_null(True)
    return (
        graded.intervals.with_columns(stretch=changed.cum_sum())
        .group_by("stretch", maintain_order=True)
        .agg(pl.exclude("end").first(), pl.col("end").last())
        .drop("stretch")
    )


def grade(
    cohort: Cohort,
    scale: str | Scale = "astct-2019",
    at: Iterable[float] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """The grade of every patient over time, or at given days.

    Args:
        cohort: the record.
        scale: the id of an installed edition, a path to one, or an edition.
        at: days of the clock; then one row for each patient and day, start_day and end_day both that day.
        settings: policies to change, by name (`becalm.timeline.default_settings` lists them).

    Returns:
        COLUMNS: patient_id, start_day, end_day (days; [start, end)), scale, grade_min and grade_max (0 is
        "no CRS"; blank after a death from another cause), because, missing (what would narrow a range,
        cheapest first), warning, verified (false where a rule or policy recalled, not read, decided),
        edition_hash. Intervals run from the infusion to the end of the record and cover it once.

    Raises:
        InputError: unknown edition or policy.
        EditionError: a file of an edition does not fit.
    """
    days = None if at is None else sorted({checked_day(float(d)) for d in at})
    found = graded(cohort, scale, settings=settings, until_day=max(days) if days else None)
    if days is None:
        return worded(cohort, found, merged(found))
    instants = pl.DataFrame({"asked": [from_day(d) for d in days]}, schema={"asked": pl.Int64})
    asked = (
        cohort.patients.select("patient_id", "infusion")
        .join(instants, how="cross")
        .sort("patient_id", "asked")
    )
    rows = asked.join_asof(
        found.intervals.sort("patient_id", "start"),
        left_on="asked",
        right_on="start",
        by="patient_id",
        coalesce=False,
        check_sortedness=False,
    )
    rows = rows.with_columns(end=pl.col("asked"), shown_start=pl.col("asked"))
    before = rows.filter(pl.col("asked") < pl.col("infusion"))
    after = worded(cohort, found, rows.filter(pl.col("asked") >= pl.col("infusion")))
    return pl.concat([_before_infusion(before, found), after]).sort("patient_id", "start_day")


def checked_day(day: float) -> float:
    """A day of the clock.

    Raises:
        InputError: no finite number, or too far away to be meant.
    """
    if not abs(day) <= DAY_LIMIT:
        raise InputError(
            f"The day asked for is {day}; expected a number of days since the midnight of the infusion date, "
            f"at most {DAY_LIMIT} (6.5 is noon of day 6)."
        )
    return day


def _before_infusion(rows: pl.DataFrame, found: Graded) -> pl.DataFrame:
    """Instants before the infusion: no CRS can exist."""
    return rows.select(
        "patient_id",
        start_day=to_day(pl.col("asked")),
        end_day=to_day(pl.col("asked")),
        scale=pl.lit(found.scale.id),
        grade_min=pl.lit(0, dtype=pl.Int8),
        grade_max=pl.lit(0, dtype=pl.Int8),
        because=pl.lit("Before the infusion."),
        missing=pl.lit(""),
        warning=pl.lit(""),
        verified=pl.lit(True),
        edition_hash=pl.lit(found.scale.short_hash),
    )


def worded(cohort: Cohort, found: Graded, rows: pl.DataFrame) -> pl.DataFrame:
    """Put intervals into words.

    Args:
        cohort: the record, for the rows behind a state.
        found: the graded states.
        rows: some of `found.intervals` (one for each `interval`), perhaps with `shown_start`.

    Returns:
        COLUMNS.
    """
    policies = found.states.settings
    spans = found.states.spans.select("patient_id", "death", "death_cause", "died")
    pieces = found.states.pieces.drop("start", "end", "patient_id", "piece")[rows["piece"]]
    full = pl.concat([rows, pieces], how="horizontal").join(
        spans, on="patient_id", how="left", maintain_order="left"
    )
    undecided = full.filter((pl.col("grade_min") < pl.col("grade_max")).fill_null(False), ~pl.col("ended"))
    undecided = undecided.with_columns(source=pl.col("sources").list.first()).unique(
        "interval", maintain_order=True
    )
    lacking = missing(found.scale, undecided, found.states.answers, policies)
    if "shown_start" in full.columns:
        full = full.with_columns(start="shown_start")
    known = courses(cohort, policies)
    because, needs, warnings = [], [], []
    for row in with_values(full, found.states.readings, cohort.observations).iter_rows(named=True):
        course = known[row["patient_id"]]
        things = wanted(lacking.get(row["interval"], ()), row, course)
        because.append(sentence(row, things, course, policies))
        needs.append("; ".join(things))
        warnings.append(warning(row, course, policies))
    return full.select(
        "patient_id",
        start_day=to_day(pl.col("start")),
        end_day=to_day(pl.col("end")),
        scale=pl.lit(found.scale.id),
        grade_min="grade_min",
        grade_max="grade_max",
        because=pl.Series(because, dtype=pl.String),
        missing=pl.Series(needs, dtype=pl.String),
        warning=pl.Series(warnings, dtype=pl.String),
        verified="verified",
        edition_hash=pl.lit(found.scale.short_hash),
    )
