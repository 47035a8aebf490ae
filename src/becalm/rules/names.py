"""The region of a category: some names, or every name but some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import polars as pl


@dataclass(frozen=True)
class Names:
    """The given names, or with `others` every name but these; `known` lists all possible names, if closed."""

    names: frozenset[str]
    others: bool = False
    known: frozenset[str] = frozenset()

    def __and__(self, other: Self) -> Self:
        return ~(~self | ~other)

    def __or__(self, other: Self) -> Self:
        if self.others and other.others:
            names = self.names & other.names
        elif self.others or other.others:
            outside, inside = (self, other) if self.others else (other, self)
            names = outside.names - inside.names
        else:
            names = self.names | other.names
        return type(self)(names, self.others or other.others, self.known)

    def __invert__(self) -> Self:
        return type(self)(self.names, not self.others, self.known)

    @property
    def empty(self) -> bool:
        """Whether no name lies in it."""
        return self.names == self.known if self.others and self.known else not (self.others or self.names)

    def may(self, lo: pl.Expr, hi: pl.Expr) -> pl.Expr:
        """Whether the name can lie in the region; null is any name; never null."""
        if self.empty or (~self).empty:
            return pl.lit(not self.empty)
        listed = lo.is_in(sorted(self.names))
        return (~listed if self.others else listed).fill_null(True)
