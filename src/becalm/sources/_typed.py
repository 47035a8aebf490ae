"""Typed columns (Parquet, frames in memory) as the texts that a CSV file would hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from becalm.record import InputError

_TO_TEXT = (pl.String, pl.Boolean, pl.Categorical, pl.Enum, pl.Decimal, pl.Null)


def read_parquet(path: Path) -> pl.DataFrame:
    """A Parquet file as texts. Raises InputError when it is no Parquet file or holds a nested column."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PAR1":
                raise ValueError("it does not begin with the mark PAR1")
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(
            f"{path.name} cannot be read as Parquet: {error}. A Parquet file is expected under this suffix. "
            "Write it again, or give the table as CSV."
        ) from error
    return texts_of(frame, path.name)


def texts_of(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """Every column as text: numbers in their shortest form, dates and times in ISO 8601.

    Raises InputError for a column that has no such text (lists, bytes, durations).
    """
    return frame.select(_text(frame[name], file) for name in frame.columns)


def _text(column: pl.Series, file: str) -> pl.Series:
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if dtype.time_zone else ""))
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if dtype.is_float() and column.name.strip().lower() == "patient_id" and _whole(column):
        return column.cast(pl.Int64).cast(pl.String)
    if dtype.is_numeric() or isinstance(dtype, _TO_TEXT):
        return column.cast(pl.String)
    raise InputError(
        f"{file} has the column {column.name} of type {dtype}. Text, numbers, booleans, dates or times are "
        "expected. Write the column as text."
    )


def _whole(column: pl.Series) -> bool:
    small = column.is_finite() & (column.abs() < 2**53) & (column == column.floor())
    return bool(small.fill_null(True).all())
