"""Values in force: a reading speaks until the next of its concept, at the longest for its validity."""

from __future__ import annotations

import polars as pl

from becalm.record import vocabulary
from becalm.record.clock import DAY, HOUR
from becalm.timeline._knowledge import GRADED_CONCEPTS, Knowledge
from becalm.timeline.settings import Settings


def in_force(knowledge: Knowledge, settings: Settings) -> pl.DataFrame:
    """Intervals in which a value speaks.

    Several values of one concept at one time are one range that holds them all.

    Returns:
        unit | concept | start i64 | end i64 | lo | hi (canonical unit) | whole_day | until_validity i64 |
        given (the values as given, for people), sorted by unit, concept, start.
    """
    factor = settings.number("validity_factor")
    validity = {c: round(vocabulary().concepts[c].validity_hours * HOUR * factor) for c in GRADED_CONCEPTS}
    text = pl.concat_str(
        pl.col("comparator").fill_null(""),
        pl.col("value_given"),
        pl.lit(" "),
        pl.col("unit_given").fill_null(""),
        pl.when("refused").then(pl.lit(" (refused as implausible)")).otherwise(pl.lit("")),
    )
    return (
        knowledge.readings.with_columns(
            given=text,
            validity=pl.col("concept").replace_strict(validity, default=0, return_dtype=pl.Int64),
        )
        .group_by("unit", "concept", "time", maintain_order=True)
        .agg(
            pl.col("lo").min(),
            pl.col("hi").max(),
            pl.col("whole_day").all(),
            pl.col("validity").first(),
            given=pl.col("given").unique(maintain_order=True).str.join(" or "),
        )
        .sort("unit", "concept", "time")
        .with_columns(
            until_validity=pl.col("time") + pl.col("validity"),
            following=pl.col("time").shift(-1).over("unit", "concept"),
        )
        .with_columns(
            end=pl.min_horizontal(
                pl.when("whole_day").then(pl.col("time") + DAY).otherwise("until_validity"),
                pl.col("following"),
            )
        )
        .select("unit", "concept", "end", "lo", "hi", "whole_day", "until_validity", "given", start="time")
    )


def at_boundaries(boundaries: pl.DataFrame, values: pl.DataFrame, undated: pl.DataFrame) -> pl.DataFrame:
    """The value in force at each boundary, one set of columns a concept.

    Args:
        boundaries: unit | time, sorted.
        values: as `in_force` returns.
        undated: unit | concept | lo | hi.

    Returns:
        boundaries with, for each concept c: c_start, c_lo, c_hi (null where no value is in force; a value
        without a date widens the range), c_own_lo, c_own_hi (without that),
        c_undated_lo, c_undated_hi, c_until, c_whole, c_given.
    """
    out = boundaries
    for concept in GRADED_CONCEPTS:
        mine = values.filter(pl.col("concept") == concept).select(
            "unit",
            time="start",
            **{
                f"{concept}_start": pl.col("start"),
                f"{concept}_end": pl.col("end"),
                f"{concept}_lo": pl.col("lo"),
                f"{concept}_hi": pl.col("hi"),
                f"{concept}_own_lo": pl.col("lo"),
                f"{concept}_own_hi": pl.col("hi"),
                f"{concept}_until": pl.col("until_validity"),
                f"{concept}_whole": pl.col("whole_day"),
                f"{concept}_given": pl.col("given"),
            },
        )
        floating = undated.filter(pl.col("concept") == concept).select(
            "unit", **{f"{concept}_undated_lo": pl.col("lo"), f"{concept}_undated_hi": pl.col("hi")}
        )
        columns = [f"{concept}_{part}" for part in ("start", "lo", "hi", "until", "whole", "given")]
        speaks = pl.col("time") < pl.col(f"{concept}_end")
        out = (
            out.join_asof(mine.sort("unit", "time"), on="time", by="unit", check_sortedness=False)
            .with_columns([pl.when(speaks).then(pl.col(c)).alias(c) for c in columns])
            .join(floating, on="unit", how="left", maintain_order="left")
            .with_columns(
                pl.min_horizontal(
                    f"{concept}_lo", pl.when(speaks).then(pl.col(f"{concept}_undated_lo"))
                ).alias(f"{concept}_lo"),
                pl.max_horizontal(
                    f"{concept}_hi", pl.when(speaks).then(pl.col(f"{concept}_undated_hi"))
                ).alias(f"{concept}_hi"),
            )
        )
    return out
