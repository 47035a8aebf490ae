"""Predicates: one SQL condition over ranged facts, compiled to two ordinary expressions (design section 6).

`must` is true where the condition holds whatever the unknown values are, `may` where it can hold. The
verdict is yes if must, no if not may, and unknown between them. A missing value is never a normal one:
it is the range of everything.

How exact is it? Every yes and every no is right for all values within the ranges. And an unknown is
real, that is, some values make it true and others false, if each fact occurs once, or if its
occurrences stand under the same AND or OR on the same quantity: `x < 3 OR x >= 3` is yes and
`x > 3 AND x < 2` is no even where x was never measured. Only where a fact recurs in different
branches or in different sums, as in `(a AND x < 3) OR (b AND x >= 3)`, are the occurrences taken as
if they were independent, as in SQL's three-valued logic, and the verdict may be unknown where more
thought would decide. It then errs to unknown, never to yes or no. Sums of `whole` numbers compared
with = or IN may be unknown likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl
from sqlglot import exp

from becalm.rules.building import Builder
from becalm.rules.explanation import Explanation, explain_frame, row_frame
from becalm.rules.facts import Fact
from becalm.rules.syntax import read_condition
from becalm.rules.tree import Atom, Node, atoms, verdict_of


@dataclass(frozen=True)
class Predicate:
    """A compiled condition.

    Attributes:
        text: the condition as given.
        named: the facts that it names, in the order of the text.
        tree: its atoms and groups.
    """

    text: str
    named: tuple[Fact, ...]
    tree: Node

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that it names, in the order of the text."""
        return tuple(fact.name for fact in self.named)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a frame must have."""
        return tuple(column for fact in self.named for column in (fact.lo, fact.hi))

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """The single conditions, each on one quantity."""
        return tuple(atoms(self.tree))

    @cached_property
    def must(self) -> pl.Expr:
        """Boolean, never null: the condition holds whatever the unknown values are."""
        return _as_column(self.tree.must)

    @cached_property
    def may(self) -> pl.Expr:
        """Boolean, never null: the condition can hold."""
        return _as_column(self.tree.may)

    @cached_property
    def verdict(self) -> pl.Expr:
        """String: `yes`, `no` or `unknown`."""
        return verdict_of(self.must, self.may)

    def explain(self, row: Mapping[str, object]) -> Explanation:
        """Why the verdict is what it is, for one row with the columns of the facts.

        Raises:
            WorkError: a column is missing.
        """
        return explain_frame(self.tree, self.named, row_frame(row, self.named))[0]

    def explain_rows(self, frame: pl.DataFrame) -> list[Explanation]:
        """One explanation for each row of a frame; much faster than row by row.

        Raises:
            WorkError: a column is missing.
        """
        return explain_frame(self.tree, self.named, frame)


def _as_column(condition: pl.Expr) -> pl.Expr:
    """The condition as a column as long as the frame, also where it is the same for all rows."""
    return condition if condition.meta.root_names() else condition & pl.repeat(True, pl.len())


def compile_predicate(text: str, facts: Mapping[str, Fact]) -> Predicate:
    """Compile one SQL condition over the facts, such as `crs_grade >= 2 AND il6_fold < 4`.

    Allowed: comparisons, BETWEEN, IN with literals, AND, OR, NOT, parentheses, + and - of number facts,
    times and divided by numbers (true division), names of facts, bare boolean facts, TRUE, FALSE, numbers,
    and levels in single quotes. Names are compared letter by letter, words of SQL in any case.

    Raises:
        EditionError: anything else; the message says what was given, what is allowed and the next step.
    """
    tree = read_condition(text, facts)
    named = dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False))
    return Predicate(text, tuple(facts[name] for name in named), Builder(text, facts).node(tree))
