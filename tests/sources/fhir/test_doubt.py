"""Treatments that cannot be read: given perhaps, and never read as not given."""

import pytest

from tests.sources.fhir.making import (
    RXNORM,
    SNOMED,
    WHEN,
    administration,
    concept,
    quantity,
    read_all,
    read_one,
    resource,
    write_lines,
)

DRUG = concept(RXNORM, "3616", "dobutamine")
MODIFIED = {"modifierExtension": [{"url": "http://hospital.example/turned", "valueBoolean": True}]}
RATE = {"rateQuantity": quantity(5, "ug/kg/min")}


def drug(**fields):
    return administration(medicationCodeableConcept=DRUG, **fields)


def running(status="in-progress", period=None, **fields):
    one = drug(status=status, effectivePeriod=period or {"start": WHEN}, **fields)
    del one["effectiveDateTime"]
    return one


def device(**fields):
    use = {"status": "active", "device": {"display": "HFNC"}, "timingDateTime": WHEN} | fields
    return resource("DeviceUseStatement", "d1", **use)


def procedure(**fields):
    done = {"status": "completed", "code": concept(SNOMED, "112798008"), "performedDateTime": WHEN} | fields
    return resource("Procedure", "q1", **done)


@pytest.mark.parametrize(
    ("one", "domain", "start", "end", "reason"),
    [
        (
            drug(dosage={"rateQuantity": quantity(5, "mg/h", comparator="<")}),
            "drug",
            WHEN,
            None,
            "A rate has",
        ),
        (drug(**MODIFIED), "drug", WHEN, None, "It has a modifierExtension"),
        (drug(status="unknown"), "drug", WHEN, None, "MedicationAdministration with status unknown"),
        (drug(effectiveDateTime="2024-05"), "drug", None, None, "The time is only a year"),
        (running("completed", {"start": WHEN, "end": "2024"}), "drug", WHEN, None, "The time is only a year"),
        (running("completed", {"start": "May 2nd", "end": WHEN}), "drug", None, WHEN, "The time is no ISO"),
        (running(), "drug", WHEN, None, "It has the status in-progress"),
        (running("on-hold", dosage={"dose": quantity(5, "mg")}), "drug", WHEN, None, "It has the status on-"),
        (device(**MODIFIED), "device", WHEN, None, "It has a modifierExtension"),
        (device(status="unknown"), "device", WHEN, None, "DeviceUseStatement with status unknown"),
        (device(timingDateTime="2024"), "device", None, None, "The time is only a year"),
        (procedure(**MODIFIED), "procedure", WHEN, None, "It has a modifierExtension"),
        (procedure(status="unknown"), "procedure", WHEN, None, "Procedure with status unknown"),
        (procedure(performedDateTime="2024-05"), "procedure", None, None, "The time is only a year"),
    ],
)
def test_a_treatment_that_cannot_be_read_leaves_a_doubt(tmp_path, one, domain, start, end, reason):
    found = read_one(tmp_path, one)
    row = found.one(domain=domain, patient_id="p1", start=start, end=end)
    assert row["codes"] or row["text"]
    assert row["doubt"].startswith(reason)
    assert found.outcomes.is_empty()


@pytest.mark.parametrize(
    "one",
    [
        running(dosage=RATE),
        running(period={"start": WHEN, "end": WHEN}),
        running("completed"),
        drug(status="in-progress"),
        device(),
        procedure(),
    ],
)
def test_what_can_be_read_leaves_none(tmp_path, one):
    read_one(tmp_path, one).one(doubt=None)


@pytest.mark.parametrize(
    "one",
    [
        drug(status="not-done", **MODIFIED),
        drug(status="cancelled"),
        procedure(status="not-done", performedDateTime="2024"),
        device(status="intended", timingDateTime="2024"),
        drug(**MODIFIED) | {"subject": None},
        administration(**MODIFIED),
        resource(
            "Observation", "o", status="final", effectiveDateTime="2024", valueQuantity=quantity(5, "%")
        ),
        resource("MedicationRequest", "r", status="active", medicationCodeableConcept=DRUG, **MODIFIED),
        resource(
            "MedicationRequest", "r", status="active", medicationCodeableConcept=DRUG, authoredOn="2024"
        ),
    ],
)
def test_what_was_not_given_or_is_of_nobody_leaves_none(tmp_path, one):
    found = read_one(tmp_path, one)
    assert found.statements.is_empty()
    assert found.outcomes["count"].to_list() == [1]


def test_the_drug_of_a_doubt_may_come_later(tmp_path):
    one = administration(medicationReference={"reference": "Medication/x"}, **MODIFIED)
    path = write_lines(tmp_path / "a.ndjson", one, {"resourceType": "Medication", "id": "x", "code": DRUG})
    row = read_all(path).one(codes=[f"{RXNORM}|3616"], row=1)
    assert row["doubt"].startswith("It has a modifierExtension")
