"""`becalm import` and `becalm map`, as a person runs them."""

from __future__ import annotations

import json

import pytest

from .running import becalm

CODES = {
    "temperature": {"system": "http://loinc.org", "code": "8310-5"},
    "cells": {"system": "http://www.whocc.no/atc", "code": "L01XL03"},
    "ours": {"system": "http://hospital.example/labs", "code": "IL6S", "display": "IL-6 (sensitive)"},
}


def observation(number, code, hour, value, unit):
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [CODES[code]]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": f"2024-03-03T{hour:02d}:00:00+01:00",
        "valueQuantity": {"value": value, "unit": unit},
    }


@pytest.fixture
def bundle(tmp_path):
    resources = [
        {"resourceType": "Patient", "id": "p", "birthDate": "1960-01-01"},
        {
            "resourceType": "MedicationAdministration",
            "id": "m",
            "status": "completed",
            "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": {"coding": [CODES["cells"]]},
            "effectiveDateTime": "2024-03-01T10:00:00+01:00",
        },
        observation(1, "temperature", 8, 39.1, "Cel"),
        observation(2, "ours", 9, 250, "pg/mL"),
        {"resourceType": "Observation", "id": "o3", "status": "final"},
    ]
    file = tmp_path / "bundle.json"
    entries = [{"resource": one} for one in resources]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return file


def test_import_prints_an_account_that_adds_up_and_what_is_left_ungradable(bundle, tmp_path):
    done = becalm("import", "fhir", str(bundle), "-o", str(tmp_path / "out"))
    assert done.code == 0, done.err
    assert "5 rows read = 3 used + 1 set aside + 1 refused" in done.out
    assert "observation temperature: 1 (LOINC|8310-5)" in done.out
    assert "Not mapped: 1 statements of 1 codes or names" in done.out
    assert "no patient has any row of sbp or map" in done.out
    graded = becalm("grade", str(tmp_path / "out"), "--at", "2.4")
    assert graded.out.splitlines()[1].startswith("p,2.4,2.4,astct-2019,1,")


def test_map_drafts_what_a_person_corrects_and_import_uses(bundle, tmp_path):
    draft = tmp_path / "site.toml"
    done = becalm("map", "fhir", str(bundle), "-o", str(draft))
    assert done.code == 0, done.err
    assert "1 not at all" in done.err
    lines = draft.read_text().splitlines()
    start = lines.index('# code = "IL6S"') - 2
    entry = [line.removeprefix("# ") for line in lines[start : start + 6]]
    assert 'observation = "il6"' in entry
    draft.write_text("\n".join([*lines[:start], *entry, *lines[start + 6 :]]))
    done = becalm("import", "fhir", str(bundle), "-o", str(tmp_path / "out"), "--mapping", str(draft))
    assert done.code == 0, done.err
    assert "observation il6: 1" in done.out
    assert "Not mapped: nothing." in done.out


def test_the_whole_account_as_files(bundle, tmp_path):
    done = becalm(
        "import", "fhir", str(bundle), "-o", str(tmp_path / "out"), "--account", str(tmp_path / "account")
    )
    assert done.code == 0, done.err
    assert sorted(file.name for file in (tmp_path / "account").iterdir()) == [
        "codes.csv",
        "files.csv",
        "reasons.csv",
        "refused.csv",
    ]
    assert "o3" in (tmp_path / "account" / "refused.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("fihr", "x", "-o", "out"), "Did you mean fhir?"),
        (("fhir", "nowhere.json", "-o", "out"), "nowhere.json"),
        (("fhir", "BUNDLE", "-o", "out", "--day-zero", "birth"), "first-icu-admission"),
        (("fhir", "BUNDLE", "-o", "out", "--time-zone", "Mars"), "Europe/Berlin"),
        (("fhir", "BUNDLE", "-o", "out", "--partition", "3/2"), "i/n"),
        (("fhir", "BUNDLE", "-o", "out", "--option", "x"), "NAME=VALUE"),
        (("fhir", "BUNDLE", "-o", "out", "--mapping", "none.toml"), "none.toml"),
    ],
)
def test_bad_usage_says_what_is_expected(bundle, tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    done = becalm("import", *(str(bundle) if one == "BUNDLE" else one for one in arguments))
    assert done.code == 2
    assert expected in done.err
    assert not (tmp_path / "out").exists()
