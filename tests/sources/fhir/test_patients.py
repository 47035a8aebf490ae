"""Whose resource it is: every way to refer to a patient, and the ways that lead to none."""

import json
from itertools import permutations

import pytest

from tests.sources.fhir.making import observation, read_all, write_bundle, write_lines

HOLDER = {"resourceType": "Patient", "id": "p7", "identifier": [{"system": "urn:mrn", "value": "77"}]}


def of(subject, id_="o1"):
    return observation(id_, valueInteger=1, subject=subject)


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p7"},
        {"reference": "Patient/p7/_history/3"},
        {"reference": "https://a.example/r4/Patient/p7/_history/3", "display": "Jo Doe"},
        {"reference": "http://hospital.example/fhir/Patient/p7"},
        {"reference": "Patient?identifier=urn:mrn|77"},
        {"identifier": {"system": "urn:mrn", "value": "77"}},
    ],
)
@pytest.mark.parametrize("patient_first", [True, False])
@pytest.mark.parametrize("write", [write_bundle, write_lines])
def test_a_subject_leads_to_its_patient(tmp_path, subject, patient_first, write):
    both = [HOLDER, of(subject)]
    path = tmp_path / ("b.json" if write is write_bundle else "b.ndjson")
    found = read_all(write(path, *(both if patient_first else both[::-1])))
    found.one(patient_id="p7")
    assert found.outcomes.is_empty()


def test_a_uuid_is_looked_up_in_its_own_bundle(tmp_path):
    """Two Bundles made by hand may use one name for two patients."""
    for name in ("a", "b"):
        entries = [
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": f"patient-{name}"}},
            {"fullUrl": "urn:uuid:2", "resource": of({"reference": "urn:uuid:1"})},
        ]
        for order in (1, -1):
            text = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries[::order]})
            (tmp_path / f"{name}{order}.json").write_text(text)
    found = read_all(tmp_path)
    assert sorted(found.rows("file", "patient_id")) == [
        ("a-1.json", "patient-a"),
        ("a1.json", "patient-a"),
        ("b-1.json", "patient-b"),
        ("b1.json", "patient-b"),
    ]


def test_a_patient_without_an_id_goes_by_its_uuid(tmp_path):
    entries = [
        {"fullUrl": "urn:uuid:0a-1", "resource": {"resourceType": "Patient", "gender": "male"}},
        {"fullUrl": "urn:uuid:2", "resource": of({"reference": "urn:uuid:0a-1"})},
    ]
    (tmp_path / "b.json").write_text(
        json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    )
    found = read_all(tmp_path / "b.json")
    found.one(patient_id="0a-1")
    assert found.persons["patient_id"].to_list() == ["0a-1"]


@pytest.mark.parametrize(
    "subject",
    [
        None,
        {},
        {"display": "Jo Doe"},
        {"reference": "urn:uuid:nobody"},
        {"reference": "Patient?identifier=urn:mrn|99"},
        {"identifier": {"system": "urn:mrn", "value": "99"}},
        {"identifier": {"system": "urn:mrn"}},
        {"reference": "#contained"},
        {"reference": "p7"},
        "Patient/p7",
        {"reference": 7},
    ],
)
@pytest.mark.parametrize("write", [write_bundle, write_lines])
def test_a_resource_of_nobody_is_refused(tmp_path, subject, write):
    path = tmp_path / ("b.json" if write is write_bundle else "b.ndjson")
    found = read_all(write(path, HOLDER, of(subject), of({"reference": "Patient/p7"}, "o2")))
    found.one(record="Observation/o2")
    assert found.outcomes.select("record", "outcome", "row").rows() == [("Observation/o1", "refused", 2)]


def test_a_resource_of_a_group_is_set_aside(tmp_path):
    found = read_all(write_bundle(tmp_path / "b.json", of({"reference": "Group/g"})))
    assert found.reasons("set aside") == {"Its subject is a Group, not a patient.": 1}


@pytest.mark.parametrize("order", sorted(permutations(range(4)))[::5])
def test_an_identifier_of_two_patients_is_nobodys(tmp_path, order):
    subject = {"identifier": {"system": "urn:mrn", "value": "77"}}
    several = [HOLDER, HOLDER | {"id": "p8"}, of(subject), of(subject, "o2")]
    found = read_all(write_lines(tmp_path / "b.ndjson", *(several[n] for n in order)))
    assert found.reasons("refused") == {"Two patients of the source have this identifier.": 2}


def test_a_made_up_uuid_means_nothing_outside_its_bundle(tmp_path):
    real = "urn:uuid:0a1bbaa9-8329-4f6d-81de-f8e44fd746af"
    for url in ("urn:uuid:1", real):
        name = url.rpartition(":")[2]
        entry = {"fullUrl": url, "resource": {"resourceType": "Patient", "id": name}}
        write_bundle(tmp_path / f"{name}.json")
        (tmp_path / f"{name}.json").write_text(json.dumps({"resourceType": "Bundle", "entry": [entry]}))
        write_bundle(tmp_path / f"{name}-more.json", of({"reference": url}))
        write_lines(tmp_path / f"{name}.ndjson", of({"reference": url}))
    found = read_all(tmp_path)
    assert set(found.rows("patient_id")) == {("0a1bbaa9-8329-4f6d-81de-f8e44fd746af",)}
    assert sorted(found.outcomes["file"]) == ["1-more.json", "1.ndjson"]


def test_patients_of_two_servers_are_not_mixed(tmp_path):
    found = read_all(
        write_lines(
            tmp_path / "b.ndjson",
            of({"reference": "https://a.example/fhir/Patient/1"}),
            of({"reference": "https://b.example/fhir/Patient/1"}, "o2"),
            of({"reference": "https://a.example/fhir/Patient/2"}, "o3"),
        )
    )
    assert found.rows("patient_id") == [("1",), ("2",)]
    assert "another server" in next(iter(found.reasons("refused")))
