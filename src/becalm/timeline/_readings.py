"""Values in force: a reading speaks until the next of its concept, at the longest for its validity."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm.record import vocabulary
from becalm.record.clock import DAY, HOUR
from becalm.timeline._knowledge import GRADED_CONCEPTS, Knowledge
from becalm.timeline.settings import Settings

Values = Mapping[str, pl.DataFrame]
"""For each graded concept: unit | start i64 | end i64 | lo | hi (canonical unit) | whole_day |
until_validity i64, sorted by unit and start."""


def in_force(knowledge: Knowledge, settings: Settings) -> Values:
    """Intervals in which a value speaks.

    Several values of one concept at one time are one range that holds them all.
    """
    factor = settings.number("validity_factor")
    found = {}
    for concept in GRADED_CONCEPTS:
        validity = round((vocabulary().concepts[concept].validity_hours or 0) * HOUR * factor)
        rows = knowledge.readings.filter(pl.col("concept") == concept)
        rows = at_once(rows.select("unit", "time", "lo", "hi", "whole_day")).with_columns(
            until_validity=pl.col("time") + validity,
            following=pl.when(pl.col("unit") == pl.col("unit").shift(-1)).then(pl.col("time").shift(-1)),
        )
        alone = pl.when("whole_day").then(pl.col("time") + DAY).otherwise("until_validity")
        found[concept] = rows.select(
            "unit",
            pl.min_horizontal(alone, "following").alias("end"),
            "lo",
            "hi",
            "whole_day",
            "until_validity",
            start="time",
        )
    return found


def at_once(rows: pl.DataFrame) -> pl.DataFrame:
    """Values of one concept (unit | time | lo | hi | whole_day), those of one time as one range, sorted."""
    same = (pl.col("unit") == pl.col("unit").shift(1)) & (pl.col("time") <= pl.col("time").shift(1))
    wrong = rows.select((same | (pl.col("unit") < pl.col("unit").shift(1))).any()).item()
    if not wrong:
        return rows
    return (
        rows.group_by("unit", "time")
        .agg(pl.col("lo").min(), pl.col("hi").max(), pl.col("whole_day").all())
        .sort("unit", "time")
    )


def changes(readings: pl.DataFrame, values: Values) -> pl.DataFrame:
    """Every time at which a value begins or ceases to speak: unit | time, distinct."""
    # Readings stand in the order of time, so most of one time stand together.
    same = (pl.col("unit") == pl.col("unit").shift(1)) & (pl.col("time") == pl.col("time").shift(1))
    times = [readings.select("unit", "time").filter(~same.fill_null(False))]
    for rows in values.values():
        begins = (pl.col("unit") == pl.col("unit").shift(-1)) & (pl.col("end") == pl.col("start").shift(-1))
        times.append(
            rows.select("unit", "start", "end").filter(~begins.fill_null(False)).select("unit", time="end")
        )
    return pl.concat(times).unique()


def at_boundaries(boundaries: pl.DataFrame, values: Values, undated: pl.DataFrame) -> pl.DataFrame:
    """The value in force at each boundary, one set of columns a concept.

    Args:
        boundaries: unit | time, sorted.
        values: as `in_force` returns.
        undated: unit | concept | lo | hi.

    Returns:
        boundaries with, for each concept c: c_start, c_lo, c_hi (null where no value is in force; a value
        without a date widens the range), c_own_lo, c_own_hi (without that, also of a value that no longer
        speaks), c_undated_lo, c_undated_hi, c_until, c_whole.
    """
    out = boundaries
    for concept, rows in values.items():
        start, end, lo, hi, until, whole = (
            f"{concept}_{part}" for part in ("start", "end", "lo", "hi", "until", "whole")
        )
        loose = f"{concept}_undated_lo", f"{concept}_undated_hi"
        mine = rows.select(
            "unit",
            pl.col("start").alias(start),
            pl.col("end").alias(end),
            pl.col("lo").alias(f"{concept}_own_lo"),
            pl.col("hi").alias(f"{concept}_own_hi"),
            pl.col("until_validity").alias(until),
            pl.col("whole_day").alias(whole),
            time="start",
        )
        out = out.join_asof(mine, on="time", by="unit", check_sortedness=False)
        floating = undated.filter(pl.col("concept") == concept)
        speaks = pl.col("time") < pl.col(end)
        own: list[pl.Expr] = [pl.when(speaks).then(pl.col(f"{concept}_own_{side}")) for side in ("lo", "hi")]
        if floating.is_empty():
            nothing = pl.lit(None, dtype=pl.Float64)
            out = out.with_columns(nothing.alias(loose[0]), nothing.alias(loose[1]))
        else:
            floating = floating.select("unit", pl.col("lo").alias(loose[0]), pl.col("hi").alias(loose[1]))
            out = out.join(floating, on="unit", how="left", maintain_order="left")
            own = [
                pl.min_horizontal(own[0], pl.when(speaks).then(pl.col(loose[0]))),
                pl.max_horizontal(own[1], pl.when(speaks).then(pl.col(loose[1]))),
            ]
        out = out.with_columns(
            *(pl.when(speaks).then(pl.col(c)).alias(c) for c in (start, until, whole)),
            own[0].alias(lo),
            own[1].alias(hi),
        )
    return out


def given(
    readings: pl.DataFrame, observations: pl.DataFrame, concept: str, asked: pl.DataFrame
) -> pl.DataFrame:
    """The values as given, for people.

    Args:
        readings: as in `Knowledge`.
        observations: those of the cohort.
        concept: one of the graded concepts.
        asked: unit | time: when the values begin to speak.

    Returns:
        unit | time | given: one text a time, several values joined by "or".
    """
    text = pl.concat_str(
        pl.col("comparator").fill_null(""),
        pl.col("value_given"),
        pl.lit(" "),
        pl.col("unit_given").fill_null(""),
        pl.when("refused").then(pl.lit(" (refused as implausible)")).otherwise(pl.lit("")),
    )
    rows = (
        readings.select("unit", "concept", "time", "place")
        .filter(pl.col("concept") == concept)
        .join(asked.unique(), on=["unit", "time"], how="semi", maintain_order="left")
    )
    parts = observations.select("comparator", "value_given", "unit_given", "refused")[rows["place"]]
    return (
        pl.concat([rows.select("unit", "time"), parts.select(given=text)], how="horizontal")
        .group_by("unit", "time", maintain_order=True)
        .agg(given=pl.col("given").unique(maintain_order=True).str.join(" or "))
    )
