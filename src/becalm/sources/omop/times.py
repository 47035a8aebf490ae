"""Times of the CDM: a date column and a datetime column beside it, as one ISO 8601 text."""

from __future__ import annotations

import polars as pl

_CLOCK = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
DAY = 10
"""Characters of a date."""


def blank_is_null(name: str) -> pl.Expr:
    """A text column with empty texts as null."""
    return pl.when(pl.col(name) != "").then(pl.col(name))


def when(prefix: str, midnight: str, text: bool) -> pl.Expr:
    """`PREFIX_date` and `PREFIX_datetime` -> ISO 8601: a time where one is recorded, else the whole day.

    With the policy `whole_day` a time of exactly midnight is no recorded time: most sites fill the datetime
    from the date. `text`: the source holds its times as text, so midnight may be written in several ways.
    """
    date, moment = blank_is_null(f"{prefix}_date"), blank_is_null(f"{prefix}_datetime")
    whole = moment.is_null()
    if midnight == "whole_day":
        whole |= moment.str.contains(_MIDNIGHT) if text else moment.str.ends_with(" 00:00:00")
    day = pl.coalesce(moment, date).str.head(DAY)
    return pl.when(whole).then(day).otherwise(moment.str.replace(" ", "T", literal=True))


def is_wrong(prefix: str) -> pl.Expr:
    """Whether a text in a time column is neither a date nor a time as the CDM writes them."""
    date, moment = blank_is_null(f"{prefix}_date"), blank_is_null(f"{prefix}_datetime")
    days = date.str.contains(_DATE) | date.str.contains(_CLOCK)
    moments = moment.str.contains(_CLOCK) | moment.str.contains(_DATE)
    real = pl.coalesce(moment, date).str.slice(0, DAY).str.to_date("%Y-%m-%d", strict=False).is_not_null()
    given = pl.coalesce(moment, date).is_not_null()
    # The date is not asked for where there is a datetime; an empty text is none.
    empty = date.is_null() & (pl.col(f"{prefix}_datetime") == "")
    return (~days.fill_null(True)) | (~moments.fill_null(True)) | (given & ~real) | empty.fill_null(False)


def is_day(name: str) -> pl.Expr:
    """Whether a text of `when` is a whole day."""
    return pl.col(name).str.len_bytes() == DAY
