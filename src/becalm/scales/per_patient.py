"""One row for each patient: highest grade, first onset, last end, duration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import to_day
from becalm.scales._words import Graded
from becalm.scales.edition import Scale, find_scale
from becalm.scales.episodes import SIGNS, as_scale, episodes, find_rule
from becalm.scales.grading import graded_together

PER_PATIENT = (
    "patient_id",
    "scale",
    "max_grade_min",
    "max_grade_max",
    "onset_day",
    "end_day",
    "duration_days",
    "onset_day_min",
    "onset_day_max",
    "end_day_min",
    "end_day_max",
    "duration_days_min",
    "duration_days_max",
    "edition_hash",
    "episode",
)
"""The columns of a table by patient; the first seven are promised in this order."""


def per_patient(
    cohort: Cohort,
    scale: str | Scale = "astct-2019",
    settings: Mapping[str, Any] | None = None,
    episode: str = SIGNS,
) -> pl.DataFrame:
    """The course of each patient in one row.

    Onset is the first time at which the grade is 1 or more, end the last; the duration runs from onset to
    end within each episode, summed. onset_day, end_day and duration_days count what is certain and are
    blank where a grade is nowhere certain; the columns with _min and _max hold over all that the record
    allows (onset_day_min: the first time at which a grade of 1 or more is possible).

    Args:
        cohort: the record.
        scale: the id of an installed edition, a path to one, or an edition.
        settings: policies to change, by name.
        episode: which rule ends an episode, of `episode_rules`.

    Returns:
        PER_PATIENT, one row for each patient of the cohort.

    Raises:
        InputError: unknown edition, policy or rule.
        EditionError: a file of an edition does not fit.
    """
    return per_patient_together(cohort, [scale], settings, episode)[0]


def per_patient_together(
    cohort: Cohort,
    scales: Sequence[str | Scale],
    settings: Mapping[str, Any] | None = None,
    episode: str = SIGNS,
) -> list[pl.DataFrame]:
    """As `per_patient`, by several systems at once: one table a system, in the order asked for."""
    rule = find_rule(episode)
    editions = [find_scale(scale) for scale in scales]
    ends = [as_scale(edition, rule) for edition in editions] if rule.ends_when else []
    found = graded_together(cohort, [*editions, *ends], settings=settings)
    out = [summarised(cohort, one) for one in found[: len(editions)]]
    if not ends:
        return out
    pairs = zip(out, found, found[len(editions) :], strict=False)
    return [_ended(table, one, end, episode) for table, one, end in pairs]


def _ended(table: pl.DataFrame, found: Graded, end: Graded, episode: str) -> pl.DataFrame:
    """A table by patient with the episodes of another rule."""
    alive = ~pl.col("ended") & ~pl.col("dead")
    grades = found.intervals.filter(alive).select("patient_id", "start", "end", "grade_min", "grade_max")
    over = end.intervals.filter(alive).select(
        "patient_id", "start", over_min=pl.col("grade_min") >= 1, over_max=pl.col("grade_max") >= 1
    )
    bounds = episodes(grades, over)
    columns = {"onset": "onset_day", "last": "end_day", "duration": "duration_days"}
    certain, possible = (
        bounds.filter(pl.col("bound") == bound).select("patient_id", *(to_day(pl.col(c)) for c in columns))
        for bound in ("certain", "possible")
    )
    out = (
        table.select("patient_id", "scale", "max_grade_min", "max_grade_max", "edition_hash")
        .join(certain.rename(columns), on="patient_id", how="left", maintain_order="left")
        .join(possible, on="patient_id", how="left", maintain_order="left")
    )
    return out.with_columns(
        onset_day_min="onset",
        onset_day_max="onset_day",
        end_day_min="end_day",
        end_day_max="last",
        duration_days_min="duration_days",
        duration_days_max="duration",
        episode=pl.lit(episode),
    ).select(PER_PATIENT)


def summarised(cohort: Cohort, found: Graded) -> pl.DataFrame:
    """As `per_patient`, from intervals already graded."""
    # A death is an instant: its interval is only how it is shown.
    rows = found.intervals.filter(~pl.col("ended")).with_columns(
        end=pl.when("dead").then("start").otherwise("end")
    )
    if not found.scale.reads_course:
        # A toxicity without episodes of its own: an episode is a stretch with a grade.
        rows = rows.with_columns(crs_lo=pl.col("grade_min") >= 1, crs_hi=pl.col("grade_max") >= 1)
    certain = _episodes(rows, "crs_lo", "grade_min")
    at_most = _episodes(rows, "crs_hi", "grade_max")
    highest = rows.group_by("patient_id").agg(
        max_grade_min=pl.col("grade_min").max(), max_grade_max=pl.col("grade_max").max()
    )
    out = (
        cohort.patients.select("patient_id")
        .join(highest, on="patient_id", how="left")
        .join(certain, on="patient_id", how="left")
        .join(at_most, on="patient_id", how="left", suffix="_most")
    )
    out = out.with_columns(
        onset_day=to_day(pl.col("onset")),
        end_day=to_day(pl.col("last")),
        duration_days=to_day(pl.col("duration")),
        onset_day_min=to_day(pl.col("onset_most")),
        onset_day_max=to_day(pl.col("onset")),
        end_day_min=to_day(pl.col("last")),
        end_day_max=to_day(pl.col("last_most")),
        duration_days_min=to_day(pl.col("duration")),
        duration_days_max=to_day(pl.col("duration_most")),
        scale=pl.lit(found.scale.id),
        edition_hash=pl.lit(found.scale.short_hash),
        episode=pl.lit(SIGNS),
    )
    return out.select(PER_PATIENT).sort("patient_id")


def _episodes(rows: pl.DataFrame, is_open: str, grade: str) -> pl.DataFrame:
    """First onset, last end and summed duration: patient_id | onset | last | duration (microseconds)."""
    run = (pl.col(is_open) != pl.col(is_open).shift(1, fill_value=False)).cum_sum().over("patient_id")
    return (
        rows.with_columns(run=run)
        .filter(pl.col(grade) >= 1)
        .group_by("patient_id", "run")
        .agg(onset=pl.col("start").min(), last=pl.col("end").max())
        .group_by("patient_id")
        .agg(pl.col("onset").min(), pl.col("last").max(), duration=(pl.col("last") - pl.col("onset")).sum())
    )
