"""Writing tables as a folder of plain CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from becalm.record import TABLES, InputError, WorkError
from becalm.sources._typed import texts_of


def write_folder(cohort_tables: Mapping[str, pl.DataFrame], path: str | Path) -> None:
    """Write tables of the folder format as `<table>.csv` into a folder, which is made if need be.

    Known columns come first, in the order of the format, others after them as given; UTF-8, LF, blank for
    null. The same tables give the same bytes. Raises InputError for an unknown table name or a nested
    column, WorkError when the folder cannot be written.
    """
    files: dict[str, bytes] = {}
    for name, frame in cohort_tables.items():
        if name not in TABLES:
            raise InputError(
                f"'{name}' is no table of the folder format. One of {', '.join(TABLES)} is expected. "
                "Rename it."
            )
        known = [column for column in TABLES[name].columns if column in frame.columns]
        others = [column for column in frame.columns if column not in known]
        files[f"{name}.csv"] = _csv(texts_of(frame.select(*known, *others), name))
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, data in files.items():
            (folder / file).write_bytes(data)
    except OSError as error:
        raise WorkError(
            f"{folder} cannot be written: {error.strerror}. A folder that this user may write is expected. "
            "Choose another one."
        ) from error


def _csv(frame: pl.DataFrame) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(frame.iter_rows())
    return text.getvalue().encode()
