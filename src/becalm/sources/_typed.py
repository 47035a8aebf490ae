"""Typed columns (Parquet, frames in memory) as the texts that a CSV file would hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from becalm.record import InputError
from becalm.record.names import fold
from becalm.record.schema import typed

_FAULTS = (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
_TO_TEXT = (pl.String, pl.Boolean, pl.Categorical, pl.Enum, pl.Decimal, pl.Null)


def read_parquet(path: Path, name: str | None = None, table: str = "") -> pl.DataFrame:
    """A Parquet file of a table as `texts_of` gives it.

    Raises InputError when it is no Parquet file or holds a nested column.
    """
    file = name or path.name
    parquet_rows(path, file)
    return texts_of(collected(scan(path), file), file, table)


def parquet_rows(path: Path, file: str) -> int:
    """How many rows a Parquet file has. Raises InputError when it is no Parquet file."""
    try:
        with path.open("rb") as opened:
            if opened.read(4) != b"PAR1":
                raise ValueError("it does not begin with the mark PAR1")
        return int(scan(path).select(pl.len()).collect().item())
    except _FAULTS as error:
        raise _unreadable(file, error) from error


def collected(lazy: pl.LazyFrame, file: str) -> pl.DataFrame:
    """What was asked of a Parquet file. Raises InputError where the file is damaged there."""
    try:
        return lazy.collect()
    except _FAULTS as error:
        raise _unreadable(file, error) from error


def scan(path: Path) -> pl.LazyFrame:
    """A Parquet file, read when it is asked for; no column comes from its path."""
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def id_as_text(lazy: pl.LazyFrame, file: str) -> pl.LazyFrame:
    """The patient ids of a Parquet file as text where they are doubles, as `texts_of` gives for all rows."""
    try:
        schema = lazy.collect_schema()
        for name, dtype in schema.items():
            if name.strip().lower() == "patient_id" and dtype.is_float():
                column = pl.col(name)
                whole = lazy.select(_is_whole(column)).collect().item()
                return lazy.with_columns(
                    column.cast(pl.Int64).cast(pl.String) if whole else column.cast(pl.String)
                )
    except _FAULTS as error:
        raise _unreadable(file, error) from error
    return lazy


def _unreadable(file: str, error: BaseException) -> InputError:
    return InputError(
        f"{file} cannot be read as Parquet: {error}. A Parquet file is expected under this suffix. "
        "Write it again, or give the table as CSV."
    )


def texts_of(frame: pl.DataFrame, file: str, table: str = "") -> pl.DataFrame:
    """Every column as text: numbers in their shortest form, dates and times in ISO 8601.

    A column that is read as it is (`becalm.record.schema.typed`) stays typed.

    Raises InputError for a column that has no such text (lists, bytes, durations).
    """
    return frame.select(
        frame[name] if typed(table, fold(name), dtype) else _text(frame[name], file)
        for name, dtype in frame.schema.items()
    )


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
    return bool(column.to_frame().select(_is_whole(pl.col(column.name))).item())


def _is_whole(column: pl.Expr) -> pl.Expr:
    """Whether every number of a column is a whole one that a double holds exactly."""
    small = column.is_finite() & (column.abs() < 2**53) & (column == column.floor())
    return small.fill_null(True).all()
