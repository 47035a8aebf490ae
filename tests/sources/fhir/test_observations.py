"""Observations: values, comparators, components, absent values, statuses, times."""

import json

import polars as pl
import pytest

from tests.sources.fhir.making import (
    LOINC,
    WHEN,
    concept,
    observation,
    quantity,
    read_all,
    read_one,
    write_bundle,
    write_lines,
)


def test_a_number_with_its_unit_and_all_its_codes(tmp_path):
    code = {
        "coding": [
            {"system": LOINC, "code": "8310-5", "display": "Body temperature"},
            {"system": "urn:oid:1.2.3", "code": "6"},
        ],
        "text": "Temp",
    }
    found = read_one(tmp_path, observation(code=code, valueQuantity=quantity(38.4, "Cel")))
    found.one(
        patient_id="p1",
        domain="measurement",
        codes=[f"{LOINC}|8310-5", "urn:oid:1.2.3|6"],
        text="Temp",
        start=WHEN,
        end=None,
        value="38.4",
        unit="Cel",
        file="bundle.json",
        row=1,
        record="Observation/o1",
    )


@pytest.mark.parametrize("written", ["1.10", "38.0", "0.000001", "1E3", "-2.50", "12345678901234567890.1"])
def test_a_number_stays_as_it_was_written(tmp_path, written):
    path = tmp_path / "o.json"
    text = json.dumps(observation(valueQuantity=quantity("VALUE", "1"))).replace('"VALUE"', written)
    path.write_text(text, encoding="utf-8")
    read_all(path).one(value=written)


@pytest.mark.parametrize("comparator", ["<", "<=", ">", ">="])
def test_a_comparator_stands_apart_from_its_number(tmp_path, comparator):
    found = read_one(tmp_path, observation(valueQuantity=quantity(5, "pg/mL", comparator=comparator)))
    found.one(value="5", comparator=comparator, unit="pg/mL")


def test_an_unknown_comparator_is_refused(tmp_path):
    found = read_one(tmp_path, observation(valueQuantity=quantity(5, "pg/mL", comparator="~")))
    assert "comparator" in next(iter(found.reasons("refused")))


@pytest.mark.parametrize(
    ("text", "value", "comparator"),
    [("<5", "5", "<"), ("≥ 1.50", "1.50", ">="), ("38.2", "38.2", None), ("positive", "positive", None)],
)
def test_a_text_may_hold_a_comparator(tmp_path, text, value, comparator):
    read_one(tmp_path, observation(valueString=text)).one(value=value, comparator=comparator, unit=None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"valueInteger": 15}, {"value": "15", "domain": "measurement"}),
        ({"valueBoolean": False}, {"value": "false"}),
        (
            {"valueRange": {"low": quantity(5, "L/min"), "high": quantity(10, "L/min")}},
            {"value": "5", "value_high": "10", "unit": "L/min", "comparator": None},
        ),
        (
            {"valueRange": {"low": quantity(5, "L/min")}},
            {"value": "5", "comparator": ">=", "value_high": None},
        ),
        (
            {"valueRange": {"high": quantity(9, "L/min")}},
            {"value": "9", "comparator": "<=", "value_high": None},
        ),
        (
            {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}},
            {"value": "1:128", "unit": None},
        ),
        (
            {"valueCodeableConcept": concept("http://snomed.info/sct", "427591007", "Non-rebreather")},
            {"value": "Non-rebreather", "value_codes": ["http://snomed.info/sct|427591007"]},
        ),
        ({"valueDateTime": "2024-05-01"}, {"value": "2024-05-01"}),
        ({"valueQuantity": {"value": 98, "unit": "bpm"}}, {"value": "98", "unit": "bpm"}),
    ],
)
def test_other_kinds_of_value(tmp_path, fields, expected):
    read_one(tmp_path, observation(**fields)).one(**expected)


