"""Synthea's transaction Bundles: real in shape, with references by uuid."""

import json
from collections import Counter

import polars as pl
import pytest

from tests.sources.fhir.making import read_all, write_lines

READ = {"Patient", "Observation", "MedicationRequest", "Procedure", "Encounter", "Condition"}


@pytest.fixture(scope="module")
def folder(shared_data):
    found = shared_data / "fhir-r4-synthea"
    if not found.is_dir():
        pytest.skip(f"needs Synthea's FHIR sample, and {found} is not there")
    return found


@pytest.fixture(scope="module")
def bundles(folder):
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def test_every_row_is_accounted_for(folder, bundles):
    found = read_all(folder)
    assert found.read == {name: len(one["entry"]) for name, one in bundles.items()}
    kinds = Counter(entry["resource"]["resourceType"] for one in bundles.values() for entry in one["entry"])
    aside: Counter[str] = Counter()
    for reason, count in found.outcomes.select("reason", "count").iter_rows():
        aside[reason.split(":")[0]] += count
    assert aside == {kind: count for kind, count in kinds.items() if kind not in READ}
    assert set(found.outcomes["outcome"]) == {"set aside"}
    assert found.notes == ()


def test_values_are_those_of_the_file(folder, bundles):
    """Every plain number, found again by another way through the JSON."""
    wanted = []
    for name, one in bundles.items():
        for row, entry in enumerate(one["entry"], start=1):
            given = entry["resource"]
            if given["resourceType"] != "Observation":
                continue
            patient = given["subject"]["reference"].removeprefix("urn:uuid:")
            for part in [given, *given.get("component", [])]:
                if "valueQuantity" in part:
                    shown = part["valueQuantity"]
                    code = part["code"]["coding"][0]
                    wanted.append(
                        (
                            name,
                            row,
                            patient,
                            f"{code['system']}|{code['code']}",
                            shown["value"],
                            shown["code"],
                        )
                    )
    found = read_all(folder).statements.filter(pl.col("domain") == "measurement")
    made = found.select(
        "file", "row", "patient_id", pl.col("codes").list.first(), pl.col("value").cast(pl.Float64), "unit"
    )
    assert sorted(made.rows()) == sorted(wanted)
    assert len(wanted) > 200


def test_every_statement_is_of_a_patient_of_its_bundle(folder, bundles):
    found = read_all(folder)
    persons = dict(found.persons.select("file", "patient_id").iter_rows())
    assert all(persons[file] == patient for file, patient in found.rows("file", "patient_id"))
    assert found.statements["start"].null_count() == 0


def test_the_same_resources_as_lines(folder, bundles, tmp_path):
    for name, one in bundles.items():
        text = json.dumps(one).replace("urn:uuid:", "Patient/")
        resources = [entry["resource"] for entry in json.loads(text)["entry"]]
        write_lines(tmp_path / f"{name}.ndjson", *resources)
    by_entry, by_line = read_all(folder), read_all(tmp_path)
    for name in ("statements", "persons"):
        order = ["file", "row", "value"] if name == "statements" else ["file", "row"]
        lines = getattr(by_line, name).with_columns(pl.col("file").str.strip_suffix(".ndjson")).sort(order)
        assert lines.equals(getattr(by_entry, name).sort(order))
