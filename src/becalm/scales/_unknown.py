"""What an interval leaves open beside the course: facts of families, durations and doubts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.rules import Fact
from becalm.scales._levels import side, sided
from becalm.scales.edition import Scale
from becalm.timeline import Settings

_TYPES: Mapping[str, type[pl.DataType]] = {
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "ordered": pl.Int8,
    "category": pl.String,
}


@dataclass(frozen=True)
class Beside:
    """What is open, cheapest first as the edition names it, and every column at its quiet value.

    open: from what would settle it to the columns that it leaves open, with their values. ends: the same
    columns at the lowest and at the highest that each may be.
    """

    open: Mapping[str, Mapping[str, Any]]
    quiet: Mapping[str, Any]
    ends: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]


def beside_schema(scale: Scale, settings: Settings) -> dict[str, type[pl.DataType]]:
    """The columns beside the course that the levels read."""
    out = {column: _TYPES[fact.kind] for fact in scale.own_facts(settings) for column in (fact.lo, fact.hi)}
    return out | {name: pl.Boolean for number in sided(scale, settings) for name in side(number)}


def beside(scale: Scale, row: Mapping[str, Any], settings: Settings) -> Beside:
    """What a row of the intervals leaves open beside the course."""
    found: dict[str, dict[str, Any]] = {}
    ends: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    quiet: dict[str, Any] = {}
    for fact in scale.own_facts(settings):
        lo, hi = row[fact.lo], row[fact.hi]
        known = lo is not None and lo == hi
        quiet[fact.lo] = quiet[fact.hi] = lo if known else _usual(fact, lo, hi)
        if not known:
            what = _wanted(fact, row)
            found.setdefault(what, {}).update({fact.lo: lo, fact.hi: hi})
            for end, value in zip(ends.setdefault(what, ({}, {})), _ends(fact, lo, hi), strict=True):
                end.update({fact.lo: value, fact.hi: value})
    for number in sided(scale, settings):
        level, names = scale.level[number], side(number)
        # A doubt is never certain; without a duration it is always open.
        values = (not level.doubt and bool(row[names[0]]), bool(row.get(names[1], True)))
        quiet |= dict.fromkeys(names, values[0])
        if values[0] != values[1]:
            what = level.doubt or f"for how long ({level.lasting_hours:g} hours decide): {level.says}"
            found.setdefault(what, {}).update(zip(names, values, strict=True))
            for end, value in zip(ends.setdefault(what, ({}, {})), (False, True), strict=True):
                end.update(dict.fromkeys(names, value))
    return Beside(found, quiet, ends)


def _wanted(fact: Fact, row: Mapping[str, Any]) -> str:
    """What would tell a fact; of what is dated by a day alone its hour may be all that lacks."""
    what = fact.wanted or fact.says
    said = row.get(f"{fact.name}_says") or ""
    return f"{what}, or its hour" if "no hour given" in said or "without a time" in said else what


_FAR = 1e12
"""Beyond any number that a rule compares with."""


def _ends(fact: Fact, lo: Any, hi: Any) -> tuple[Any, Any]:
    """The lowest and the highest value of a fact in its range."""
    if fact.kind == "boolean":
        return False, True
    if fact.kind == "ordered":
        return 0 if lo is None else lo, len(fact.levels) - 1 if hi is None else hi
    if fact.kind == "category":
        return lo, hi
    return -_FAR if lo is None else lo, _FAR if hi is None else hi


def _usual(fact: Fact, lo: Any, hi: Any) -> Any:
    """The value at which an unknown fact is held: its usual one where the range allows it."""
    usual = fact.usual
    if fact.kind == "category":
        return usual
    if fact.kind == "boolean":
        return bool(usual) if lo != hi else lo
    if fact.kind == "ordered":
        usual = fact.levels.index(str(usual)) if usual is not None else 0
    if usual is None:
        usual = 0.0
    number = float(usual)
    if fact.whole:
        lo, hi = (None if lo is None else math.ceil(lo)), (None if hi is None else math.floor(hi))
    number = number if lo is None else max(number, lo)
    number = number if hi is None else min(number, hi)
    return int(number) if fact.kind == "ordered" else number
