"""Verdicts written out by hand: truth tables, limits, ranges, and the ways of writing a condition."""

from __future__ import annotations

import math
from itertools import product

import polars as pl
import pytest
from tests.rules.worlds import FACTS, LEVELS

from becalm.rules import Fact, FactSet, compile_predicate

BOOLEAN = {"yes": (True, True), "no": (False, False), "unknown": (None, None)}
NULL = None


def verdict(text: str, **ranges: object) -> str:
    """The verdict in one row; a fact is given as (lo, hi), or as the one value that it has."""
    columns = {}
    predicate = compile_predicate(text, FACTS)
    for fact in predicate.named:
        given = ranges.get(fact.name)
        lo, hi = given if isinstance(given, tuple) else (given, given)
        if fact.kind == "ordered":
            lo, hi = (LEVELS.index(level) if isinstance(level, str) else level for level in (lo, hi))
        dtype = {"number": pl.Float64, "boolean": pl.Boolean, "ordered": pl.Int8}.get(fact.kind, pl.String)
        columns[fact.lo], columns[fact.hi] = pl.Series([lo], dtype=dtype), pl.Series([hi], dtype=dtype)
    frame = pl.DataFrame(columns or {"other": [1]})
    answer = frame.select(predicate.verdict.alias("verdict")).item()
    assert predicate.explain(frame.row(0, named=True)).verdict == answer
    return str(answer)


@pytest.mark.parametrize(("a", "b"), list(product(BOOLEAN, BOOLEAN)))
def test_three_valued_truth_tables(a, b):
    facts = {"a": BOOLEAN[a], "b": BOOLEAN[b]}
    expected_and = "no" if "no" in (a, b) else "unknown" if "unknown" in (a, b) else "yes"
    expected_or = "yes" if "yes" in (a, b) else "unknown" if "unknown" in (a, b) else "no"
    assert verdict("a AND b", **facts) == expected_and
    assert verdict("a OR b", **facts) == expected_or
    swapped = {"yes": "no", "no": "yes", "unknown": "unknown"}
    assert verdict("NOT a", **facts) == swapped[a]
    assert verdict("NOT (a AND b)", **facts) == swapped[expected_and]
    assert verdict("NOT a AND NOT b", **facts) == swapped[expected_or]


@pytest.mark.parametrize(
    ("text", "lo", "hi", "expected"),
    [
        ("x >= 38", 38, 38, "yes"),
        ("x >= 38", 37.9, 38, "unknown"),
        ("x >= 38", 30, math.nextafter(38, -math.inf), "no"),
        ("x > 38", 38, 38, "no"),
        ("x > 38", 38, 39, "unknown"),
        ("x < 90", 90, 100, "no"),
        ("x < 90", 80, 90, "unknown"),
        ("x <= 90", 80, 90, "yes"),
        ("x = 4", 4, 4, "yes"),
        ("x = 4", 3, 5, "unknown"),
        ("x = 4", 5, 6, "no"),
        ("x <> 4", 5, 6, "yes"),
        ("x <> 4", 4, 4, "no"),
        ("x != 4", 4, 5, "unknown"),
        ("x IN (3, 4)", 3, 4, "unknown"),
        ("n IN (3, 4)", 3, 4, "yes"),
        ("n IN (3, 5)", 3, 5, "unknown"),
        ("n > 1 AND n < 2", NULL, NULL, "no"),
        ("n >= 1 OR n <= 0", NULL, NULL, "yes"),
        ("n = 2.5", NULL, NULL, "no"),
        ("n >= 2", 1.2, NULL, "yes"),
        ("x NOT IN (3, 4)", 5, NULL, "yes"),
        ("x BETWEEN 3 AND 5", 3, 5, "yes"),
        ("x BETWEEN 3 AND 5", 3, 5.5, "unknown"),
        ("x NOT BETWEEN 3 AND 5", 5.5, 6, "yes"),
        ("x >= 3", NULL, NULL, "unknown"),
        ("x >= 3", 3, NULL, "yes"),
        ("x >= 3", NULL, 2, "no"),
        ("x < 3 OR x >= 3", NULL, NULL, "yes"),
        ("x > 3 AND x < 2", NULL, NULL, "no"),
        ("x <> 3 OR x = 3", NULL, NULL, "yes"),
        ("NOT (x < 3) AND x < 3", NULL, NULL, "no"),
        ("x - x = 0", NULL, NULL, "yes"),
        ("x - x > 0", 1, 2, "no"),
        ("2 * x - x >= x", NULL, NULL, "yes"),
        ("x > 4", math.nan, math.nan, "unknown"),
        ("x > 4", 5, math.nan, "yes"),
        ("x > 4", math.nan, 4, "no"),
        ("x > 4", math.inf, math.inf, "unknown"),
        ("x > 4", 9, 5, "unknown"),
        ("x >= 0.3", 0.3, 0.3, "yes"),
        ("x >= 37.5 + 0.6", 38.1, 38.1, "yes"),
        ("x / 3 >= 0.1", 0.3, 0.3, "yes"),
        ("1 / 2 * x >= 1", 2, 2, "yes"),
        ("-x <= -3", 3, 4, "yes"),
        ("3 <= x", 3, 4, "yes"),
        ("x > 1e2", 100, 101, "unknown"),
        ("TRUE", NULL, NULL, "yes"),
        ("FALSE", NULL, NULL, "no"),
        ("TRUE AND x > 1", NULL, NULL, "unknown"),
        ("FALSE AND x > 1", NULL, NULL, "no"),
        ("TRUE OR x > 1", NULL, NULL, "yes"),
    ],
)
def test_numbers(text, lo, hi, expected):
    assert verdict(text, x=(lo, hi), n=(lo, hi)) == expected


