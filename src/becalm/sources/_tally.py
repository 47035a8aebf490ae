"""The account of an import that is read in batches: the accounts of the batches added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from becalm.record import TABLES, FileCount, ImportReport, InputError
from becalm.record.remarks import Remarks
from becalm.record.schema import REFUSALS, empty

_FILES = 40

KEPT = 100
"""Refusals kept: the first by file and row; all are counted."""


@dataclass(frozen=True)
class Tally:
    """What became of the rows of many batches.

    `files`: the counts of each file in the order of the format. `refusals`: the first `KEPT` refusals by
    file and row, in the columns of `ImportReport.refusals`. `refusals_counted`: how many there are.
    `remarks`: what there is to say about the whole input.
    """

    files: tuple[FileCount, ...] = ()
    refusals: pl.DataFrame = field(default_factory=lambda: empty(REFUSALS))
    refusals_counted: int = 0
    remarks: Remarks = field(default_factory=Remarks)

    @classmethod
    def of(cls, report: ImportReport) -> Tally:
        """The tally of one report."""
        counts = cls().plus_files(report.files)
        return cls(counts, report.refusals.head(KEPT), report.refusals.height, report.remarks)

    def plus(self, other: Tally) -> Tally:
        """Both together; the rows of the two are different ones."""
        order = ("file", "row", "column", "given", "expected")
        return Tally(
            self.plus_files(other.files),
            pl.concat([self.refusals, other.refusals]).sort(order).head(KEPT),
            self.refusals_counted + other.refusals_counted,
            self.remarks.plus(other.remarks),
        )

    def plus_files(self, counts: Iterable[FileCount]) -> tuple[FileCount, ...]:
        """The counts by file with others added; files not seen before come last."""
        sums = {one.file: one for one in self.files}
        for one in counts:
            old = sums.get(one.file, FileCount(one.file, 0, 0, 0, 0))
            sums[one.file] = FileCount(
                one.file,
                old.read + one.read,
                old.used + one.used,
                old.set_aside + one.set_aside,
                old.refused + one.refused,
            )
        return tuple(sums.values())

    @property
    def read(self) -> int:
        """Rows read from all files."""
        return sum(one.read for one in self.files)

    @property
    def refused(self) -> int:
        """Rows of which at least one cell was refused."""
        return sum(one.refused for one in self.files)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the whole input."""
        return self.remarks.sentences()

    def lines(self) -> list[str]:
        """The account as plain sentences: one line a file (of very many: a table), then the total."""
        files = self.files if len(self.files) <= _FILES else self._by_table()
        none = empty(REFUSALS)
        return ImportReport(files, none, none, none, self.remarks).lines()

    def _by_table(self) -> tuple[FileCount, ...]:
        total, number = Tally(), Counter[str]()
        for one in self.files:
            table = next((name for name in TABLES if name in one.file.lower()), one.file)
            number[table] += 1
            total = Tally(total.plus_files([replace(one, file=table)]))
        return tuple(replace(one, file=f"{one.file} ({number[one.file]} files)") for one in total.files)

    def as_data(self) -> dict[str, Any]:
        """The tally as plain data (for a JSON file)."""
        return {
            "files": [[one.file, one.read, one.used, one.set_aside, one.refused] for one in self.files],
            "refusals": self.refusals.to_dicts(),
            "refusals_counted": self.refusals_counted,
            "remarks": self.remarks.as_data(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Tally:
        """The tally from plain data."""
        return cls(
            tuple(FileCount(*one) for one in data["files"]),
            pl.DataFrame(data["refusals"], schema=dict(REFUSALS)),
            data["refusals_counted"],
            Remarks.from_data(data["remarks"]),
        )


def check_strict(tally: Tally) -> None:
    """Refuse an input of which a row was refused.

    Raises InputError that names the first one.
    """
    if tally.refused:
        first = tally.refusals.row(0, named=True)
        raise InputError(
            f"{tally.refused} of {tally.read} rows were refused. The first is row {first['row']} of "
            f"{first['file']}, column {first['column']}: given '{first['given']}', expected "
            f"{first['expected']}. Next step: {first['next_step']}. "
            "Without strict, refused rows are reported and the others used."
        )
