"""Laboratory values as multiples: of a reference limit, of the value at infusion, of the value before."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY, HOUR
from becalm.timeline.families.common import in_force, steps
from becalm.timeline.families.limits import Side, limit_range, with_children
from becalm.timeline.settings import Settings

Range = tuple[pl.Expr, pl.Expr]
VALUE: Range = (pl.col("lo"), pl.col("hi"))


def divided(above: Range, below: Range) -> Range:
    """A range divided by another of numbers not below 0; null where nothing bounds it."""
    lowest = pl.when(below[1] > 0).then(above[0] / below[1])
    highest = pl.when(below[0] > 0).then(above[1] / below[0])
    return lowest, highest


def fact(
    cohort: Cohort,
    values: pl.DataFrame,
    concept: str,
    name: str,
    label: str,
    found: Range,
    settings: Settings,
) -> pl.DataFrame:
    """A quantity of each value of a concept as steps, while the value is in force.

    Args:
        cohort: the record.
        values: its observations, perhaps with columns that `found` uses.
        concept: a name of the vocabulary.
        name: of the fact.
        label: how texts name the value.
        found: lowest and highest of the quantity, over values; null is unknown.
        settings: policies in force.

    Returns:
        patient_id | time | NAME_lo | NAME_hi | NAME_says.
    """
    lowest, highest = found[0].fill_null(-inf), found[1].fill_null(inf)
    mine = values.filter(pl.col("concept") == concept).with_columns(lo=lowest, hi=highest)
    mine = mine.select(cohort.observations.columns)
    rows = steps(in_force(replace(cohort, observations=mine), concept, settings, label), name)
    ends = [f"{name}_lo", f"{name}_hi"]
    return rows.with_columns(pl.when(pl.col(end).is_finite()).then(pl.col(end)).alias(end) for end in ends)


def by_limit(
    cohort: Cohort, concept: str, name: str, label: str, settings: Settings, side: Side = "upper"
) -> pl.DataFrame:
    """A concept in multiples of its reference limit: steps as of `fact`."""
    found = divided(VALUE, limit_range(concept, side, settings))
    values = with_children(cohort.observations, cohort, settings)
    return fact(cohort, values, concept, name, label, found, settings)


def with_baseline(cohort: Cohort, concept: str, days: float) -> pl.DataFrame:
    """The values of a concept with base_lo and base_hi: the last at or before the infusion; null if none.

    Args:
        cohort: the record.
        concept: a name of the vocabulary.
        days: how long before the infusion it may have been measured.
    """
    values = cohort.observations.filter(pl.col("concept") == concept)
    infused = cohort.patients.select("patient_id", "infusion")
    before = (
        values.join(infused, on="patient_id")
        .filter(
            pl.col("time") <= pl.col("infusion"), pl.col("time") >= pl.col("infusion") - round(days * DAY)
        )
        .filter(pl.col("time") == pl.col("time").max().over("patient_id"))
        .group_by("patient_id")
        .agg(base_lo=pl.col("lo").min(), base_hi=pl.col("hi").max())
    )
    return values.join(before, on="patient_id", how="left", maintain_order="left")


def with_previous(cohort: Cohort, concept: str, hours: float) -> pl.DataFrame:
    """The values of a concept with past_lo and past_hi: the one before, up to `hours` ago; null if none."""
    values = cohort.observations.filter(pl.col("concept") == concept)
    times = (
        values.filter(pl.col("time").is_not_null())
        .group_by("patient_id", "time")
        .agg(pl.col("lo").min(), pl.col("hi").max())
        .sort("patient_id", "time")
    )
    near = pl.col("time") - pl.col("time").shift(1) <= round(hours * HOUR)
    past = times.select(
        "patient_id",
        "time",
        *(
            pl.when(near).then(pl.col(end).shift(1)).over("patient_id").alias(f"past_{end}")
            for end in ("lo", "hi")
        ),
    )
    return values.join(past, on=["patient_id", "time"], how="left", maintain_order="left")
