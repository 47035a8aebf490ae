"""Grades at every moment: the timeline's states read by an edition's levels, with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY_LIMIT, from_day, to_day
from becalm.record.errors import InputError
from becalm.scales._courses import Courses
from becalm.scales._facts import PIECE_COLUMNS
from becalm.scales._lasting import lasting_levels, with_durations
from becalm.scales._levels import DEATHS, doubts, grade_ranges, side
from becalm.scales._words import Graded, Words
from becalm.scales.edition import Scale, find_scale
from becalm.timeline import Settings


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
    return graded_together(cohort, [scale], settings=settings, until_day=until_day)[0]


def graded_together(
    cohort: Cohort,
    scales: Sequence[str | Scale],
    *,
    settings: Mapping[str, Any] | None = None,
    until_day: float | None = None,
) -> list[Graded]:
    """Grade by several systems at once: the course of each patient is walked once for all that can share it.

    Args:
        cohort: the record.
        scales: ids of installed editions, paths to some, or editions.
        settings: policies to change, by name.
        until_day: grade at least up to this day, past the end of a record.

    Returns:
        One result a system, in the order asked for.

    Raises:
        InputError: unknown edition or policy.
        EditionError: a file of an edition does not fit.
    """
    courses = Courses(cohort, None if until_day is None else from_day(until_day))
    out = []
    for edition in map(find_scale, scales):
        policies = edition.settings().with_changes(settings or {})
        out.append(_graded(edition, courses, policies))
    return out


def _graded(edition: Scale, courses: Courses, policies: Settings) -> Graded:
    """Grade the intervals of a course by one system."""
    course = courses.states(policies, edition.fatal_cause)
    intervals = courses.intervals(edition.families(policies), policies, edition.fatal_cause)
    rows = course.possible if edition.reads_course else course.possible.unique(["case", *DEATHS])
    if edition.reads_course:
        shown = course.pieces.select(PIECE_COLUMNS)[rows["piece"]]
        rows = pl.concat([rows, shown], how="horizontal")
    columns = [column for fact in edition.own_facts(policies) for column in (fact.lo, fact.hi)]
    intervals, variants = _variants(intervals, rows, columns)
    if lasting_levels(edition, policies):
        intervals = with_durations(edition, intervals, variants, policies).drop("variant")
        columns += [name for n in lasting_levels(edition, policies) for name in side(n)]
        intervals, variants = _variants(intervals, rows, columns)
    variants = variants.with_columns(doubts(edition, policies))
    ranges = grade_ranges(edition, variants, ["variant"], policies)
    intervals = intervals.join(ranges, on="variant", how="left", maintain_order="left").drop(
        "variant", "case"
    )
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


def _variants(
    intervals: pl.DataFrame, rows: pl.DataFrame, columns: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Intervals alike in their case and in all facts beside it share a variant, graded once.

    Returns:
        intervals with `variant`; the situations of each variant, with the facts.
    """
    if not columns:
        return intervals.with_columns(variant="case"), rows.with_columns(variant="case")
    keys = ["case", *columns]
    kinds = intervals.select(keys).unique(maintain_order=True).with_row_index("variant")
    numbered = intervals.join(kinds, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return numbered, kinds.join(rows, on="case", how="left", maintain_order="left")


def merged(graded: Graded) -> pl.DataFrame:
    """Intervals joined where neither the answer nor any axis changes; the first stands for all."""
    axes = sorted({level.axis for level in graded.scale.level})
    key = ["verified", "grade_min", "grade_max", "ended", "rule_min", "rule_max", *DEATHS]
    key += [f"{axis}_{end}" for axis in axes for end in ("min", "max")]
    if graded.scale.reads_course:
        key += ["crs_lo", "crs_hi", "fever_waived_lo", "fever_waived_hi", "onset_lo"]
        key += ["fever_cause_hi", "hypotension_cause_hi", "hypoxia_cause_hi"]
    changed = pl.any_horizontal(
        pl.col("patient_id") != pl.col("patient_id").shift(1),
        *(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in key),
    ).fill_null(True)
    first = graded.intervals.select(changed.arg_true()).to_series()
    last = first.shift(-1, fill_value=graded.intervals.height) - 1
    return graded.intervals[first].with_columns(end=graded.intervals["end"].gather(last))


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
        edition_hash. Intervals run from the
        infusion to the end of the record and cover it once.

    Raises:
        InputError: unknown edition or policy.
        EditionError: a file of an edition does not fit.
    """
    return grade_together(cohort, [scale], at, settings)[0]


def grade_together(
    cohort: Cohort,
    scales: Sequence[str | Scale],
    at: Iterable[float] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> list[pl.DataFrame]:
    """As `grade`, by several systems at once: one table a system, in the order asked for."""
    days = None if at is None else sorted({checked_day(float(d)) for d in at})
    found = graded_together(cohort, scales, settings=settings, until_day=max(days) if days else None)
    words = Words(cohort)
    if days is None:
        return [words.of(one, merged(one)) for one in found]
    instants = pl.DataFrame({"asked": [from_day(d) for d in days]}, schema={"asked": pl.Int64})
    asked = (
        cohort.patients.select("patient_id", "infusion")
        .join(instants, how="cross")
        .sort("patient_id", "asked")
    )
    return [_at(words, one, asked) for one in found]


def _at(words: Words, found: Graded, asked: pl.DataFrame) -> pl.DataFrame:
    """The answers at instants: patient_id | infusion | asked."""
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
    after = words.of(found, rows.filter(pl.col("asked") >= pl.col("infusion")))
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
    """Instants before the infusion: no toxicity of it can exist."""
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
    return Words(cohort).of(found, rows)
