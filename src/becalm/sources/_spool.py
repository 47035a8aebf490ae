"""A spool: rows of tables come in any order and go out by patient, on the way in memory or in files."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import polars as pl

from becalm.record import WorkError
from becalm.record.schema import conform

RUN_ROWS = 500_000
"""Rows held in memory before they are written away, over all tables."""

_GROUP_ROWS = 2**15
_COUNTS = 256

COUNTS = {"patient_id": pl.String, "rows": pl.Int64}
"""How many rows each patient has."""

Ids: TypeAlias = pl.Series
"""Patient ids, distinct and sorted."""


@dataclass(frozen=True)
class _Run:
    """Rows of one table sorted by patient, in a file; `first` and `last` are its patients at the ends."""

    path: Path
    first: str
    last: str


class Spool:
    """Rows of tables by patient, whatever order they came in; memory is that of `RUN_ROWS` rows.

        with Spool() as spool:
            for table, frame in anything:
                spool.add(table, frame)              # columns patient_id and any others
            for frames in spool.buckets(100_000):    # {table: rows of some patients}
                ...

    Each table keeps one schema: that of its first frame; a later frame with other columns or types raises
    WorkError. Within a patient rows keep the order in which they came. Rows without a patient are `loose`.
    """

    def __init__(self, folder: Path | None = None, run_rows: int = RUN_ROWS) -> None:
        """An empty spool. `folder`: where its files go, made when needed; a temporary one by default."""
        self._given = folder
        self._folder: Path | None = None
        self._run_rows = run_rows
        self._held: dict[str, list[pl.DataFrame]] = {}
        self._height = 0
        self._runs: dict[str, list[_Run]] = {}
        self._loose: dict[str, list[pl.DataFrame]] = {}
        self._schemas: dict[str, pl.Schema] = {}
        self._counts: dict[str, list[pl.DataFrame]] = {}
        self._close: Callable[[], object] = lambda: None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything and remove the files."""
        self._close()
        self._held, self._runs, self._loose = {}, {}, {}

    def add(self, table: str, frame: pl.DataFrame) -> None:
        """Take rows of a table: `patient_id` (text, null for a loose row) and any other columns."""
        schema = self._schemas.setdefault(table, frame.schema)
        if frame.schema != schema:
            raise WorkError(
                f"A part of the table {table} has the columns {dict(frame.schema)}; {dict(schema)} are "
                "expected, as in its first part. Give every part the same columns."
            )
        loose = frame.filter(pl.col("patient_id").is_null())
        if loose.height:
            self._loose.setdefault(table, []).append(loose)
            frame = frame.filter(pl.col("patient_id").is_not_null())
        if not frame.height:
            return
        counts = self._counts.setdefault(table, [])
        counts.append(frame.group_by("patient_id").agg(rows=pl.len().cast(pl.Int64)))
        if len(counts) > _COUNTS:
            self._counts[table] = [added(counts)]
        self._held.setdefault(table, []).append(frame)
        self._height += frame.height
        if self._height >= self._run_rows:
            self._flush()

    def counts(self, tables: Collection[str] | None = None) -> pl.DataFrame:
        """The patients in order: patient_id, rows (of some tables; of all if not given)."""
        chosen = self._counts if tables is None else [name for name in self._counts if name in tables]
        return added([one for name in chosen for one in self._counts[name]])

    def tables(self) -> tuple[str, ...]:
        """The tables of which there are rows, in the order in which they came."""
        return tuple(self._schemas)

    def loose(self, table: str) -> pl.DataFrame:
        """The rows of a table without a patient."""
        return pl.concat([pl.DataFrame(schema=self._schemas[table]), *self._loose.get(table, [])])

    def rows(self, table: str, ids: Ids) -> pl.DataFrame:
        """The rows of a table that belong to some patients, sorted by patient."""
        if table not in self._schemas:
            raise WorkError(f"The spool holds no table {table}; it holds {', '.join(self._schemas)}.")
        parts = [pl.DataFrame(schema=self._schemas[table])]
        if not len(ids):
            return parts[0]
        first, last = ids[0], ids[-1]
        between = pl.col("patient_id").is_between(pl.lit(first), pl.lit(last))
        wanted = ids.to_frame("patient_id")
        stored = (
            conform(pl.scan_parquet(run.path, glob=False).filter(between).collect(), self._schemas[table])
            for run in self._runs.get(table, [])
            if run.first <= last and run.last >= first
        )
        held = (frame.filter(between) for frame in self._held.get(table, []))
        for part in chain(stored, held):
            parts.append(part.join(wanted, on="patient_id", how="semi", maintain_order="left"))
        return pl.concat(parts).sort("patient_id", maintain_order=True)

    def _flush(self) -> None:
        """Write what is held as one sorted file for each table."""
        folder = self._place()
        for table, frames in self._held.items():
            frame = pl.concat(frames)
            # A column without any value costs nothing on the way.
            frame = frame.select(one for one in frame if one.null_count() < frame.height)
            frame = frame.sort("patient_id", maintain_order=True)
            runs = self._runs.setdefault(table, [])
            path = folder / f"{table}-{len(runs):06d}.parquet"
            frame.write_parquet(path, compression="lz4", row_group_size=_GROUP_ROWS)
            runs.append(_Run(path, frame["patient_id"][0], frame["patient_id"][-1]))
        self._held, self._height = {}, 0

    def _place(self) -> Path:
        if self._folder is None:
            try:
                if self._given is not None:
                    self._given.mkdir(parents=True, exist_ok=True)
                made = tempfile.TemporaryDirectory(
                    prefix="becalm-", dir=self._given, ignore_cleanup_errors=True
                )
            except OSError as error:
                raise WorkError(
                    f"No temporary folder can be made: {error.strerror}. Room for about as much as the input "
                    "takes is expected. Set TMPDIR to a folder with room."
                ) from error
            self._close = weakref.finalize(self, made.cleanup)
            self._folder = Path(made.name)
        return self._folder


def added(counts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Counts (patient_id, rows) added up, sorted by patient."""
    total = pl.concat([pl.DataFrame(schema=COUNTS), *counts])
    return total.group_by("patient_id").agg(pl.col("rows").sum()).sort("patient_id")


def cut(counts: pl.DataFrame, *, rows: int | None = None, patients: int | None = None) -> list[Ids]:
    """Patients in batches, in order: of a number of patients each, or of about a number of rows.

    `counts`: patient_id, rows, sorted. A patient is never split, so one with more rows is a batch of its own.
    """
    if patients is not None:
        return [counts["patient_id"].slice(start, patients) for start in range(0, counts.height, patients)]
    out: list[Ids] = []
    start, total = 0, 0
    for number, height in enumerate(counts["rows"].to_list()):
        if total and total + height > (rows or 1):
            out.append(counts["patient_id"].slice(start, number - start))
            start, total = number, 0
        total += height
    if start < counts.height:
        out.append(counts["patient_id"].slice(start))
    return out
