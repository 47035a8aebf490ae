"""A cohort opened to be read in batches of patients, with memory for one batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import polars as pl

from becalm.record import TABLES, Cohort, InputError, RawTable, build_cohort
from becalm.record.coverage import SourceCoverage
from becalm.record.report import FileCount
from becalm.sources._clustered import ClusteredFile
from becalm.sources._layout import Layout
from becalm.sources._partition import Part
from becalm.sources._raw import whole
from becalm.sources._sorted import SortedFile
from becalm.sources._spool import RUN_ROWS, Ids, Spool, added, cut
from becalm.sources._tally import Tally

Placed: TypeAlias = SortedFile | ClusteredFile
"""A file that is read where it lies."""

_SHOWING = ("patients", "exposures", "events", "coverage")
"""The tables that decide which coverage classes a source shows by rows."""


@dataclass(frozen=True)
class Sizes:
    """How much is held at a time. None of it changes an answer.

    `batch_rows`: rows of all tables in a batch, where no number of patients is asked for. `placed_from`: rows
    from which on a Parquet file may be read where it lies. `window`: rows of a Parquet
    file, `block`: bytes of a CSV file read at a time. `run_rows`: rows held before they go to files.
    """

    batch_rows: int = 500_000
    placed_from: int = 100_000
    window: int = 250_000
    block: int = 2**25
    run_rows: int = RUN_ROWS


class Source:
    """A cohort on disk, read in batches of patients.

        with open_cohort("cohort") as source:
            source.patients()                  # the ids, sorted
            for cohort in source.batches():    # one Cohort for each batch, in the order of patient ids
                ...

    What is said of a patient does not depend on the batch: `Cohort.covered_by_default` is that of the whole
    source, coverage of everyone is in each batch, row numbers are those of the files.
    """

    def __init__(
        self, layout: Layout, spool: Spool, files: Sequence[Placed], tally: Tally, sizes: Sizes
    ) -> None:
        """A source as `open_cohort` prepares it."""
        self.layout = layout
        self._spool = spool
        self._placed = tuple(files)
        self._read = tally
        self._sizes = sizes

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove temporary files. The source cannot be read any more."""
        self._spool.close()

    def patients(self, partition: Part | None = None) -> Ids:
        """The ids of all patients (of one part), sorted."""
        ids = self._counts["patient_id"]
        return ids if partition is None else partition.chosen(ids)

    def plan(self, size: int | None = None, partition: Part | None = None) -> list[Ids]:
        """The batches: the ids of each, in order. `size`: patients a batch; by rows if not given.

        Raises InputError for a size below 1.
        """
        if size is not None and size < 1:
            raise InputError(f"A batch of {size} patients cannot be. A whole number from 1 is expected.")
        counts = self._counts
        if partition is not None:
            counts = counts.join(
                partition.chosen(counts["patient_id"]).to_frame(),
                on="patient_id",
                how="semi",
                maintain_order="left",
            )
        return cut(counts, rows=self._sizes.batch_rows, patients=size)

    def batches(self, size: int | None = None, partition: Part | None = None) -> Iterator[Cohort]:
        """A Cohort for each batch, in order; one without patients where there are none."""
        for ids in self.plan(size, partition) or [self._nobody]:
            yield self.cohort(ids)

    def cohort(self, ids: Ids) -> Cohort:
        """The Cohort of some patients. Its report is that of their rows alone."""
        everyone = len(ids) == self._counts.height
        coverage = SourceCoverage(self._loose.coverage) if everyone else self._coverage
        return build_cohort(self._raw(ids), source=coverage)

    def tally(self, partition: Part | None = None) -> Tally:
        """The account before any patient is read: what the files themselves and rows without a patient gave.

        With the tallies of all batches it adds up to the account of the whole input. Over the parts of a
        partition the first has the rows without a patient.
        """
        if partition is not None and partition.number > 1:
            bare = tuple(FileCount(one.file, 0, 0, 0, 0) for one in self._read.files)
            return Tally(files=bare, remarks=self._read.remarks)
        return self._read.plus(Tally.of(self._loose.report))

    def report(self, size: int | None = None, partition: Part | None = None) -> Tally:
        """The account of the whole source (of one part): every batch is read and checked for it."""
        total = self.tally(partition)
        for ids in self.plan(size, partition):
            total = total.plus(Tally.of(self.cohort(ids).report))
        return total

    def fingerprint(self) -> str:
        """What changes when a file is added, removed or written anew: names, sizes and times of change."""
        digest = hashlib.sha256()
        for file in self.layout.files:
            state = file.path.stat()
            digest.update(f"{file.name}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
        return digest.hexdigest()

    @cached_property
    def _counts(self) -> pl.DataFrame:
        return self._counts_of(tuple(TABLES))

    def _counts_of(self, tables: Sequence[str]) -> pl.DataFrame:
        """How many rows of some tables each patient has, in order."""
        in_place = (one.counts() for one in self._placed if one.file.table in tables)
        return added([self._spool.counts(self._keys(tables)), *in_place])

    def _keys(self, tables: Sequence[str]) -> list[str]:
        """The names under which rows of some tables are spooled: a table, a point and a number."""
        return [key for key in self._spool.tables() if key.partition(".")[0] in tables]

    @cached_property
    def _nobody(self) -> Ids:
        return pl.Series("patient_id", [], dtype=pl.String)

    @cached_property
    def _loose(self) -> Cohort:
        """The rows without a patient: the coverage of everyone, and refusals."""
        keys = self._keys(tuple(TABLES))
        return build_cohort([part for key in keys for part in _by_file(key, self._spool.loose(key))])

    @cached_property
    def _coverage(self) -> SourceCoverage:
        """What the whole source says of coverage; observations, which say nothing of it, are not read."""
        for_all = self._loose.coverage
        shown, declared = frozenset[str](), frozenset(for_all["class"].to_list())
        for ids in cut(self._counts_of(_SHOWING), rows=self._sizes.batch_rows):
            found = build_cohort(self._raw(ids, _SHOWING))
            shown, declared = shown | found.covered_by_default, declared | found.declared
        return SourceCoverage(for_all, shown, declared)

    def _raw(self, ids: Ids, tables: Sequence[str] = tuple(TABLES)) -> list[RawTable]:
        """The raw tables of some patients, by file in the order of the format."""
        found = [part for key in self._keys(tables) for part in _by_file(key, self._spool.rows(key, ids))]
        found += [
            part
            for one in self._placed
            if one.file.table in tables
            for part in one.raw(ids, self._sizes.window)
        ]
        order = {file.name: number for number, file in enumerate(self.layout.files)}
        return sorted(found, key=lambda part: order[part.file])


def _by_file(key: str, frame: pl.DataFrame) -> list[RawTable]:
    """Spooled rows as a raw table for each file that they came from."""
    parts = frame.partition_by("file", maintain_order=True)
    return [whole(key.partition(".")[0], part["file"][0], part) for part in parts]
