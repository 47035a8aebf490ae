"""Opening a cohort to be read in batches: each file indexed in place, or spooled by patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from becalm.record import RawTable
from becalm.record.remarks import Remarks
from becalm.record.report import FileCount
from becalm.sources._batches import Placed, Sizes, Source
from becalm.sources._clustered import ClusteredFile, are_clustered, clustered_file
from becalm.sources._layout import TableFile, lay_out
from becalm.sources._raw import raw_chunks
from becalm.sources._sorted import sorted_file
from becalm.sources._spool import Spool
from becalm.sources._tally import KEPT, Tally
from becalm.sources._typed import parquet_rows

_WHOLE = 4
"""Batches whose rows a file may hold that is read whole."""


def open_cohort(path: str | Path, *, spool: Path | None = None, sizes: Sizes | None = None) -> Source:
    """A cohort (a folder, or a partitioned data set: see `read_folder`) opened to be read in batches.

    What is not larger than a batch stays in memory. Large Parquet files that are sorted by patient, or that
    hold few patients each, are read where they lie. All else is read once and put by patient into temporary
    Parquet files, in `spool` or where temporary files go. Memory is that of a batch, and a few dozen bytes
    for each patient.

    Raises InputError as `read_folder` does.
    """
    layout = lay_out(Path(path))
    notes = layout.notes
    sizes = sizes or Sizes()
    store = Spool(spool, sizes.run_rows)
    placed = {one.file.name: one for one in _placed(layout.files, sizes)}
    keys: dict[str, list[pl.Schema]] = {}
    tally = Tally()
    for file in layout.files:
        tally = tally.plus(Tally(files=(FileCount(file.name, 0, 0, 0, 0),)))
        if file.name in placed:
            continue
        for chunk in raw_chunks(file, notes, window=sizes.window, block=sizes.block):
            store.add(_key(keys, chunk), _by_patient(chunk.frame))
            tally = tally.plus(_of_reader(chunk))
    remarks = Tally(remarks=Remarks(said=tuple(notes)))
    return Source(layout, store, list(placed.values()), tally.plus(remarks), sizes)


def _placed(files: Sequence[TableFile], sizes: Sizes) -> Iterator[Placed]:
    """The files that are read where they lie."""
    clustered: dict[str, list[ClusteredFile]] = {}
    for file in files:
        height = parquet_rows(file.path, file.name) if file.is_parquet else 0
        if height < sizes.placed_from:
            continue
        if (found := sorted_file(file, height, sizes.window)) is not None:
            yield found
        elif height <= _WHOLE * sizes.batch_rows and (other := clustered_file(file)) is not None:
            clustered.setdefault(file.table, []).append(other)
    for some in clustered.values():
        if are_clustered(some, sizes.batch_rows):
            yield from some


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