@pytest.mark.parametrize(
    ("text", "x", "y", "expected"),
    [
        ("x >= 4 * y", (40, 50), (10, 10), "yes"),
        ("x >= 4 * y", (40, 50), (10, 11), "unknown"),
        ("x >= 4 * y", (30, 39), (10, 11), "no"),
        ("x > 1.83 * y", (18.3, 18.3), (10, 10), "no"),
        ("x >= 1.83 * y", (18.3, 18.3), (10, 10), "yes"),
        ("x <= y - 30", (60, 80), (110, 120), "yes"),
        ("x <= y - 30", (60, 81), (110, 120), "unknown"),
        ("x + y > 3", (1, NULL), (3, 4), "yes"),
        ("x + y > 3", (1, NULL), (NULL, 4), "unknown"),
        ("x = y", (1, 1), (1, 1), "yes"),
        ("x = y", (1, 2), (2, 3), "unknown"),
        ("x = y", (1, 2), (3, 4), "no"),
        ("x < y OR x >= y", (NULL, NULL), (NULL, NULL), "yes"),
        ("x < y OR 2 * x >= 2 * y", (NULL, NULL), (NULL, NULL), "yes"),
        ("x < y OR y <= x", (NULL, NULL), (NULL, NULL), "yes"),
        ("x BETWEEN y AND y + 2", (3, 4), (2, 3), "yes"),
        ("5 BETWEEN x AND y", (4, 5), (6, 7), "yes"),
        ("x - y IN (1, 2)", (3, 3), (2, 2), "yes"),
        ("x + y >= 1", (1e308, 1e308), (1e308, 1e308), "unknown"),
    ],
)
def test_sums(text, x, y, expected):
    assert verdict(text, x=x, y=y) == expected


