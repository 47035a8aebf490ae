"""One side of a comparison: a sum of number facts, another fact, or a literal.

Coefficients are collected for each fact, exactly, before any range is computed: `x - x` is 0. Literals
are the decimals that were written, and a limit is rounded once, to the nearest double, as a recorded
value was: 37.5 + 0.6 is 38.1, and `crp > 1.83 * crp_baseline` is 100 crp - 183 crp_baseline > 0. Values
then compare exactly, without a tolerance; only a sum of several facts is rounded as doubles are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlglot import exp

from becalm.rules.facts import Fact
from becalm.rules.quantity import Quantity
from becalm.rules.wording import refusal


@dataclass(frozen=True)
class Linear:
    """A linear expression: exact coefficients by fact, and a constant.

    `mentions` says whether any fact was written, even one whose coefficients cancel.
    """

    factors: Mapping[Fact, Fraction]
    constant: Fraction
    mentions: bool

    def plus(self, other: Linear, times: int = 1) -> Linear:
        """This expression plus `times` the other."""
        factors = dict(self.factors)
        for fact, factor in other.factors.items():
            factors[fact] = factors.get(fact, Fraction(0)) + times * factor
        return Linear(factors, self.constant + times * other.constant, self.mentions or other.mentions)

    def times(self, factor: Fraction) -> Linear:
        """This expression times a number."""
        factors = {fact: factor * mine for fact, mine in self.factors.items()}
        return Linear(factors, factor * self.constant, self.mentions)

    def against_zero(self) -> tuple[Quantity, float, bool]:
        """Comparing this with 0 is comparing a quantity with a limit: (quantity, limit, turned round).

        The quantity has coprime whole coefficients, the first of them positive, so that equal
        quantities are equal objects.

        Raises:
            OverflowError: a coefficient or the limit is too large for a double.
        """
        factors = {fact: factor for fact, factor in self.factors.items() if factor}
        if not factors:
            return Quantity(), float(-self.constant), False
        terms = sorted(factors.items(), key=lambda term: term[0].name)
        common = math.lcm(*(factor.denominator for _, factor in terms))
        divisor = math.gcd(*(int(factor * common) for _, factor in terms))
        scale = Fraction(common, divisor) * (1 if terms[0][1] > 0 else -1)
        whole = tuple((fact, int(factor * scale)) for fact, factor in terms)
        float(max(abs(factor) for _, factor in whole))
        return Quantity(whole), float(-self.constant * scale), scale < 0


Side = Linear | Fact | str | bool
"""A sum of numbers, a fact that is no number, the name of a level, TRUE or FALSE."""


@dataclass(frozen=True)
class SideReader:
    """Reads sides of comparisons; `text` is the whole rule, for the messages."""

    text: str
    facts: Mapping[str, Fact]

    def side(self, tree: exp.Expr) -> Side:
        """A side of any kind."""
        match tree:
            case exp.Paren():
                return self.side(tree.this)
            case exp.Literal():
                return str(tree.this) if tree.is_string else self._number(str(tree.this))
            case exp.Boolean():
                return bool(tree.this)
            case exp.Column():
                fact = self.facts[tree.name]
                return Linear({fact: Fraction(1)}, Fraction(0), True) if fact.kind == "number" else fact
            case exp.Neg():
                return self._sum(tree.this).times(Fraction(-1))
            case exp.Add():
                return self._sum(tree.this).plus(self._sum(tree.expression))
            case exp.Sub():
                return self._sum(tree.this).plus(self._sum(tree.expression), -1)
            case exp.Mul():
                return self._product(tree)
            case exp.Div():
                return self._quotient(tree)
            case _:
                given = f"the condition `{tree.sql()}` where a value belongs"
                step = "join comparisons by AND, as in x > 1 AND x < 3"
                raise refusal(self.text, given, "a number, a fact or a level", step)

    def _sum(self, tree: exp.Expr) -> Linear:
        side = self.side(tree)
        if not isinstance(side, Linear):
            expected = "arithmetic with numbers and number facts only"
            raise refusal(self.text, f"arithmetic with `{tree.sql()}`", expected, "compare it instead")
        return side

    def _product(self, tree: exp.Mul) -> Linear:
        left, right = self._sum(tree.this), self._sum(tree.expression)
        if left.mentions and right.mentions:
            given = f"`{tree.sql()}`, a fact times a fact"
            raise refusal(self.text, given, "a fact times a number", "name a fact that holds the product")
        return left.times(right.constant) if left.mentions else right.times(left.constant)

    def _quotient(self, tree: exp.Div) -> Linear:
        left, right = self._sum(tree.this), self._sum(tree.expression)
        if right.mentions or not right.constant:
            given = f"`{tree.sql()}`, a division by {'a fact' if right.mentions else 'zero'}"
            step = "multiply the other side, as in a >= 4 * b"
            raise refusal(self.text, given, "a division by a number other than 0", step)
        return left.times(1 / right.constant)

    def _number(self, written: str) -> Linear:
        value = Decimal(written)
        if abs(value.adjusted()) > 30:
            expected = "0 or a number between 1e-30 and 1e30"
            raise refusal(self.text, f"the number {written}", expected, "use another unit")
        return Linear({}, Fraction(value), False)
