"""Verdicts against every possible world: sound always, exact where the documentation says so."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules import worlds
from tests.rules.worlds import FACTS, Expression, Range

from becalm.rules import compile_predicate

some_rows = st.lists(worlds.rows(), min_size=1, max_size=4)


def verdicts(expression: Expression, rows: list[dict[str, Range]]) -> list[str]:
    predicate = compile_predicate(expression.sql, FACTS)
    answer = worlds.frame(rows).select(must=predicate.must, may=predicate.may, verdict=predicate.verdict)
    assert answer.height == len(rows)
    for must, may, verdict in answer.iter_rows():
        assert verdict == ("yes" if must else "unknown" if may else "no")
        assert may or not must
    return answer["verdict"].to_list()


def exact(outcomes: set[bool]) -> str:
    return "unknown" if len(outcomes) == 2 else "yes" if outcomes == {True} else "no"


@given(worlds.once(), some_rows)
def test_exact_where_each_fact_occurs_once(expression, rows):
    assert verdicts(expression, rows) == [exact(worlds.outcomes(expression, row)) for row in rows]


@given(worlds.about_one(), some_rows)
def test_exact_where_all_is_about_one_fact(expression, rows):
    assert verdicts(expression, rows) == [exact(worlds.outcomes(expression, row)) for row in rows]


@given(worlds.anything(), some_rows)
def test_a_yes_or_no_is_right_in_every_world(expression, rows):
    for verdict, row in zip(verdicts(expression, rows), rows, strict=True):
        outcomes = worlds.outcomes(expression, row)
        assert verdict == "unknown" or outcomes == {verdict == "yes"}


@given(worlds.anything(), worlds.rows(points=True))
def test_no_unknown_where_everything_is_known(expression, row):
    known = {name: value if value.lo is not None else _some_value(name) for name, value in row.items()}
    assert verdicts(expression, [known]) == [exact(worlds.outcomes(expression, known))]


@given(worlds.anything(), worlds.rows(), st.sets(st.sampled_from(list(FACTS))))
def test_knowing_less_never_changes_a_mind(expression, row, forgotten):
    less = {name: _nothing_known(name) if name in forgotten else value for name, value in row.items()}
    narrow, wide = verdicts(expression, [row, less])
    assert wide in (narrow, "unknown")


@given(worlds.anything(), st.data())
def test_widening_a_number_never_flips_a_verdict(expression, data):
    row = data.draw(worlds.rows())
    wider = dict(row)
    for name in ("x", "y"):
        by = data.draw(st.floats(0, 1e6) | st.sampled_from([0.0, 1e-300, 1e-9, 1e300]))
        given_range = row[name]
        wider[name] = replace(
            given_range,
            lo=None if given_range.lo is None else given_range.lo - by,
            hi=None if given_range.hi is None else given_range.hi + by,
        )
    narrow, wide = verdicts(expression, [row, wider])
    assert wide in (narrow, "unknown")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@given(worlds.anything(), worlds.rows())
def test_nan_and_infinity_say_nothing(value, expression, row):
    said = {**row, "x": replace(row["x"], lo=None, hi=None), "y": replace(row["y"], lo=None)}
    void = {**row, "x": replace(row["x"], lo=value, hi=value), "y": replace(row["y"], lo=value)}
    assert len(set(verdicts(expression, [said, void]))) == 1


@given(worlds.anything(), worlds.rows())
def test_not_swaps_yes_and_no(expression, row):
    opposite = replace(expression, sql=f"NOT ({expression.sql})")
    swapped = {"yes": "no", "no": "yes", "unknown": "unknown"}
    assert verdicts(opposite, [row]) == [swapped[verdict] for verdict in verdicts(expression, [row])]


@given(worlds.anything(), some_rows)
def test_the_verdict_is_the_same_lazily_and_row_by_row(expression, rows):
    predicate = compile_predicate(expression.sql, FACTS)
    frame = worlds.frame(rows)
    lazy = frame.lazy().with_columns(verdict=predicate.verdict).collect()["verdict"].to_list()
    single = [frame[at].select(predicate.verdict.alias("v")).item() for at in range(len(rows))]
    assert lazy == single == verdicts(expression, rows)


def test_a_frame_without_rows_gives_no_verdicts():
    for text in ("TRUE", "x > 1 AND a", "oxygen >= 'none'", "x - x > 0"):
        predicate = compile_predicate(text, FACTS)
        empty = worlds.frame([]).select(must=predicate.must, may=predicate.may, verdict=predicate.verdict)
        assert empty.shape == (0, 3)
        assert empty.dtypes == [pl.Boolean, pl.Boolean, pl.String]


def _nothing_known(name: str) -> Range:
    if FACTS[name].kind == "number":
        return worlds.number_range(None, None, 1.0 if FACTS[name].whole else 0.25)
    return Range(None, None, ())


def _some_value(name: str) -> Range:
    value = {"number": 1.0, "boolean": True, "ordered": 1, "category": "core"}[FACTS[name].kind]
    return Range(value, value, (value,))
