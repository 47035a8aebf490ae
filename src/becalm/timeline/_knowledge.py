"""What was known when: a record's past is rewritten when a timed value replaces a whole-day one.

A value dated by a whole day is in force for that day until a timed value of its concept arrives in the same
day; from then on the day is read again without it. Every such arrival starts a new *version* of the
patient's past. A unit is one version of one patient; nearly all patients have one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.record.clock import DAY
from becalm.timeline.settings import Settings

GRADED_CONCEPTS = ("temperature", "sbp", "map", "spo2")
FOREVER = 2**62


@dataclass(frozen=True)
class Knowledge:
    """Units and the observations that each of them knows.

    units: unit u32 | patient_id | known_from i64 | known_until i64 (the instants it answers for)
    readings: unit | concept | time | whole_day | lo | hi | value_given | unit_given | refused
    undated: unit | concept | lo | hi (values without a time: the hull of what they may be)
    """

    units: pl.DataFrame
    readings: pl.DataFrame
    undated: pl.DataFrame


def versions(patients: pl.DataFrame, observations: pl.DataFrame, settings: Settings) -> Knowledge:
    """Split patients into units and give each unit the observations that it knows."""
    graded = observations.filter(pl.col("concept").is_in(GRADED_CONCEPTS))
    dated = graded.filter(pl.col("time").is_not_null()).with_columns(date=pl.col("time").floordiv(DAY))
    timed = dated.filter(~pl.col("whole_day"))
    arrivals = timed.group_by("patient_id", "concept", "date").agg(replaced_at=pl.col("time").min())
    dated = dated.join(arrivals, on=["patient_id", "concept", "date"], how="left").with_columns(
        replaced_at=pl.when("whole_day").then("replaced_at")
    )
    if not settings.flag("whole_day_yields"):
        dated = dated.with_columns(replaced_at=pl.lit(None, dtype=pl.Int64))
    starts = pl.concat(
        [
            patients.select("patient_id", known_from=pl.lit(-FOREVER, dtype=pl.Int64)),
            dated.filter(pl.col("replaced_at").is_not_null()).select("patient_id", known_from="replaced_at"),
        ]
    )
    units = (
        starts.unique()
        .sort("patient_id", "known_from")
        .with_columns(
            known_until=pl.col("known_from").shift(-1, fill_value=FOREVER).over("patient_id"),
        )
        .with_row_index("unit")
    )
    # A version that begins with the arrival of a value knows only what came up to its own end.
    readings = (
        units.join(dated, on="patient_id", how="inner")
        .filter(pl.col("replaced_at").is_null() | (pl.col("replaced_at") > pl.col("known_from")))
        .select(
            "unit",
            "concept",
            "time",
            "whole_day",
            "lo",
            "hi",
            "value_given",
            "unit_given",
            "comparator",
            "refused",
        )
    )
    undated = (
        units.join(graded.filter(pl.col("time").is_null()), on="patient_id", how="inner")
        .group_by("unit", "concept", maintain_order=True)
        .agg(pl.col("lo").min(), pl.col("hi").max())
    )
    return Knowledge(units, readings, undated)
