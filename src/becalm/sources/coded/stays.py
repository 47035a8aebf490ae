"""Stays in hospital and intensive care: overlapping ones are one, then admissions and discharges."""

from __future__ import annotations

import polars as pl

from becalm.record.clock import read_times

_EVENTS = {"hospital": ("admission", "discharge"), "icu": ("icu_admission", "icu_discharge")}


def stay_events(stays: pl.DataFrame) -> pl.DataFrame:
    """`patient_id`, `name` (`hospital` or `icu`), `start`, `end` -> events `patient_id`, `time`, `event`.

    Stays that overlap or touch (a ward inside an admission, a transfer) are joined: the discharge is that of
    the last. A stay without a start makes no admission, one without an end no discharge; neither is joined to
    another: an encounter that nobody closed must not hide a discharge, after which nothing is covered.
    """
    if stays.is_empty():
        return pl.DataFrame(schema={"patient_id": pl.String, "time": pl.String, "event": pl.String})
    rows = stays.select("patient_id", "name", "start", "end")
    for side in ("start", "end"):
        rows = with_moment(rows, side)
    key = ["patient_id", "name"]
    rows = rows.sort(*key, "start_moment", nulls_last=True)
    whole = pl.col("start_moment").is_not_null() & pl.col("end_moment").is_not_null()
    alone = rows.filter(~whole).select(*key, "start", "end")
    rows = rows.filter(whole)
    reached = pl.col("end_moment").cum_max().over(key)
    rows = rows.with_columns(
        stay=(pl.col("start_moment") > reached.shift(1).over(key)).fill_null(False).cum_sum().over(key)
    )
    joined = rows.group_by(*key, "stay", maintain_order=True).agg(
        pl.col("start").first(), pl.col("end").sort_by("end_moment").last()
    )
    joined = pl.concat([joined.select(*key, "start", "end"), alone])
    out = []
    for name, (first, last) in _EVENTS.items():
        here = joined.filter(pl.col("name") == name)
        out.append(here.select("patient_id", time="start", event=pl.lit(first)))
        out.append(here.select("patient_id", time="end", event=pl.lit(last)))
    return pl.concat(out).filter(pl.col("time").is_not_null()).sort("patient_id", "time", "event")


def with_moment(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with the instants of a column of times.

    Added are `<column>_moment` (i64 microseconds, UTC where an offset is given, null if unreadable),
    `<column>_local` (the same without its offset) and `<column>_date_only`.
    """
    read = read_times(frame[column]).select(
        pl.col("text").alias(column),
        (pl.col("local") - pl.col("offset").fill_null(0)).alias(f"{column}_moment"),
        pl.col("local").alias(f"{column}_local"),
        pl.col("date_only").alias(f"{column}_date_only"),
    )
    return frame.join(read, on=column, how="left", maintain_order="left")
