"""Day zero of each patient, ages on it, and times of another zone."""

from __future__ import annotations

import polars as pl
import pytest

from becalm.record.errors import InputError
from becalm.sources import lookup_for, read_tables
from becalm.sources.coded.importing import UNPLACED, convert
from becalm.sources.coded.statements import persons

from .said import INFUSION, batch, own, said

READING = {"codes": ["LOINC|8310-5"], "start": "2024-03-03T04:00:00", "value": "39", "unit": "Cel"}
CELLS = INFUSION | {"start": "2024-03-05T09:00:00"}
BRIDGE = INFUSION | {"codes": ["ATC|L01FX07"], "text": "Blincyto", "start": "2024-02-20T09:00:00"}
VISIT = {"domain": "visit", "codes": ["v|h"], "start": "2024-02-28T08:00:00", "end": "2024-03-09T08:00:00"}
MINE = own(code=[{"system": "v", "code": "h", "stay": "hospital"}])


def zero(*rows, people=None, **options):
    whole = options.pop("with_lookup", None) or lookup_for("fhir")
    who = persons(people or [{"patient_id": "p", "file": "people", "row": 1}])
    return convert(said(*rows), who, whole, **options).tables["patients"]


def test_an_engager_before_the_cells_was_a_bridge():
    assert zero(BRIDGE, CELLS)["infusion_time"].to_list() == ["2024-03-05T09:00:00"]


def test_an_engager_alone_is_the_infusion_and_the_first_dose_counts():
    later = BRIDGE | {"start": "2024-02-27T09:00:00"}
    assert zero(later, BRIDGE)["infusion_time"].to_list() == ["2024-02-20T09:00:00"]


def test_an_hour_is_better_than_the_bare_date_of_the_same_day():
    procedure = {"domain": "procedure", "codes": ["ICD-10-PCS|XW033C3"], "start": "2024-03-05"}
    assert zero(procedure, CELLS)["infusion_time"].to_list() == ["2024-03-05T09:00:00"]


def test_a_patient_without_an_infusion_is_set_aside_and_counted():
    found = convert(said(READING), persons([]), lookup_for("fhir"))
    assert found.tables["patients"].is_empty()
    assert found.tables["observations"].is_empty()
    assert found.reasons.select("reason", "count").rows() == [(UNPLACED, 1)]


def test_day_zero_of_an_admission():
    assert zero(VISIT, READING, with_lookup=MINE, anchor="first-admission")["infusion_time"].to_list() == [
        "2024-02-28T08:00:00"
    ]


def test_day_zero_of_a_table(tmp_path):
    table = tmp_path / "zero.csv"
    table.write_text("patient_id,infusion_time\np,2024-03-02T10:00\nother,2024-03-02\n")
    assert zero(READING, anchor=str(table)).select("patient_id", "infusion_time").rows() == [
        ("p", "2024-03-02T10:00")
    ]


@pytest.mark.parametrize("content", [None, "id,time\np,2024-03-02\n"])
def test_a_table_that_cannot_be_used_says_what_is_expected(tmp_path, content):
    table = tmp_path / "zero.csv"
    if content:
        table.write_text(content)
    with pytest.raises(InputError, match="patient_id"):
        zero(READING, anchor=str(table))


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ("1960-03-02", "63"),
        ("1960-03-01", "64"),
        ("1960-02-29", "64"),
        ("1960", "63"),
        ("1960-03", "63"),
        ("2012", None),
        ("2012-03-02", "11"),
        (None, None),
    ],
)
def test_the_age_is_in_completed_years_on_day_zero(birth, age):
    person = {"patient_id": "p", "file": "people", "row": 1, "birth_date": birth}
    assert zero(INFUSION, people=[person])["age_years"].to_list() == [age]


def test_words_for_a_sex():
    assert batch().tables["patients"]["sex"].to_list() == ["F"]
    person = {"patient_id": "p", "file": "people", "row": 1, "sex": "FEMALE"}
    assert zero(INFUSION, people=[person])["sex"].to_list() == ["female"]


def test_times_of_another_zone_become_local_times_in_one_offset():
    utc = [INFUSION | {"start": "2024-03-30T23:30:00Z"}, READING | {"start": "2024-04-01T00:30:00Z"}]
    tables = convert(said(*utc), persons([]), lookup_for("fhir"), zone="Europe/Berlin").tables
    assert tables["patients"]["infusion_time"].to_list() == ["2024-03-31T00:30:00"]
    # The clocks change on 31 March: a day later is still a day later, and an hour.
    assert tables["observations"]["time"].to_list() == ["2024-04-01T01:30:00"]
    cohort = read_tables(tables)
    assert cohort.observations.select(pl.col("time") / 86_400_000_000).item() == 1 + 1.5 / 24


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match="Europe/Berlin"):
        batch(zone="Middle/Earth")
