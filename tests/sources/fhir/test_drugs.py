"""Drugs given, ordered and reported; where the drug stands in another resource."""

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
    write_bundle,
    write_lines,
)

TOCILIZUMAB = concept(RXNORM, "612865", "tocilizumab")
CODE = [f"{RXNORM}|612865"]


def test_a_dose(tmp_path):
    dosage = {"dose": quantity(560, "mg"), "route": concept(SNOMED, "47625008"), "text": "over 1 hour"}
    period = {"start": WHEN, "end": "2024-05-02T09:00:00+02:00"}
    one = administration(medicationCodeableConcept=TOCILIZUMAB, dosage=dosage, effectivePeriod=period)
    del one["effectiveDateTime"]
    found = read_one(tmp_path, one | {"reasonCode": [concept("x", "1", "CRS")]})
    found.one(
        domain="drug",
        codes=CODE,
        text="tocilizumab",
        start=WHEN,
        end="2024-05-02T09:00:00+02:00",
        dose="560",
        dose_unit="mg",
        rate=None,
        route=f"{SNOMED}|47625008",
        indication="CRS",
        note="dosage: over 1 hour",
        value=None,
    )


@pytest.mark.parametrize(
    ("dosage", "rate", "unit"),
    [
        ({"rateQuantity": quantity(0.10, "ug/kg/min")}, "0.1", "ug/kg/min"),
        ({"rateRatio": {"numerator": quantity(5, "ug"), "denominator": quantity(1, "min")}}, "5", "ug/min"),
        ({"rateRatio": {"numerator": quantity(10, "mL"), "denominator": quantity(8, "h")}}, "1.25", "mL/h"),
        (
            {"rateRatio": {"numerator": quantity(1, "mg"), "denominator": quantity(3, "h")}},
            "0.333333333333333",
            "mg/h",
        ),
        ({"rateRatio": {"numerator": quantity(100, "mL"), "denominator": {"value": 1}}}, "100", "mL"),
        ({"rateQuantity": quantity(0, "ug/min")}, "0", "ug/min"),
    ],
)
def test_a_rate(tmp_path, dosage, rate, unit):
    found = read_one(tmp_path, administration(medicationCodeableConcept=TOCILIZUMAB, dosage=dosage))
    found.one(rate=rate, rate_unit=unit, dose=None)


@pytest.mark.parametrize(
    "dosage",
    [
        {"rateRatio": {"numerator": quantity(10, "mL"), "denominator": quantity(0, "h")}},
        {"dose": quantity(10, "mg", comparator="<")},
        {"dose": quantity("ten", "mg")},
    ],
)
def test_a_dose_that_cannot_be_read_leaves_a_doubt(tmp_path, dosage):
    found = read_one(tmp_path, administration(medicationCodeableConcept=TOCILIZUMAB, dosage=dosage))
    row = found.one(domain="drug", codes=CODE, start=WHEN, dose=None, rate=None)
    assert "expected" in row["doubt"] or "not above zero" in row["doubt"]
    assert found.outcomes.is_empty()


@pytest.mark.parametrize("status", ["in-progress", "completed", "stopped", "on-hold"])
def test_a_drug_was_given(tmp_path, status):
    found = read_one(tmp_path, administration(status=status, medicationCodeableConcept=TOCILIZUMAB))
    found.one(domain="drug", note="status on-hold" if status == "on-hold" else None)


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_a_drug_was_not_given(tmp_path, status):
    found = read_one(tmp_path, administration(status=status, medicationCodeableConcept=TOCILIZUMAB))
    assert found.statements.is_empty()
    assert status in next(iter(found.reasons("set aside")))


def test_a_prescription_is_an_order_and_never_a_dose(tmp_path):
    request = {
        "status": "active",
        "intent": "order",
        "authoredOn": WHEN,
        "medicationCodeableConcept": TOCILIZUMAB,
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": quantity(560, "mg")}]}],
    }
    found = read_one(
        tmp_path,
        resource("MedicationRequest", "r1", **request),
        resource("MedicationRequest", "r2", **request | {"status": "cancelled"}),
        resource("MedicationRequest", "r3", **request | {"doNotPerform": True}),
        resource("MedicationStatement", "s1", status="active", medicationCodeableConcept=TOCILIZUMAB),
        resource("MedicationStatement", "s2", status="not-taken", medicationCodeableConcept=TOCILIZUMAB),
    )
    assert found.rows("domain", "record", "start", "dose") == [
        ("order", "MedicationRequest/r1", WHEN, None),
        ("order", "MedicationStatement/s1", None, None),
    ]
    assert sum(found.reasons("set aside").values()) == 3


def medication(id_="x"):
    return {"resourceType": "Medication", "id": id_, "code": TOCILIZUMAB}


def test_a_contained_drug(tmp_path):
    one = administration(contained=[medication("c")], medicationReference={"reference": "#c"})
    read_one(tmp_path, one).one(codes=CODE, text="tocilizumab")


@pytest.mark.parametrize(
    "reference", ["Medication/x", "http://hospital.example/fhir/Medication/x", "Medication/x/_history/2"]
)
@pytest.mark.parametrize("drug_first", [True, False])
@pytest.mark.parametrize("write", [write_bundle, write_lines])
def test_a_drug_in_the_same_file(tmp_path, reference, drug_first, write):
    both = [medication(), administration(medicationReference={"reference": reference})]
    path = tmp_path / ("b.json" if write is write_bundle else "b.ndjson")
    found = read_all(write(path, *(both if drug_first else both[::-1])))
    found.one(codes=CODE, row=2 if drug_first else 1)
    assert found.read == {path.name: 2}
    assert found.reasons("set aside") == {"Medication: read for the resources that refer to it.": 1}


@pytest.mark.parametrize(
    "names", [("a.ndjson", "b.ndjson"), ("b.ndjson", "a.ndjson"), ("a.json", "b.ndjson")]
)
def test_a_drug_in_another_file(tmp_path, names):
    write_lines(tmp_path / names[0], medication(), medication("y"))
    write_lines(tmp_path / names[1], administration(medicationReference={"reference": "Medication/x"}))
    read_all(tmp_path).one(codes=CODE, file=names[1])


def test_a_drug_that_is_nowhere(tmp_path):
    named = {"reference": "Medication/none", "display": "Tocilizumab 20 mg/mL"}
    found = read_one(
        tmp_path,
        administration("m1", medicationReference={"reference": "Medication/none"}),
        administration("m2", medicationReference=named),
        administration("m3"),
        administration("m4", medicationReference={"reference": "#none"}),
    )
    found.one(record="MedicationAdministration/m2", text="Tocilizumab 20 mg/mL", codes=None)
    assert found.outcomes["record"].to_list() == [f"MedicationAdministration/m{n}" for n in (3, 4, 1)]
    assert set(found.outcomes["outcome"]) == {"refused"}
