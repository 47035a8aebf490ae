"""The account of the BWH sheet: what became of each of its rows and cells, and why."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.sources._bwh_mapping import Mapping
from becalm.sources._bwh_values import REFUSED, SET_ASIDE, USED

OUTCOMES = (USED, SET_ASIDE, REFUSED)


@dataclass(frozen=True)
class SheetAccount:
    """What became of a sheet.

    `rows`: row (1 is the first data row; it stands in line row + 1 of the sheet), outcome (`used`,
    `set aside`, `refused`), reason. `cells`: row, column, given, outcome, reason: every filled cell.
    `mapped`: one sentence for each thing that was written. `notes`: sentences about the whole sheet.
    """

    file: str
    rows: pl.DataFrame
    cells: pl.DataFrame
    mapped: tuple[str, ...]
    notes: tuple[str, ...]

    def count(self, outcome: str, *, cells: bool = False) -> int:
        """How many rows (or cells) had an outcome."""
        frame = self.cells if cells else self.rows
        return frame.filter(pl.col("outcome") == outcome).height

    def reasons(self) -> pl.DataFrame:
        """Every reason for not using a row or cell: what, outcome, reason, count, lines (the first three).

        Cells of a row that was not used are counted with their row only.
        """
        rows = self.rows.filter(pl.col("outcome") != USED).with_columns(what=pl.lit("rows"))
        gone = rows.select("row")
        cells = self.cells.filter(pl.col("outcome") != USED).join(gone, on="row", how="anti")
        both = pl.concat(
            [
                rows.select("what", "outcome", "reason", "row"),
                cells.select(pl.format("cells of {}", "column").alias("what"), "outcome", "reason", "row"),
            ]
        )
        lines = (pl.col("row") + 1).head(3).cast(pl.String).str.join(", ")
        return both.group_by("what", "outcome", "reason", maintain_order=True).agg(
            count=pl.len(), lines=lines
        )

    def lines(self) -> list[str]:
        """The account as lines of text: sums, what was mapped, what was set aside and refused, notes."""
        out = []
        for what, frame in (("rows", self.rows), ("filled cells", self.cells)):
            parts = " + ".join(f"{self.count(o, cells=frame is self.cells)} {o}" for o in OUTCOMES)
            out.append(f"{self.file}: {frame.height} {what} read = {parts}")
        out += ["Mapped:", *(f"  {text}" for text in self.mapped)]
        table = self.reasons()
        for outcome in (SET_ASIDE, REFUSED):
            found = table.filter(pl.col("outcome") == outcome).iter_rows(named=True)
            texts = [f"  {r['count']} {r['what']} (line {r['lines']}): {r['reason']}" for r in found]
            out += [f"{outcome.capitalize()}:", *(texts or ["  nothing"])]
        return out + (["Notes:", *(f"  {note}" for note in self.notes)] if self.notes else [])


def row_outcomes(frame: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """What became of each row: row, outcome, reason.

    A row with a value that was used counts as used; else as refused if a cell of it was, else as set aside.
    """
    judged = (
        cells.sort("row", pl.col("outcome") != REFUSED, maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(
            used=(pl.col("outcome") == USED).any(),
            refused=(pl.col("outcome") == REFUSED).any(),
            reason=pl.col("reason").first(),
        )
    )
    rows = frame.select("row", "patient_id", "day").join(judged, on="row", how="left")
    lost = pl.col("patient_id").is_null() | pl.col("day").is_null()
    empty = pl.col("used").is_null()
    return rows.select(
        "row",
        outcome=pl.when(lost)
        .then(pl.lit(REFUSED))
        .when("used")
        .then(pl.lit(USED))
        .when("refused")
        .then(pl.lit(REFUSED))
        .otherwise(pl.lit(SET_ASIDE)),
        reason=pl.when(lost)
        .then(pl.lit("A patient and a whole number of days are expected."))
        .when("used")
        .then(pl.lit(""))
        .when(empty)
        .then(pl.lit("The row holds no value."))
        .otherwise("reason"),
    )


def cell_outcomes(
    frame: pl.DataFrame, rows: pl.DataFrame, cells: pl.DataFrame, persons: pl.DataFrame, mapping: Mapping
) -> pl.DataFrame:
    """What became of each filled cell: row, column, given, outcome, reason.

    `cells`: those with contents; `persons`: patient_id and the value of each column about the person.
    """
    shape = ["row", "column", "given", "outcome", "reason"]
    columns = [column for column in frame.columns if column not in ("row", "patient_id", "day", "course")]
    every = frame.unpivot(columns, index=["row", "patient_id"], variable_name="column", value_name="given")
    rest = (
        every.filter(pl.col("given").is_not_null())
        .join(cells, on=["row", "column"], how="anti")
        .join(rows, on="row")
    )
    said = persons.unpivot(index="patient_id", variable_name="column", value_name="expected")
    rest = rest.join(said, on=["patient_id", "column"], how="left")
    unused = {column: mapping.ignored.get(column, "becalm does not use this column.") for column in columns}
    ignored = ~pl.col("column").is_in(mapping.columns)
    differs = (pl.col("given") != pl.col("expected")).fill_null(False)
    rest = rest.with_columns(
        outcome=pl.when(ignored)
        .then(pl.lit(SET_ASIDE))
        .when((pl.col("outcome") == USED) & differs)
        .then(pl.lit(REFUSED))
        .otherwise("outcome"),
        reason=pl.when(ignored)
        .then(pl.col("column").replace_strict(unused, default=None, return_dtype=pl.String))
        .when((pl.col("outcome") == USED) & differs)
        .then(pl.format("An earlier line gives {} for the same patient.", "expected"))
        .otherwise("reason"),
    )
    return pl.concat([cells.select(shape), rest.select(shape)]).sort("row", "column")
