"""The clock of a record: every instant is Int64 microseconds since the local midnight that begins day 0.

Design section 3, "Clock": day 0 is the date of the infusion; a day is 24 elapsed hours counted from that
midnight in the infusion's own offset. Naive times are local and know no clock change.
"""

from __future__ import annotations

from typing import overload

import polars as pl

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

DAY_LIMIT = 36525
"""Days more than a century from the infusion are refused as mistakes."""

_ISO = (
    r"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:\.(?<fraction>[0-9]{1,9}))?)?"
    r" ?(?<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)


@overload
def to_day(instant: int) -> float: ...
@overload
def to_day(instant: pl.Expr) -> pl.Expr: ...
def to_day(instant: int | pl.Expr) -> float | pl.Expr:
    """Microseconds since the midnight of day 0 -> days (6.5 is noon of day 6).

    Rounded to twelve decimals, finer than a microsecond: 5.9 given is 5.9 shown, and a day shown is the same
    instant when given again.
    """
    days = instant / DAY
    return days.round(12) if isinstance(days, pl.Expr) else round(days, 12)


@overload
def from_day(day: float) -> int: ...
@overload
def from_day(day: pl.Expr) -> pl.Expr: ...
def from_day(day: float | pl.Expr) -> int | pl.Expr:
    """Days -> microseconds since the midnight of day 0, rounded to the microsecond."""
    if isinstance(day, pl.Expr):
        return (day * DAY).round().cast(pl.Int64)
    return round(day * DAY)


def read_times(texts: pl.Series) -> pl.DataFrame:
    """ISO 8601 texts -> one row for each distinct text: `text`, `local`, `offset`, `date_only`.

    `local`: i64 microseconds of local time, null when the text is unreadable. `offset`: i64 microseconds east
    of UTC, null when none is written. Digits beyond the microsecond are dropped.
    """
    parts = pl.DataFrame({"text": texts.drop_nulls().unique()}, schema={"text": pl.String}).with_columns(
        pl.col("text").str.extract_groups(_ISO).alias("part")
    )
    part = pl.col("part").struct.field
    hour, minute, second = (part(name).cast(pl.Int64, strict=False) for name in ("hour", "minute", "second"))
    offset_text = (
        part("offset").str.to_uppercase().str.replace("Z", "+0000", literal=True).str.replace(":", "")
    )
    offset_hours = offset_text.str.slice(1, 2).cast(pl.Int64, strict=False)
    offset_minutes = offset_text.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    sign = pl.when(offset_text.str.starts_with("-")).then(-1).otherwise(1)
    fraction = part("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64, strict=False).fill_null(0)
    midnight = part("date").str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")).cast(pl.Int64)
    date_only = hour.is_null()
    clock = hour * HOUR + minute * MINUTE + second.fill_null(0) * SECOND + fraction
    good = date_only | (
        (hour < 24) & (minute < 60) & (second.fill_null(0) < 60)
        & (offset_hours.fill_null(0) < 24) & (offset_minutes < 60)
    )  # fmt: skip
    return parts.select(
        "text",
        local=pl.when(good).then(midnight + pl.when(date_only).then(0).otherwise(clock)),
        offset=pl.when(offset_text.is_not_null()).then(
            sign * (offset_hours * HOUR + offset_minutes * MINUTE)
        ),
        date_only=date_only,
    )
