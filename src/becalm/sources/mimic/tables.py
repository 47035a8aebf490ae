"""The tables of a MIMIC-IV folder: where they lie, and their rows in batches as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from becalm.record import InputError

MODULES = ("", "hosp", "icu")
SUFFIXES = (".csv", ".csv.gz", ".parquet")
BATCH = 100_000
"""Rows handled at once; memory grows with this and not with the table."""


def find_tables(source: str, names: Sequence[str]) -> dict[str, Path]:
    """Where the named tables lie: in the folder itself, in its `hosp` or in its `icu`.

    A table is `NAME.csv`, `NAME.csv.gz`, `NAME.parquet`, or a folder NAME of Parquet files.

    Raises:
        InputError: there is no such folder, it holds none of the tables, or one of them twice.
    """
    folder = Path(source)
    if not folder.is_dir():
        raise InputError(
            f"{source} is no folder. A folder with the tables of MIMIC-IV is expected (patients.csv.gz, "
            "inputevents.csv.gz ...), flat or in hosp and icu. Check the path."
        )
    found: dict[str, Path] = {}
    for name in names:
        places = [
            path
            for module in MODULES
            for path in (
                *(folder / module / f"{name}{suffix}" for suffix in SUFFIXES),
                folder / module / name,
            )
            if path.is_file() or (path.suffix == "" and any(path.glob("*.parquet")))
        ]
        if len(places) > 1:
            raise InputError(
                f"The table {name} is there more than once: {', '.join(map(str, places))}. One file of each "
                "table is expected. Move the others away."
            )
        if places:
            found[name] = places[0]
    if not found:
        raise InputError(
            f"{source} holds no table of MIMIC-IV. At least one of {', '.join(names)} is expected, as .csv, "
            ".csv.gz or .parquet, in the folder itself or in hosp and icu. Check the path."
        )
    return found


def batches(path: Path, needed: Sequence[str], wanted: Sequence[str] = ()) -> Iterator[pl.DataFrame]:
    """The rows of a table, in order, at most BATCH at a time: `row` (from 1) and the columns as text.

    Times become ISO 8601 with a `T`. A column of `wanted` that the table lacks is null.

    Raises:
        InputError: the table lacks a column of `needed`, or cannot be read.
    """
    try:
        frame = _scan(path)
        schema = frame.collect_schema()
        names = {name.lower(): name for name in schema}
        lacking = [name for name in needed if name not in names]
        if lacking:
            raise InputError(
                f"{path.name} lacks the column {', '.join(lacking)}; it has {', '.join(schema)}. "
                "A table of MIMIC-IV with its own column names is expected."
            )
        columns = [
            _text(pl.col(names[name]), schema[names[name]]).alias(name)
            if name in names
            else pl.lit(None, dtype=pl.String).alias(name)
            for name in (*needed, *wanted)
        ]
        start = 1
        for batch in frame.select(columns).collect_batches(chunk_size=BATCH, maintain_order=True):
            for part in batch.iter_slices(BATCH):
                yield part.with_row_index("row", offset=start).with_columns(pl.col("row").cast(pl.Int64))
                start += part.height
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read: {error}. A whole table of MIMIC-IV is expected. "
            "Fetch the file again, or look at the named line."
        ) from error


def whole(path: Path, needed: Sequence[str], wanted: Sequence[str] = ()) -> pl.DataFrame:
    """All rows of a small table (a dictionary, the patients), as `batches` gives them."""
    parts = list(batches(path, needed, wanted))
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys((*needed, *wanted), pl.String))


def _scan(path: Path) -> pl.LazyFrame:
    if path.is_dir():
        return pl.scan_parquet(sorted(path.glob("*.parquet")))
    if path.suffix == ".parquet":
        return pl.scan_parquet(path)
    return pl.scan_csv(path, infer_schema=False)


def _text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S")
    if dtype.is_float():
        return column.cast(pl.String).str.strip_suffix(".0")
    return column.cast(pl.String)


def moment(column: str) -> pl.Expr:
    """A time as MIMIC writes it (`2148-08-16 00:00:00`) in ISO 8601."""
    return pl.col(column).str.strip_chars().str.replace(" ", "T", literal=True).replace("", None)
