"""When a score is measured: for each patient the instant up to which values count, as a range."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER, doses
from becalm.markers.scoring.edition import Moment, Score
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort
from becalm.record.clock import DAY, from_day, to_day

AT = "moment asked for"
WHOLE = "whole record"


def asked(cohort: Cohort, score: Score, at: float | None, settings: MarkerSettings) -> pl.DataFrame:
    """The moments at which a score is asked for.

    Args:
        cohort: the record.
        score: with its moments; without any, the whole record is one.
        at: only this day of the clock, with the data up to it.
        settings: policies in force.

    Returns:
        patient_id | moment | day f64|null | until_lo, until_hi i64|null (the last instant at which a value
        may have been taken: a range; null where the record does not say) | reach i64 (how long before at the
        longest) | at i64 (the data known: up to it) | lacks (what is missing of the moment itself, null if
        nothing), one row for each patient and moment.
    """
    reach = round(settings.number("score_value_days") * DAY)
    everyone = cohort.patients.select("patient_id")
    if at is not None:
        instant = from_day(at)
        return _row(everyone, AT, pl.lit(float(at)), instant, reach, instant)
    if not score.moment:
        return _row(everyone, WHOLE, pl.lit(None, dtype=pl.Float64), NEVER, reach, NEVER)
    parts = []
    for moment in score.moment:
        if moment.day is None:
            parts.append(_before(cohort, moment, settings))
        else:
            last = from_day(moment.day) + DAY - 1
            parts.append(_row(everyone, moment.id, pl.lit(moment.day), last, reach, NEVER))
    places = {moment.id: place for place, moment in enumerate(score.moment)}
    order = everyone.with_row_index("patient")
    return (
        pl.concat(parts)
        .join(order, on="patient_id")
        .sort("patient", pl.col("moment").replace_strict(places, return_dtype=pl.Int64))
        .drop("patient")
    )


def _row(everyone: pl.DataFrame, moment: str, day: pl.Expr, until: int, reach: int, at: int) -> pl.DataFrame:
    """One moment, the same for all."""
    instant = pl.lit(until, dtype=pl.Int64)
    return everyone.select(
        "patient_id",
        moment=pl.lit(moment),
        day=day,
        until_lo=instant,
        until_hi=instant,
        reach=pl.lit(reach, dtype=pl.Int64),
        at=pl.lit(at, dtype=pl.Int64),
        lacks=pl.lit(None, dtype=pl.String),
    )


def _before(cohort: Cohort, moment: Moment, settings: MarkerSettings) -> pl.DataFrame:
    """The moment before lymphodepletion: up to its first dose, of which the hour may not be known."""
    days = settings.number("lymphodepletion_within_days")
    given = doses(cohort, settings.timeline, classes=settings.names("lymphodepletion_classes"))
    undated = given.filter(pl.col("start").is_null()).select("patient_id", undated=pl.lit(True)).unique()
    first = (
        given.join(cohort.patients.select("patient_id", "infusion", "infusion_known"), on="patient_id")
        .filter(
            pl.col("start") >= -round(days * DAY),
            pl.col("start") < pl.when("infusion_known").then("infusion").otherwise(pl.col("infusion") + DAY),
        )
        .group_by("patient_id")
        .agg(until_lo=pl.col("start").min(), until_hi=pl.col("latest").min())
    )
    # A dose without a date may have been the first, at any time.
    known = pl.col("undated").is_null()
    return (
        cohort.patients.select("patient_id")
        .join(first, on="patient_id", how="left")
        .join(undated, on="patient_id", how="left")
        .select(
            "patient_id",
            moment=pl.lit(moment.id),
            day=pl.when(known).then(to_day(pl.col("until_lo"))),
            until_lo=pl.when(known).then("until_lo"),
            until_hi=pl.when(known).then("until_hi"),
            reach=pl.lit(round(settings.number("score_days_before_lymphodepletion") * DAY), dtype=pl.Int64),
            at=pl.lit(NEVER, dtype=pl.Int64),
            lacks=pl.when(~known)
            .then(pl.lit("when lymphodepletion began (a dose of it has no date)"))
            .when(pl.col("until_lo").is_null())
            .then(pl.lit("when lymphodepletion began (no dose of it is recorded)")),
        )
    )
