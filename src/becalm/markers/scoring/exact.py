"""Arithmetic with the decimals that a laboratory wrote: exact, rounded once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import polars as pl

from becalm.record import vocabulary


def decimal(value: float) -> Fraction:
    """A number as it was written: 3.1 is 31/10."""
    return Fraction(repr(value))


def mapped(values: pl.Series, change: Callable[[Fraction], Fraction]) -> pl.Series:
    """A change of each value, computed once for each distinct value; null stays null."""
    found = {value: float(change(decimal(value))) for value in values.drop_nulls().unique().to_list()}
    return values.replace_strict(found, default=None, return_dtype=pl.Float64)


def in_unit(rows: pl.DataFrame, concept: str, unit: str) -> pl.DataFrame:
    """Columns `lo` and `hi` from the canonical unit of a concept to another of its units."""
    rule = vocabulary().concepts[concept].unit_rule(unit)
    if rule is None or rule.identity:
        return rows
    factor, offset = rule.factor, rule.offset
    return rows.with_columns(mapped(rows[side], lambda v: v / factor - offset) for side in ("lo", "hi"))