def test_components_are_statements_of_their_own(tmp_path):
    parts = [
        {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(85, "mm[Hg]")},
        {"code": concept(LOINC, "8462-4"), "valueQuantity": quantity(50, "mm[Hg]")},
        {"code": concept(LOINC, "8478-0"), "dataAbsentReason": concept("d", "not-performed")},
    ]
    found = read_one(tmp_path, observation(code=concept(LOINC, "85354-9"), component=parts))
    assert found.rows("codes", "value", "row") == [
        ([f"{LOINC}|8480-6"], "85", 1),
        ([f"{LOINC}|8462-4"], "50", 1),
    ]
    assert found.reasons("set aside") == {"A part of an Observation: no value: not-performed.": 0}


def test_a_bad_component_leaves_the_others(tmp_path):
    parts = [
        {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(85, "mm[Hg]")},
        {"code": concept(LOINC, "8462-4"), "valueQuantity": quantity("fifty", "mm[Hg]")},
    ]
    found = read_one(tmp_path, observation(component=parts))
    found.one(value="85")
    assert list(found.reasons("refused").values()) == [0]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"dataAbsentReason": concept("d", "unknown")}, "no value: unknown"),
        (
            {"dataAbsentReason": concept("d", "error"), "valueQuantity": quantity(37, "Cel")},
            "no value: error",
        ),
        ({}, "no value"),
        ({"valueQuantity": {"unit": "Cel"}}, "no value"),
        ({"valueString": "  "}, "no value"),
        ({"valueCodeableConcept": {}}, "no value"),
        ({"hasMember": [{"reference": "Observation/x"}]}, "panel"),
        ({"valueSampledData": {"origin": {"value": 0}, "period": 1, "dimensions": 1}}, "waveform"),
    ],
)
def test_no_value_is_never_a_value(tmp_path, fields, reason):
    found = read_one(tmp_path, observation(**fields))
    assert found.statements.is_empty()
    assert reason in next(iter(found.reasons("set aside")))


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "preliminary"])
def test_a_status_that_stands_is_used(tmp_path, status):
    read_one(tmp_path, observation(status=status, valueInteger=1)).one(value="1")


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", "unknown"])
def test_a_status_that_does_not_stand_is_set_aside(tmp_path, status):
    found = read_one(tmp_path, observation(status=status, valueQuantity=quantity(40, "Cel")))
    assert found.statements.is_empty()
    assert status in next(iter(found.reasons("set aside")))


@pytest.mark.parametrize("status", ["nope", None])
def test_a_status_that_is_none_is_refused(tmp_path, status):
    found = read_one(tmp_path, observation(status=status, valueInteger=1))
    assert "one of amended, " in next(iter(found.reasons("refused")))


@pytest.mark.parametrize(
    ("time", "start", "end"),
    [
        ({"effectiveDateTime": "2024-05-02"}, "2024-05-02", None),
        ({"effectiveInstant": "2024-05-02T08:00:00.123Z"}, "2024-05-02T08:00:00.123Z", None),
        ({"effectivePeriod": {"start": "2024-05-02", "end": "2024-05-03"}}, "2024-05-02", "2024-05-03"),
        ({"effectiveTiming": {"event": ["2024-05-02"]}}, "2024-05-02", None),
        ({}, None, None),
    ],
)
def test_times_pass_as_they_are(tmp_path, time, start, end):
    one = observation(valueInteger=1)
    del one["effectiveDateTime"]
    read_one(tmp_path, one | time).one(start=start, end=end)


@pytest.mark.parametrize("time", ["2024", "2024-05", "2 May 2024", "2024-05-02 around noon", ""])
@pytest.mark.parametrize("write", [write_bundle, write_lines])
def test_a_part_of_a_date_is_refused(tmp_path, time, write):
    path = tmp_path / ("b.json" if write is write_bundle else "b.ndjson")
    good = observation("o2", valueQuantity=quantity(37, "Cel"))
    found = read_all(
        write(path, observation(effectiveDateTime=time, valueQuantity=quantity(40, "Cel")), good)
    )
    found.one(record="Observation/o2")
    assert found.outcomes.select("record", "given", "count").rows() == [("Observation/o1", time, 1)]
    reason = found.outcomes["reason"][0]
    assert "2024-03-01" in reason


