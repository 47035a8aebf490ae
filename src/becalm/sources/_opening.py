"""Opening a cohort to be read in batches: each file indexed in place, or spooled by patient."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from becalm.record import RawTable
from becalm.record.remarks import Remarks
from becalm.record.report import FileCount
from becalm.sources._batches import Sizes, Source
from becalm.sources._layout import TableFile, lay_out
from becalm.sources._raw import raw_chunks
from becalm.sources._sorted import SortedFile, sorted_file
from becalm.sources._spool import Spool
from becalm.sources._tally import KEPT, Tally
from becalm.sources._typed import parquet_rows


def open_cohort(path: str | Path, *, spool: Path | None = None, sizes: Sizes | None = None) -> Source:
    """A cohort (a folder, or a partitioned data set: see `read_folder`) opened to be read in batches.

    Every file is read once. What is not larger than a batch stays in memory; a large Parquet file sorted by
    patient is read where it lies; all else is put by patient into temporary Parquet files, in `spool` or
    where temporary files go. Memory is that of a batch, and a few dozen bytes for each patient.

    Raises InputError as `read_folder` does.
    """
    layout = lay_out(Path(path))
    notes = layout.notes
    sizes = sizes or Sizes()
    store = Spool(spool, sizes.run_rows)
    sorted_files: list[SortedFile] = []
    keys: dict[str, list[pl.Schema]] = {}
    tally = Tally()
    for file in layout.files:
        found = _sorted_in_place(file, sizes)
        tally = tally.plus(Tally(files=(FileCount(file.name, 0, 0, 0, 0),)))
        if found is not None:
            sorted_files.append(found)
            continue
        for chunk in raw_chunks(file, notes, window=sizes.window, block=sizes.block):
            store.add(_key(keys, chunk), _by_patient(chunk.frame))
            tally = tally.plus(_of_reader(chunk))
    return Source(layout, store, sorted_files, tally.plus(Tally(remarks=Remarks(said=tuple(notes)))), sizes)


def _sorted_in_place(file: TableFile, sizes: Sizes) -> SortedFile | None:
    if not file.is_parquet:
        return None
    height = parquet_rows(file.path, file.name)
    return sorted_file(file, height, sizes.window) if height >= sizes.sorted_from else None


def _key(keys: dict[str, list[pl.Schema]], chunk: RawTable) -> str:
    """The name under which rows are spooled: their table, and a number for the names and types of columns."""
    known = keys.setdefault(chunk.table, [])
    if chunk.frame.schema not in known:
        known.append(chunk.frame.schema)
    return f"{chunk.table}.{known.index(chunk.frame.schema)}"


def _by_patient(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with a column patient_id, which a table of coverage need not have."""
    if "patient_id" in frame.columns:
        return frame
    return frame.with_columns(patient_id=pl.lit(None, dtype=pl.String))


def _of_reader(chunk: RawTable) -> Tally:
    """What the reader of a file could not use: ragged and empty rows."""
    refused = chunk.refusals.height
    gone = chunk.read - chunk.frame.height
    counts = FileCount(chunk.file, gone, 0, gone - refused, refused)
    return Tally((counts,), chunk.refusals.head(KEPT), refused)
