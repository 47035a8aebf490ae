"""Quantities: what a condition is about, one fact or a linear sum of number facts, as a range."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

from becalm.rules.facts import Fact
from becalm.rules.regions import Line


def fact_bounds(fact: Fact) -> tuple[pl.Expr, pl.Expr]:
    """The two columns of a fact, f64 (for a category strings), null where they say nothing."""
    lo, hi = pl.col(fact.lo), pl.col(fact.hi)
    if fact.kind == "category":
        usable = (lo == hi) & lo.is_in(fact.levels) if fact.levels else lo == hi
        name = pl.when(usable).then(lo)
        return name, name
    lo, hi = lo.cast(pl.Float64), hi.cast(pl.Float64)
    if fact.whole:
        lo, hi = lo.ceil(), hi.floor()
    lo, hi = (_where(_meaningful(bound, line_of(fact)), bound) for bound in (lo, hi))
    upright = (lo <= hi).fill_null(True)
    return _where(upright, lo), _where(upright, hi)


def line_of(fact: Fact) -> Line:
    """The values that a fact other than a category can take."""
    if fact.kind == "number":
        return Line(whole=fact.whole)
    return Line(whole=True, top=1 if fact.kind == "boolean" else len(fact.levels) - 1)


@dataclass(frozen=True)
class Quantity:
    """A sum of facts, each times a whole number; conditions on equal quantities can be joined exactly.

    A fact that is no number stands alone, with the coefficient 1; a sum without terms is 0. Each fact
    occurs once, so that the range of the sum is exact.
    """

    terms: tuple[tuple[Fact, int], ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts in the sum."""
        return tuple(fact for fact, _ in self.terms)

    @property
    def line(self) -> Line:
        """The values that the sum can take; not for a category."""
        if len(self.terms) == 1:
            return line_of(self.terms[0][0])
        return Line(whole=all(fact.whole for fact in self.facts))

    def bounds(self) -> tuple[pl.Expr, pl.Expr]:
        """The range of the sum: two expressions, null where there is no limit."""
        if not self.terms:
            return pl.lit(0.0), pl.lit(0.0)
        if len(self.terms) == 1:
            return fact_bounds(self.terms[0][0])
        ends = [fact_bounds(fact)[:: 1 if factor > 0 else -1] for fact, factor in self.terms]
        factors = [float(factor) for _, factor in self.terms]
        lo, hi = (
            reduce(add, [factor * end[side] for factor, end in zip(factors, ends, strict=True)])
            for side in (0, 1)
        )
        return _where(lo.is_finite(), lo), _where(hi.is_finite(), hi)


def _meaningful(bound: pl.Expr, line: Line) -> pl.Expr:
    return bound.is_finite() if line.top is None else bound.is_between(0, line.top)


def _where(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)
