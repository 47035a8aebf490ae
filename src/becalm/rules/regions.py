"""Regions: the set of values for which a condition on one quantity is true.

`x >= 3` is the region from 3 upwards, `oxygen IN ('low_flow', 'high_flow')` a stretch of levels,
`disease <> 'ALL'` every name but one. AND, OR and NOT of conditions on the same quantity are the
intersection, union and complement of their regions, so that they are exact: `x < 3 OR x >= 3` is
true whatever x is.

A region answers one question about a range of values, `may`: can a value of the range lie in it?
`must`, whether every value does, is its mirror: none may lie outside. A range is never empty, hence
must implies may.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol, Self

import polars as pl

Comparison = Literal["=", "<>", "<", "<=", ">", ">="]

Cut = tuple[float, bool]
"""A place between values: (v, False) is just below v, (v, True) just above it."""

_SHAPES: dict[Comparison, tuple[bool, tuple[bool, ...]]] = {
    "<": (True, (False,)),
    "<=": (True, (True,)),
    ">": (False, (True,)),
    ">=": (False, (False,)),
    "=": (False, (False, True)),
    "<>": (True, (False, True)),
}
"""Whether low values are inside, and on which sides of the value inside and outside change."""


class Region(Protocol):
    """A set of values that can be intersected, united, complemented and compared with a range."""

    def __and__(self, other: Self) -> Self: ...
    def __or__(self, other: Self) -> Self: ...
    def __invert__(self) -> Self: ...

    @property
    def empty(self) -> bool:
        """Whether no value lies in it."""

    def may(self, lo: pl.Expr, hi: pl.Expr) -> pl.Expr:
        """Whether a value from lo to hi (null: no limit) can lie in the region; never null."""


def must(region: Region, lo: pl.Expr, hi: pl.Expr) -> pl.Expr:
    """Whether every value from lo to hi (null: no limit) lies in the region; never null."""
    return ~(~region).may(lo, hi)


@dataclass(frozen=True)
class Line:
    """The values that a comparable quantity can take: all numbers, whole numbers, or the levels 0 to top."""

    whole: bool = False
    top: int | None = None

    def region(self, comparison: Comparison, value: float) -> Stretches:
        """The values on this line that compare so with `value`."""
        inside, sides = _SHAPES[comparison]
        return self._stretches(inside, [(value, side) for side in sides])

    def _stretches(self, inside: bool, cuts: list[Cut]) -> Stretches:
        """Move the cuts to where this line has values: on whole numbers just below the next one."""
        kept: list[Cut] = []
        for value, above in cuts:
            if self.whole:
                value, above = float(math.floor(value) + 1 if above else math.ceil(value)), False
            if self.top is not None and value <= 0:
                inside = not inside
            elif self.top is not None and value > self.top:
                continue
            elif kept and kept[-1] == (value, above):
                kept.pop()
            else:
                kept.append((value, above))
        return Stretches(inside, tuple(kept))


@dataclass(frozen=True)
class Stretches:
    """Stretches of a line: whether its low end is inside, and the cuts where inside and outside change."""

    inside: bool
    cuts: tuple[Cut, ...] = ()

    def __and__(self, other: Self) -> Self:
        return self._joined(other, lambda a, b: a and b)

    def __or__(self, other: Self) -> Self:
        return self._joined(other, lambda a, b: a or b)

    def __invert__(self) -> Self:
        return type(self)(not self.inside, self.cuts)

    def _joined(self, other: Self, join: Callable[[bool, bool], bool]) -> Self:
        mine, theirs = self.inside, other.inside
        my_cuts, their_cuts = frozenset(self.cuts), frozenset(other.cuts)
        start = state = join(mine, theirs)
        cuts: list[Cut] = []
        for cut in sorted(my_cuts | their_cuts):
            mine ^= cut in my_cuts
            theirs ^= cut in their_cuts
            if join(mine, theirs) != state:
                state = not state
                cuts.append(cut)
        return type(self)(start, tuple(cuts))

    @property
    def empty(self) -> bool:
        """Whether no value lies in it."""
        return not self.inside and not self.cuts

    def may(self, lo: pl.Expr, hi: pl.Expr) -> pl.Expr:
        """Whether the range reaches into any stretch; never null."""
        meets: list[pl.Expr] = []
        for place, (start, end) in enumerate(pairwise([None, *self.cuts, None])):
            if self.inside == (place % 2 == 0):
                ends = []
                if start is not None:
                    ends.append(hi > start[0] if start[1] else hi >= start[0])
                if end is not None:
                    ends.append(lo <= end[0] if end[1] else lo < end[0])
                meets.append(every([condition.fill_null(True) for condition in ends]))
        return some(meets)


def every(conditions: Iterable[pl.Expr]) -> pl.Expr:
    """All of them; true of none."""
    found = list(conditions)
    return pl.all_horizontal(found) if len(found) > 1 else found[0] if found else pl.lit(True)


def some(conditions: Iterable[pl.Expr]) -> pl.Expr:
    """Any of them; false of none."""
    found = list(conditions)
    return pl.any_horizontal(found) if len(found) > 1 else found[0] if found else pl.lit(False)
