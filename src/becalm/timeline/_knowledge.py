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
READING = ("unit", "concept", "time", "whole_day", "lo", "hi", "place")


@dataclass(frozen=True)
class Knowledge:
    """Units and the observations that each of them knows.

    units: unit u32 | patient_id | known_from i64 | known_until i64 (the instants it answers for)
    readings: READING (place: the row of the observations), in their order
    undated: unit | concept | lo | hi (values without a time: the hull of what they may be)
    """

    units: pl.DataFrame
    readings: pl.DataFrame
    undated: pl.DataFrame


def versions(patients: pl.DataFrame, observations: pl.DataFrame, settings: Settings) -> Knowledge:
    """Split patients into units and give each unit the observations that it knows."""
    graded = (
        observations.with_row_index("place")
        .select("patient_id", *READING[1:])
        .filter(pl.col("concept").is_in(GRADED_CONCEPTS))
    )
    undated = graded.filter(pl.col("time").is_null())
    dated = graded.filter(pl.col("time").is_not_null()) if undated.height else graded
    vague = dated.filter("whole_day") if settings.flag("whole_day_yields") else dated.clear()
    replaced = _replaced(vague, dated)
    starts = pl.concat(
        [
            patients.select("patient_id", known_from=pl.lit(-FOREVER, dtype=pl.Int64)),
            replaced.select("patient_id", known_from="replaced_at"),
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
    if not replaced.is_empty():
        dated = dated.join(
            replaced.with_columns(whole_day=True),
            on=["patient_id", "concept", "time", "whole_day"],
            how="left",
            maintain_order="left",
        )
    # A version that begins with the arrival of a value knows only what came up to its own end.
    readings = dated.join(
        units.select("unit", "patient_id", "known_from"), on="patient_id", how="inner", maintain_order="left"
    )
    if not replaced.is_empty():
        late = pl.col("replaced_at").is_null() | (pl.col("replaced_at") > pl.col("known_from"))
        readings = readings.filter(late)
    undated = (
        units.join(undated, on="patient_id", how="inner")
        .group_by("unit", "concept", maintain_order=True)
        .agg(pl.col("lo").min(), pl.col("hi").max())
    )
    return Knowledge(units, readings.select(READING), undated)


def _replaced(vague: pl.DataFrame, dated: pl.DataFrame) -> pl.DataFrame:
    """patient_id | concept | time | replaced_at: when a timed value takes the place of one of a whole day."""
    key = ["patient_id", "concept", "date"]
    days = vague.select("patient_id", "concept", "time", date=pl.col("time").floordiv(DAY)).unique()
    if days.is_empty():
        return days.select("patient_id", "concept", "time", replaced_at="time")
    return (
        dated.filter(~pl.col("whole_day"))
        .select("patient_id", "concept", date=pl.col("time").floordiv(DAY), replaced_at="time")
        .join(days, on=key, how="inner")
        .group_by("patient_id", "concept", "time")
        .agg(pl.col("replaced_at").min())
    )
