"""A second opinion on rules: expressions built beside plain functions, tried in every possible world.

A world gives each fact one value. An expression is its SQL text, a function of a world, and the facts
that it names; ranges are lists of the values that a fact may have. Nothing here uses the rule engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from becalm.rules import Fact, FactSet

LEVELS = ("none", "low_flow", "high_flow", "positive_pressure")
SITES = ("oral", "axillary", "core")

FACTS = FactSet(
    [
        Fact("x", "number", "any number", unit="mg/L"),
        Fact("y", "number", "another number"),
        Fact("n", "number", "a count", whole=True),
        Fact("a", "boolean", "a sign"),
        Fact("b", "boolean", "another sign"),
        Fact("oxygen", "ordered", "the support", levels=LEVELS),
        Fact("disease", "category", "an open list"),
        Fact("site", "category", "a closed list", levels=SITES),
    ]
)
DTYPES = {"number": pl.Float64, "boolean": pl.Boolean, "ordered": pl.Int8, "category": pl.String}

Worlds = Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Expression:
    """SQL, the same as a function of worlds, and the facts named."""

    sql: str
    holds: Callable[[Worlds], Any]
    names: frozenset[str]


@dataclass(frozen=True)
class Range:
    """Two bounds as in a frame, and the values that they allow."""

    lo: Any
    hi: Any
    values: tuple[Any, ...]


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda p, q: p == q,
    "<>": lambda p, q: p != q,
    "!=": lambda p, q: p != q,
    "<": lambda p, q: p < q,
    "<=": lambda p, q: p <= q,
    ">": lambda p, q: p > q,
    ">=": lambda p, q: p >= q,
}
_SWAPPED = {"=": "=", "<>": "<>", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LIMITS = st.integers(-2, 2)
_FAR = 1000.0


# --- ranges -----------------------------------------------------------------------------------------


def number_range(lo: float | None, hi: float | None, step: float) -> Range:
    """Bounds with the values between them on a grid fine enough for the limits used here."""
    values = [
        float(v) for v in np.arange(-3, 3 + step, step) if (lo is None or v >= lo) and (hi is None or v <= hi)
    ]
    values += [v for v, bound in ((-_FAR, lo), (_FAR, hi)) if bound is None]
    return Range(lo, hi, tuple(values))


@st.composite
def ranges(draw: st.DrawFn, name: str, points: bool = False) -> Range:
    """A range of one fact; with `points` a single value or nothing known."""
    fact = FACTS[name]
    if fact.kind == "number":
        step = 1.0 if fact.whole else 0.25
        bound = st.integers(-2, 2).map(float) if fact.whole else st.integers(-4, 4).map(lambda v: v / 2)
        if points:
            value = draw(st.none() | bound)
            return number_range(value, value, step)
        lo, hi = draw(st.none() | bound), draw(st.none() | bound)
        if lo is not None and hi is not None and lo > hi:
            lo, hi = hi, lo
        return number_range(lo, hi, step)
    if fact.kind == "boolean":
        return draw(
            st.sampled_from(
                [Range(True, True, (True,)), Range(False, False, (False,)), Range(None, None, (False, True))]
                + ([] if points else [Range(False, True, (False, True)), Range(None, False, (False,))])
            )
        )
    if fact.kind == "ordered":
        top = len(LEVELS) - 1
        if points:
            at = draw(st.none() | st.integers(0, top))
            return Range(at, at, tuple(range(top + 1)) if at is None else (at,))
        lo, hi = sorted(draw(st.tuples(st.integers(0, top), st.integers(0, top))))
        shown = (draw(st.sampled_from([lo, None])) if lo == 0 else lo, hi)
        return Range(*shown, tuple(range(lo, hi + 1)))
    known = SITES if fact.levels else ("ALL", "DLBCL", "MM", "something else")
    name_known = draw(st.none() | st.sampled_from(known))
    return Range(name_known, name_known, known if name_known is None else (name_known,))


@st.composite
def rows(draw: st.DrawFn, points: bool = False) -> dict[str, Range]:
    """A range for every fact."""
    return {name: draw(ranges(name, points)) for name in FACTS}


def frame(of: Sequence[Mapping[str, Range]]) -> pl.DataFrame:
    """The rows as the frame that the engine reads."""
    columns = {}
    for fact in FACTS.values():
        columns[fact.lo] = pl.Series([row[fact.name].lo for row in of], dtype=DTYPES[fact.kind])
        columns[fact.hi] = pl.Series([row[fact.name].hi for row in of], dtype=DTYPES[fact.kind])
    return pl.DataFrame(columns)


def outcomes(expression: Expression, row: Mapping[str, Range]) -> set[bool]:
    """The truth of an expression in every world that a row allows."""
    names = sorted(expression.names)
    grids = np.meshgrid(*(np.array(row[name].values) for name in names), indexing="ij")
    worlds = {name: grid.ravel() for name, grid in zip(names, grids, strict=True)}
    size = len(next(iter(worlds.values()))) if worlds else 1
    return {bool(answer) for answer in np.broadcast_to(expression.holds(worlds), (size,))}


# --- expressions ------------------------------------------------------------------------------------


@st.composite
def atoms(draw: st.DrawFn, name: str) -> Expression:
    """A condition on one fact."""
    fact, names = FACTS[name], frozenset({name})
    form = draw(st.sampled_from(["compare", "compare", "list", "between"]))
    if fact.kind == "boolean":
        sql, truth = draw(
            st.sampled_from([(name, True), (f"{name} = TRUE", True), (f"{name} <> TRUE", False)])
        )
        return Expression(sql, lambda w: w[name] == truth, names)
    if fact.kind == "number":
        literal, value = _numbers(draw)
    else:
        literal, value = _levels(draw, fact)
    no_order = fact.kind == "category"
    if form == "list":
        items = [(literal, value), _numbers(draw) if fact.kind == "number" else _levels(draw, fact)]
        sql = f"{name} IN ({', '.join(item for item, _ in items)})"
        return Expression(sql, lambda w: np.isin(w[name], [v for _, v in items]), names)
    if form == "between" and not no_order:
        _, second = low, high = sorted(
            [value, (_numbers(draw) if fact.kind == "number" else _levels(draw, fact))[1]]
        )
        shown = (lambda v: f"'{LEVELS[v]}'") if fact.kind == "ordered" else str
        if fact.whole and low == high != int(low):
            high = second = low + 0.5
        sql = f"{name} BETWEEN {shown(low)} AND {shown(second)}"
        return Expression(sql, lambda w: (w[name] >= low) & (w[name] <= high), names)
    sign = draw(st.sampled_from(["=", "<>", "!="] if no_order else list(_COMPARE)))
    if draw(st.booleans()):
        return Expression(
            f"{literal} {_SWAPPED[sign]} {name}", lambda w: _COMPARE[sign](w[name], value), names
        )
    return Expression(f"{name} {sign} {literal}", lambda w: _COMPARE[sign](w[name], value), names)


def _numbers(draw: st.DrawFn) -> tuple[str, Any]:
    value = draw(st.integers(-4, 4)) / 2
    return draw(
        st.sampled_from([f"{value:g}", f"{value}", f"({value} + 1 - 1)", f"{2 * value:g} / 2"])
    ), value


def _levels(draw: st.DrawFn, fact: Fact) -> tuple[str, Any]:
    if fact.kind == "ordered":
        place = draw(st.integers(0, len(LEVELS) - 1))
        return f"'{LEVELS[place]}'", place
    name = draw(st.sampled_from(SITES if fact.levels else ("ALL", "DLBCL")))
    return f"'{name}'", name


@st.composite
def sums(draw: st.DrawFn) -> Expression:
    """An inequality between x and y with small coefficients, written in one of several ways."""
    p = draw(st.sampled_from([-2, -1, 1, 2, 3]))
    q = draw(st.sampled_from([-2, -1, 1, 2]))
    k = draw(_LIMITS)
    sign = draw(st.sampled_from(["<", "<=", ">", ">="]))
    sql = draw(
        st.sampled_from(
            [
                f"{p} * x + y * {q} {sign} {k}",
                f"{p} * x {sign} {k} - {q} * y",
                f"{p} * (x - y) + ({p} + {q}) * y {sign} {k}",
                f"x * {p} - {k} {sign} -({q} * y) + x - x",
                f"({p} * x + {q} * y) / 2 {sign} {k} / 2",
            ]
        )
    )
    return Expression(sql, lambda w: _COMPARE[sign](p * w["x"] + q * w["y"], k), frozenset({"x", "y"}))


@st.composite
def combined(draw: st.DrawFn, parts: list[Expression]) -> Expression:
    """AND, OR and NOT over all the parts, in any shape."""
    while len(parts) > 1:
        at = draw(st.integers(0, len(parts) - 2))
        left, right = parts[at], parts[at + 1]
        word = draw(st.sampled_from(["AND", "OR"]))
        parts = [*parts[:at], _joined(left, word, right), *parts[at + 2 :]]
        if draw(st.integers(0, 3)) == 0:
            parts[at] = _opposite(parts[at])
    return parts[0]


def _joined(left: Expression, word: str, right: Expression) -> Expression:
    names = left.names | right.names
    if word == "AND":
        return Expression(f"({left.sql}) AND ({right.sql})", lambda w: left.holds(w) & right.holds(w), names)
    return Expression(f"({left.sql}) OR ({right.sql})", lambda w: left.holds(w) | right.holds(w), names)


def _opposite(part: Expression) -> Expression:
    return Expression(f"NOT ({part.sql})", lambda w: ~np.asarray(part.holds(w)), part.names)


@st.composite
def once(draw: st.DrawFn) -> Expression:
    """An expression in which each fact occurs once."""
    if draw(st.booleans()):
        names = draw(st.permutations(["n", "a", "b", "oxygen", "disease", "site"]))[: draw(st.integers(0, 3))]
        parts = [draw(sums()), *(draw(atoms(name)) for name in names)]
    else:
        names = draw(st.permutations(list(FACTS)))[: draw(st.integers(1, 4))]
        parts = [draw(atoms(name)) for name in names]
    return draw(combined(parts))


@st.composite
def about_one(draw: st.DrawFn) -> Expression:
    """An expression of up to five conditions on one and the same fact."""
    name = draw(st.sampled_from(list(FACTS)))
    return draw(combined(draw(st.lists(atoms(name), min_size=1, max_size=5))))


@st.composite
def anything(draw: st.DrawFn) -> Expression:
    """An expression in which facts may recur."""
    few = draw(st.permutations(list(FACTS)))[:3]
    part = sums() | st.sampled_from(few).flatmap(atoms)
    return draw(combined(draw(st.lists(part, min_size=1, max_size=6))))
