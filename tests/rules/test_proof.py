"""Proofs about conditions: examples that meet them, and the certainty that there are none."""

from itertools import product

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from becalm.rules import Fact, FactSet, compile_predicate

pytest.importorskip("z3", reason="z3-solver (extra check) is not installed")
from becalm.rules.proof import Law, Prover

FACTS = FactSet(
    [
        Fact("crs", "boolean", "An episode."),
        Fact("fio2", "number", "Oxygen.", unit="%"),
        Fact("drugs", "number", "A count.", unit="1", whole=True),
        Fact("more", "number", "A count.", whole=True),
        Fact("support", "ordered", "Support.", levels=("none", "low", "high")),
        Fact("disease", "category", "A disease."),
        Fact("sex", "category", "A sex.", levels=("female", "male")),
        Fact("score", "number", "A score.", whole=True, usual=10),
        Fact("level", "ordered", "A level.", levels=("asleep", "alert"), usual="alert"),
    ]
)


def rule(text):
    return compile_predicate(text, FACTS)


def prover(*texts, laws=()):
    rules = [rule(text) for text in texts]
    made = Prover(rules, [Law(f"law {law}", rule(law)) for law in laws])
    return made, [one.tree for one in rules]


def example(*texts, false=(), laws=()):
    made, nodes = prover(*texts, *false, laws=laws)
    found = made.example(nodes[: len(texts)], nodes[len(texts) :])
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["crs"], "crs yes"),
        (["NOT crs"], "crs no"),
        (["fio2 > 40"], "fio2 41 %"),
        (["fio2 >= 40"], "fio2 40 %"),
        (["fio2 > 40 AND fio2 < 41"], "fio2 40.5 %"),
        (["drugs > 2 AND drugs < 4"], "drugs 3"),
        (["support >= 'low'"], "support low"),
        (["support <> 'none' AND support <> 'low'"], "support high"),
        (["disease = 'ALL'"], "disease ALL"),
        (["disease <> 'ALL'"], "disease another"),
        (["sex <> 'female'"], "sex male"),
        (["score < 11"], "score 10"),
        (["level >= 'asleep'"], "level alert"),
        (["level < 'alert'"], "level asleep"),
        (["drugs + more = 3", "drugs - more = 1"], "drugs 2, more 1"),
        (["crs OR fio2 > 40", "NOT crs"], "crs no, fio2 41 %"),
        (["2 * fio2 > 0.2", "fio2 <= 0.1"], None),
        (["2 * fio2 >= 0.2", "fio2 <= 0.1"], "fio2 0.1 %"),
        (["drugs > 2", "drugs < 3"], None),
        (["fio2 > 2", "fio2 < 3"], "fio2 2.5 %"),
        (["2 * drugs = 3"], None),
        (["2 * drugs + 2 * more = 3"], None),
        (["support > 'high'"], None),
        (["sex <> 'female'", "sex <> 'male'"], None),
        (["disease = 'ALL'", "disease = 'CLL'"], None),
        (["FALSE"], None),
    ],
)
def test_an_example_is_as_plain_as_can_be_or_there_is_none(texts, said):
    assert example(*texts) == said


def test_an_example_meets_what_it_shall_and_none_of_what_it_shall_not():
    assert example("crs", false=["fio2 < 40"]) == "crs yes, fio2 40 %"
    assert example("drugs >= 2", false=["drugs >= 1"]) is None


def test_examples_keep_the_laws_and_the_laws_that_forbid_are_named():
    laws = ["fio2 BETWEEN 21 AND 100", "crs OR drugs = 0"]
    assert example("fio2 < 40", laws=laws) == "fio2 21 %"
    assert example("NOT crs AND drugs >= 1", laws=laws) is None
    made, nodes = prover("NOT crs AND drugs >= 1", "fio2 > 200", "drugs > 0 AND drugs < 1", "crs", laws=laws)
    assert [[law.says for law in made.broken_laws([node])] for node in nodes] == [
        ["law crs OR drugs = 0"], ["law fio2 BETWEEN 21 AND 100"], [], [],
    ]  # fmt: skip
    assert made.example([nodes[1]], lawful=False) is not None


