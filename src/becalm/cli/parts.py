"""The finished parts of an output, kept beside it until all are there, so that a broken run can go on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from becalm.cli.output import write_parts
from becalm.sources import Tally, Unfinished, replacing, unfinished


class Parts:
    """The parts of one output: for each batch a file for each table, then its account."""

    def __init__(self, work: Unfinished, batches: int, tables: int) -> None:
        """The parts in a folder, which is there."""
        self._work = work
        self._batches = batches
        self._tables = tables

    def finished(self, batch: int) -> bool:
        """Whether a batch (from 0) is finished."""
        return self._work.finished(batch)

    def tally(self, batch: int) -> Tally:
        """The account of a finished batch."""
        return Tally.from_data(self._work.account(batch))

    def add(self, batch: int, frames: Sequence[pl.DataFrame], tally: Tally) -> None:
        """Keep the tables of a batch and its account."""
        for table, frame in enumerate(frames):
            with replacing(self._part(batch, table)) as made:
                frame.write_parquet(made)
        self._work.mark(batch, tally.as_data())

    def frames(self, tables: Sequence[int]) -> Iterator[pl.DataFrame]:
        """The frames of some tables, one table after the other, each in the order of the batches."""
        for path in self._paths(tables):
            yield pl.read_parquet(path, glob=False)

    def write(self, output: Path) -> int:
        """Write all parts as one table; returns its rows."""
        paths = self._paths(range(self._tables))
        lazy = pl.scan_parquet(paths, glob=False)
        parts = [partial(pl.read_parquet, path, glob=False) for path in paths]
        write_parts(parts, output, partial(lazy.sink_parquet, maintain_order=True), self._work.folder)
        return int(lazy.select(pl.len()).collect().item())

    def _paths(self, tables: Sequence[int]) -> list[Path]:
        return [self._part(batch, table) for table in tables for batch in range(self._batches)]

    def _part(self, batch: int, table: int) -> Path:
        return self._work.folder / f"{batch + 1:06d}-{table + 1}.parquet"


@contextmanager
def resumable(output: Path, identity: Mapping[str, Any], batches: int, tables: int) -> Iterator[Parts]:
    """The parts of an output, those of a broken run of the same command among them (see `unfinished`).

    Parts of another command, input or version are thrown away, and standard error says so.

    Args:
        output: the file to write in the end.
        identity: what decides every byte of the output; plain data.
        batches: how many there are.
        tables: how many each batch has.

    Raises:
        WorkError: another run writes the same output now.
    """
    with unfinished(output, identity) as work:
        if work.restarted:
            print(
                "starting again: the input, the options or becalm changed since the run that was broken off",
                file=sys.stderr,
            )
        elif work.earlier:
            print(
                f"continuing: {work.earlier} of {batches} batches of an earlier run are finished",
                file=sys.stderr,
            )
        yield Parts(work, batches, tables)
