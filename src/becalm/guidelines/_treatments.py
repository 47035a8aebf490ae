"""What was given up to a moment: the doses of a drug, of tocilizumab and of corticosteroids, as ranges."""

from __future__ import annotations

import polars as pl

from becalm import markers
from becalm.markers import MarkerSettings
from becalm.record import Cohort, vocabulary
from becalm.record.clock import HOUR

TOCILIZUMAB = "tocilizumab"
CORTICOSTEROID = "corticosteroid"


def drug_doses(cohort: Cohort, settings: MarkerSettings, drug: str) -> pl.DataFrame:
    """patient_id | start | name: every recorded systemic dose of one drug."""
    return markers.doses(cohort, settings.timeline, name=drug)


def drug_coverage(drug: str) -> tuple[str, ...]:
    """The coverage classes of one drug of the vocabulary."""
    return markers.coverage_classes(vocabulary().drugs[drug].classes)


def corticosteroid_doses(cohort: Cohort, settings: MarkerSettings) -> pl.DataFrame:
    """patient_id | start | name: every recorded systemic dose of a corticosteroid."""
    return markers.doses(cohort, settings.timeline, classes=[CORTICOSTEROID])


def _with_doses(
    cohort: Cohort, asked: pl.DataFrame, given: pl.DataFrame, hidden: pl.DataFrame
) -> pl.DataFrame:
    """`asked` with infusion, undated (how many), hidden_from (if reached), starts (up to `at`), latest."""
    everyone = asked.join(cohort.patients.select("patient_id", "infusion"), on="patient_id", how="left")
    seen = everyone.join(given, on="patient_id")
    across = (pl.col("start") < pl.col("infusion")) & (pl.col("infusion") <= pl.col("latest"))
    # A dose of this day without its hour, or of the day of the infusion, may have been given or not.
    loose = pl.col("start").is_null() | (
        (pl.col("start") <= pl.col("at")) & ((pl.col("at") < pl.col("latest")) | across)
    )
    undated = seen.filter(loose).group_by("patient_id", "at").agg(undated=pl.len())
    reached = (
        seen.filter(pl.col("latest") <= pl.col("at"), ~across)
        .group_by("patient_id", "at")
        .agg(starts=pl.col("start").sort(), latest=pl.col("latest").max())
    )
    return (
        everyone.join(undated, on=["patient_id", "at"], how="left")
        .join(hidden, on="patient_id", how="left")
        .join(reached, on=["patient_id", "at"], how="left")
        .with_columns(
            pl.col("undated").fill_null(0),
            pl.col("starts").fill_null([]),
            hidden_from=pl.when(pl.col("hidden_from") <= pl.col("at")).then("hidden_from"),
        )
    )


def history(cohort: Cohort, asked: pl.DataFrame, settings: MarkerSettings, drug: str) -> pl.DataFrame:
    """The doses of one drug so far.

    Returns:
        patient_id | at | DRUG_starts (list of all that have a time, also before the infusion) | DRUG_count
        (those since the infusion) | DRUG_undated (how many) | DRUG_hidden_from (if doses may be
        hidden) | DRUG_latest (the last instant at which the last may have been given).
    """
    hidden = markers.hidden_from(cohort, settings.timeline, drug_coverage(drug))
    rows = _with_doses(cohort, asked, drug_doses(cohort, settings, drug), hidden)
    count = (
        rows.select("patient_id", "at", "infusion", start="starts")
        .explode("start")
        .filter(pl.col("start") >= pl.col("infusion"))
        .group_by("patient_id", "at")
        .agg(count=pl.len().cast(pl.Int64))
    )
    rows = rows.join(count, on=["patient_id", "at"], how="left").with_columns(pl.col("count").fill_null(0))
    names = ("starts", "count", "undated", "hidden_from", "latest")
    return rows.select("patient_id", "at", *(pl.col(name).alias(f"{drug}_{name}") for name in names))


def tocilizumab(rows: pl.DataFrame) -> pl.DataFrame:
    """The facts about tocilizumab: rows of `history` -> patient_id | at | X_lo and X_hi of each fact X."""
    starts, count, undated, hidden, latest = (
        pl.col(f"{TOCILIZUMAB}_{name}") for name in ("starts", "count", "undated", "hidden_from", "latest")
    )
    hours = (pl.col("at") - starts.list.max()) / HOUR
    at_least = (pl.col("at") - latest) / HOUR
    return rows.select(
        "patient_id",
        "at",
        tocilizumab_doses_lo=count.cast(pl.Float64),
        tocilizumab_doses_hi=pl.when(hidden.is_null()).then((count + undated).cast(pl.Float64)),
        hours_since_tocilizumab_lo=pl.when((undated == 0) & hidden.is_null()).then(at_least).otherwise(0.0),
        hours_since_tocilizumab_hi=hours,
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