def dip(fact, first, last, *others):
    made, nodes = prover(first, last, *others)
    return made.dip(FACTS[fact], nodes[0], nodes[1], nodes)


@pytest.mark.parametrize(
    ("fact", "first", "last", "value"),
    [
        ("fio2", "crs AND fio2 < 40", "crs AND fio2 > 40", "40 %"),
        ("fio2", "fio2 > 40", "fio2 < 40", "40 %"),
        ("fio2", "fio2 <= 40", "fio2 > 40", None),
        ("fio2", "fio2 < 40", "fio2 >= 40.5", "40 %"),
        ("drugs", "drugs < 2", "drugs > 1", None),
        ("drugs", "drugs < 2", "drugs > 2", "2"),
        ("support", "support = 'none'", "support = 'high'", "low"),
        ("support", "support <= 'low'", "support = 'high'", None),
        ("fio2", "crs AND fio2 < 40", "NOT crs AND fio2 > 40", None),
        ("fio2", "fio2 < 40 AND drugs >= 1", "fio2 > 40 AND drugs <= 1", "40 %"),
        ("fio2", "fio2 < 40 AND drugs > 1", "fio2 > 40 AND drugs <= 1", None),
        ("drugs", "drugs + more < 2", "drugs + more > 2", "2"),
    ],
)
def test_a_value_between_two_conditions_that_meets_none_is_found(fact, first, last, value):
    found = dip(fact, first, last)
    assert (found.example.values[fact] if found else None) == value


def test_a_third_condition_closes_the_gap():
    assert dip("fio2", "fio2 < 40", "fio2 > 40", "fio2 = 40") is None
    found = dip("fio2", "fio2 < 40", "fio2 > 40", "fio2 = 40 AND crs")
    assert found.example.values["crs"] == "no"
    assert (found.before, found.after) == ("39 %", "41 %")


SMALL = FactSet(
    [
        Fact("a", "boolean", "A."),
        Fact("n", "number", "N.", whole=True),
        Fact("m", "number", "M.", whole=True),
        Fact("o", "ordered", "O.", levels=("none", "low", "high")),
        Fact("c", "category", "C.", levels=("x", "y")),
    ]
)
VALUES = {"a": (False, True), "n": (0, 1, 2, 3), "m": (0, 1, 2, 3), "o": (0, 1, 2), "c": ("x", "y")}
ATOMS = st.sampled_from(
    ["a", "a = FALSE", "n > 1", "n = 2", "n BETWEEN 1 AND 2", "m < 2", "n + m >= 4", "2 * n - m = 1",
     "n <> m", "o >= 'low'", "o <> 'low'", "c = 'x'", "c <> 'x'"]
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=6,
)
WORLDS = pl.DataFrame(
    [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
).select(pl.col(name).alias(f"{name}_{end}") for name in VALUES for end in ("lo", "hi"))
WITHIN = "n BETWEEN 0 AND 3 AND m BETWEEN 0 AND 3"


@given(CONDITIONS, CONDITIONS)
def test_there_is_an_example_just_where_the_engine_finds_one(true, false):
    yes, no = (compile_predicate(text, SMALL) for text in (true, false))
    made = Prover([yes, no], [Law("small", compile_predicate(WITHIN, SMALL))])
    found = made.example([yes.tree], [no.tree])
    rows = WORLDS.filter(yes.must & ~no.may)
    assert (found is not None) == (rows.height > 0)


@given(CONDITIONS)
def test_an_example_is_one_for_the_engine_too(text):
    condition = compile_predicate(text, SMALL)
    found = Prover([condition], [Law("small", compile_predicate(WITHIN, SMALL))]).example([condition.tree])
    assume(found is not None)
    assert found is not None
    row: dict[str, object] = {}
    for name, said in found.values.items():
        fact = SMALL[name]
        row |= dict.fromkeys((fact.lo, fact.hi), value_of(fact, said))
    assert condition.explain(row).verdict == "yes"


def value_of(fact, said):
    """A value from its word."""
    match fact.kind:
        case "boolean":
            return said == "yes"
        case "number":
            return float(said)
        case "ordered":
            return fact.levels.index(said)
    return said
