"""Writing a large cohort: the tables of a folder in numbered parts, a batch of patients at a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from becalm.record import TABLES, InputError
from becalm.sources._atomic import MANIFEST, Unfinished, replacing, unfinished

_GROUP_ROWS = 2**16


class FolderParts:
    """A folder that is being written: each batch adds a part of each table (`observations-0001.parquet`)."""

    def __init__(self, work: Unfinished) -> None:
        """The parts of some unfinished work."""
        self._work = work

    @property
    def earlier(self) -> int:
        """Batches that an earlier, broken run finished."""
        return self._work.earlier

    @property
    def restarted(self) -> bool:
        """Whether the work of an earlier run could not be used, since something changed."""
        return self._work.restarted

    def finished(self, batch: int) -> bool:
        """Whether a batch (from 0) is finished."""
        return self._work.finished(batch)

    def account(self, batch: int) -> dict[str, Any]:
        """What was noted with a finished batch."""
        return self._work.account(batch)

    def add(
        self, batch: int, tables: Mapping[str, pl.DataFrame], account: Mapping[str, Any] | None = None
    ) -> None:
        """Add a batch: its part of each table, and an account as plain data, for the run that goes on.

        An empty part is written for the first batch only, so that every table is there. Rows sorted by
        patient, and patients in the order of the batches, let a reader find each patient at once.

        Raises InputError for an unknown table name.
        """
        for name, frame in tables.items():
            if name not in TABLES:
                raise InputError(
                    f"'{name}' is no table of the folder format. One of {', '.join(TABLES)} is expected. "
                    "Rename it."
                )
            if frame.height or batch == 0:
                with replacing(self._work.folder / f"{name}-{batch + 1:04d}.parquet") as made:
                    frame.write_parquet(made, row_group_size=_GROUP_ROWS)
        self._work.mark(batch, account or {})


@contextmanager
def folder_in_parts(folder: str | Path, identity: Mapping[str, Any]) -> Iterator[FolderParts]:
    """Write a folder of the folder format in parts; it is there when all went well, or not at all.

        with claimed(folder) as place, Spool(place) as spool:
            ...                                               # spool.add(table, frame) for all rows
            with folder_in_parts(folder, identity) as parts:
                for number, tables in enumerate(spool.buckets(500_000)):
                    if not parts.finished(number):
                        parts.add(number, tables)

    Until then the parts lie in `.NAME.parts` beside it, where the next run with the same `identity` (plain
    data: the version, the options, names, sizes and times of the input) finds what is finished.

    Raises InputError where the folder holds something already.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(
            f"{target} is there already and is not empty. A new folder is expected, so that nothing else "
            "mixes with what is written. Give another name, or empty it."
        )
    with unfinished(target, identity) as work:
        yield FolderParts(work)
        for path in work.folder.glob(".*"):
            path.unlink()
        (work.folder / MANIFEST).unlink()
        made = work.folder / "folder"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        for path in sorted(work.folder.glob("*.parquet")):
            path.replace(made / path.name)
        made.replace(target)
