"""Files of tables as raw tables: whole, or some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from becalm.record import TABLES, InputError, RawTable, raw_table
from becalm.record.names import fold
from becalm.record.schema import REFUSALS, SET_ASIDE, empty
from becalm.sources._csv import CsvRows, read_csv
from becalm.sources._csv_stream import csv_chunks
from becalm.sources._layout import TableFile
from becalm.sources._typed import collected, id_as_text, parquet_rows, read_parquet, scan, texts_of


def read_file(file: TableFile, notes: list[str]) -> RawTable:
    """A file as a raw table, all of it; what there is to note about the file goes to `notes`.

    Raises InputError when the file cannot be used.
    """
    if file.is_parquet:
        return from_frame(file.table, file.name, read_parquet(file.path, file.name, file.table))
    rows = read_csv(file.path, file.name)
    _note_encoding(rows, file, notes)
    return _from_csv(rows, file)


def raw_chunks(file: TableFile, notes: list[str], *, window: int, block: int) -> Iterator[RawTable]:
    """A file as raw tables of some rows each, in order, the row numbers those of the file.

    Together they are `read_file`, except that a column that becalm does not use is set aside in each.
    `window`: rows of a Parquet file, `block`: bytes of a CSV file at a time.
    """
    if not file.is_parquet:
        for number, rows in enumerate(csv_chunks(file.path, file.name, block)):
            if number == 0:
                _note_encoding(rows, file, notes)
            yield _from_csv(rows, file)
        return
    height = parquet_rows(file.path, file.name)
    if height <= window:
        yield read_file(file, notes)
        return
    lazy = id_as_text(scan(file.path), file.name)
    for start in range(0, height, window):
        yield parquet_window(lazy, file, start, window)


def parquet_window(lazy: pl.LazyFrame, file: TableFile, start: int, length: int) -> RawTable:
    """Some consecutive rows of a Parquet file as a raw table."""
    frame = texts_of(collected(lazy.slice(start, length), file.name), file.name, file.table)
    rows = pl.int_range(start + 1, start + frame.height + 1, eager=True)
    return from_frame(file.table, file.name, frame, rows)


def from_frame(table: str, file: str, frame: pl.DataFrame, rows: pl.Series | None = None) -> RawTable:
    """A frame of texts as a raw table. Raises InputError for columns that do not fit the table."""
    columns = header(frame.columns, table, file)
    return raw_table(table, file, frame.rename(dict(zip(frame.columns, columns, strict=True))), rows=rows)


def header(names: list[str], table: str, file: str) -> list[str]:
    """The folded column names of a file.

    Raises InputError for two columns of one name and for a missing required column.
    """
    folded = [fold(name) or f"column_{index + 1}" for index, name in enumerate(names)]
    repeated = sorted({name for name in folded if folded.count(name) > 1})
    if repeated:
        raise InputError(
            f"{file} has the column {', '.join(repeated)} more than once. Every name is expected once. "
            "Rename or remove the copies."
        )
    needed = [" or ".join(group) for group in TABLES[table].required]
    missing = [" or ".join(group) for group in TABLES[table].required if not set(group) & set(folded)]
    if missing:
        raise InputError(
            f"{file} lacks the column {', '.join(missing)}; it has {', '.join(folded)[:500]}. "
            f"The columns {', '.join(needed)} are expected in {table}. Add or rename the column."
        )
    return folded


def whole(table: str, file: str, frame: pl.DataFrame) -> RawTable:
    """Rows already read and counted as a raw table of their own."""
    return RawTable(table, file, frame, frame.height, empty(REFUSALS), empty(SET_ASIDE))


def _from_csv(rows: CsvRows, file: TableFile) -> RawTable:
    columns = header(rows.header, file.table, file.name)
    frame = rows.frame.rename(dict(zip(rows.frame.columns, columns, strict=True)))
    return raw_table(file.table, file.name, frame, rows=rows.numbers, refusals=_ragged(rows, file.name))


def _note_encoding(rows: CsvRows, file: TableFile, notes: list[str]) -> None:
    if rows.encoding not in ("utf-8", "utf-8-sig"):
        notes.append(f"{file.name} was read as {rows.encoding.upper()}, as its byte order mark says.")


def _ragged(rows: CsvRows, file: str) -> pl.DataFrame:
    """The refusals of the rows that are longer or shorter than the header."""
    expected = f"{len(rows.header)} cells, as the header has"
    step = "quote a cell that holds a comma, or add the missing commas"
    cells = [(file, number, "", f"{width} cells", expected, step, None) for number, width in rows.ragged]
    return pl.DataFrame(cells, schema=dict(REFUSALS), orient="row")
