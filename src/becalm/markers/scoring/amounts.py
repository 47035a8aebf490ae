"""What each recorded dose gave, in the unit of a sum of doses, and when: every quantity as a range."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER
from becalm.markers.readings import day_text
from becalm.markers.scoring.edition import Score
from becalm.markers.scoring.units import unit_factors
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY
from becalm.timeline import Settings

DRUG = ("patient_id", "name")


def amounts(cohort: Cohort, score: Score, at: int, settings: MarkerSettings) -> pl.DataFrame:
    """Every systemic dose of the drugs of a score that began up to a moment.

    A row with a rate, or with a dose by time (`mg/d`) and an end, gives as long as it runs; every other row
    gives its dose once. Weights are those of the patient, else all that were measured up to the moment.

    Args:
        cohort: the record.
        score: one of equivalent doses.
        at: the data known: up to it (NEVER: all).
        settings: policies in force.

    Returns:
        patient_id | earliest, latest (its begin; without a time from -NEVER to NEVER) | end_lo, end_hi (its
        end; NEVER: no limit) | hourly bool | single bool (at one instant) | amount_lo f64 | amount_hi
        f64|null (the equivalent amount, or that of one hour; null: no limit) | text | lacks (what would make
        it exact where it is not), sorted.
    """
    rows = cohort.exposures.filter(
        pl.col("kind") == "drug",
        pl.col("name").is_in([equal.drug for equal in score.equivalent]),
        (pl.col("start") <= at).fill_null(True),
    )
    if settings.timeline.flag("systemic_routes_only"):
        systemic = list(vocabulary().systemic_routes)
        rows = rows.filter(pl.col("route").is_null() | pl.col("route").is_in(systemic))
    rows = _placed(rows, settings.timeline)
    rows = rows.filter(((pl.col("rate") == 0) | (pl.col("dose") == 0)).fill_null(False).not_())
    factors = unit_factors(rows, score)
    rows = rows.join(factors, on=["name", "dose_unit", "rate_unit"], how="left", nulls_equal=True)
    by_dose = pl.col("dose").is_not_null() & pl.col("dose_factor").is_not_null()
    by_time = by_dose & pl.col("dose_hourly") & ~pl.col("open")
    once = by_dose & ~pl.col("dose_hourly")
    by_rate = ~once & ~by_time & pl.col("rate").is_not_null() & pl.col("rate_factor").is_not_null()
    rows = rows.join(_weights(cohort, at), on="patient_id", how="left").with_columns(
        usable=once | by_time | by_rate,
        hourly=by_time | by_rate,
        per_kg=pl.when(by_rate).then("rate_per_kg").otherwise("dose_per_kg").fill_null(False),
        amount=pl.when(by_rate)
        .then(pl.col("rate") * pl.col("rate_factor"))
        .otherwise(pl.col("dose") * pl.col("dose_factor")),
    )
    side = {
        end: pl.col("amount") * pl.when("per_kg").then(f"weight_{end}").otherwise(1.0) for end in ("lo", "hi")
    }
    return rows.select(
        "patient_id",
        "earliest",
        "latest",
        "end_lo",
        "end_hi",
        "hourly",
        single=pl.col("open") & pl.col("rate").is_null(),
        amount_lo=pl.when("usable").then(side["lo"]).fill_null(0.0),
        amount_hi=pl.when("usable").then(side["hi"]),
        text=_text(),
        lacks=_lacks(),
    ).sort("patient_id", "earliest", "latest", "text")


def _placed(rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """When each row begins and ends: a later row of its drug, or a rate of 0, ends one that runs."""
    vague = settings.flag("whole_day_order_unknown")
    spread = {
        side: pl.when(pl.col(f"{side}_whole_day").fill_null(False) & vague).then(DAY - 1).otherwise(0)
        for side in ("start", "end")
    }
    rows = rows.with_row_index("place").with_columns(
        earliest=pl.col("start").fill_null(-NEVER),
        latest=(pl.col("start") + spread["start"]).fill_null(NEVER),
    )
    undated = rows.filter(pl.col("start").is_null()).select(DRUG).unique().with_columns(loose=pl.lit(True))
    others = rows.filter(pl.col("start").is_not_null()).select(
        *DRUG, begin="start", begun="latest", halt=(pl.col("rate") == 0).fill_null(False)
    )
    after = (
        rows.select("place", *DRUG, "start", open=pl.col("end").is_null())
        .join(others, on=list(DRUG))
        .filter(pl.col("begin") > pl.col("start"), pl.col("open") | pl.col("halt"))
        .group_by("place")
        .agg(closed=pl.col("begin").min(), surely_closed=pl.col("begun").min())
    )
    rows = rows.join(after, on="place", how="left", maintain_order="left").join(
        undated, on=list(DRUG), how="left", maintain_order="left"
    )
    certain = pl.col("start") + settings.hours("open_end_hours")
    open_end = pl.col("end").is_null()
    return rows.with_columns(
        open=open_end,
        end_lo=pl.when(pl.col("loose").is_not_null())
        .then("latest")
        .otherwise(pl.min_horizontal(pl.when(open_end).then(certain).otherwise("end"), "closed")),
        end_hi=pl.when(open_end)
        .then(pl.col("surely_closed").fill_null(NEVER))
        .otherwise(pl.col("end") + spread["end"]),
    )


def _weights(cohort: Cohort, at: int) -> pl.DataFrame:
    """patient_id | weight_lo | weight_hi: the weight of the patient, else the range of all measured."""
    measured = (
        cohort.observations.filter(
            pl.col("concept") == "weight", ~pl.col("refused"), (pl.col("time") <= at).fill_null(True)
        )
        .group_by("patient_id")
        .agg(lo=pl.col("lo").min(), hi=pl.col("hi").max())
    )
    return cohort.patients.join(measured, on="patient_id", how="left").select(
        "patient_id",
        weight_lo=pl.coalesce("weight_kg", "lo"),
        weight_hi=pl.coalesce("weight_kg", "hi"),
    )


def _text() -> pl.Expr:
    """`methylprednisolone 40 mg on day 8.715`, `hydrocortisone 10 mg/h from day 2 to day 3`."""
    number = {
        name: pl.concat_str(
            pl.col(name).cast(pl.String).str.strip_suffix(".0"),
            (pl.lit(" ") + pl.col(f"{name}_unit")).fill_null(""),
        )
        for name in ("dose", "rate")
    }
    by_rate = pl.col("hourly") & (pl.col("rate") > 0).fill_null(False)
    said = pl.coalesce(pl.when(by_rate).then(number["rate"]), number["dose"], number["rate"])
    when = (
        pl.when(pl.col("start").is_null())
        .then(pl.lit("at a time not given"))
        .when("hourly")
        .then(pl.format("from {}", day_text(pl.col("start"))))
        .otherwise(pl.format("on {}", day_text(pl.col("start"))))
    )
    until = pl.when(pl.col("hourly") & ~pl.col("open")).then(pl.format(" to {}", day_text(pl.col("end"))))
    return pl.concat_str(
        "name", pl.lit(" "), said.fill_null("(no amount)"), pl.lit(" "), when, until.fill_null("")
    )


def _lacks() -> pl.Expr:
    """What would make the row exact."""
    return (
        pl.when(~pl.col("usable"))
        .then(pl.format("the amount of {} in mg", "name"))
        .when(pl.col("per_kg") & (pl.col("weight_lo") != pl.col("weight_hi")).fill_null(True))
        .then(pl.lit("body weight"))
        .when(pl.col("hourly") & pl.col("open") & (pl.col("end_hi") > pl.col("end_lo")))
        .then(pl.format("when {} was stopped", "name"))
        .otherwise(pl.format("when {} was given", "name"))
    )
