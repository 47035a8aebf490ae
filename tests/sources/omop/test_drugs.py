"""Drug records: given or ordered, doses only where they are doses; devices, stays, deaths, persons."""

import pytest

from becalm.record.errors import InputError
from tests.sources.omop.cdm import drug, measurement, person, write_cdm
from tests.sources.omop.reading import read_all


def read_drug(folder, options=None, **cells):
    return read_all(write_cdm(folder / "cdm", {"drug_exposure": [drug(**cells)]}), **(options or {}))


def test_a_drug_given_is_a_dose(tmp_path):
    row = read_drug(
        tmp_path,
        quantity="10",
        dose_unit_source_value="mg",
        route_concept_id=4112223,
        drug_exposure_end_datetime="2024-03-01 09:30:00",
    ).only("drug_exposure")
    assert row["domain"] == "drug"
    assert row["codes"] == ["RxNorm|3264", "OMOP|701", "RxNorm|000701"]
    assert row["text"] == "dexamethasone 4 MG/ML Injectable Solution"
    assert (row["start"], row["end"]) == ("2024-03-01T09:00:00", "2024-03-01T09:30:00")
    assert (row["dose"], row["dose_unit"], row["route"], row["note"]) == (
        "10",
        "mg",
        "Intravenous route",
        None,
    )


def test_an_end_without_a_time_is_a_day(tmp_path):
    assert read_drug(tmp_path).only("drug_exposure")["end"] == "2024-03-01"


def test_a_quantity_without_a_unit_is_no_dose(tmp_path):
    row = read_drug(tmp_path, quantity="30", sig="one a day", route_source_value="PO").only("drug_exposure")
    assert (row["dose"], row["dose_unit"], row["route"]) == (None, None, "PO")
    assert row["note"] == "quantity 30; sig one a day"


def test_a_quantity_of_nothing_is_no_dose(tmp_path):
    row = read_drug(tmp_path, quantity="0", dose_unit_source_value="mg").only("drug_exposure")
    assert (row["dose"], row["note"]) == (None, "dose unit mg")


@pytest.mark.parametrize("kind", [32825, 32838, 32869, 38000175, 38000177])
def test_a_prescription_is_an_order(tmp_path, kind):
    row = read_drug(
        tmp_path,
        drug_type_concept_id=kind,
        quantity="30",
        dose_unit_source_value="mg",
        days_supply="15",
        refills="2",
    ).only("drug_exposure")
    assert (row["domain"], row["dose"]) == ("order", None)
    assert row["note"] == "quantity 30; dose unit mg; days supply 15; refills 2"


@pytest.mark.parametrize("kind", ["", 0, 32817, 999])
def test_an_unknown_type_is_not_guessed(tmp_path, kind):
    found = read_drug(tmp_path, drug_type_concept_id=kind)
    row = found.only("drug_exposure")
    assert (row["domain"], row["start"]) == ("drug", "2024-03-01T09:00:00")
    assert "given or only ordered" in row["doubt"]
    assert found.reasons("drug_exposure") == []


def test_a_site_may_say_what_its_types_are(tmp_path):
    for number, (options, domain) in enumerate(
        [
            ({"drug_types": "32817=drug, 5=order"}, "drug"),
            ({"drug_types": "32817=order"}, "order"),
            ({"unknown_drug_type": "drug"}, "drug"),
            ({"unknown_drug_type": "order"}, "order"),
        ]
    ):
        found = read_drug(tmp_path / str(number), options, drug_type_concept_id=32817)
        assert found.only("drug_exposure")["domain"] == domain


@pytest.mark.parametrize(
    "options",
    [
        {"drug_types": "32817"},
        {"drug_types": "x=drug"},
        {"unknown_drug_type": "guess"},
        {"midnigth": "whole_day"},
        {"midnight": "no"},
        {"persons_per_batch": "0"},
    ],
)
def test_an_option_that_cannot_be_is_refused(tmp_path, options):
    with pytest.raises(InputError, match=r"expected|has no option"):
        read_drug(tmp_path, options)


