"""What cannot be used is never read as not given, and a drug that is only mentioned is not given."""

from __future__ import annotations

import polars as pl
import pytest

from becalm import grade, read_tables
from becalm.sources.coded.statements import UNKNOWN

from .said import batch, own, table

SIGNS = [
    {"codes": [f"LOINC|{code}"], "start": "2024-03-03T08:00:00", "value": value, "unit": unit}
    for code, value, unit in (("8310-5", "39", "Cel"), ("8480-6", "120", "mm[Hg]"), ("59408-5", "97", "%"))
]
SIGNS.append({"codes": ["LOINC|29463-7"], "start": "2024-03-05T08:00:00", "value": "60", "unit": "kg"})
ELSEWHERE = [
    {"patient_id": "q", "domain": "drug", "text": "norepinephrine", "start": "2024-03-01T00:00:00"},
    {"patient_id": "q", "domain": "device", "text": "nasal cannula", "start": "2024-03-01T00:00:00"},
    {"patient_id": "q", "domain": "drug", "text": "Yescarta", "start": "2024-03-01T00:00:00"},
]
"""Another patient, through whom both classes count as covered."""


def graded(*rows, **options):
    cohort = read_tables(batch(*SIGNS, *ELSEWHERE, *rows, **options).tables)
    row = grade(cohort, at=[2.5]).filter(patient_id="p")
    return row.select("grade_min", "grade_max").row(0)


def test_a_treatment_that_cannot_be_used_leaves_its_class_unknown():
    drug = {"domain": "drug", "text": "norepinephrine", "doubt": "It ends before it starts."}
    assert graded() == (1, 1)
    assert graded(drug)[1] == 4
    found = batch(drug)
    assert found.reasons.select("outcome", "reason").rows() == [("refused", "It ends before it starts.")]


@pytest.mark.parametrize("name", ["HHFNC 40L/60%", "NIV mask ICU"])
def test_a_device_whose_words_speak_of_oxygen_leaves_oxygen_unknown(name):
    assert graded({"domain": "device", "text": name, "start": "2024-03-03T09:00:00"})[1] == 4


def test_a_charted_device_that_is_not_known_leaves_oxygen_unknown():
    mine = own(code=[{"system": "x", "code": "device", "support": "device"}])
    charted = {"codes": ["x|device"], "start": "2024-03-03T09:00:00", "value": "Cloud"}
    assert graded(charted, with_lookup=mine)[1] == 4


def test_an_intubation_begins_a_ventilation_that_does_not_end_with_the_procedure():
    tube = {"domain": "procedure", "codes": ["SNOMED|112798008"]}
    tube |= {"start": "2024-03-03T09:00:00", "end": "2024-03-03T09:15:00"}
    assert graded(tube) == (4, 4)


@pytest.mark.parametrize(
    "text",
    [
        "Losartan 50 mg tablet (angiotensin II receptor blocker)",
        "ANGIOTENSIN II RECEPTOR BLOCKER",
        "Venlafaxine (serotonin-norepinephrine reuptake inhibitor)",
        "Lidocaine 1% with epinephrine 1:100,000",
        "dopamine antagonist (metoclopramide)",
        "Hold norepinephrine",
        "No dexamethasone",
        "Infliximab level",
        "PLACEBO FOR TOCILIZUMAB",
    ],
)
def test_a_drug_that_is_only_mentioned_is_not_given(text):
    found = batch({"domain": "drug", "text": text, "start": "2024-03-03T09:00:00"})
    assert found.reasons["reason"].to_list() == [UNKNOWN]


@pytest.mark.parametrize(
    ("name", "route", "expected"),
    [
        ("Hydrocortisone Cream 1%", "TP", "topical"),
        ("Hydrocortisone Cream 1%", "something new", "topical"),
        ("Dexamethasone eye drops", None, "ophthalmic"),
        ("Hydrocortisone", "Intravenous", "iv"),
    ],
)
def test_a_route_that_is_not_known_is_told_by_the_form(name, route, expected):
    drug = {"domain": "drug", "text": name, "route": route, "start": "2024-03-03T09:00:00"}
    (row,) = table("exposures", drug)
    assert route_of(row) == expected


def route_of(row):
    frame = pl.DataFrame([row | {"patient_id": "p", "start_time": None, "start_day": "1"}])
    return read_tables({"exposures": frame}).exposures["route"].item()


def test_a_laboratory_code_that_is_not_mapped_is_not_found_by_its_name():
    venous = {"codes": ["LOINC|2711-0"], "text": "Oxygen saturation", "value": "65", "unit": "%"}
    assert batch(venous).reasons["reason"].to_list() == [UNKNOWN]


def test_a_mapping_may_name_a_system_as_the_source_does():
    mine = own(code=[{"system": "http://loinc.org", "code": "8310-5", "ignore": "our probe is broken"}])
    found = mine.find("measurement", ["LOINC|8310-5"], None)
    assert found is not None
    assert found.meaning.target == "ignore"
