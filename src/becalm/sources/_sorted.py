"""Parquet files whose rows stand in the order of patients: any patients are read from their place alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from becalm.record import RawTable
from becalm.sources._clustered import id_column, id_text
from becalm.sources._layout import TableFile
from becalm.sources._raw import parquet_window, whole
from becalm.sources._spool import COUNTS, Ids
from becalm.sources._typed import scan, texts_of


@dataclass(frozen=True)
class SortedFile:
    """A Parquet file sorted by patient. `index`: patient_id, start (row from 0), rows."""

    file: TableFile
    index: pl.DataFrame

    def counts(self) -> pl.DataFrame:
        """patient_id, rows."""
        return self.index.select(COUNTS.keys())

    def raw(self, ids: Ids, window: int) -> list[RawTable]:
        """The rows of some patients as one raw table, none where there are no rows."""
        index = self.index.join(
            ids.to_frame("patient_id"), on="patient_id", how="semi", maintain_order="left"
        )
        if index.is_empty():
            return []
        index = index.with_columns(end=pl.col("start") + pl.col("rows"))
        frames = []
        edges = [*range(index["start"][0], index["end"][-1], window), index["end"][-1]]
        for begin, end in pairwise(edges):
            inside = index.filter(pl.col("start") < end, pl.col("end") > begin)
            if inside.is_empty():
                continue
            first, last = max(begin, inside["start"][0]), min(end, inside["end"][-1])
            table = parquet_window(scan(self.file.path), self.file, first, last - first)
            frame = table.frame.join(
                ids.to_frame("patient_id"), on="patient_id", how="semi", maintain_order="left"
            )
            frames.append(frame)
        return [whole(self.file.table, self.file.name, pl.concat(frames))]


def sorted_file(file: TableFile, height: int, window: int) -> SortedFile | None:
    """The file with its index, or None where its rows are in another order or one has no patient."""
    lazy = scan(file.path)
    name = id_column(lazy)
    if name is None:
        return None
    parquet_window(lazy, file, 0, 0)  # refuses columns that do not fit
    parts: list[pl.DataFrame] = []
    last = ""
    for start in range(0, height, window):
        ids = texts_of(lazy.select(id_text(name)).slice(start, window).collect(), file.name).to_series()
        ids = ids.str.strip_chars()
        if ids.null_count() or not ids.is_sorted() or ids[0] == "" or ids[0] < last:
            return None
        last = ids[-1]
        runs = ids.rle().struct.unnest().select(patient_id="value", rows=pl.col("len").cast(pl.Int64))
        parts.append(runs)
    index = (
        pl.concat(parts)
        .group_by("patient_id", maintain_order=True)
        .agg(pl.col("rows").sum())
        .with_columns(start=pl.col("rows").cum_sum() - pl.col("rows"))
    )
    return SortedFile(file, index.select("patient_id", "start", "rows"))
