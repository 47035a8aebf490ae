"""One row for each patient: highest grade, first onset, last end, duration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import to_day
from becalm.scales.edition import Scale
from becalm.scales.grading import Graded, graded

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
)
"""The columns of a table by patient; the first seven are promised in this order."""


def per_patient(
    cohort: Cohort, scale: str | Scale = "astct-2019", settings: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """The course of each patient in one row.

    Onset is the first time at which the grade is 1 or more, end the last; the duration runs from onset to
    end within each episode, summed. onset_day, end_day and duration_days count what is certain and are
    blank where CRS is nowhere certain; the columns with _min and _max hold over all that the record
    allows (onset_day_min: the first time at which a grade of 1 or more is possible).

    Returns:
        PER_PATIENT, one row for each patient of the cohort.

    Raises:
        InputError: unknown edition or policy.
        EditionError: a file of an edition does not fit.
    """
    return summarised(cohort, graded(cohort, scale, settings=settings))


def summarised(cohort: Cohort, found: Graded) -> pl.DataFrame:
    """As `per_patient`, from intervals already graded."""
    # A death is an instant: its interval is only how it is shown.
    rows = found.intervals.filter(~pl.col("ended")).with_columns(
        end=pl.when("dead").then("start").otherwise("end")
    )
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
