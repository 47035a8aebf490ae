"""Placing rows on their patient's clock: `time` or `day` becomes an instant, or the reason why it cannot."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.record.clock import DAY, DAY_LIMIT, MINUTE, from_day, read_times
from becalm.record.numbers import number
from becalm.record.report import refuse


@dataclass(frozen=True)
class _Problem:
    """Why a row has no place on the clock: whether its time is at fault, what was expected, the next step."""

    about_time: bool
    expected: str
    next_step: str


_PROBLEMS = {
    "day_unreadable": _Problem(
        False,
        "a number of days since the midnight of the infusion date",
        "write days as a number with a decimal point (6.5 is noon of day 6), or leave the cell blank",
    ),
    "too_far": _Problem(
        False,
        "a moment within 100 years of the infusion",
        "correct the date of this row or the infusion_time of the patient",
    ),
    "time_unreadable": _Problem(
        True,
        "an ISO 8601 date or time, such as 2024-03-01T14:30 or 2024-03-01T14:30:00+01:00",
        "rewrite the time as year-month-day, a T and the 24-hour clock",
    ),
    "no_infusion": _Problem(
        True,
        "an infusion_time of this patient to count from",
        "give infusion_time in patients, or an infusion event with its time, or use days instead of times",
    ),
    "offset_unexpected": _Problem(
        True,
        "a time without a UTC offset, as the infusion_time of this patient has none",
        "write every time of a patient with its UTC offset, or every time without",
    ),
    "offset_unexpected_date": _Problem(
        True,
        "a time without a UTC offset, as only the date of this patient's infusion is given",
        "give infusion_time with its clock time and UTC offset, or write the times without offsets",
    ),
    "offset_missing": _Problem(
        True,
        "a time with its UTC offset, as the infusion_time of this patient has one",
        "write every time of a patient with its UTC offset, or every time without",
    ),
    "disagree": _Problem(
        True,
        "a time and a day that mean the same moment to within a minute",
        "correct one of the two, or leave one of them blank",
    ),
}


def place(
    rows: pl.DataFrame, anchors: pl.DataFrame, *, time: str | None, day: str, instants: bool
) -> pl.DataFrame:
    """The place of each row on its patient's clock, one row for each of `rows`.

    Columns: `instant` (i64 microseconds, null when blank), `whole_day`, `date_only`, `problem` (or null).
    `instants`: true for the start and end of an interval, where a whole number of days or a bare date is
    its midnight; false for observations and events, where it is the whole day. Where both `time` and `day`
    are given they must agree to within a minute (a whole day agrees with every time in it) and the finer
    one is taken.
    """
    frame = _both_ways(rows, anchors, time, day, instants)
    by_time, by_day = pl.col("by_time"), pl.col("by_day")
    date_only, whole = pl.col("date_only"), pl.col("whole")
    use_time = by_time.is_not_null() & (~date_only | by_day.is_null() | whole)
    return frame.select(
        instant=pl.when(use_time).then(by_time).otherwise(by_day),
        whole_day=pl.when(use_time).then(date_only & (not instants)).otherwise(whole),
        date_only=use_time & date_only,
        problem=_problem(),
    )


def place_problems(rows: pl.DataFrame, problem: str, *, time: str | None, day: str) -> list[pl.DataFrame]:
    """The refusals of the rows whose column `problem` (from `place`) says why they have no place."""
    refusals = []
    for key in sorted(rows.get_column(problem).drop_nulls().unique().to_list()):
        text = _PROBLEMS[key]
        has_time = pl.col(time).is_not_null() if time else pl.lit(False)
        by_time = has_time & (text.about_time | pl.col(day).is_null())
        column = pl.when(by_time).then(pl.lit(time or day)).otherwise(pl.lit(day))
        given = pl.when(by_time).then(time or day).otherwise(day)
        if key == "disagree":
            given = pl.format("{} and day {}", given, day)
        refusals.append(refuse(rows, pl.col(problem) == key, column, given, text.expected, text.next_step))
    return refusals


def backwards(
    rows: pl.DataFrame, column: str | pl.Expr, start: pl.Expr, end: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that do not end before they start (columns `start`, `end`), and the refusals of those that do.

    `start` and `end` are the texts to show. An end at its start stays: one dose, one instant; so does an
    end on the date of its start (`end_date_only`), which is some time of that day.
    """
    bare = pl.col("end_date_only").fill_null(False) if "end_date_only" in rows.columns else pl.lit(False)
    latest = pl.col("end") + pl.when(bare).then(DAY - 1).otherwise(0)
    wrong = (latest < pl.col("start")).fill_null(False)
    given = pl.format("{} to {}", start, end)
    expected = "an end that is not before its start"
    refused = refuse(rows, wrong, column, given, expected, "exchange the two or correct one of them")
    return rows.filter(~wrong), refused


def _both_ways(
    rows: pl.DataFrame, anchors: pl.DataFrame, time: str | None, day: str, instants: bool
) -> pl.DataFrame:
    """The moment by `time` and the moment by `day` of each row, with what is needed to judge them."""
    texts = rows.select(
        "patient_id",
        time_text=pl.col(time) if time else pl.lit(None, dtype=pl.String),
        day_text=pl.col(day),
        days=number(day),
    )
    read = read_times(texts["time_text"]).rename({"text": "time_text"})
    zones = anchors.select("patient_id", "midnight", "kind", zone="offset")
    frame = texts.join(read, on="time_text", how="left", maintain_order="left")
    frame = frame.join(zones, on="patient_id", how="left", maintain_order="left")
    to_local = pl.when(pl.col("kind") == "aware").then(pl.col("offset") - pl.col("zone")).fill_null(0)
    near = pl.col("days").abs() <= DAY_LIMIT
    return frame.with_columns(
        pl.col("date_only").fill_null(False),
        by_time=pl.col("local") - to_local - pl.col("midnight"),
        by_day=from_day(pl.when(near).then("days")),
        whole=((pl.col("days") == pl.col("days").floor()) & (not instants)).fill_null(False),
        near=near,
    )


def _problem() -> pl.Expr:
    """The first reason why a row has no place on the clock, null where it has one."""
    has_time, has_day = pl.col("time_text").is_not_null(), pl.col("day_text").is_not_null()
    aware, date_only = pl.col("offset").is_not_null(), pl.col("date_only")
    anchored, kind = pl.col("midnight").is_not_null(), pl.col("kind")
    by_time, by_day = pl.col("by_time"), pl.col("by_day")
    same_date = by_time.floordiv(DAY) == by_day.floordiv(DAY)
    agree = pl.when(pl.col("whole") | date_only).then(same_date).otherwise((by_time - by_day).abs() <= MINUTE)
    reasons = {
        "day_unreadable": has_day & pl.col("days").is_null(),
        "time_unreadable": has_time & pl.col("local").is_null(),
        "too_far": (has_day & ~pl.col("near")) | (by_time.abs() > DAY_LIMIT * DAY).fill_null(False),
        "no_infusion": has_time & ~has_day & ~anchored,
        "offset_unexpected": has_time & aware & (kind == "naive"),
        "offset_unexpected_date": has_time & aware & (kind == "date"),
        "offset_missing": has_time & ~aware & ~date_only & (kind == "aware"),
        "disagree": has_time & has_day & anchored & ~agree,
    }
    return pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(key)) for key, where in reasons.items())
