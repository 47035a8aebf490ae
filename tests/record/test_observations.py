"""Observations: values become ranges in canonical units; what cannot be read is refused with its reason."""

import math

import pytest

from becalm.record import vocabulary
from tests.record.building import counts, observed, refusals


def one(**cells):
    """(lo, hi, unit, refused) of one observation, None where it is not in the record."""
    frame = observed(cells).observations
    return frame.select("lo", "hi", "unit", "refused").row(0) if frame.height else None


def test_a_plain_value():
    assert one() == (38.5, 38.5, "Cel", False)


def test_fahrenheit_meets_the_fever_limit_exactly():
    assert one(value="100.4", unit="[degF]") == (38.0, 38.0, "Cel", False)
    assert one(value="100.3", unit="[degF]")[1] < 38.0


@pytest.mark.parametrize(
    ("sign", "lo", "hi"),
    [
        ("<", 25.0, math.nextafter(38.0, 0)),
        ("<=", 25.0, 38.0),
        ("≤", 25.0, 38.0),
        (">", math.nextafter(38.0, 100), 45.0),
        (">=", 38.0, 45.0),
        ("≥", 38.0, 45.0),
        ("=", 38.0, 38.0),
    ],
)
@pytest.mark.parametrize(("value", "unit"), [("38", "Cel"), ("100.4", "[degF]")])
def test_a_comparator_opens_the_range_to_the_plausible_limit(sign, lo, hi, value, unit):
    assert one(value=value, unit=unit, comparator=sign) == (lo, hi, "Cel", False)


def test_the_comparator_is_stored_in_one_spelling():
    frame = observed({"comparator": "≥"}, {"comparator": "="}, {"comparator": None}).observations
    assert sorted(frame["comparator"].to_list(), key=str) == [">=", None, None]


def test_a_value_high_is_a_range():
    assert one(value="37.8", value_high="38.2") == (37.8, 38.2, "Cel", False)
    assert one(value="100.4", value_high="104", unit="[degF]") == (38.0, 40.0, "Cel", False)
    assert one(value="38", value_high="38") == (38.0, 38.0, "Cel", False)


@pytest.mark.parametrize(
    "cells",
    [
        {"value": "101.3"},
        {"value": "3.85"},
        {"value": "38", "value_high": "101.3"},
        {"value": "46", "comparator": ">"},
        {"unit": None},
        {"unit": "K"},
        {"unit": "degrees"},
    ],
)
def test_an_implausible_value_or_unknown_unit_is_refused_and_stays_as_its_plausible_range(cells):
    cohort = observed(cells)
    assert counts(cohort.report) == (1, 0, 0, 1)
    assert cohort.observations.select("lo", "hi", "refused").row(0) == (25.0, 45.0, True)


def test_the_likely_cause_of_fahrenheit_is_named():
    row = observed({"value": "101.3"}).report.refusals.row(0, named=True)
    assert row["given"] == "101.3 Cel"
    assert row["column"] == "value"
    assert "25 and 45 Cel" in row["expected"]
    assert "Fahrenheit" in row["next_step"]


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        ({"concept": "spo2", "value": "0.97", "unit": "%"}, "1"),
        ({"concept": "creatinine", "value": "88", "unit": "mg/dL"}, "umol/L"),
        ({"concept": "hemoglobin", "value": "120", "unit": "g/dL"}, "g/L"),
        ({"concept": "platelets", "value": "150000", "unit": "10*9/L"}, "/uL"),
    ],
)
def test_the_likely_unit_is_named(cells, unit):
    assert f"unit were {unit}" in observed(cells).report.refusals["next_step"][0]


def test_an_unknown_unit_is_answered_with_the_accepted_ones():
    expected = observed({"unit": "furlong"}).report.refusals["expected"][0]
    assert all(unit in expected for unit in ("Cel", "[degF]"))


