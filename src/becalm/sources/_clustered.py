"""Parquet files that each hold the rows of few patients, in any order: read whole for those alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from becalm.record import RawTable
from becalm.record.names import fold
from becalm.sources._layout import TableFile
from becalm.sources._raw import from_frame, parquet_window, whole
from becalm.sources._spool import Ids, added
from becalm.sources._typed import collected, scan, texts_of

_ROW = "becalm row number"
_READINGS = 6
"""How often all rows of a table may be read over, by all batches together, before a spool is cheaper."""


@dataclass(frozen=True)
class ClusteredFile:
    """A Parquet file that is read whole. `ids`: its column of patient ids. `index`: patient_id, rows."""

    file: TableFile
    ids: str
    index: pl.DataFrame

    def counts(self) -> pl.DataFrame:
        """patient_id, rows."""
        return self.index

    def raw(self, ids: Ids, _window: int) -> list[RawTable]:
        """The rows of some patients as one raw table, none where there are no rows."""
        mine = self.index.join(ids.to_frame("patient_id"), on="patient_id", how="semi")
        if mine.is_empty():
            return []
        lazy = scan(self.file.path).with_row_index(_ROW, offset=1)
        if mine.height < self.index.height:
            lazy = lazy.filter(id_text(self.ids).is_in(mine["patient_id"].implode()))
        frame = collected(lazy, self.file.name)
        texts = texts_of(frame.drop(_ROW), self.file.name, self.file.table)
        table = from_frame(self.file.table, self.file.name, texts, frame[_ROW].cast(pl.Int64))
        return [whole(table.table, table.file, table.frame)]


def clustered_file(file: TableFile) -> ClusteredFile | None:
    """The file with its patients, or None where a row has none or ids are neither texts nor whole numbers."""
    lazy = scan(file.path)
    name = id_column(lazy)
    if name is None:
        return None
    parquet_window(lazy, file, 0, 0)  # refuses columns that do not fit
    ids = lazy.select(patient_id=id_text(name)).group_by("patient_id").agg(rows=pl.len().cast(pl.Int64))
    index = collected(ids, file.name).sort("patient_id")
    if index.is_empty() or index["patient_id"].null_count() or index["patient_id"][0] == "":
        return None
    return ClusteredFile(file, name, index)


def are_clustered(files: Sequence[ClusteredFile], batch_rows: int) -> bool:
    """Whether it is little work to read the files of a table whole for each batch with patients in them."""
    counts = added(one.index for one in files)
    places = counts.select("patient_id", end=pl.col("rows").cum_sum())
    ends = dict(places.iter_rows())
    read = 0.0
    for one in files:
        ids = one.index["patient_id"]
        batches = (ends[ids[-1]] - ends[ids[0]]) / batch_rows + 2
        read += batches * one.index["rows"].sum()
    return read <= _READINGS * counts["rows"].sum()


def id_column(lazy: pl.LazyFrame) -> str | None:
    """The column of patient ids of a Parquet file, where they are texts or whole numbers."""
    schema = lazy.collect_schema()
    names = [name for name in schema if fold(name) == "patient_id"]
    if len(names) != 1 or not (schema[names[0]] == pl.String or schema[names[0]].is_integer()):
        return None
    return names[0]


def id_text(name: str) -> pl.Expr:
    """Patient ids as the record has them: texts without spaces around them."""
    return pl.col(name).cast(pl.String).str.strip_chars()