def test_body_site_and_method(tmp_path):
    found = read_one(
        tmp_path,
        observation(
            valueQuantity=quantity(38, "Cel"),
            bodySite=concept("http://snomed.info/sct", "91470000", "Axillary"),
            method=concept("http://snomed.info/sct", "1", "Tympanic thermometer"),
        ),
    )
    found.one(site="Axillary", note="method: Tympanic thermometer")


def test_a_modifier_extension_is_refused(tmp_path):
    one = observation(valueInteger=1, modifierExtension=[{"url": "http://x/negated", "valueBoolean": True}])
    found = read_one(tmp_path, one)
    assert "modifierExtension" in next(iter(found.reasons("refused")))
    assert found.outcomes["given"].to_list() == ["http://x/negated"]


def test_lines_and_a_bundle_say_the_same(tmp_path):
    """The quick way through plain observations and the way through all others decide alike."""
    parts = [
        {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(85, "mm[Hg]")},
        {"code": concept(LOINC, "8462-4"), "valueQuantity": quantity(50.50, "mm[Hg]")},
    ]
    values = [
        {"valueQuantity": quantity(37.0, "Cel")},
        {"valueQuantity": quantity(5, "pg/mL", comparator="<")},
        {"valueQuantity": {"value": 5, "unit": "u", "system": "http://local", "code": "c"}},
        {"valueQuantity": {"value": 5, "system": "http://unitsofmeasure.org", "unit": "u"}},
        {"valueQuantity": {"value": 5, "code": "c"}},
        {"valueQuantity": {"value": "5"}},
        {"valueQuantity": {"value": None, "unit": "Cel"}},
        {"component": parts},
        {"component": parts, "valueString": "85/50"},
        {"component": parts, "valueQuantity": quantity(61, "mm[Hg]")},
        {"component": [parts[0], {"code": concept(LOINC, "8462-4")}]},
        {"component": []},
        {"valueQuantity": quantity(37.0, "Cel"), "code": {"coding": "?"}},
        {"valueQuantity": quantity(37.0, "Cel"), "subject": {"reference": "Group/g"}},
        {"valueQuantity": quantity(37.0, "Cel"), "status": "cancelled"},
        {"valueQuantity": quantity(37.0, "Cel"), "dataAbsentReason": concept("d", "error")},
        {"valueQuantity": quantity(37.0, "Cel"), "bodySite": concept("s", "1", "oral")},
        {"valueQuantity": quantity(37.0, "Cel"), "id": None},
        {"valueQuantity": quantity(37.0, "Cel"), "modifierExtension": [{"url": "x"}]},
        {"valueQuantity": quantity(37.0, "Cel"), "method": concept("s", "1", "by hand")},
        {"valueQuantity": quantity(37.0, "Cel"), "effectiveDateTime": None, "effectivePeriod": {"end": WHEN}},
        {"component": [parts[0], parts[1] | {"dataAbsentReason": concept("d", "error")}]},
        {"component": [parts[0], parts[1] | {"valueQuantity": quantity(5, "u", comparator="<")}]},
    ]
    several = [observation(f"o{n}", **fields) | fields for n, fields in enumerate(values)]
    by_line = read_all(write_lines(tmp_path / "o.ndjson", *several))
    by_entry = read_all(write_bundle(tmp_path / "o.json", *several))
    assert by_line.read == {"o.ndjson": len(several)}
    for name in ("statements", "outcomes"):
        lines, entries = (
            getattr(found, name).drop("file").sort("row", *["value", "codes"] * (name == "statements"))
            for found in (by_line, by_entry)
        )
        assert lines.equals(entries), pl.concat([lines, entries]).unique(keep="none")