@pytest.mark.parametrize(
    ("value", "expected", "step"),
    [
        ("38,5", "decimal point", "38.5, not 38,5"),
        ("NaN", "finite", "leave the row out"),
        ("inf", "finite", "leave the row out"),
        ("-Infinity", "finite", "leave the row out"),
        ("1e999", "finite", "leave the row out"),
        ("n/a", "a number", "leave the row out"),
        ("high", "a number", "leave the row out"),
        ("<37", "a number", "comparator"),
        ("37-38", "a number", "value_high"),
        ("1_000", "a number", "number alone"),
        ("0x1F", "a number", "number alone"),
        ("٣٨", "a number", "number alone"),
        ("38.5 C", "a number", "number alone"),
        (None, "a number", "leave the row out"),
    ],
)
def test_a_value_that_is_no_number_is_refused_and_not_kept(value, expected, step):
    cohort = observed({"value": value})
    assert cohort.observations.height == 0
    assert counts(cohort.report) == (1, 0, 0, 1)
    row = cohort.report.refusals.row(0, named=True)
    assert (row["column"], row["given"]) == ("value", value or "")
    assert expected in row["expected"]
    assert step in row["next_step"]


@pytest.mark.parametrize("text", ["38.5", "+38.5", "38.50", "3.85e1", " 38.5 ", ".385e2", "385e-1"])
def test_every_way_to_write_a_number(text):
    assert one(value=text) == (38.5, 38.5, "Cel", False)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"value_high": "37"}, "value_high"),
        ({"value_high": "high"}, "value_high"),
        ({"value_high": "40", "comparator": "<"}, "comparator"),
        ({"comparator": "~"}, "comparator"),
        ({"patient_id": None}, "patient_id"),
        ({"concept": None}, "concept"),
    ],
)
def test_a_row_that_contradicts_itself_or_lacks_its_subject_is_refused(cells, column):
    cohort = observed(cells)
    assert cohort.observations.height == 0
    assert [refused for _, refused, _ in refusals(cohort)] == [column]


def test_below_the_lowest_possible_value_is_refused():
    cohort = observed({"concept": "il6", "value": "0", "unit": "pg/mL", "comparator": "<"})
    assert cohort.report.refused == 1
    assert cohort.observations["hi"].item() == vocabulary().concepts["il6"].plausible_max


def test_an_unknown_concept_is_set_aside_with_a_suggestion():
    cohort = observed({"concept": "ferritine"}, {"concept": "lactate"}, {})
    assert counts(cohort.report) == (3, 1, 2, 0)
    reasons = cohort.report.set_aside.sort("row")["reason"].to_list()
    assert "Did you mean ferritin?" in reasons[0]
    assert "lactate" in reasons[1]


def test_an_exact_copy_is_set_aside():
    cohort = observed({}, {}, {"value": "38.6"}, {})
    assert counts(cohort.report) == (4, 2, 2, 0)
    assert cohort.report.set_aside["row"].to_list() == [2, 4]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("alert", 0),
        ("awakens spontaneously", 1),
        ("To voice", 2),
        ("tactile", 3),
        ("Unarousable", 4),
        ("coma", 4),
    ],
)
def test_consciousness_is_a_named_level(text, index):
    assert one(concept="consciousness", value=text, unit=None) == (index, index, "{level}", False)


def test_a_range_of_levels():
    assert one(concept="consciousness", value="voice", value_high="tactile", unit=None)[:2] == (2, 3)


@pytest.mark.parametrize("value", ["3", "drowsy", None])
def test_consciousness_is_no_number(value):
    cohort = observed({"concept": "consciousness", "value": value, "unit": None})
    assert cohort.observations.height == 0
    assert "awakens_to_voice" in cohort.report.refusals["expected"][0] or value is None


@pytest.mark.parametrize("unit", [None, "1", "{score}", "points"])
def test_a_score_needs_no_unit(unit):
    assert one(concept="ICE", value="7", unit=unit)[:2] == (7, 7)


@pytest.mark.parametrize("value", ["11", "-1", "7.5"])
def test_a_score_is_a_whole_number_in_its_range(value):
    cohort = observed({"concept": "ice", "value": value, "unit": None})
    assert cohort.observations.select("lo", "hi", "refused").row(0) == (0, 10, True)


def test_what_was_given_is_kept():
    frame = observed(
        {"value": "100.40", "unit": "°F", "site": "Axillary", "assay": "A1", "note": "by hand"}
    ).observations
    kept = frame.select("value_given", "unit_given", "site", "assay", "note").row(0)
    assert kept == ("100.40", "°F", "axillary", "A1", "by hand")


def test_a_patient_who_is_only_observed_is_a_patient():
    cohort = observed({"patient_id": " q "}, {"patient_id": "r", "value": "n/a"})
    assert cohort.patients["patient_id"].to_list() == ["q", "r"]
    assert cohort.patients["age_years"].to_list() == [None, None]
