"""Conditions as formulas of z3: one variable a fact, exact numbers, positions for levels and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from becalm.rules.facts import Fact
from becalm.rules.names import Names
from becalm.rules.quantity import line_of
from becalm.rules.regions import Cut, Stretches
from becalm.rules.tree import Atom, Node, atoms

OTHER_NAME = "another"


def exact(value: float) -> Fraction:
    """The decimal that was written."""
    return Fraction(repr(float(value)))


def cuts(fact: Fact, nodes: Iterable[Node]) -> list[Fraction]:
    """The values at which conditions on this fact alone change, in order."""
    return sorted(
        {
            exact(value)
            for node in nodes
            for atom in atoms(node)
            if atom.quantity.facts == (fact,) and isinstance(atom.region, Stretches)
            for value, _ in atom.region.cuts
        }
    )


def all_names(fact: Fact, nodes: Iterable[Node]) -> tuple[str, ...]:
    """The levels or names that a fact can have: those it lists, or those that occur and one other."""
    if fact.kind != "category" or fact.levels:
        return fact.levels
    occurring = {
        name
        for node in nodes
        for atom in atoms(node)
        if atom.quantity.facts == (fact,) and isinstance(atom.region, Names)
        for name in atom.region.names
    }
    return (OTHER_NAME, *sorted(occurring))


@dataclass(frozen=True)
class World:
    """One assignment of values to facts; the fact `moved` has a value of its own in it, named by `where`.

    z3: the library. names: the levels or names of each fact that has any.
    """

    z3: Any
    names: Mapping[str, Sequence[str]]
    moved: Fact | None = None
    where: str = ""

    def value(self, fact: Fact) -> Any:
        """The variable of a fact."""
        name = f"{fact.name} {self.where}" if fact == self.moved else fact.name
        real = fact.kind == "number" and not fact.whole
        return self.z3.Real(name) if real else self.z3.Int(name)

    def literal(self, value: Fraction) -> Any:
        """A number."""
        return self.z3.Q(value.numerator, value.denominator)

    def limits(self, facts: Iterable[Fact]) -> Iterator[Any]:
        """What values facts can have at all."""
        for fact in facts:
            if fact.kind != "number":
                top = len(self.names[fact.name]) - 1 if fact.kind == "category" else line_of(fact).top
                yield self.z3.And(self.value(fact) >= 0, self.value(fact) <= top)

    def formula(self, node: Node) -> Any:
        """The condition on the variables."""
        if not isinstance(node, Atom):
            join = self.z3.And if node.every else self.z3.Or
            return join(*(self.formula(member) for member in node.members))
        if isinstance(node.region, Names):
            return self._named(node.quantity.facts[0], node.region)
        assert isinstance(node.region, Stretches)
        terms = [self.value(fact) * factor for fact, factor in node.quantity.terms]
        total = self.z3.Sum(*terms) if terms else self.z3.IntVal(0)
        ends = list(pairwise([None, *node.region.cuts, None]))
        inside = [pair for place, pair in enumerate(ends) if node.region.inside == (place % 2 == 0)]
        return self.z3.Or(*(self._stretch(total, start, end) for start, end in inside))

    def _named(self, fact: Fact, region: Names) -> Any:
        places = [self.names[fact.name].index(name) for name in sorted(region.names)]
        either = self.z3.Or(*(self.value(fact) == place for place in places))
        return self.z3.Not(either) if region.others else either

    def _stretch(self, total: Any, start: Cut | None, end: Cut | None) -> Any:
        limits = []
        if start is not None:
            limit = self.literal(exact(start[0]))
            limits.append(total > limit if start[1] else total >= limit)
        if end is not None:
            limit = self.literal(exact(end[0]))
            limits.append(total <= limit if end[1] else total < limit)
        return self.z3.And(*limits)
