"""When: SDTM's ISO 8601 dates, whole or partial, and study days counted from the reference date."""

from __future__ import annotations

import polars as pl

_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$"
_PART_OF_TIME = r"^(\d{4}-\d{2}-\d{2})T(\d{2}|-|\d{2}:-|-:.*)$"


def timed(frame: pl.DataFrame, into: str, written: str, day: str) -> pl.DataFrame:
    """The frame with `into` (ISO 8601 or null) and `<into>_bad` (a date that cannot be used).

    A date with its time, or a whole date, is taken as it is written; of a date with part of a time (only the
    hour) the whole day is taken. Where nothing is written the study day counts from the subject's reference
    date (`RFSTDTC`): that date is day 1, the day before it is day -1, and there is no day 0.

    Args:
        frame: rows with `RFSTDTC` and perhaps the two columns.
        into: the column to write.
        written: the column with the date, such as VSDTC.
        day: the column with the study day, such as VSDY.
    """
    text = pl.col(written)
    part = text.str.extract(_PART_OF_TIME, 1)
    good = text.str.contains(_DATE) | text.str.contains(_TIME)
    number = pl.col(day).cast(pl.Int64, strict=False)
    reference = pl.col("RFSTDTC").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    shift = pl.when(number > 0).then(number - 1).otherwise(number)
    counted = (reference + pl.duration(days=shift)).dt.strftime("%Y-%m-%d")
    real = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return frame.with_columns(
        pl.when(good & real)
        .then(text.str.replace(",", ".", literal=True))
        .when(part.is_not_null() & real)
        .then(part)
        .when(text.is_null() & (number != 0))
        .then(counted)
        .alias(into),
        ((text.is_not_null() & ~((good | part.is_not_null()) & real)) | (text.is_null() & (number == 0)))
        .fill_null(False)
        .alias(f"{into}_bad"),
    )
