"""What is named as missing: never nothing, never the wrong thing."""

from __future__ import annotations

import polars as pl
import pytest

from becalm import Cohort, InputError, grade, read_tables
from becalm.synthetic import Settings, generate
from tests.scales.febrile import febrile


def test_an_undecided_grade_always_names_what_would_settle_it() -> None:
    frame = grade(read_tables(generate(40, seed=5).tables))
    undecided = frame.filter(pl.col("grade_min") < pl.col("grade_max"))
    assert undecided.height > 100
    assert undecided.filter(pl.col("missing") == "").is_empty()


def test_the_same_where_nothing_is_covered() -> None:
    tables = generate(40, seed=6, settings=Settings()).tables
    bare = {name: tables[name] for name in ("patients", "observations")}
    frame = grade(read_tables(bare))
    undecided = frame.filter(pl.col("grade_min") < pl.col("grade_max"))
    assert undecided.height > 100
    assert undecided.filter(pl.col("missing") == "").is_empty()
    assert undecided["missing"].str.contains("vasopressor record").any()


def needs(cohort: Cohort, day: float) -> list[str]:
    return str(grade(cohort, at=[day])["missing"][0]).split("; ")


def test_two_classes_not_covered_are_both_named() -> None:
    assert needs(febrile(uncovered=("vasopressor", "oxygen")), 3.6) == ["vasopressor record", "oxygen record"]


def test_a_pressure_between_the_limits_of_two_ages_wants_the_age() -> None:
    cohort = febrile(age=None, observations=[("3.55", "sbp", "85", "mm[Hg]")])
    assert needs(cohort, 3.6) == ["the patient's age"]
    for age, wanted in (("50", 2), ("3", 1)):
        told = febrile(age=age, observations=[("3.55", "sbp", "85", "mm[Hg]")])
        assert grade(told, at=[3.6]).select("grade_min", "grade_max").row(0) == (wanted, wanted)


def test_a_course_in_doubt_names_the_row_behind_it() -> None:
    cohort = febrile(
        events=[{"day": "3", "event": "attribution", "axis": "fever", "cause": "infection"}],
    )
    assert "attribution of fever of day 3 without an hour" in needs(cohort, 4.1)[-1]


@pytest.mark.parametrize("day", [float("nan"), float("inf"), -1e300])
def test_a_day_that_is_none_is_refused(day: float) -> None:
    with pytest.raises(InputError, match="expected a number of days"):
        grade(febrile(), at=[day])
