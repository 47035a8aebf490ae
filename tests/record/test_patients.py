"""Patients: one row a patient, plausible cells, every id of the record."""

import polars as pl
import pytest

from becalm.sources import read_tables
from tests.record.building import counts, happened, patients, refusals


def read(*rows):
    return read_tables({"patients": patients(*rows)})


def test_typed_cells():
    cells = {
        "age_years": "4.5",
        "sex": "F",
        "weight_kg": "17",
        "disease_pattern": "Compartmental",
        "home_cpap": "yes",
        "baseline_sbp": "85",
        "followup_day": "400",
        "blasts_percent": "5",
        "tumour_diameter_cm": "3.2",
        "product": "x",
    }
    row = read(cells).patients.row(0, named=True)
    assert {name: row[name] for name in cells} == {
        "age_years": 4.5,
        "sex": "female",
        "weight_kg": 17.0,
        "disease_pattern": "compartmental",
        "home_cpap": True,
        "baseline_sbp": 85.0,
        "followup_day": 400.0,
        "blasts_percent": 5.0,
        "tumour_diameter_cm": 3.2,
        "product": "x",
    }


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("age_years", "-1"),
        ("age_years", "131"),
        ("age_years", "NaN"),
        ("age_years", "four"),
        ("weight_kg", "0"),
        ("weight_kg", "70000"),
        ("blasts_percent", "101"),
        ("baseline_sbp", "12,5"),
        ("sex", "purple"),
        ("disease_pattern", "both"),
        ("home_cpap", "sometimes"),
        ("infusion_time", "yesterday"),
    ],
)
def test_an_impossible_cell_is_refused_and_blank_and_the_patient_stays(column, text):
    cohort = read({column: text})
    assert cohort.patients.height == 1
    assert column == "infusion_time" or cohort.patients[column].to_list() == [None]
    assert refusals(cohort) == [(1, column, text)]


def test_home_cpap_may_be_unknown():
    assert read({"home_cpap": None}).patients["home_cpap"].to_list() == [None]
    assert read({"home_cpap": "0"}).patients["home_cpap"].to_list() == [False]


def test_an_identical_row_is_set_aside_and_a_different_one_refused():
    cohort = read({"age_years": "5"}, {"age_years": "5"}, {"age_years": "6"})
    assert counts(cohort.report) == (3, 1, 1, 1)
    assert cohort.patients["age_years"].to_list() == [5.0]
    assert refusals(cohort) == [(3, "patient_id", "p")]


def test_every_id_of_every_table_is_a_patient():
    tables = {
        "coverage": pl.DataFrame({"class": ["death"], "patient_id": ["a"]}),
        "patients": patients({"age_years": "5"}),
    }
    cohort = happened({"patient_id": "z"}, {"patient_id": "m", "event": "unheard_of"}, **tables)
    assert cohort.patients["patient_id"].to_list() == ["a", "m", "p", "z"]


def test_a_row_without_a_patient_is_refused():
    assert refusals(read({"patient_id": " ", "age_years": "5"})) == [(1, "patient_id", "")]
