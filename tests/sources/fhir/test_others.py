"""Persons and deaths, stays, procedures, devices, diagnoses and adverse events."""

import pytest

from tests.sources.fhir.making import SNOMED, WHEN, concept, read_one, resource

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def patient(**fields):
    return {"resourceType": "Patient", "id": "p1"} | fields


def test_a_person(tmp_path):
    found = read_one(tmp_path, patient(birthDate="1963-10", gender="female"))
    assert found.persons.select("patient_id", "birth_date", "sex", "row").rows() == [
        ("p1", "1963-10", "female", 1)
    ]
    assert found.statements.is_empty()


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"deceasedDateTime": WHEN}, WHEN),
        ({"deceasedBoolean": True}, None),
        ({"deceasedDateTime": "2024-05-02"}, "2024-05-02"),
    ],
)
def test_a_death(tmp_path, fields, start):
    found = read_one(tmp_path, patient(**fields))
    found.one(domain="death", codes=["becalm|death"], start=start, patient_id="p1")


def test_a_death_in_a_month_stays_a_death(tmp_path):
    found = read_one(tmp_path, patient(deceasedDateTime="2024-05"))
    found.one(domain="death", start=None)
    assert list(found.reasons("refused").values()) == [0]


def test_the_living(tmp_path):
    assert read_one(tmp_path, patient(deceasedBoolean=False)).statements.is_empty()


def stay(**fields):
    return resource("Encounter", "e1", status="finished", **fields) | {
        "class": {"system": ACT, "code": "IMP"}
    }


def test_a_stay_and_its_places(tmp_path):
    unit = {"resourceType": "Location", "id": "icu", "name": "5 West", "type": [concept(ROLE, "ICU")]}
    places = [
        {"location": {"reference": "Location/icu"}, "period": {"start": "2024-05-03"}},
        {"location": {"display": "Ward 3"}},
        {"location": {"reference": "Location/icu"}, "status": "planned"},
        {"location": {"reference": "Location/none"}},
    ]
    period = {"start": "2024-05-01", "end": "2024-05-20"}
    kind = [concept(SNOMED, "183450002", "Admission")]
    found = read_one(tmp_path, stay(period=period, type=kind, location=places), unit)
    assert found.rows("domain", "codes", "text", "start", "end", "row") == [
        ("visit", [f"{ACT}|IMP", f"{SNOMED}|183450002"], "Admission", "2024-05-01", "2024-05-20", 1),
        ("visit", [f"{ROLE}|ICU"], "5 West", "2024-05-03", None, 1),
        ("visit", None, "Ward 3", "2024-05-01", "2024-05-20", 1),
    ]
    assert list(found.reasons("refused").values()) == [0]


def test_a_place_at_a_part_of_a_date_leaves_the_stay(tmp_path):
    place = {"location": {"display": "ICU"}, "period": {"start": "2024-05"}}
    found = read_one(tmp_path, stay(period={"start": "2024-05-01"}, location=[place]))
    found.one(start="2024-05-01")
    assert found.outcomes.select("outcome", "given", "count").rows() == [("refused", "2024-05", 0)]


@pytest.mark.parametrize("status", ["planned", "cancelled", "entered-in-error", "unknown"])
def test_a_stay_that_was_none(tmp_path, status):
    found = read_one(tmp_path, stay(period={"start": WHEN}) | {"status": status})
    assert found.statements.is_empty()
    assert sum(found.reasons("set aside").values()) == 1


def test_a_procedure(tmp_path):
    code = concept(SNOMED, "112798008", "Intubation")
    found = read_one(
        tmp_path, resource("Procedure", "q", status="completed", code=code, performedPeriod={"start": WHEN})
    )
    found.one(
        domain="procedure", codes=[f"{SNOMED}|112798008"], text="Intubation", start=WHEN, end=None, note=None
    )


@pytest.mark.parametrize("status", ["preparation", "not-done", "entered-in-error"])
def test_a_procedure_not_done(tmp_path, status):
    found = read_one(tmp_path, resource("Procedure", "q", status=status, code=concept(SNOMED, "1")))
    assert found.statements.is_empty()
    assert sum(found.reasons("set aside").values()) == 1


