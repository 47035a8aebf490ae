"""Rows of the BWH sheet that speak of the same patient and day: copies, ranges, and a second course."""

from __future__ import annotations

from typing import Any

import polars as pl

from becalm.record import vocabulary
from becalm.sources._bwh_mapping import Mapping
from becalm.sources._bwh_values import REFUSED, SET_ASIDE, USED

_SAME_COURSE = 0.9
"""Of the cells that two courses of one patient both fill, the part that must agree for them to be one."""

_Cell = dict[str, Any]


def joined(cells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The cells with one value for each patient, column and day.

    Two rows that agree are one measurement, the later set aside; two that differ become a range in the
    first. A count of doses or a day that differs is refused. Of two courses under one patient that
    contradict each other the one with a recorded grade is kept, the other set aside whole.
    """
    cells = cells.with_columns(
        key=pl.when(pl.col("column").is_in(_of_course(mapping))).then(None).otherwise("day"),
    )
    cells = _changed(cells, _second_courses(cells, mapping))
    by = ["patient_id", "column", "key"]
    several = cells.filter(pl.col("outcome") == USED).filter(pl.len().over(by) > 1)
    for group in several.partition_by(by, maintain_order=True):
        cells = _changed(cells, _settled(group.to_dicts(), mapping))
    return cells.drop("key")


def _changed(cells: pl.DataFrame, changes: list[_Cell]) -> pl.DataFrame:
    """The cells with some of them replaced."""
    new = pl.DataFrame(changes, schema=cells.schema)
    rest = cells.join(new, on=["row", "column"], how="anti")
    return pl.concat([rest, new]).sort("row", "column")


def _of_course(mapping: Mapping) -> list[str]:
    return [mapping.severity, mapping.onset, mapping.peak, mapping.doses]


def _size(cell: _Cell, mapping: Mapping) -> tuple[float, float, str | None]:
    """A cell's lower and upper end in the canonical unit of its concept, and its comparator."""
    low, high = cell["value"], cell["value_high"] or cell["value"]
    for one in mapping.measurement:
        if one.column == cell["column"]:
            rule = vocabulary().concepts[one.concept].unit_rule(cell["unit"])
            if rule is not None:
                return rule.canonical(low), rule.canonical(high), cell["comparator"]
    return float(low), float(high), cell["comparator"]


def _agree(a: _Cell, b: _Cell, mapping: Mapping) -> bool:
    within = next((one.agrees_within for one in mapping.measurement if one.column == a["column"]), 1e-9)
    (low, high, sign), (low_b, high_b, sign_b) = _size(a, mapping), _size(b, mapping)
    return abs(low - low_b) <= within and abs(high - high_b) <= within and sign == sign_b


def _second_courses(cells: pl.DataFrame, mapping: Mapping) -> list[_Cell]:
    """The cells of courses that contradict another course of the same patient, set aside."""
    aside: list[_Cell] = []
    several = cells.filter(pl.col("course").n_unique().over("patient_id") > 1)
    for patient in several.partition_by("patient_id", maintain_order=True):
        courses = patient.partition_by("course", maintain_order=True)
        graded = [one for one in courses if mapping.severity in one["column"].to_list()]
        main = (graded or courses)[0]
        values = {(cell["column"], cell["key"]): cell for cell in main.to_dicts() if cell["outcome"] == USED}
        begins = int(main["row"].to_list()[0]) + 1
        for course in courses:
            mine = [cell for cell in course.to_dicts() if cell["outcome"] == USED]
            both = [cell for cell in mine if (cell["column"], cell["key"]) in values]
            equal = [cell for cell in both if _agree(cell, values[cell["column"], cell["key"]], mapping)]
            if course is not main and len(equal) < _SAME_COURSE * len(both):
                reason = (
                    f"A second course under the patient of line {begins}: {len(both) - len(equal)} of "
                    f"{len(both)} values of the same days differ, and the recorded grade is on the other."
                )
                aside += [{**cell, "outcome": SET_ASIDE, "reason": reason} for cell in mine]
    return aside


def _settled(group: list[_Cell], mapping: Mapping) -> list[_Cell]:
    """Cells of one patient, column and day as one value: the cells that change."""
    first, others = group[0], group[1:]
    line = first["row"] + 1
    if all(_agree(first, other, mapping) for other in others):
        return [
            {**other, "outcome": SET_ASIDE, "reason": "An earlier line gives the same value for this day."}
            for other in others
        ]
    signs = {cell["comparator"][0] for cell in group if cell["comparator"]}
    if len(signs) > 1 or (first["column"] in _of_course(mapping) and first["column"] != mapping.severity):
        reason = f"Line {line} gives {first['given']} for the same patient."
        return [{**other, "outcome": REFUSED, "reason": reason} for other in others]
    given = " and ".join(str(cell["given"]) for cell in group)
    lines = " and ".join(str(cell["row"] + 1) for cell in group)
    whole = {**first, **_range(group, mapping), "note": f"lines {lines} give {given}"}
    return [whole, *({**other, "value": None, "note": f"in the range of line {line}"} for other in others)]


def _range(group: list[_Cell], mapping: Mapping) -> _Cell:
    """One range over several cells: value, value_high, comparator and unit."""
    sizes = [_size(cell, mapping) for cell in group]
    low, high = min(size[0] for size in sizes), max(size[1] for size in sizes)
    signs = {sign[0] for _, _, sign in sizes if sign}
    concept = next((one.concept for one in mapping.measurement if one.column == group[0]["column"]), None)
    unit = vocabulary().concepts[concept].unit if concept else None
    as_text = {"value": f"{low:.10g}", "value_high": f"{high:.10g}", "comparator": None, "unit": unit}
    if signs == {">"}:
        return as_text | {"value_high": None, "comparator": ">="}
    if signs == {"<"}:
        return as_text | {"value": as_text["value_high"], "value_high": None, "comparator": "<="}
    return as_text
