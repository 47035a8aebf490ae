"""The folder format (design section 4): up to five tables as CSV or Parquet in one folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from becalm.record import TABLES, Cohort, InputError, RawTable, build_cohort, raw_table
from becalm.record.names import fold
from becalm.record.schema import REFUSALS
from becalm.sources._csv import CsvRows, read_csv
from becalm.sources._typed import read_parquet, texts_of

_FILE = re.compile(rf"({'|'.join(TABLES)})(?:[-_.]\d+)?\.(csv|parquet)", re.IGNORECASE)


def read_folder(path: str | Path, *, strict: bool = False) -> Cohort:
    """A Cohort from a folder in the folder format.

    The folder holds any of `patients`, `observations`, `exposures`, `events` and `coverage` as `.csv` or
    `.parquet`; a table may come in numbered parts (`observations-1.csv`, `observations-2.csv`). Names of
    files and columns match without regard to case. Bad cells are counted in `Cohort.report`, never raised.

    Raises InputError when the folder or a whole file cannot be used (absent, empty, not UTF-8, a required
    column missing or twice), and with `strict` when any row was refused.
    """
    folder = Path(path)
    _check_folder(folder)
    found, others = _files(folder)
    if not found:
        names = ", ".join(f"{name}.csv" for name in TABLES)
        seen = f"It holds {', '.join(others[:5])}." if others else "It is empty."
        raise InputError(
            f"{folder} holds no table of the folder format. {seen} Any of {names} (or .parquet) is expected. "
            "Give the folder that holds them."
        )
    notes = [f"{name} was not read: it is no table of the folder format." for name in others]
    tables = []
    for table, file in found:
        read = (
            _read_parquet(table, file) if file.suffix.lower() == ".parquet" else _read_csv(table, file, notes)
        )
        tables.append(read)
    return _finish(tables, notes, strict)


def read_tables(tables: Mapping[str, pl.DataFrame], *, strict: bool = False) -> Cohort:
    """A Cohort from frames in the folder format, by table name: the path of `read_folder` without the files.

    Columns may be text or typed (numbers, booleans, dates, times). Raises InputError for an unknown table
    name, a nested column, a required column missing or twice, and with `strict` for any refused row.
    """
    raws = []
    for name, frame in tables.items():
        table = fold(name)
        if table not in TABLES:
            raise InputError(
                f"'{name}' is no table of the folder format. One of {', '.join(TABLES)} is expected. "
                "Rename it."
            )
        raws.append(_from_frame(table, name, texts_of(frame, name)))
    return _finish(raws, [], strict)


def _finish(tables: list[RawTable], notes: list[str], strict: bool) -> Cohort:
    cohort = build_cohort(tables, notes=notes)
    report = cohort.report
    if strict and report.refused:
        first = report.refusals.row(0, named=True)
        raise InputError(
            f"{report.refused} of {report.read} rows were refused. The first is row {first['row']} of "
            f"{first['file']}, column {first['column']}: given '{first['given']}', expected "
            f"{first['expected']}. Next step: {first['next_step']}. "
            "Without strict, refused rows are reported and the others used."
        )
    return cohort


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise InputError(
            f"{folder} does not exist. A folder in the folder format is expected. "
            "Check the path for a typing error."
        )
    if not folder.is_dir():
        raise InputError(
            f"{folder} is a file. The folder that holds the tables is expected, not one of its files. "
            f"Give {folder.parent} if the tables lie there."
        )


def _files(folder: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The tables of a folder in the order of the format, and the names of its other files."""
    matched: list[tuple[str, Path]] = []
    others: list[str] = []
    for file in sorted(folder.iterdir()):
        match = _FILE.fullmatch(file.name)
        if match and file.is_file():
            matched.append((match.group(1).lower(), file))
        elif not file.name.startswith("."):
            others.append(file.name)
    by_stem: dict[str, Path] = {}
    for _, file in matched:
        other = by_stem.setdefault(file.stem.lower(), file)
        if other is not file:
            raise InputError(
                f"{folder} holds both {other.name} and {file.name}. One file for a table is expected. "
                "Remove one of them, or number them as parts (observations-1.csv, observations-2.csv)."
            )
    order = list(TABLES)
    return sorted(matched, key=lambda pair: (order.index(pair[0]), pair[1].name)), others


def _read_csv(table: str, path: Path, notes: list[str]) -> RawTable:
    rows = read_csv(path)
    if rows.encoding not in ("utf-8", "utf-8-sig"):
        notes.append(f"{path.name} was read as {rows.encoding.upper()}, as its byte order mark says.")
    header = _header(rows.header, table, path.name)
    frame = rows.frame.rename(dict(zip(rows.frame.columns, header, strict=True)))
    return raw_table(table, path.name, frame, rows=rows.numbers, refusals=_ragged(rows, path.name))


def _read_parquet(table: str, path: Path) -> RawTable:
    return _from_frame(table, path.name, read_parquet(path))


def _from_frame(table: str, file: str, frame: pl.DataFrame) -> RawTable:
    header = _header(frame.columns, table, file)
    return raw_table(table, file, frame.rename(dict(zip(frame.columns, header, strict=True))))


def _header(names: list[str], table: str, file: str) -> list[str]:
    """The folded column names of a file.

    Raises InputError for two columns of one name and for a missing required column.
    """
    header = [fold(name) or f"column_{index + 1}" for index, name in enumerate(names)]
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise InputError(
            f"{file} has the column {', '.join(repeated)} more than once. Every name is expected once. "
            "Rename or remove the copies."
        )
    needed = [" or ".join(group) for group in TABLES[table].required]
    missing = [" or ".join(group) for group in TABLES[table].required if not set(group) & set(header)]
    if missing:
        raise InputError(
            f"{file} lacks the column {', '.join(missing)}; it has {', '.join(header)[:500]}. "
            f"The columns {', '.join(needed)} are expected in {table}. Add or rename the column."
        )
    return header


def _ragged(rows: CsvRows, file: str) -> pl.DataFrame:
    """The refusals of the rows that are longer or shorter than the header."""
    expected = f"{len(rows.header)} cells, as the header has"
    step = "quote a cell that holds a comma, or add the missing commas"
    cells = [(file, number, "", f"{width} cells", expected, step, None) for number, width in rows.ragged]
    return pl.DataFrame(cells, schema=dict(REFUSALS), orient="row")
