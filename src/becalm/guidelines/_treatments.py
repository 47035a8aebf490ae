"""What was given up to a moment: doses of tocilizumab and of corticosteroids, as ranges."""

from __future__ import annotations

import polars as pl

from becalm import markers
from becalm.markers import MarkerSettings
from becalm.record import Cohort
from becalm.record.clock import HOUR

TOCILIZUMAB = "tocilizumab"
CORTICOSTEROID = "corticosteroid"


def tocilizumab_doses(cohort: Cohort, settings: MarkerSettings) -> pl.DataFrame:
    """patient_id | start | name: every recorded systemic dose of tocilizumab."""
    return markers.doses(cohort, settings.timeline, name=TOCILIZUMAB)


def corticosteroid_doses(cohort: Cohort, settings: MarkerSettings) -> pl.DataFrame:
    """patient_id | start | name: every recorded systemic dose of a corticosteroid."""
    return markers.doses(cohort, settings.timeline, classes=[CORTICOSTEROID])


def _with_doses(
    cohort: Cohort, asked: pl.DataFrame, given: pl.DataFrame, hidden: pl.DataFrame
) -> pl.DataFrame:
    """`asked` with infusion, undated (how many), hidden_from (if reached), starts (up to `at`)."""
    undated = given.filter(pl.col("start").is_null()).group_by("patient_id").agg(undated=pl.len())
    reached = (
        asked.join(given, on="patient_id")
        .filter(pl.col("start") <= pl.col("at"))
        .group_by("patient_id", "at")
        .agg(starts=pl.col("start").sort())
    )
    return (
        asked.join(cohort.patients.select("patient_id", "infusion"), on="patient_id", how="left")
        .join(undated, on="patient_id", how="left")
        .join(hidden, on="patient_id", how="left")
        .join(reached, on=["patient_id", "at"], how="left")
        .with_columns(
            pl.col("undated").fill_null(0),
            pl.col("starts").fill_null([]),
            hidden_from=pl.when(pl.col("hidden_from") <= pl.col("at")).then("hidden_from"),
        )
    )


def tocilizumab(cohort: Cohort, asked: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """Doses of tocilizumab so far.

    Returns:
        patient_id | at | tocilizumab_doses_lo/hi | hours_since_tocilizumab_lo/hi | toci_starts (all recorded,
        also before the infusion) | toci_undated | toci_hidden_from.
    """
    given = tocilizumab_doses(cohort, settings)
    hidden = markers.hidden_from(cohort, settings.timeline, markers.coverage_classes(["anti_il6"]))
    rows = _with_doses(cohort, asked, given, hidden)
    count = (
        rows.select("patient_id", "at", "infusion", start="starts")
        .explode("start")
        .filter(pl.col("start") >= pl.col("infusion"))
        .group_by("patient_id", "at")
        .agg(count=pl.len())
    )
    rows = rows.join(count, on=["patient_id", "at"], how="left").with_columns(pl.col("count").fill_null(0))
    sure = (pl.col("undated") == 0) & pl.col("hidden_from").is_null()
    hours = (pl.col("at") - pl.col("starts").list.max()) / HOUR
    return rows.select(
        "patient_id",
        "at",
        tocilizumab_doses_lo=pl.col("count").cast(pl.Float64),
        tocilizumab_doses_hi=pl.when(pl.col("hidden_from").is_null()).then(
            (pl.col("count") + pl.col("undated")).cast(pl.Float64)
        ),
        hours_since_tocilizumab_lo=pl.when(sure).then(hours).otherwise(0.0),
        hours_since_tocilizumab_hi=hours,
        toci_starts="starts",
        toci_undated="undated",
        toci_hidden_from="hidden_from",
    )


def corticosteroid(cohort: Cohort, asked: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """patient_id | at | corticosteroid_given_lo/hi | steroid_start | steroid_hidden_from."""
    given = corticosteroid_doses(cohort, settings)
    hidden = markers.hidden_from(cohort, settings.timeline, [CORTICOSTEROID])
    rows = _with_doses(cohort, asked, given, hidden)
    start = pl.col("starts").list.max()
    known = (start >= pl.col("infusion")).fill_null(False)
    return rows.select(
        "patient_id",
        "at",
        corticosteroid_given_lo=known,
        corticosteroid_given_hi=known | (pl.col("undated") > 0) | pl.col("hidden_from").is_not_null(),
        steroid_start=pl.when(known).then(start),
        steroid_hidden_from="hidden_from",
    )
