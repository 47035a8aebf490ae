"""What a guideline's rule may ask, as ranges, at given moments: from grades, markers, doses and the record."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm import markers
from becalm.markers import NEVER, MarkerSettings
from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY, HOUR

FOLDS = {"il6_fold": "il6", "crp_fold": "crp"}
"""The facts that are folds, and their markers."""

TOCILIZUMAB = "tocilizumab"
CORTICOSTEROID = "corticosteroid"


def facts_at(
    cohort: Cohort, asked: pl.DataFrame, grades: pl.DataFrame, settings: MarkerSettings
) -> pl.DataFrame:
    """Every fact of `facts.toml` at given moments, with the data up to each.

    Args:
        cohort: the record.
        asked: patient_id | at i64, distinct.
        grades: patient_id | at | crs_grade_lo, crs_grade_hi i8 | grade_needs str | grade_verified bool.
        settings: policies in force.

    Returns:
        asked with the columns of `grades`; X_lo and X_hi for each fact X; X_says and X_needs (texts) for
        folds; and the columns of `_doses`, `_icans`, `_weight` and `_death` that put them into words.
    """
    key = ["patient_id", "at"]
    parts = [grades, _death(cohort, asked), _in_force(cohort, asked), _weight(cohort, asked)]
    parts += [_tocilizumab(cohort, asked, settings), _corticosteroid(cohort, asked, settings)]
    parts += [fold_at(cohort, asked, fact, settings) for fact in FOLDS]
    out = asked
    for part in parts:
        out = out.join(part, on=key, how="left", maintain_order="left")
    return out


def fold_at(cohort: Cohort, asked: pl.DataFrame, fact: str, settings: MarkerSettings) -> pl.DataFrame:
    """A fold as it was known: patient_id | at | FACT_lo | FACT_hi | FACT_says | FACT_needs."""
    rows = markers.states(cohort, asked, [FOLDS[fact]], settings)
    said = [(markers.fold_clause(row), markers.needs(row)) for row in rows.iter_rows(named=True)]
    return rows.select(
        "patient_id",
        "at",
        pl.col("fold_lo").alias(f"{fact}_lo"),
        pl.col("fold_hi").alias(f"{fact}_hi"),
        pl.Series(f"{fact}_says", [clause for clause, _ in said], dtype=pl.String),
        pl.Series(f"{fact}_needs", [need for _, need in said], dtype=pl.String),
    )


def change_times(cohort: Cohort, settings: MarkerSettings, extra_hours: Mapping[str, float]) -> pl.DataFrame:
    """Every moment at which a fact other than the grade may change: patient_id | time.

    `extra_hours`: how long after a dose of tocilizumab something changes again.
    """
    given = _doses(cohort, settings, TOCILIZUMAB, None)
    deaths = cohort.events.filter(pl.col("event") == "death").select("patient_id", "time")
    classes = (*markers.coverage_classes(["anti_il6"]), CORTICOSTEROID)
    times = [
        markers.change_times(cohort, list(FOLDS.values()), settings),
        given.select("patient_id", time="start"),
        *(given.select("patient_id", time=pl.col("start") + round(h * HOUR)) for h in extra_hours.values()),
        _doses(cohort, settings, None, CORTICOSTEROID).select("patient_id", time="start"),
        _icans_readings(cohort).select("patient_id", "time"),
        _icans_readings(cohort).select("patient_id", time="until"),
        cohort.observations.filter(pl.col("concept") == "weight").select("patient_id", "time"),
        deaths,
        deaths.select("patient_id", time=pl.col("time") + DAY),
        *(
            markers.hidden_from(cohort, settings.timeline, [one]).select("patient_id", time="hidden_from")
            for one in classes
        ),
    ]
    return pl.concat(times).filter(pl.col("time").is_not_null()).unique()


def _doses(cohort: Cohort, settings: MarkerSettings, name: str | None, drug_class: str | None) -> pl.DataFrame:
    classes = [] if drug_class is None else [drug_class]
    return markers.doses(cohort, settings.timeline, classes=classes, name=name)


def _with_doses(
    cohort: Cohort, asked: pl.DataFrame, given: pl.DataFrame, hidden: pl.DataFrame
) -> pl.DataFrame:
    """asked with infusion, undated (how many), hidden_from (if reached), and starts (list, up to `at`)."""
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


def _tocilizumab(cohort: Cohort, asked: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """Doses of tocilizumab so far.

    Returns:
        patient_id | at | tocilizumab_doses_lo/hi | hours_since_tocilizumab_lo/hi | toci_starts (all recorded,
        also before the infusion) | toci_undated | toci_hidden_from.
    """
    given = _doses(cohort, settings, TOCILIZUMAB, None)
    hidden = markers.hidden_from(cohort, settings.timeline, markers.coverage_classes(["anti_il6"]))
    rows = _with_doses(cohort, asked, given, hidden)
    since = pl.col("starts").list.eval(pl.element())
    count = (
        rows.select("patient_id", "at", "infusion", start="starts")
        .explode("start")
        .filter(pl.col("start") >= pl.col("infusion"))
        .group_by("patient_id", "at")
        .agg(count=pl.len())
    )
    rows = rows.join(count, on=["patient_id", "at"], how="left").with_columns(pl.col("count").fill_null(0))
    sure = (pl.col("undated") == 0) & pl.col("hidden_from").is_null()
    hours = (pl.col("at") - since.list.max()) / HOUR
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


def _corticosteroid(cohort: Cohort, asked: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """patient_id | at | corticosteroid_given_lo/hi | steroid_start | steroid_hidden_from."""
    given = _doses(cohort, settings, None, CORTICOSTEROID)
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


def _icans_readings(cohort: Cohort) -> pl.DataFrame:
    """patient_id | time | until | lo | hi: recorded ICANS grades that have a time, one row a time."""
    validity = round(vocabulary().concepts["icans_grade_recorded"].validity_hours * HOUR)
    rows = cohort.observations.filter(
        pl.col("concept") == "icans_grade_recorded", pl.col("time").is_not_null()
    ).with_columns(date=pl.col("time").floordiv(DAY))
    timed = rows.filter(~pl.col("whole_day")).select("patient_id", "date").unique()
    kept = pl.concat(
        [
            rows.filter(~pl.col("whole_day")),
            rows.filter("whole_day").join(timed, on=["patient_id", "date"], how="anti"),
        ]
    )
    return (
        kept.group_by("patient_id", "time")
        .agg(pl.col("lo").min(), pl.col("hi").max(), pl.col("whole_day").all())
        .sort("patient_id", "time")
        .with_columns(until=pl.col("time") + pl.when("whole_day").then(DAY).otherwise(validity))
    )


def _in_force(cohort: Cohort, asked: pl.DataFrame) -> pl.DataFrame:
    """patient_id | at | icans_grade_lo/hi (null: none in force) | icans_time, icans_last (of the last one)."""
    rows = asked.sort("patient_id", "at").join_asof(
        _icans_readings(cohort),
        left_on="at",
        right_on="time",
        by="patient_id",
        coalesce=False,
        check_sortedness=False,
    )
    speaks = pl.col("at") < pl.col("until")
    return rows.select(
        "patient_id",
        "at",
        icans_grade_lo=pl.when(speaks).then("lo"),
        icans_grade_hi=pl.when(speaks).then("hi"),
        icans_time="time",
        icans_last="hi",
    )


def _weight(cohort: Cohort, asked: pl.DataFrame) -> pl.DataFrame:
    """patient_id | at | weight_kg_lo/hi | weight_time (null: given with the patient)."""
    seen = (
        cohort.observations.filter(
            pl.col("concept") == "weight", pl.col("time").is_not_null(), ~pl.col("refused")
        )
        .group_by("patient_id", "time")
        .agg(pl.col("lo").min(), pl.col("hi").max())
        .sort("patient_id", "time")
    )
    rows = asked.sort("patient_id", "at").join_asof(
        seen, left_on="at", right_on="time", by="patient_id", coalesce=False, check_sortedness=False
    )
    return rows.join(
        cohort.patients.select("patient_id", "weight_kg"), on="patient_id", how="left", maintain_order="left"
    ).select(
        "patient_id",
        "at",
        weight_kg_lo=pl.coalesce("lo", "weight_kg"),
        weight_kg_hi=pl.coalesce("hi", "weight_kg"),
        weight_time="time",
    )


def _death(cohort: Cohort, asked: pl.DataFrame) -> pl.DataFrame:
    """patient_id | at | alive_lo/hi | death_says (how the death was recorded)."""
    deaths = (
        cohort.events.filter(pl.col("event") == "death")
        .sort("patient_id", "time", nulls_last=True)
        .group_by("patient_id", maintain_order=True)
        .agg(pl.col("time").first(), pl.col("whole_day").first(), pl.col("cause").first(), died=pl.lit(True))
    )
    seen = cohort.observations.group_by("patient_id").agg(last_seen=pl.col("time").max())
    rows = asked.join(deaths, on="patient_id", how="left", maintain_order="left").join(
        seen, on="patient_id", how="left", maintain_order="left"
    )
    at, died = pl.col("at"), pl.col("died").fill_null(False)
    undated = died & pl.col("time").is_null()
    length = pl.when("whole_day").then(DAY).otherwise(0)
    surely = (at >= pl.col("time") + length).fill_null(False)
    perhaps = (at >= pl.col("time")).fill_null(False) | (undated & (at > pl.col("last_seen").fill_null(-NEVER)))
    cause = pl.col("cause").fill_null("cause not given")
    return rows.select(
        "patient_id",
        "at",
        alive_lo=~perhaps,
        alive_hi=~surely,
        death_says=pl.when(died).then(pl.format("death ({}) is recorded", cause)),
    )
