"""Proofs about conditions: values of facts that meet some and not others, or the proof that there are none.

A condition is looked at as its tree of atoms (`becalm.rules.tree`), over facts that have one value each: what
a rule means when everything is known. Numbers are exact; whole numbers, levels and names are what they
are. The search is z3's (`pip install 'becalm[check]'`), which decides every question of this kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from becalm.record.errors import InputError
from becalm.rules.facts import Fact
from becalm.rules.predicate import Predicate
from becalm.rules.proof_formulas import World, all_names, cuts, exact
from becalm.rules.tree import Node, atoms


@dataclass(frozen=True)
class Law:
    """What is always so between facts; `says` is it in words."""

    says: str
    holds: Predicate


@dataclass(frozen=True)
class Example:
    """Values of facts, in words: `crs yes, oxygen high_flow, fio2 40 %`."""

    values: Mapping[str, str]

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.values.items())


@dataclass(frozen=True)
class Dip:
    """A value of a fact at which no condition holds, between two at which some does.

    example: the values of all facts there; before and after: the values of that fact on both sides.
    """

    example: Example
    fact: Fact
    before: str
    after: str


def missing_library() -> InputError:
    """The error where z3 is not installed."""
    return InputError(
        "Proofs about conditions need the library z3-solver, which is not installed. "
        "Install it with: pip install 'becalm[check]'"
    )


def _touching(predicates: Iterable[Predicate], laws: Iterable[Law]) -> tuple[Law, ...]:
    """The laws that bind the facts of these conditions, themselves or through other facts."""
    named = {fact for one in predicates for fact in one.named}
    found: list[Law] = []
    others = list(laws)
    while near := [law for law in others if named & set(law.holds.named)]:
        found += near
        others = [law for law in others if law not in near]
        named |= {fact for law in near for fact in law.holds.named}
    return tuple(found)


class Prover:
    """Questions about conditions over facts that keep some laws."""

    def __init__(self, predicates: Iterable[Predicate], laws: Iterable[Law] = ()) -> None:
        """A prover for these conditions, which gives examples in their facts.

        Raises:
            InputError: z3 is not installed.
        """
        try:
            import z3
        except ImportError as error:
            raise missing_library() from error
        self._z3: Any = z3
        every = list(predicates)
        self.laws = _touching(every, laws)
        self._facts = {fact.name: fact for one in every for fact in one.named}
        self._shown = tuple(self._facts)
        self._facts |= {fact.name: fact for law in self.laws for fact in law.holds.named}
        nodes = [one.tree for one in every] + [law.holds.tree for law in self.laws]
        self._names = {name: all_names(fact, nodes) for name, fact in self._facts.items()}
        self._tried = {name: tuple(self._candidates(fact, nodes)) for name, fact in self._facts.items()}

    def example(
        self, true: Sequence[Node] = (), false: Sequence[Node] = (), *, lawful: bool = True
    ) -> Example | None:
        """Values that meet all of `true` and none of `false`, as plain as can be; None: there are none.

        `lawful`: only values that keep the laws.
        """
        world = self._world()
        solver = self._solver(world, lawful=lawful)
        solver.add(*(world.formula(node) for node in true))
        solver.add(*(self._z3.Not(world.formula(node)) for node in false))
        return self._plainest(solver, world, self._asked(true, false))

    def broken_laws(self, true: Sequence[Node]) -> tuple[Law, ...]:
        """Laws that together forbid what is asked; none if it is allowed, or impossible by itself."""
        world = self._world()
        solver = self._z3.Solver()
        solver.add(*(world.formula(node) for node in true), *world.limits(self._facts.values()))
        for number, law in enumerate(self.laws):
            solver.assert_and_track(world.formula(law.holds.tree), str(number))
        if solver.check() == self._z3.sat:
            return ()
        core = sorted(int(str(one)) for one in solver.unsat_core())
        return tuple(self.laws[number] for number in core)

    def dip(self, fact: Fact, first: Node, last: Node, none: Sequence[Node]) -> Dip | None:
        """A value of `fact` between one for `first` and one for `last`, at which none of `none` holds.

        Every other fact is the same at all three.
        """
        before, middle, after = self._world(fact, "before"), self._world(), self._world(fact, "after")
        solver = self._solver(middle, lawful=True)
        for side, met in ((before, first), (after, last)):
            solver.add(
                *side.limits(self._facts.values()), *(side.formula(law.holds.tree) for law in self.laws)
            )
            solver.add(side.formula(met))
        solver.add(*(self._z3.Not(middle.formula(node)) for node in none))
        here, low, high = (world.value(fact) for world in (middle, before, after))
        between = self._z3.Or(self._z3.And(low < here, here < high), self._z3.And(high < here, here < low))
        solver.add(between)
        asked = self._asked([first, last, *none], ())
        example = self._plainest(solver, middle, asked)
        if example is None:
            return None
        ends = [self._settle(solver, world.value(fact), fact) for world in (before, after)]
        return Dip(example, fact, *(self._word(fact, end) for end in ends))

    def _world(self, moved: Fact | None = None, where: str = "") -> World:
        return World(self._z3, self._names, moved, where)

    def _solver(self, world: World, *, lawful: bool) -> Any:
        solver = self._z3.Solver()
        solver.add(*world.limits(self._facts.values()))
        if lawful:
            solver.add(*(world.formula(law.holds.tree) for law in self.laws))
        return solver

    def _asked(self, *conditions: Sequence[Node]) -> tuple[Fact, ...]:
        """The facts that occur in these conditions, in the order of the rules."""
        named = {
            fact.name
            for some in conditions
            for node in some
            for atom in atoms(node)
            for fact in atom.quantity.facts
        }
        return tuple(self._facts[name] for name in self._shown if name in named)

    def _plainest(self, solver: Any, world: World, facts: Iterable[Fact]) -> Example | None:
        """Values for these facts, the first that fit of those a reader would choose; they are asserted."""
        if solver.check() != self._z3.sat:
            return None
        found = {}
        for fact in facts:
            found[fact.name] = self._word(fact, self._settle(solver, world.value(fact), fact))
        return Example(found)

    def _settle(self, solver: Any, variable: Any, fact: Fact) -> Fraction:
        """Choose a value and assert it."""
        for value in self._tried[fact.name]:
            if self._fits(solver, variable == self._number(value)):
                break
        else:
            solver.check()
            found = solver.model().eval(variable, model_completion=True)
            value = Fraction(found.as_fraction() if found.is_real() else found.as_long())
        solver.add(variable == self._number(value))
        return value

    def _number(self, value: Fraction) -> Any:
        return self._z3.Q(value.numerator, value.denominator)

    def _fits(self, solver: Any, condition: Any) -> bool:
        solver.push()
        solver.add(condition)
        fits: bool = solver.check() == self._z3.sat
        solver.pop()
        return fits

    def _candidates(self, fact: Fact, nodes: Sequence[Node]) -> Iterator[Fraction]:
        """Values to try: the usual one, then those where a condition changes, between and beyond them."""
        if fact.kind == "boolean":
            yield from map(Fraction, (1, 0) if fact.usual is True else (0, 1))
        elif fact.kind != "number":
            names = self._names[fact.name]
            yield from map(Fraction, sorted(range(len(names)), key=lambda n: (names[n] != fact.usual, n)))
        else:
            if isinstance(fact.usual, int | float):
                yield exact(fact.usual)
            places = cuts(fact, nodes)
            yield from places
            yield from ((low + high) / 2 for low, high in pairwise(places))
            if places:
                yield from (places[0] - 1, places[-1] + 1)

    def _word(self, fact: Fact, value: Fraction) -> str:
        """A value as a reader writes it."""
        if fact.kind == "boolean":
            return "yes" if value else "no"
        if fact.kind != "number":
            return self._names[fact.name][int(value)]
        text = f"{float(value):.6g}"
        unit = fact.unit if fact.unit and fact.unit != "1" and not fact.unit.startswith("{") else ""
        return f"{text} {unit}".rstrip()
