"""Exact conversion of written numbers to canonical units.

A conversion is canonical = (value + offset) x factor over exact rationals, rounded once to the nearest
double: 100.4 [degF] is exactly 38.0 Cel. A value already in the canonical unit is never touched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


def rational(text: str | int | float) -> Fraction:
    """An exact number from a decimal or a ratio of decimals: `"5/9"`, `"1/88.42"`, `"-32"`."""
    top, _, bottom = str(text).partition("/")
    return Fraction(Decimal(top)) / (Fraction(Decimal(bottom)) if bottom else 1)


@dataclass(frozen=True)
class UnitRule:
    """One accepted unit of a concept and the way to its canonical unit."""

    code: str
    offset: Fraction
    factor: Fraction
    says: str = ""

    @property
    def described(self) -> str:
        """The unit as a person reads it: its code, and its name where the code is not plain."""
        return f"{self.code} ({self.says})" if self.says else self.code

    @property
    def identity(self) -> bool:
        """True when a value in this unit is already canonical."""
        return self.offset == 0 and self.factor == 1

    def canonical(self, number: str) -> float:
        """The number, as written, in the canonical unit: exact, rounded once, infinite when too large."""
        try:
            return float((Fraction(Decimal(number)) + self.offset) * self.factor)
        except OverflowError:
            return math.inf
