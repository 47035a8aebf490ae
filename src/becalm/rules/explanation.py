"""Why a verdict is what it is: the atoms, their ranges, which of them decided, and what is missing.

The verdict of every atom and group comes from the same expressions that grade whole frames; here they
are only read. What decided is found by one rule: from the top go down to the members that have the
verdict of their group. So a no of an AND names its false conditions, a yes of an OR its true ones, and
an unknown the unknown ones that still matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.record.errors import WorkError, explain
from becalm.rules.facts import Fact
from becalm.rules.quantity import fact_bounds
from becalm.rules.tree import Atom, Node, Verdict, verdict_of
from becalm.rules.wording import listed

Value = float | bool | str

_DTYPES = {"number": pl.Float64, "boolean": pl.Boolean, "ordered": pl.Int64, "category": pl.String}


@dataclass(frozen=True)
class FactRange:
    """The range of one fact in one row: `lo` and `hi` are numbers, truth values, levels or names.

    None is no limit on that side, or not known.
    """

    fact: Fact
    lo: Value | None
    hi: Value | None

    @property
    def known(self) -> bool:
        """Whether the range is a single value."""
        return self.lo is not None and self.lo == self.hi

    def __str__(self) -> str:
        name, lo, hi = self.fact.name, _shown(self.lo), _shown(self.hi)
        unit = f" {self.fact.unit}" if self.fact.unit not in (None, "1") else ""
        if self.known:
            return f"{name} is {lo}{unit}"
        if self.lo is None and self.hi is None:
            return f"{name} is not known"
        if self.lo is None:
            return f"{name} is at most {hi}{unit}"
        if self.hi is None:
            return f"{name} is at least {lo}{unit}"
        return f"{name} is between {lo} and {hi}{unit}"


@dataclass(frozen=True)
class AtomVerdict:
    """One condition on one quantity in one row: its SQL, its verdict, its facts and their ranges."""

    text: str
    verdict: Verdict
    facts: tuple[str, ...]
    ranges: tuple[FactRange, ...]

    def __str__(self) -> str:
        ranges = ", ".join(map(str, self.ranges))
        return f"{self.text}: {self.verdict}" + (f" ({ranges})" if ranges else "")


@dataclass(frozen=True)
class Explanation:
    """Why a predicate has its verdict in one row.

    Attributes:
        verdict: `yes`, `no` or `unknown`, the same as in the predicate's `verdict` column.
        atoms: every condition, in the order of the text.
        deciding: those that made the verdict.
        missing: for an unknown, the facts that decide it once all of them are known, whatever their
            values; in the order of the text.
    """

    verdict: Verdict
    atoms: tuple[AtomVerdict, ...]
    deciding: tuple[AtomVerdict, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        reasons = "; ".join(map(str, self.deciding))
        missing = f"; it would be decided by {', '.join(self.missing)}" if self.missing else ""
        return f"{self.verdict}: {reasons}{missing}"


def row_frame(row: Mapping[str, object], facts: Iterable[Fact]) -> pl.DataFrame:
    """One row as a frame with the columns of the facts; other keys are left out.

    Raises:
        WorkError: a column is missing.
    """
    schema = {column: _DTYPES[fact.kind] for fact in facts for column in (fact.lo, fact.hi)}
    _check_columns(schema, row)
    return pl.DataFrame({column: [row[column]] for column in schema} or {"row": [0]}, schema_overrides=schema)


def explain_frame(tree: Node, facts: tuple[Fact, ...], frame: pl.DataFrame) -> list[Explanation]:
    """One explanation for each row of the frame.

    Raises:
        WorkError: a column of the facts is missing.
    """
    _check_columns([column for fact in facts for column in (fact.lo, fact.hi)], frame.columns)
    nodes = list(_nodes(tree))
    asked = {f"verdict {place}": verdict_of(node.must, node.may) for place, node in enumerate(nodes)}
    for fact in facts:
        asked[fact.lo], asked[fact.hi] = fact_bounds(fact)
    answers = frame.select(pl.int_range(pl.len()).alias("row"), **asked)
    return [_explanation(nodes, facts, answer) for answer in answers.iter_rows(named=True)]


def _explanation(nodes: list[Node], facts: tuple[Fact, ...], answer: Mapping[str, Any]) -> Explanation:
    verdicts: dict[int, Verdict] = {id(node): answer[f"verdict {place}"] for place, node in enumerate(nodes)}
    ranges = {fact.name: _range(fact, answer[fact.lo], answer[fact.hi]) for fact in facts}
    atoms = {
        id(node): AtomVerdict(
            text=node.text,
            verdict=verdicts[id(node)],
            facts=tuple(fact.name for fact in node.quantity.facts),
            ranges=tuple(ranges[fact.name] for fact in node.quantity.facts),
        )
        for node in nodes
        if isinstance(node, Atom)
    }
    top = nodes[0]
    verdict = verdicts[id(top)]
    deciding = tuple(atoms[id(atom)] for atom in _deciding(top, verdicts))
    wanted = {part.fact.name for atom in deciding for part in atom.ranges if not part.known}
    missing = tuple(fact.name for fact in facts if fact.name in wanted) if verdict == "unknown" else ()
    return Explanation(verdict, tuple(atoms.values()), deciding, missing)


def _deciding(node: Node, verdicts: Mapping[int, Verdict]) -> Iterator[Atom]:
    if isinstance(node, Atom):
        yield node
        return
    for member in node.members:
        if verdicts[id(member)] == verdicts[id(node)]:
            yield from _deciding(member, verdicts)


def _nodes(node: Node) -> Iterator[Node]:
    """The node and all below it, the node itself first."""
    yield node
    if not isinstance(node, Atom):
        for member in node.members:
            yield from _nodes(member)


def _range(fact: Fact, lo: Any, hi: Any) -> FactRange:
    """The bounds as a reader knows them: levels by name; a boolean is known or it is not."""
    if fact.kind == "ordered" and (lo, hi) != (None, None):
        lo, hi = fact.levels[int(lo or 0)], fact.levels[-1 if hi is None else int(hi)]
    elif fact.kind == "boolean":
        lo = hi = True if lo == 1 else False if hi == 0 else None
    return FactRange(fact, lo, hi)


def _shown(value: Value | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _check_columns(wanted: Iterable[str], given: Iterable[str]) -> None:
    absent = sorted(set(wanted) - set(given))
    if absent:
        raise WorkError(
            explain(
                f"The row to explain lacks {listed(absent)}.",
                "Expected two columns for each fact of the rule, NAME_lo and NAME_hi.",
                "Compute the facts before the rules.",
            )
        )
