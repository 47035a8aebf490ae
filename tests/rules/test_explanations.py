"""Explanations: the verdict of the frame, the atoms that made it, and what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules import worlds
from tests.rules.worlds import FACTS, Range

from becalm.record.errors import WorkError
from becalm.rules import Explanation, compile_predicate


def explain(text: str, **ranges: tuple[object, object]) -> Explanation:
    row: dict[str, object] = {column: None for fact in FACTS.values() for column in (fact.lo, fact.hi)}
    for name, (lo, hi) in ranges.items():
        row[FACTS[name].lo], row[FACTS[name].hi] = lo, hi
    return compile_predicate(text, FACTS).explain(row)


def deciding(explanation: Explanation) -> list[str]:
    return [atom.text for atom in explanation.deciding]


YES, NO = (True, True), (False, False)


@pytest.mark.parametrize(
    ("text", "ranges", "verdict", "atoms", "missing"),
    [
        ("a AND x > 3", {"a": NO}, "no", ["a"], ()),
        ("a AND x > 3", {"a": NO, "x": (1, 1)}, "no", ["a", "x > 3"], ()),
        ("a AND x > 3", {"a": YES, "x": (4, 5)}, "yes", ["a", "x > 3"], ()),
        ("a AND x > 3", {"a": YES}, "unknown", ["x > 3"], ("x",)),
        ("a AND x > 3", {}, "unknown", ["a", "x > 3"], ("a", "x")),
        ("a OR x > 3", {"a": YES}, "yes", ["a"], ()),
        ("a OR x > 3", {"a": NO}, "unknown", ["x > 3"], ("x",)),
        ("a OR x > 3", {"a": NO, "x": (1, 2)}, "no", ["a", "x > 3"], ()),
        ("NOT (a AND x > 3)", {"a": NO}, "yes", ["NOT a"], ()),
        ("a OR (b AND x > 3)", {"a": NO, "b": NO}, "no", ["a", "b"], ()),
        ("a OR (b AND x > 3)", {"b": NO}, "unknown", ["a"], ("a",)),
        ("a AND (b OR x > 3)", {"a": YES, "b": YES}, "yes", ["a", "b"], ()),
        ("x >= 4 * y", {"x": (8, 8)}, "unknown", ["x >= 4 * y"], ("y",)),
        ("x >= 4 * y", {"y": (1, 3)}, "unknown", ["x >= 4 * y"], ("x", "y")),
        ("x > 1 AND a AND x < 3", {"a": YES, "x": (2, 4)}, "unknown", ["x > 1 AND x < 3"], ("x",)),
        ("(x > 1 AND x < 3) OR x = 7", {"x": (4, 6)}, "no", ["(x > 1 AND x < 3) OR x = 7"], ()),
        ("NOT (x > 1 AND x < 3)", {"x": (4, 6)}, "yes", ["NOT (x > 1 AND x < 3)"], ()),
        ("x NOT BETWEEN 1 AND 3", {"x": (4, 6)}, "yes", ["NOT x BETWEEN 1 AND 3"], ()),
        ("x < 3 OR x >= 3", {}, "yes", ["x < 3 OR x >= 3"], ()),
        ("TRUE", {}, "yes", ["TRUE"], ()),
        ("FALSE AND a", {}, "no", ["FALSE"], ()),
    ],
)
def test_what_decided_and_what_is_missing(text, ranges, verdict, atoms, missing):
    explanation = explain(text, **ranges)
    assert explanation.verdict == verdict
    assert deciding(explanation) == atoms
    assert explanation.missing == missing


def test_all_atoms_are_there_with_their_ranges():
    ranges = {"oxygen": (1, 2), "x": (3.5, None), "a": (False, None)}
    explanation = explain("oxygen >= 'high_flow' AND x > 3 AND a", **ranges)
    assert [(atom.text, atom.verdict, atom.facts) for atom in explanation.atoms] == [
        ("oxygen >= 'high_flow'", "unknown", ("oxygen",)),
        ("x > 3", "yes", ("x",)),
        ("a", "unknown", ("a",)),
    ]
    oxygen, x, a = (atom.ranges[0] for atom in explanation.atoms)
    assert (oxygen.lo, oxygen.hi, oxygen.known) == ("low_flow", "high_flow", False)
    assert (x.lo, x.hi, x.known) == (3.5, None, False)
    assert (a.lo, a.hi, a.known) == (None, None, False)


@pytest.mark.parametrize(
    ("fact", "bounds", "shown"),
    [
        ("x", (38.5, 38.5), "x is 38.5 mg/L"),
        ("x", (38, 39.25), "x is between 38 and 39.25 mg/L"),
        ("x", (38, None), "x is at least 38 mg/L"),
        ("x", (None, 38), "x is at most 38 mg/L"),
        ("x", (None, None), "x is not known"),
        ("x", (float("nan"), float("inf")), "x is not known"),
        ("x", (9, 1), "x is not known"),
        ("n", (1.5, 2.5), "n is 2"),
        ("a", (True, True), "a is true"),
        ("a", (None, False), "a is false"),
        ("a", (False, True), "a is not known"),
        ("oxygen", (0, 1), "oxygen is between none and low_flow"),
        ("oxygen", (None, 0), "oxygen is none"),
        ("oxygen", (2, None), "oxygen is between high_flow and positive_pressure"),
        ("oxygen", (None, None), "oxygen is not known"),
        ("disease", ("ALL", "ALL"), "disease is ALL"),
        ("disease", ("ALL", "MM"), "disease is not known"),
    ],
)
def test_ranges_in_words(fact, bounds, shown):
    condition = {"number": f"{fact} > 1", "boolean": fact, "ordered": f"{fact} > 'none'"}
    text = condition.get(FACTS[fact].kind, f"{fact} = 'ALL'")
    assert str(explain(text, **{fact: bounds}).atoms[0].ranges[0]) == shown


def test_an_explanation_reads_as_a_line():
    explanation = explain("a AND x >= 38 AND n < 2", a=YES, x=(37, 39), n=(1, 1))
    line = "unknown: x >= 38: unknown (x is between 37 and 39 mg/L); it would be decided by x"
    assert str(explanation) == line


def test_a_missing_column_is_named():
    predicate = compile_predicate("x > 1 AND a", FACTS)
    with pytest.raises(WorkError, match=r"lacks a_hi, x_lo\."):
        predicate.explain({"x_hi": 1.0, "a_lo": True})
    with pytest.raises(WorkError, match=r"lacks x_hi\."):
        predicate.explain_rows(worlds.frame([]).drop("x_hi"))


@given(worlds.anything(), st.lists(worlds.rows(), min_size=1, max_size=4))
def test_the_same_verdict_as_the_frame(expression, rows):
    predicate = compile_predicate(expression.sql, FACTS)
    frame = worlds.frame(rows)
    explanations = predicate.explain_rows(frame)
    verdicts = frame.select(v=predicate.verdict)["v"].to_list()
    assert [explanation.verdict for explanation in explanations] == verdicts
    assert explanations == [predicate.explain(row) for row in frame.iter_rows(named=True)]
    for explanation in explanations:
        assert explanation.deciding
        assert {atom.verdict for atom in explanation.deciding} == {explanation.verdict}
        assert set(explanation.missing) <= set(predicate.facts)
        assert bool(explanation.missing) == (explanation.verdict == "unknown")


@given(worlds.anything(), worlds.rows(), st.data())
def test_knowing_what_is_missing_decides(expression, row, data):
    predicate = compile_predicate(expression.sql, FACTS)
    explanation = explained(predicate, row)
    known = row | {name: data.draw(value_in(row[name])) for name in explanation.missing}
    assert explained(predicate, known).verdict != "unknown"


@given(worlds.once(), worlds.rows(), st.data())
def test_knowing_everything_else_does_not_decide(expression, row, data):
    predicate = compile_predicate(expression.sql, FACTS)
    explanation = explained(predicate, row)
    others = {name: data.draw(value_in(row[name])) for name in FACTS if name not in explanation.missing}
    after = explained(predicate, row | others)
    assert (after.verdict, after.missing) == (explanation.verdict, explanation.missing)


@given(worlds.once(), worlds.rows())
def test_the_deciding_atoms_alone_make_the_verdict(expression, row):
    predicate = compile_predicate(expression.sql, FACTS)
    explanation = explained(predicate, row)
    speaking = {name for atom in explanation.deciding for name in atom.facts}
    silent = {name: Range(None, None, ()) for name in FACTS if name not in speaking}
    assert explained(predicate, row | silent).verdict == explanation.verdict


def explained(predicate, row):
    return predicate.explain_rows(worlds.frame([row]))[0]


def value_in(known: Range) -> st.SearchStrategy[Range]:
    return st.sampled_from(known.values).map(lambda value: Range(value, value, (value,)))
