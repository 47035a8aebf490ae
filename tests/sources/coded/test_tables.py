"""Statements of any source become the same rows of the folder format."""

from __future__ import annotations

from becalm.sources.coded.statements import UNKNOWN

from .said import batch, own, table

TEMPERATURE = {
    "codes": ["http://loinc.org|8310-5"],
    "start": "2024-03-03T04:00:00",
    "value": "39.10",
    "unit": "C",
}


def test_a_coded_reading_is_an_observation_with_its_code_and_its_unit():
    (row,) = table("observations", TEMPERATURE)
    assert row == {
        "time": "2024-03-03T04:00:00",
        "concept": "temperature",
        "value": "39.10",
        "unit": "Cel",
        "code": "8310-5",
        "code_system": "LOINC",
    }


def test_a_comparator_written_in_the_value_is_a_comparator():
    codes = {"codes": ["LOINC|26881-3"], "unit": "pg/mL"}
    rows = table(
        "observations", codes | {"value": "<5"}, codes | {"value": ">= 400.0"}, codes | {"value": "7"}
    )
    assert [(row.get("comparator"), row["value"]) for row in rows] == [
        ("<", "5"),
        (">=", "400.0"),
        (None, "7"),
    ]


def test_a_comparator_given_beside_the_value_stays():
    (row,) = table(
        "observations", {"codes": ["LOINC|26881-3"], "value": "5", "comparator": "<", "unit": "pg/mL"}
    )
    assert row["comparator"] == "<"


def test_interleukin_6_of_an_effusion_is_no_interleukin_6_of_the_blood():
    found = batch(
        {"codes": ["LOINC|49732-1"], "text": "IL-6 in body fluid", "value": "5000", "unit": "pg/mL"}
    )
    assert found.tables["observations"].is_empty()
    assert "body fluid" in found.reasons["reason"][0]


def test_what_has_no_value_is_set_aside_and_never_a_normal_value():
    found = batch(TEMPERATURE | {"value": None}, TEMPERATURE | {"value": " "})
    assert found.tables["observations"].is_empty()
    assert found.reasons.select("outcome", "reason", "count").rows() == [("set aside", "It has no value.", 2)]


def test_an_order_is_no_dose():
    found = batch(
        {"domain": "order", "codes": ["RxNorm|612865"], "text": "tocilizumab", "start": "2024-03-03"}
    )
    assert found.tables["exposures"].height == 1  # the infusion
    assert "intended, not what was given" in found.reasons["reason"][0]


def test_a_code_that_nothing_maps_is_counted_with_its_reason():
    found = batch({"codes": ["LOINC|8302-2"], "text": "Body height", "value": "170", "unit": "cm"})
    assert found.reasons.select("reason", "count", "example").rows() == [(UNKNOWN, 1, "Body height")]


def test_a_drug_without_a_known_code_is_found_by_its_name_and_marked():
    dose = {"domain": "drug", "codes": ["RxNorm|313782"], "text": "Acetaminophen 325 MG Oral Tablet"}
    found = batch(dose | {"start": "2024-03-03T08:00:00", "dose": "650", "dose_unit": "mg"})
    row = found.tables["exposures"].filter(name="acetaminophen").row(0, named=True)
    assert (row["kind"], row["route"], row["dose"], row["dose_unit"]) == ("drug", "po", "650", "mg")
    assert found.codes.filter(name="acetaminophen")["how"].to_list() == ["name"]


def test_a_record_read_twice_is_one_dose():
    dose = {"domain": "drug", "text": "tocilizumab", "start": "2024-03-03T08:00:00", "record": "MA/7"}
    found = batch(dose, dose | {"file": "other"}, dose | {"record": "MA/8"})
    assert found.tables["exposures"].filter(name="tocilizumab").height == 2
    assert found.reasons["reason"].to_list() == ["The same record was read again; the last one counts."]


def test_a_later_version_of_a_record_counts():
    dose = {"domain": "drug", "text": "tocilizumab", "record": "MA/7"}
    found = batch(dose | {"start": "2024-03-03T08:00:00"}, dose | {"start": "2024-03-03T08:10:00"})
    rows = found.tables["exposures"].filter(name="tocilizumab")
    assert rows["start_time"].to_list() == ["2024-03-03T08:10:00"]


def test_a_name_that_holds_two_drugs_is_not_guessed():
    text = "dopamine or norepinephrine per protocol"
    found = batch({"domain": "drug", "text": text, "start": "2024-03-03T08:00:00"})
    assert found.reasons["reason"].to_list() == [UNKNOWN]


def test_norepinephrine_is_not_epinephrine():
    (row,) = table(
        "exposures", {"domain": "drug", "text": "NORepinephrine 8 mg/250 mL", "start": "2024-03-03T08:00:00"}
    )
    assert row["name"] == "norepinephrine"


def test_units_of_doses_and_rates_are_in_the_words_of_the_units_code():
    drug = {
        "domain": "drug",
        "text": "vasopressin",
        "start": "2024-03-03T08:00:00",
        "end": "2024-03-03T09:00:00",
    }
    (row,) = table(
        "exposures", drug | {"rate": "2.4", "rate_unit": "units/hour", "dose": "2.4", "dose_unit": "units"}
    )
    assert (row["rate"], row["rate_unit"], row["dose_unit"]) == ("2.4", "U/h", "U")


def test_a_cream_is_not_systemic():
    (row,) = table(
        "exposures", {"domain": "drug", "text": "hydrocortisone 1 % topical cream", "start": "2024-03-03"}
    )
    assert row["route"] == "topical"


def test_the_route_of_the_source_goes_before_the_one_in_the_name():
    drug = {
        "domain": "drug",
        "text": "acetaminophen oral",
        "route": "Intravenous route",
        "start": "2024-03-03",
    }
    (row,) = table("exposures", drug)
    assert row["route"] == "iv"


def test_an_indication_that_the_vocabulary_does_not_know_is_kept_in_the_note():
    drug = {"domain": "drug", "text": "tocilizumab", "start": "2024-03-03T08:00:00"}
    rows = table(
        "exposures", drug | {"indication": "Cytokine release syndrome"}, drug | {"indication": "gout"}
    )
    assert rows[0]["indication"] == "crs"
    assert "indication" not in rows[1]
    assert "indication: gout" in rows[1]["note"]


def test_a_diagnosis_code_with_a_grade_is_a_recorded_grade():
    (row,) = table(
        "observations", {"domain": "condition", "codes": ["ICD-10-CM|D89.833"], "start": "2024-03-04"}
    )
    assert (row["concept"], row["value"], row["time"]) == ("crs_grade_recorded", "3", "2024-03-04")


def test_a_mapping_of_ones_own_goes_before_the_vocabulary():
    mine = own(code=[{"system": "LOINC", "code": "8310-5", "ignore": "our probe is broken"}])
    found = batch(TEMPERATURE | {"codes": ["LOINC|8310-5"]}, with_lookup=mine)
    assert found.reasons["reason"].to_list() == ["The mapping sets it aside: our probe is broken"]


def test_the_first_code_that_is_known_decides():
    codes = ["local|T1", "LOINC|8310-5", "LOINC|8480-6"]
    (row,) = table("observations", TEMPERATURE | {"codes": codes})
    assert (row["concept"], row["code"]) == ("temperature", "8310-5")


def test_a_dose_of_a_cell_product_is_the_infusion():
    events = batch().tables["events"]
    assert events.select("event", "time").rows() == [("infusion", "2024-03-01T10:00:00")]
    assert batch().tables["patients"]["infusion_time"].to_list() == ["2024-03-01T10:00:00"]
