"""What was found up to a moment: the recorded ICANS grade, the weight, a death."""

from __future__ import annotations

import polars as pl

from becalm.markers import NEVER
from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY, HOUR

ICANS = "icans_grade_recorded"


def icans_readings(cohort: Cohort) -> pl.DataFrame:
    """patient_id | time | until | lo | hi: recorded ICANS grades that have a time, one row a time."""
    validity = round(vocabulary().concepts[ICANS].validity_hours * HOUR)
    rows = cohort.observations.filter(pl.col("concept") == ICANS, pl.col("time").is_not_null())
    return (
        rows.filter(pl.col("whole_day") == pl.col("whole_day").all().over("patient_id", "time"))
        .group_by("patient_id", "time")
        .agg(pl.col("lo").min(), pl.col("hi").max(), pl.col("whole_day").all())
        .sort("patient_id", "time")
        .with_columns(until=pl.col("time") + pl.when("whole_day").then(DAY).otherwise(validity))
    )


def icans(cohort: Cohort, asked: pl.DataFrame) -> pl.DataFrame:
    """The recorded ICANS grade in force; one without a time widens it.

    Returns:
        patient_id | at | icans_grade_lo/hi (null: none in force) | icans_time, icans_last (of the last one).
    """
    undated = (
        cohort.observations.filter(pl.col("concept") == ICANS, pl.col("time").is_null())
        .group_by("patient_id")
        .agg(undated_lo=pl.col("lo").min(), undated_hi=pl.col("hi").max())
    )
    rows = (
        asked.sort("patient_id", "at")
        .join_asof(
            icans_readings(cohort),
            left_on="at",
            right_on="time",
            by="patient_id",
            coalesce=False,
            check_sortedness=False,
        )
        .join(undated, on="patient_id", how="left", maintain_order="left")
    )
    speaks = pl.col("at") < pl.col("until")
    return rows.select(
        "patient_id",
        "at",
        icans_grade_lo=pl.when(speaks).then(pl.min_horizontal("lo", "undated_lo")),
        icans_grade_hi=pl.when(speaks).then(pl.max_horizontal("hi", "undated_hi")),
        icans_time="time",
        icans_last="hi",
    )


def weight(cohort: Cohort, asked: pl.DataFrame) -> pl.DataFrame:
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


def death(cohort: Cohort, asked: pl.DataFrame) -> pl.DataFrame:
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
    perhaps = (at >= pl.col("time")).fill_null(False) | (
        undated & (at > pl.col("last_seen").fill_null(-NEVER))
    )
    cause = pl.col("cause").fill_null("cause not given")
    return rows.select(
        "patient_id",
        "at",
        alive_lo=~perhaps,
        alive_hi=~surely,
        death_says=pl.when(died).then(pl.format("death ({}) is recorded", cause)),
    )
