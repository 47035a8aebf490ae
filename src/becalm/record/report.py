"""What an import did: rows read, used, set aside and refused, each of the last two with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from becalm.record.remarks import Remarks
from becalm.record.schema import REFUSALS, SET_ASIDE, conform, empty


@dataclass(frozen=True)
class FileCount:
    """Rows of one file: `read` = `used` + `set_aside` + `refused`."""

    file: str
    read: int
    used: int
    set_aside: int
    refused: int


@dataclass(frozen=True)
class ImportReport:
    """The account of an import.

    `refusals`: file, row (1 is the first data row), column, given, expected, next_step, patient_id. A row
    counts as refused when any of its cells was, although the rest of it may stay in the record: an
    implausible observation stays as the range of its plausible limits, a drug with an unreadable dose stays
    without a dose. `set_aside`: file, row (null for a whole column), column, reason. `doubts`: patient_id,
    class, file, row: the rows of a coverage class (a vasopressor, an attribution) that were refused whole,
    so that the record of that class is incomplete for that patient. `remarks`: what there is to say about
    the whole input; `notes`: the same as sentences.
    """

    files: tuple[FileCount, ...]
    refusals: pl.DataFrame
    set_aside: pl.DataFrame
    doubts: pl.DataFrame
    remarks: Remarks

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the whole input."""
        return self.remarks.sentences()

    @property
    def read(self) -> int:
        """Rows read from all files."""
        return sum(count.read for count in self.files)

    @property
    def used(self) -> int:
        """Rows used without any complaint."""
        return sum(count.used for count in self.files)

    @property
    def rows_set_aside(self) -> int:
        """Rows set aside: exact copies, empty rows, concepts that becalm does not use."""
        return sum(count.set_aside for count in self.files)

    @property
    def refused(self) -> int:
        """Rows of which at least one cell was refused."""
        return sum(count.refused for count in self.files)

    def lines(self) -> list[str]:
        """The account as plain sentences: one line a file, then the total."""
        total = FileCount("all files", self.read, self.used, self.rows_set_aside, self.refused)
        return [
            f"{count.file}: {count.read} rows read = {count.used} used + {count.set_aside} set aside "
            f"+ {count.refused} refused"
            for count in (*self.files, total)
        ]


@dataclass(frozen=True)
class Checked:
    """One table after its checks: the typed frame, and what was refused, set aside and remarked."""

    frame: pl.DataFrame
    refusals: list[pl.DataFrame] = field(default_factory=list)
    set_aside: list[pl.DataFrame] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)


def refuse(
    frame: pl.DataFrame,
    where: pl.Expr,
    column: str | pl.Expr,
    given: pl.Expr,
    expected: str | pl.Expr,
    next_step: str | pl.Expr,
) -> pl.DataFrame:
    """The refusals of the rows `where` of a raw frame, which has `file`, `row` and `patient_id`."""
    chosen = frame.filter(where.fill_null(False))
    if chosen.is_empty():
        return empty(REFUSALS)
    cells = chosen.select(
        "file",
        "row",
        "patient_id",
        column=_text(column),
        given=given.cast(pl.String).fill_null(""),
        expected=_text(expected),
        next_step=_text(next_step),
    )
    return conform(cells, REFUSALS)


def put_aside(frame: pl.DataFrame, where: pl.Expr, column: str, reason: str | pl.Expr) -> pl.DataFrame:
    """The rows `where` of a raw frame, set aside for a reason."""
    chosen = frame.filter(where.fill_null(False))
    if chosen.is_empty():
        return empty(SET_ASIDE)
    return conform(chosen.select("file", "row", column=pl.lit(column), reason=_text(reason)), SET_ASIDE)


def _text(value: str | pl.Expr) -> pl.Expr:
    return pl.lit(value) if isinstance(value, str) else value
