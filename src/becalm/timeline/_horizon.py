"""Where a patient's record begins and ends."""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY, HOUR
from becalm.timeline.settings import Settings

OUTCOMES = ("death", "response", "relapse", "last_followup", "infusion", "discharge")


def _data(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The data that speak of the course, as far as they may reach furthest: patient_id | start | end."""
    validity = {
        name: round((concept.validity_hours or 0) * HOUR * settings.number("validity_factor"))
        for name, concept in vocabulary().concepts.items()
    }
    # Of values alike but for their time the last reaches furthest.
    last = cohort.observations.group_by("patient_id", "concept", "whole_day").agg(pl.col("time").max())
    observations = last.select(
        "patient_id",
        start="time",
        end=pl.col("time")
        + pl.when("whole_day")
        .then(DAY)
        .otherwise(pl.col("concept").replace_strict(validity, default=0, return_dtype=pl.Int64)),
    )
    open_end = (
        pl.when(pl.col("rate").is_null() & (pl.col("kind") == "drug"))
        .then(0)
        .otherwise(settings.hours("open_end_hours"))
    )
    exposures = cohort.exposures.select(
        "patient_id", "start", end=pl.coalesce("end", pl.col("start") + open_end)
    )
    events = cohort.events.filter(~pl.col("event").is_in(list(OUTCOMES))).select(
        "patient_id", start="time", end=pl.col("time") + pl.when("whole_day").then(DAY).otherwise(0)
    )
    return pl.concat([observations, exposures, events]).filter(pl.col("start").is_not_null())


def record_ends(cohort: Cohort, settings: Settings, cause: str) -> pl.DataFrame:
    """The end of each record: the last datum's validity, discharge or death.

    A record ends at the last discharge (one dated by a whole day counts from the begin of that day, as for
    coverage) unless an observation, a treatment or another event of the course follows it. Responses,
    relapses and dates of last follow-up do not lengthen it, a death from `cause` or of no known cause does.

    Returns:
        patient_id | begin (the infusion) | end | death i64|null | death_whole_day | death_cause |
        last_observation i64|null.
    """
    data = _data(cohort, settings)
    events = cohort.events.sort("patient_id", "time", "row")
    left = (
        events.filter(pl.col("event") == "discharge", pl.col("time").is_not_null())
        .group_by("patient_id")
        .agg(left=pl.col("time").max())
    )
    spans = (
        data.join(left, on="patient_id", how="left")
        .group_by("patient_id")
        .agg(
            end=pl.col("end").max(),
            follows=(pl.col("start") >= pl.col("left")).fill_null(False).any(),
        )
    )
    # The first dated death counts; where rows of that time give different causes the cause is unknown.
    rows = events.filter(pl.col("event") == "death").sort("patient_id", "time", nulls_last=True)
    first = pl.col("time").eq_missing(pl.col("time").first().over("patient_id"))
    deaths = (
        rows.filter(first)
        .group_by("patient_id", maintain_order=True)
        .agg(
            death=pl.col("time").first(),
            death_whole_day=pl.col("whole_day").all(),
            death_cause=pl.when(pl.col("cause").n_unique() == 1).then(pl.col("cause").first()),
            died=pl.lit(True),
        )
    )
    observed = cohort.observations.group_by("patient_id").agg(last_observation=pl.col("time").max())
    shown = settings.hours("death_shown_hours")
    out = cohort.patients.select("patient_id", begin="infusion")
    for frame in (spans, left, deaths, observed):
        out = out.join(frame, on="patient_id", how="left")
    out = out.with_columns(died=pl.col("died").fill_null(False)).with_columns(
        end=pl.when(pl.col("left").is_not_null() & ~pl.col("follows").fill_null(False))
        .then(pl.col("left"))
        .otherwise("end")
        .fill_null(pl.col("begin"))
    )
    dead_from = pl.col("death") + pl.when("death_whole_day").then(DAY).otherwise(0)
    by_toxicity = (pl.col("death_cause").is_null() | (pl.col("death_cause") == cause)) & bool(cause)
    return out.with_columns(
        end=pl.when(pl.col("death").is_not_null() & (by_toxicity | (pl.col("death") < pl.col("end"))))
        .then(dead_from + shown)
        .otherwise("end")
    ).drop("left", "follows")
