"""The folder format (design section 4): up to five tables as CSV or Parquet in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from becalm.record import TABLES, Cohort, InputError, RawTable, build_cohort
from becalm.record.names import fold
from becalm.sources._layout import lay_out
from becalm.sources._raw import from_frame, read_file
from becalm.sources._tally import Tally, check_strict
from becalm.sources._typed import texts_of


def read_folder(path: str | Path, *, strict: bool = False) -> Cohort:
    """A Cohort from a folder in the folder format, all of it in memory (`open_cohort` reads it in batches).

    The folder holds any of `patients`, `observations`, `exposures`, `events` and `coverage` as `.csv` or
    `.parquet`; a table may come in numbered parts (`observations-1.csv`, `observations-2.csv`), as a folder
    of its files (`observations/part-0.parquet`), or in sub-folders named `key=value`. Names of files and
    columns match without regard to case. Bad cells are counted in `Cohort.report`, never raised.

    Raises InputError when the folder or a whole file cannot be used (absent, empty, not UTF-8, a required
    column missing or twice, a table there in two ways), and with `strict` when any row was refused.
    """
    layout = lay_out(Path(path))
    notes = layout.notes
    return _finish([read_file(file, notes) for file in layout.files], notes, strict)


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
        raws.append(from_frame(table, name, texts_of(frame, name, table)))
    return _finish(raws, [], strict)


def _finish(tables: list[RawTable], notes: list[str], strict: bool) -> Cohort:
    cohort = build_cohort(tables, notes=notes)
    if strict:
        check_strict(Tally.of(cohort.report))
    return cohort