def test_devices_procedures_and_stays(tmp_path):
    tables = {
        "device_exposure": [
            {
                "device_exposure_id": 5,
                "person_id": 1,
                "device_concept_id": 731,
                "device_exposure_start_datetime": "2024-03-02 10:00:00",
                "device_exposure_end_datetime": "2024-03-03 00:00:00",
            }
        ],
        "procedure_occurrence": [
            {
                "procedure_occurrence_id": 6,
                "person_id": 1,
                "procedure_concept_id": 730,
                "procedure_date": "2024-03-02",
                "modifier_source_value": "bedside",
            }
        ],
        "visit_occurrence": [
            {
                "visit_occurrence_id": number,
                "person_id": 1,
                "visit_concept_id": concept,
                "visit_start_datetime": "2024-02-25 14:00:00",
                "visit_end_date": "2024-03-20",
            }
            for number, concept in ((7, 9201), (8, 32037), (9, 9202))
        ],
    }
    found = read_all(write_cdm(tmp_path, tables))
    device = found.only("device_exposure")
    assert device["codes"] == ["SNOMED|426854004", "OMOP|731", "SNOMED|000731"]
    assert (device["domain"], device["start"], device["end"]) == (
        "device",
        "2024-03-02T10:00:00",
        "2024-03-03",
    )
    procedure = found.only("procedure_occurrence")
    assert (procedure["domain"], procedure["start"], procedure["note"]) == (
        "procedure",
        "2024-03-02",
        "modifier bedside",
    )
    stays = found.of("visit_occurrence")
    assert [row["codes"][0] for row in stays] == ["OMOP visit|9201", "OMOP visit|32037"]
    assert {(row["domain"], row["start"], row["end"]) for row in stays} == {
        ("visit", "2024-02-25T14:00:00", "2024-03-20")
    }
    assert found.reasons("visit_occurrence") == [
        ("set aside", "an outpatient visit is no stay (OMOP visit|9202)", 1)
    ]
    assert found.accounted() == found.read


def test_a_death_has_its_cause(tmp_path):
    rows = [
        {"person_id": 1, "death_date": "2024-04-01", "cause_concept_id": 9191},
        {"person_id": 2, "death_date": "2024-04-02", "cause_source_value": "J96"},
        {"person_id": 9, "death_date": "2024-04-02"},
    ]
    found = read_all(write_cdm(tmp_path, {"person": [person(1), person(2)], "death": rows}))
    first, second = found.of("death")
    assert (first["codes"], first["start"], first["cause"]) == (["becalm|death"], "2024-04-01", "Positive")
    assert second["cause"] == "J96"
    assert [count for _, _, count in found.reasons("death")] == [1]
    assert found.accounted() == found.read == {"person": 2, "death": 3}


def test_persons(tmp_path):
    rows = [
        person(1, month_of_birth=3, day_of_birth=7),
        person(2, month_of_birth=3, gender_concept_id=8507),
        person(3, gender_concept_id=0, gender_source_value="F"),
        person(4, month_of_birth="", birth_datetime="1960-05-06 00:00:00"),
        person(1),
        person(""),
    ]
    found = read_all(write_cdm(tmp_path, {"person": rows}))
    assert found.persons["birth_date"].to_list() == ["1960-03-07", "1960-03", "1960", "1960-05-06"]
    assert found.persons["sex"].to_list() == ["FEMALE", "MALE", "F", "FEMALE"]
    assert {outcome for outcome, _, _ in found.reasons("person")} == {"refused"}
    assert found.read == {"person": 6}


def test_only_the_infused(tmp_path):
    tables = {
        "person": [person(1), person(2), person(3)],
        "drug_exposure": [drug(1, person_id=2, drug_concept_id=721), drug(2, person_id=3)],
        "measurement": [measurement(number, person_id=number) for number in (1, 2, 3)],
        "death": [{"person_id": number, "death_date": "2024-04-01"} for number in (2, 3)],
    }
    folder = write_cdm(tmp_path, tables)
    found = read_all(folder, only_infused="yes")
    assert set(found.statements["patient_id"]) == set(found.persons["patient_id"]) == {"2"}
    assert found.accounted() == found.read == {"person": 3, "drug_exposure": 2, "measurement": 3, "death": 2}
    assert len(set(read_all(folder).statements["patient_id"])) == 3
