"""Facts of families beside the course: intervals cut where a fact changes, each with the facts' ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl


def with_facts(
    intervals: pl.DataFrame, frames: Sequence[pl.DataFrame], starts: np.ndarray[Any, np.dtype[Any]]
) -> pl.DataFrame:
    """The intervals, cut at every time at which a fact may change, with the columns of the facts.

    Args:
        intervals: as in `States.intervals`.
        frames: steps as families return them.
        starts: when each answer (source) begins.

    Returns:
        intervals, numbered anew, with the columns of the frames. An interval that stands for several earlier
        ones (the day of a death) has the hull of the facts over them; after a death they are those before it.
    """
    if not frames:
        return intervals
    times = pl.concat([frame.select("patient_id", "time") for frame in frames]).unique()
    out = cut(intervals, times)
    several = pl.col("dead") | (pl.col("sources").list.len() > 1)
    plain, special = out.filter(~several), out.filter(several)
    windows = _windows(special, starts)
    for frame in frames:
        plain = plain.join_asof(
            frame, left_on="start", right_on="time", by="patient_id", check_sortedness=False
        ).drop("time", strict=False)
        hulls = _hulls(windows, frame)
        special = special.join(hulls, on="interval", how="left", maintain_order="left")
    return pl.concat([plain, special.select(plain.columns)]).sort("interval")


def since_onset(intervals: pl.DataFrame, frame: pl.DataFrame, totals: Sequence[str]) -> pl.DataFrame:
    """Running totals as what came since the onset of the open episode.

    Args:
        intervals: with onset_lo and onset_hi (null: no episode is open) and the totals at their start.
        frame: the steps that the totals are from, with X_past_lo and X_past_hi: how much of it is over.
        totals: the names of the facts.

    Returns:
        intervals with X_lo and X_hi of each fact: the least and the most that came since; 0 without an
        episode.
    """
    for edge in ("onset_lo", "onset_hi"):
        other = "hi" if edge == "onset_hi" else "lo"
        names = {f"{name}_past_{other}": f"{name}_before_{other}" for name in totals}
        asked = intervals.select("interval", "patient_id", before=pl.col(edge) - 1).drop_nulls()
        found = asked.sort("patient_id", "before").join_asof(
            frame.select("patient_id", "time", *names).rename(names),
            left_on="before",
            right_on="time",
            by="patient_id",
            check_sortedness=False,
        )
        intervals = intervals.join(
            found.select("interval", *names.values()), on="interval", how="left", maintain_order="left"
        )
    none = pl.col("onset_lo").is_null()
    return intervals.with_columns(
        pl.when(none)
        .then(0.0)
        .otherwise(
            (pl.col(f"{name}_{end}") - pl.col(f"{name}_before_{other}").fill_null(0)).clip(lower_bound=0)
        )
        .alias(f"{name}_{end}")
        for name in totals
        for end, other in (("lo", "hi"), ("hi", "lo"))
    ).drop(f"{name}_before_{end}" for name in totals for end in ("lo", "hi"))


def cut(intervals: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """Intervals cut at times (patient_id | time) inside them, numbered anew; the dead are not cut."""
    inside = (
        times.filter(pl.col("time").is_not_null())
        .sort("patient_id", "time")
        .join_asof(
            intervals.select("patient_id", "interval", "end", "dead", begin="start"),
            left_on="time",
            right_on="begin",
            by="patient_id",
            check_sortedness=False,
            coalesce=False,
        )
        .filter(pl.col("time") > pl.col("begin"), pl.col("time") < pl.col("end"), ~pl.col("dead"))
        .select("interval", start="time")
        .unique()
    )
    if inside.is_empty():
        return intervals
    more = inside.join(intervals.drop("start"), on="interval").select(intervals.columns)
    following = pl.when(pl.col("interval") == pl.col("interval").shift(-1)).then(pl.col("start").shift(-1))
    return (
        pl.concat([intervals, more])
        .sort("interval", "start")
        .with_columns(end=pl.min_horizontal("end", following))
        .drop("interval")
        .with_row_index("interval")
    )


def _windows(special: pl.DataFrame, starts: np.ndarray[Any, np.dtype[Any]]) -> pl.DataFrame:
    """The instants whose facts intervals stand for: interval | patient_id | first | last."""
    rows = special.select("interval", "patient_id", "start", "dead", source="sources").explode("source")
    begin = pl.Series("begin", starts[rows["source"].to_numpy()], dtype=pl.Int64)
    eve = pl.col("start") - pl.col("dead").cast(pl.Int64)
    return (
        rows.with_columns(begin)
        .group_by("interval", "patient_id", maintain_order=True)
        .agg(first=pl.col("begin").min(), last=eve.first(), sources=pl.len())
        .with_columns(first=pl.when(pl.col("sources") > 1).then("first").otherwise("last"))
        .drop("sources")
    )


def _hulls(windows: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The hull of each fact over windows: interval | the columns of a frame."""
    columns = [name for name in frame.columns if name not in ("patient_id", "time")]
    at_first = windows.sort("patient_id", "first").join_asof(
        frame, left_on="first", right_on="time", by="patient_id", check_sortedness=False
    )
    later = windows.join(frame, on="patient_id").filter(
        pl.col("time") > pl.col("first"), pl.col("time") <= pl.col("last")
    )
    rows = pl.concat([at_first.select("interval", *columns), later.select("interval", *columns)])

    def hull(name: str) -> pl.Expr:
        value = pl.col(name)
        if name.endswith("_says"):
            return value.drop_nulls().unique(maintain_order=True).str.join("; ")
        end = value.min() if name.endswith("_lo") else value.max()
        if frame.schema[name] == pl.String:
            end = pl.when(value.n_unique() == 1).then(value.first())
        return pl.when(value.null_count() == 0).then(end).alias(name)

    return rows.group_by("interval").agg(hull(name) for name in columns)
