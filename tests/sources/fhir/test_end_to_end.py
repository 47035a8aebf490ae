"""The same patient as FHIR and in the folder format: the same grade at every moment, for the same reasons."""

import json

import polars as pl
import pytest

import becalm
from becalm.sources import Plan, import_folder
from tests.sources.fhir.making import (
    LOINC,
    RXNORM,
    SNOMED,
    administration,
    concept,
    observation,
    quantity,
    resource,
    write_bundle,
    write_lines,
)

PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
# concept, LOINC code, unit, readings by day and hour
READINGS = {
    ("temperature", "8310-5", "Cel"): {
        (1, 8): "36.8",
        (2, 8): "38.6",
        (3, 4): "39.1",
        (4, 8): "37.4",
        (5, 8): "36.9",
    },
    ("spo2", "59408-5", "%"): {(1, 8): "97", (2, 8): "96", (3, 7): "88", (4, 14): "95", (5, 8): "97"},
    ("il6", "26881-3", "pg/mL"): {(1, 6): "<5", (3, 6): "1520.5"},
}
PRESSURES = {
    (1, 8): ("118", "70"),
    (2, 8): ("108", "64"),
    (3, 6): ("82", "45"),
    (3, 10): ("101", "60"),
    (5, 8): ("112", "66"),
}


def at(day, hour=0):
    return f"2024-05-{day:02}T{hour:02}:00:00+02:00"


def readings():
    """One row for each reading: concept, code, unit, time, value."""
    for (name, code, unit), values in READINGS.items():
        for (day, hour), value in values.items():
            yield name, code, unit, at(day, hour), value
    for (day, hour), pair in PRESSURES.items():
        for name, code, value in zip(("sbp", "dbp"), ("8480-6", "8462-4"), pair, strict=True):
            yield name, code, "mm[Hg]", at(day, hour), value


def as_tables():
    """The patient in the folder format."""
    infusion = {"patient_id": "p1", "infusion_time": at(1, 10), "sex": "female", "age_years": "60"}
    rows = [
        {
            "patient_id": "p1",
            "time": time,
            "concept": name,
            "value": value.removeprefix("<"),
            "comparator": "<" if value.startswith("<") else None,
            "unit": unit,
        }
        for name, _, unit, time, value in readings()
    ]
    given = [
        ("drug", "norepinephrine", at(3, 7), at(3, 20), None, None, "0.05", "ug/kg/min", "iv", None),
        ("drug", "tocilizumab", at(3, 9), at(3, 10), "560", "mg", None, None, "iv", None),
        ("oxygen", "high_flow_nasal_cannula", at(3, 8), at(4, 12), None, None, None, None, None, "40"),
    ]
    columns = (
        "kind",
        "name",
        "start_time",
        "end_time",
        "dose",
        "dose_unit",
        "rate",
        "rate_unit",
        "route",
        "flow_l_min",
    )
    exposures = [{"patient_id": "p1", **dict(zip(columns, one, strict=True))} for one in given]
    stays = [("admission", "2024-04-28T09:00:00+02:00"), ("infusion", at(1, 10)), ("discharge", at(15, 12))]
    events = [{"patient_id": "p1", "time": time, "event": event} for event, time in stays]
    tables = {"patients": [infusion], "observations": rows, "exposures": exposures, "events": events}
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}


def as_fhir():
    """The patient as FHIR resources."""
    yield {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1964-01-20"}
    period = {"start": "2024-04-28T09:00:00+02:00", "end": at(15, 12)}
    yield resource("Encounter", "e", status="finished", period=period) | {
        "class": {"system": ACT, "code": "IMP"}
    }
    code = concept(PCS, "XW033C3", "CAR-T")
    yield resource("Procedure", "i", status="completed", code=code, performedDateTime=at(1, 10))
    for number, (name, code, unit, time, value) in enumerate(readings()):
        if name == "dbp":
            continue
        one = observation(f"o{number}", code=concept(LOINC, code), effectiveDateTime=time)
        if name == "sbp":
            low = PRESSURES[int(time[8:10]), int(time[11:13])][1]
            parts = [("8480-6", value), ("8462-4", low)]
            component = [
                {"code": concept(LOINC, c), "valueQuantity": quantity(int(v), unit)} for c, v in parts
            ]
            yield one | {"code": concept(LOINC, "85354-9"), "component": component}
        elif value.startswith("<"):
            yield one | {"valueQuantity": quantity(json.loads(value[1:]), unit, comparator="<")}
        else:
            yield one | {"valueQuantity": quantity(json.loads(value), unit)}
    yield observation(
        "wrong", status="entered-in-error", valueQuantity=quantity(41, "Cel"), effectiveDateTime=at(2, 9)
    )
    yield observation("none", dataAbsentReason=concept("d", "error"), effectiveDateTime=at(5, 20))
    iv = concept(SNOMED, "47625008", "Intravenous route")
    rate = {"numerator": quantity(0.05, "ug/kg"), "denominator": quantity(1, "min")}
    pressor = administration(
        "n", medicationCodeableConcept=concept(RXNORM, "7512"), dosage={"route": iv, "rateRatio": rate}
    )
    del pressor["effectiveDateTime"]
    yield pressor | {"effectivePeriod": {"start": at(3, 7), "end": at(3, 20)}}
    drug = {"resourceType": "Medication", "id": "m", "code": concept(RXNORM, "612865", "tocilizumab")}
    toci = administration("t", contained=[drug], medicationReference={"reference": "#m"})
    del toci["effectiveDateTime"]
    yield toci | {
        "dosage": {"route": iv, "dose": quantity(560, "mg")},
        "effectivePeriod": {"start": at(3, 9), "end": at(3, 10)},
    }
    use = {"device": {"reference": "Device/hf"}, "timingPeriod": {"start": at(3, 8), "end": at(4, 12)}}
    yield resource("DeviceUseStatement", "u", status="completed", **use)
    yield {"resourceType": "Device", "id": "hf", "type": concept(SNOMED, "426854004")}
    yield observation(
        "f", code=concept(LOINC, "3151-8"), effectiveDateTime=at(3, 8), valueQuantity=quantity(40, "L/min")
    )
    order = {"status": "active", "intent": "order", "medicationCodeableConcept": concept(RXNORM, "612865")}
    yield resource("MedicationRequest", "r", authoredOn=at(2, 9), **order)


@pytest.mark.parametrize("write", [write_bundle, write_lines])
@pytest.mark.parametrize("scale", sorted(becalm.installed_scales()))
def test_the_same_grade(tmp_path, write, scale):
    path = tmp_path / ("p.json" if write is write_bundle else "p.ndjson")
    write(path, *as_fhir())
    told = import_folder(Plan("fhir", str(path)), tmp_path / "cohort")
    assert told.account.files["refused"].sum() == 0
    columns = ["start_day", "end_day", "grade_min", "grade_max", "because"]
    from_fhir = becalm.grade(becalm.read_folder(tmp_path / "cohort"), scale).select(columns)
    from_tables = becalm.grade(becalm.read_tables(as_tables()), scale).select(columns)
    assert max(from_tables["grade_max"].drop_nulls()) >= min(3, becalm.installed_scales()[scale].highest)
    assert from_fhir.rows() == from_tables.rows()
