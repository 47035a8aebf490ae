"""The cells of the BWH sheet as values: what overwrote them, their scale, limits of the assay, day means."""

from __future__ import annotations

import math
from decimal import Decimal

import polars as pl

from becalm.record.numbers import number
from becalm.sources._bwh_mapping import Mapping, Measurement, Tenfold

USED, SET_ASIDE, REFUSED = "used", "set aside", "refused"
PLAIN, EITHER = "not tenfold", "tenfold or not: the sheet does not show which"

CELL = ("row", "course", "patient_id", "day", "column", "given", "value", "value_high", "comparator", "unit")
"""The columns of a cell, besides `outcome`, `reason` and `note`; value and value_high are texts."""


def cells_of(frame: pl.DataFrame, mapping: Mapping, begin: int) -> pl.DataFrame:
    """Every filled cell with contents: CELL, outcome, reason (why it is not used), note.

    `frame`: rows with a patient and a day; `begin`: the first row of the second block.
    """
    rows = frame.with_columns(second=pl.col("row") >= begin)
    measured = [_measured(rows, one, mapping) for one in mapping.measurement]
    others = [
        _days_mean(_cells(rows, mapping.icans)),
        _whole(_cells(rows, mapping.severity)),
        _whole(_cells(rows, mapping.onset)),
        _peak(_whole(_cells(rows, mapping.peak)), mapping),
        _counted(_whole(_cells(rows, mapping.doses)), mapping),
    ]
    shape = [*CELL, "outcome", "reason", "note"]
    return pl.concat([one.select(shape) for one in (*measured, *others)]).sort("row", maintain_order=True)


def _cells(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The filled cells of a column: a number is used as it stands, other text is refused."""
    cells = rows.filter(pl.col(column).is_not_null()).with_columns(
        column=pl.lit(column), given=pl.col(column), number=number(column)
    )
    bad = pl.col("number").is_null()
    text = pl.lit(None, dtype=pl.String)
    return cells.with_columns(
        value=pl.col("given"),
        value_high=text,
        comparator=text,
        unit=text,
        note=pl.lit(""),
        outcome=pl.when(bad).then(pl.lit(REFUSED)).otherwise(pl.lit(USED)),
        reason=pl.when(bad).then(pl.lit("A number is expected.")).otherwise(pl.lit("")),
    )


def _without(cells: pl.DataFrame, where: pl.Expr, outcome: str, reason: str) -> pl.DataFrame:
    """Cells that are used so far and meet `where` get another outcome and its reason."""
    change = (pl.col("outcome") == USED) & where.fill_null(False)
    return cells.with_columns(
        reason=pl.when(change).then(pl.lit(reason)).otherwise("reason"),
        outcome=pl.when(change).then(pl.lit(outcome)).otherwise("outcome"),
    )


def _measured(rows: pl.DataFrame, one: Measurement, mapping: Mapping) -> pl.DataFrame:
    cells = _cells(rows, one.column).with_columns(
        unit=pl.when("second").then(pl.lit(one.units[1])).otherwise(pl.lit(one.units[0])),
        note=pl.lit(one.note),
    )
    field = mapping.overwritten.columns.get(one.column)
    if field:
        equal = pl.col("number") == number(field)
        place = pl.col("second") & (pl.col("day") == mapping.overwritten.day)
        cells = _without(cells, (place | _all_overwritten(mapping)) & equal, SET_ASIDE, f"It holds {field}.")
        doubt = f"In this place the second block holds {field}: no measurement, though the two differ here."
        cells = _without(cells, place, SET_ASIDE, doubt)
    if one.column == mapping.tenfold.column:
        cells = _scaled(cells, mapping.tenfold)
    for mark in one.mark:
        here = (number("value") - mark.given).abs() < 1e-9
        cells = cells.with_columns(
            comparator=pl.when(here).then(pl.lit(mark.comparator)).otherwise("comparator"),
            value=pl.when(here).then(pl.lit(mark.value)).otherwise("value"),
        )
    return cells


def _all_overwritten(mapping: Mapping) -> pl.Expr:
    """Rows whose cells equal their CRS fields all at once: copied from the second block into the first."""
    equal = (number(cell) == number(field) for cell, field in mapping.overwritten.columns.items())
    return (pl.col("day") == mapping.overwritten.day) & pl.all_horizontal(*equal)


def _scaled(cells: pl.DataFrame, rule: Tenfold) -> pl.DataFrame:
    """Values of the second block divided by ten, unless they are not tenfold or could be either."""
    decimals = (pl.col("number") % 1).map_elements(
        lambda part: any(math.isclose(part, mean, abs_tol=1e-6) for mean in rule.mean_decimals),
        return_dtype=pl.Boolean,
    )
    cells = cells.with_columns(plain=pl.col("second") & (pl.col(rule.beside).is_null() | ~decimals))
    beside = pl.col("plain").shift(1).over("course") | pl.col("plain").shift(-1).over("course")
    tenfold = pl.col("second") & ~pl.col("plain") & pl.col("number").is_not_null()
    either = tenfold & beside.fill_null(False) & (pl.col("number") <= rule.above)
    tenths = {text: _tenth(text) for text in cells.filter(tenfold)["given"].unique()}
    return cells.with_columns(
        value=pl.when(tenfold)
        .then(pl.col("given").replace_strict(tenths, default=None, return_dtype=pl.String))
        .otherwise("value"),
        value_high=pl.when(either).then("given"),
        note=pl.when(either).then(pl.lit(EITHER)).when("plain").then(pl.lit(PLAIN)).otherwise("note"),
    )


def _tenth(text: str) -> str:
    return f"{(Decimal(text) / 10).normalize():f}"


def _days_mean(cells: pl.DataFrame) -> pl.DataFrame:
    """A mean of grades between two whole grades: the range from the lower to the higher."""
    low, high = (
        edge.cast(pl.Int64).cast(pl.String) for edge in (pl.col("number").floor(), pl.col("number").ceil())
    )
    return cells.with_columns(
        value=low,
        value_high=pl.when(low != high).then(high),
        note=pl.when(low != high).then(pl.format("the mean of the day is {}", "given")).otherwise("note"),
    )


def _whole(cells: pl.DataFrame) -> pl.DataFrame:
    broken = pl.col("number") != pl.col("number").floor()
    cells = _without(cells, broken, REFUSED, "A whole number is expected.")
    return cells.with_columns(value=pl.col("number").cast(pl.Int64, strict=False).cast(pl.String))


def _counted(cells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    most = mapping.doses_at_most
    return _without(
        cells, ~pl.col("number").is_between(0, most), REFUSED, f"A count from 0 to {most} is expected."
    )


def _peak(cells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The recorded day of the peak, where there was CRS and the day is not before the infusion."""
    none = "No CRS was recorded: there is no peak."
    cells = _without(cells, number(mapping.severity) == 0, SET_ASIDE, none)
    return _without(cells, pl.col("number") < 0, SET_ASIDE, "A peak before the infusion is an artefact.")