@pytest.mark.parametrize(
    ("text", "oxygen", "expected"),
    [
        ("oxygen >= 'high_flow'", "high_flow", "yes"),
        ("oxygen >= 'high_flow'", ("low_flow", "high_flow"), "unknown"),
        ("oxygen >= 'high_flow'", ("none", "low_flow"), "no"),
        ("oxygen > 'high_flow'", ("high_flow", NULL), "unknown"),
        ("oxygen > 'low_flow'", ("high_flow", NULL), "yes"),
        ("'low_flow' <= oxygen", (NULL, "none"), "no"),
        ("oxygen = 'none'", (NULL, "none"), "yes"),
        ("oxygen <> 'none'", ("low_flow", NULL), "yes"),
        ("oxygen IN ('low_flow', 'high_flow')", ("low_flow", "high_flow"), "yes"),
        ("oxygen IN ('none', 'high_flow')", ("none", "high_flow"), "unknown"),
        ("oxygen IN ('none', 'positive_pressure')", ("low_flow", "high_flow"), "no"),
        ("oxygen BETWEEN 'low_flow' AND 'high_flow'", ("low_flow", "high_flow"), "yes"),
        ("oxygen >= 'none'", NULL, "yes"),
        ("oxygen > 'positive_pressure'", NULL, "no"),
        ("oxygen = 'none' OR oxygen > 'none'", NULL, "yes"),
        ("oxygen >= 'low_flow'", (9, 9), "unknown"),
        ("oxygen >= 'low_flow'", (-1, 0), "no"),
    ],
)
def test_ordered_facts(text, oxygen, expected):
    assert verdict(text, oxygen=oxygen) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("disease = 'ALL'", "ALL", "yes"),
        ("disease = 'ALL'", "all", "no"),
        ("disease = 'ALL'", NULL, "unknown"),
        ("disease = 'ALL'", ("ALL", "MM"), "unknown"),
        ("disease <> 'ALL'", "MM", "yes"),
        ("disease IN ('ALL', 'MM')", "MM", "yes"),
        ("disease NOT IN ('ALL', 'MM')", "MM", "no"),
        ("disease = 'ALL' OR disease <> 'ALL'", NULL, "yes"),
        ("disease = 'ALL' AND disease = 'MM'", NULL, "no"),
        ("disease <> 'ALL' AND disease <> 'MM'", "DLBCL", "yes"),
        ("disease <> 'ALL' OR disease <> 'MM'", NULL, "yes"),
        ("disease <> 'ALL' OR disease = 'MM'", "ALL", "no"),
        ("disease = 'it''s'", "it's", "yes"),
        ("site IN ('oral', 'axillary', 'core')", NULL, "yes"),
        ("site = 'oral' OR site <> 'core'", NULL, "unknown"),
        ("site <> 'oral' AND site <> 'core' AND site <> 'axillary'", NULL, "no"),
        ("site <> 'oral'", "not in the list", "unknown"),
    ],
)
def test_categories(text, value, expected):
    assert verdict(text, disease=value, site=value) == expected


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (True, True, "yes"),
        (False, False, "no"),
        (False, True, "unknown"),
        (NULL, NULL, "unknown"),
        (True, NULL, "yes"),
        (NULL, False, "no"),
        (True, False, "unknown"),
    ],
)
def test_booleans(lo, hi, expected):
    opposite = {"yes": "no", "no": "yes", "unknown": "unknown"}[expected]
    for text in ("a", "(a)", "a = TRUE", "TRUE = a", "a <> FALSE", "NOT NOT a", "a OR a"):
        assert verdict(text, a=(lo, hi)) == expected
    for text in ("NOT a", "a = FALSE", "a <> TRUE"):
        assert verdict(text, a=(lo, hi)) == opposite
    assert verdict("a OR NOT a", a=(lo, hi)) == "yes"


def test_precedence_is_that_of_sql():
    assert verdict("a OR b AND FALSE", a=True, b=True) == "yes"
    assert verdict("NOT a AND b", a=True, b=False) == "no"
    assert verdict("NOT x > 3", x=3) == "yes"
    assert verdict("x - 1 - 1 = 0", x=2) == "yes"
    assert verdict("x / 2 * 2 = 3", x=3) == "yes"
    assert verdict("x BETWEEN 1 AND 2 AND a", x=1, a=False) == "no"


def test_recurring_facts_in_different_branches_err_to_unknown():
    text = "(a AND x < 3) OR (NOT a AND x < 3)"
    assert verdict(text, a=NULL, x=1) == "unknown"
    assert verdict(text, a=NULL, x=4) == "no"
    assert verdict(text, a=True, x=1) == "yes"


def test_words_of_sql_in_any_case_and_names_as_declared():
    assert verdict("x between 1 And 2 oR nOt a", x=1, a=True) == "yes"


def test_facts_are_listed_once_in_the_order_of_the_text():
    predicate = compile_predicate("y > 1 AND (a OR x < y) AND oxygen = 'none'", FACTS)
    assert predicate.facts == ("y", "a", "x", "oxygen")
    assert predicate.columns[:4] == ("y_lo", "y_hi", "a_lo", "a_hi")
    assert predicate.text == "y > 1 AND (a OR x < y) AND oxygen = 'none'"


def test_integer_columns_serve_as_numbers():
    predicate = compile_predicate("x >= 2", FACTS)
    frame = pl.DataFrame({"x_lo": [1, 2, None], "x_hi": [1, 2, 3]}, schema_overrides={"x_lo": pl.Int8})
    assert frame.select(predicate.verdict.alias("v"))["v"].to_list() == ["no", "yes", "unknown"]


def test_names_that_sql_also_knows():
    facts = FactSet([Fact(name, "number", "a number") for name in ("map", "time", "value", "day", "range")])
    for name in facts:
        frame = pl.DataFrame({f"{name}_lo": [65.0], f"{name}_hi": [65.0]})
        assert frame.select(compile_predicate(f"{name} >= 65", facts).verdict.alias("v")).item() == "yes"