def test_a_procedure_at_an_age_leaves_a_doubt(tmp_path):
    one = resource(
        "Procedure", "q", status="completed", code=concept(SNOMED, "1"), performedString="as a child"
    )
    found = read_one(tmp_path, one)
    row = found.one(domain="procedure", start=None, note='refused for: "as a child"')
    assert row["doubt"].startswith("Its time is a text or an age")


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        ({"timingDateTime": WHEN}, [(WHEN, None)]),
        ({"timingPeriod": {"start": WHEN, "end": "2024-05-03"}}, [(WHEN, "2024-05-03")]),
        (
            {"timingTiming": {"event": ["2024-05-02", "2024-05-03"]}},
            [("2024-05-02", None), ("2024-05-03", None)],
        ),
        ({"timingTiming": {"repeat": {"boundsPeriod": {"start": WHEN}}}}, [(WHEN, None)]),
        ({}, [(None, None)]),
    ],
)
def test_a_device_in_use(tmp_path, timing, expected):
    device = {"resourceType": "Device", "id": "d", "type": concept(SNOMED, "426854004", "HFNC")}
    use = resource("DeviceUseStatement", "u", status="active", device={"reference": "Device/d"}, **timing)
    found = read_one(tmp_path, device, use)
    assert found.rows("start", "end") == expected
    assert set(found.rows("domain", "text", "row")) == {("device", "HFNC", 2)}


@pytest.mark.parametrize("status", ["entered-in-error", "intended", "on-hold"])
def test_a_device_not_in_use(tmp_path, status):
    use = resource("DeviceUseStatement", "u", status=status, device={"display": "HFNC"})
    assert read_one(tmp_path, use).statements.is_empty()


def diagnosis(**fields):
    return (
        resource("Condition", "c", code=concept("http://hl7.org/fhir/sid/icd-10-cm", "A41.9", "Sepsis"))
        | fields
    )


def state(name, code):
    return concept(f"http://terminology.hl7.org/CodeSystem/condition-{name}", code)


def test_a_diagnosis(tmp_path):
    found = read_one(
        tmp_path,
        diagnosis(
            onsetDateTime=WHEN,
            abatementDateTime="2024-05-09",
            recordedDate="2024-05-03",
            clinicalStatus=state("clinical", "resolved"),
            verificationStatus=state("ver-status", "provisional"),
        ),
    )
    note = "verificationStatus provisional; clinicalStatus resolved"
    found.one(domain="condition", text="Sepsis", start=WHEN, end="2024-05-09", note=note)


def test_a_diagnosis_without_onset_is_of_its_recording(tmp_path):
    found = read_one(tmp_path, diagnosis(recordedDate="2024-05-03"))
    assert "recording" in found.one(start="2024-05-03")["note"]


@pytest.mark.parametrize("verified", ["refuted", "entered-in-error"])
def test_a_diagnosis_that_is_none(tmp_path, verified):
    found = read_one(
        tmp_path, diagnosis(onsetDateTime=WHEN, verificationStatus=state("ver-status", verified))
    )
    assert found.statements.is_empty()


def test_a_diagnosis_at_an_age_is_refused(tmp_path):
    found = read_one(tmp_path, diagnosis(onsetAge={"value": 40}, recordedDate="2024-05-03"))
    assert sum(found.reasons("refused").values()) == 1


GRADE = "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade"


@pytest.mark.parametrize(
    ("fields", "grade"),
    [
        ({"severity": concept("http://x/ctcae-grade-code-system", "3", "Severe")}, "3"),
        ({"severity": concept("http://x/ctcae-grade-code-system", "Grade 2")}, "2"),
        (
            {"severity": concept("http://terminology.hl7.org/CodeSystem/adverse-event-severity", "severe")},
            None,
        ),
        ({"severity": concept("http://local", "3")}, None),
        ({"extension": [{"url": GRADE, "valueCodeableConcept": concept("x", "4")}]}, "4"),
        ({"extension": [{"url": GRADE, "valueInteger": 1}]}, "1"),
        ({"extension": [{"url": GRADE, "valueInteger": 7}]}, None),
        ({"extension": [{"url": "http://other", "valueInteger": 1}]}, None),
        ({}, None),
    ],
)
def test_an_adverse_event_and_its_grade(tmp_path, fields, grade):
    event = {"actuality": "actual", "event": concept("m", "1", "Hypoxia"), "date": WHEN}
    outcome = concept("http://terminology.hl7.org/CodeSystem/adverse-event-outcome", "resolved")
    found = read_one(tmp_path, resource("AdverseEvent", "a", **event, outcome=outcome, **fields))
    found.one(domain="adverse_event", text="Hypoxia", start=WHEN, value=grade, note="outcome: resolved")


def test_an_adverse_event_that_might_have_been(tmp_path):
    found = read_one(tmp_path, resource("AdverseEvent", "a", actuality="potential", event=concept("m", "1")))
    assert sum(found.reasons("set aside").values()) == 1


def test_other_types_are_counted_and_set_aside(tmp_path):
    found = read_one(tmp_path, resource("Claim", "1"), resource("Claim", "2"), resource("Goal", "3"))
    assert found.reasons("set aside") == {
        "Claim: this type of resource is not read.": 2,
        "Goal: this type of resource is not read.": 1,
    }
