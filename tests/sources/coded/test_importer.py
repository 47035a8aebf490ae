"""An import is whole or not there, goes on where it was stopped, and can be done in parts."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from becalm.record.errors import InputError
from becalm.sources import Part, Plan, import_folder, read_folder
from becalm.sources.coded import spool as spooling
from becalm.sources.coded.importing import convert as real_convert


def resource(kind, number, patient, **content):
    return {
        "resourceType": kind,
        "id": f"{kind}-{number}",
        "subject": {"reference": f"Patient/{patient}"},
        **content,
    }


def export(folder: Path, people: int = 30) -> Path:
    """A bulk export of some patients: infused, one temperature a day and one dose of tocilizumab."""
    folder.mkdir()
    names = [f"patient-{i}" for i in range(people)]
    (folder / "Patient.ndjson").write_text(
        "".join(json.dumps({"resourceType": "Patient", "id": name}) + "\n" for name in names)
    )
    doses, readings = [], []
    for number, name in enumerate(names):
        for code, day in (("L01XL03", 1), ("L04AC07", 4)):
            coding = {"coding": [{"system": "http://www.whocc.no/atc", "code": code}]}
            when = {"effectiveDateTime": f"2024-03-0{day}T10:00:00+01:00"}
            doses.append(
                resource("MedicationAdministration", f"{number}-{day}", name, status="completed",
                         medicationCodeableConcept=coding, **when)
            )  # fmt: skip
        for day in range(1, 8):
            coding = {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}
            value = {"value": 37 + (number + day) % 4, "unit": "Cel"}
            readings.append(
                resource("Observation", f"{number}-{day}", name, status="final", code=coding,
                         valueQuantity=value, effectiveDateTime=f"2024-03-0{day}T18:00:00+01:00")
            )  # fmt: skip
    for kind, rows in (("MedicationAdministration", doses), ("Observation", readings)):
        (folder / f"{kind}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def source(tmp_path):
    return export(tmp_path / "export")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(spooling, "ROWS", 50)


def content(folder):
    cohort = read_folder(folder)
    return {
        name: getattr(cohort, name).drop("file", "row", strict=False)
        for name in ("patients", "observations", "exposures")
    }


def same(one, two):
    return all(one[name].equals(two[name]) for name in one)


def test_batches_make_the_same_record(source, tmp_path, monkeypatch):
    import_folder(Plan("fhir", str(source)), tmp_path / "whole")
    monkeypatch.setattr(spooling, "ROWS", 50)
    done = import_folder(Plan("fhir", str(source)), tmp_path / "parts")
    assert len(list((tmp_path / "parts").glob("observations-*.csv"))) > 3
    assert same(content(tmp_path / "whole"), content(tmp_path / "parts"))
    assert done.account.files.select(pl.col("read").sum(), pl.col("used").sum()).row(0) == (300, 300)


def test_the_parts_of_a_partition_are_the_whole(source, tmp_path):
    import_folder(Plan("fhir", str(source)), tmp_path / "whole")
    frames = []
    for part in (1, 2, 3):
        done = import_folder(Plan("fhir", str(source), partition=Part(part, 3)), tmp_path / f"part-{part}")
        assert done.account.files.select(pl.col("read", "used", "set_aside").sum()).row(0)[0] == 300
        assert done.account.files.filter(pl.col("read") != pl.col("used") + pl.col("set_aside")).is_empty()
        frames.append(content(tmp_path / f"part-{part}"))
    whole = content(tmp_path / "whole")
    for name, frame in whole.items():
        parts = pl.concat([one[name] for one in frames])
        assert parts.height == frame.height
        assert set(parts["patient_id"]) == set(frame["patient_id"])
    assert all(one["patients"].height for one in frames)


def test_parquet_holds_the_same(source, tmp_path):
    import_folder(Plan("fhir", str(source)), tmp_path / "csv")
    import_folder(Plan("fhir", str(source), file_format="parquet"), tmp_path / "parquet")
    assert same(content(tmp_path / "csv"), content(tmp_path / "parquet"))


def stopping_after(batches, monkeypatch):
    made: list[int] = []

    def stop(*arguments, **options):
        if len(made) == batches:
            raise KeyboardInterrupt
        made.append(1)
        return real_convert(*arguments, **options)

    monkeypatch.setattr("becalm.sources.importer.convert", stop)
    return made


def test_a_stopped_import_goes_on(source, tmp_path, small, monkeypatch):
    import_folder(Plan("fhir", str(source)), tmp_path / "whole")
    stopping_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        import_folder(Plan("fhir", str(source)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    made = stopping_after(1000, monkeypatch)
    done = import_folder(Plan("fhir", str(source)), tmp_path / "out")
    assert done.resumed == 3
    assert len(made) + 3 == len(list((tmp_path / "out").glob("patients-*.csv")))
    assert same(content(tmp_path / "whole"), content(tmp_path / "out"))
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]
    assert done.account.files["used"].sum() == 300


def test_another_plan_or_a_changed_source_starts_again(source, tmp_path, small, monkeypatch):
    for change in (lambda: Plan("fhir", str(source), zone="Europe/Berlin"), lambda: touched(source)):
        stopping_after(2, monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            import_folder(Plan("fhir", str(source)), tmp_path / "out")
        plan = change()
        stopping_after(1000, monkeypatch)
        done = import_folder(plan, tmp_path / "out")
        assert done.resumed == 0
        for file in (tmp_path / "out").iterdir():
            file.unlink()


def touched(source):
    with (source / "Observation.ndjson").open("a") as file:
        file.write("\n")
    return Plan("fhir", str(source))


def test_a_folder_that_holds_other_things_is_refused_before_any_work(source, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("")
    with pytest.raises(InputError, match=r"thesis\.docx"):
        import_folder(Plan("fhir", str(source)), tmp_path / "out")


def test_a_bad_line_is_reported_and_loses_nothing_else(source, tmp_path):
    with (source / "Observation.ndjson").open("a") as file:
        file.write('{"resourceType": "Observation", "id": "broken", \n')
    done = import_folder(Plan("fhir", str(source)), tmp_path / "out")
    assert done.account.files["used"].sum() == 300
    assert done.account.refused.height == 1
