"""Whatever is wrong with one resource, the statements of the others stay the same."""

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.sources.fhir.making import (
    LOINC,
    RXNORM,
    administration,
    bundle,
    concept,
    observation,
    quantity,
    read_all,
    resource,
)

PARTS = [
    {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(85, "mm[Hg]")},
    {"code": concept(LOINC, "8462-4"), "valueQuantity": quantity(50, "mm[Hg]")},
]
RESOURCES = [
    {"resourceType": "Patient", "id": "p1", "gender": "female", "deceasedDateTime": "2024-06-01"},
    observation("o1", valueQuantity=quantity(38.5, "Cel")),
    observation("o2", code=concept(LOINC, "85354-9"), component=PARTS),
    observation("o3", valueString="<5"),
    administration(
        "m1",
        medicationCodeableConcept=concept(RXNORM, "612865"),
        dosage={
            "dose": quantity(560, "mg"),
            "rateRatio": {"numerator": quantity(10, "mL"), "denominator": quantity(8, "h")},
        },
    ),
    resource(
        "Procedure", "q1", status="completed", code=concept("s", "1"), performedPeriod={"start": "2024-05-03"}
    ),
    resource(
        "DeviceUseStatement", "d1", status="active", device={"display": "HFNC"}, timingDateTime="2024-05-03"
    ),
    resource(
        "Encounter",
        "e1",
        status="finished",
        location=[{"location": {"display": "ICU"}}],
        period={"start": "2024-05-01"},
    ),
    resource("Condition", "c1", code=concept("s", "1"), onsetDateTime="2024-05-03"),
    resource(
        "AdverseEvent",
        "a1",
        actuality="actual",
        event=concept("s", "1"),
        extension=[{"url": "ctc-grade", "valueInteger": 2}],
    ),
    resource("MedicationRequest", "r1", status="active", medicationCodeableConcept=concept(RXNORM, "1")),
    observation("o4", valueCodeableConcept=concept("s", "1")),
]
WRONG: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, -1, 1e308, "", "x", "2024", [], [None], {}, {"a": 1}, [[]], "\u0000", "é" * 300]
)


def paths(value, at=()):
    """Every place in a resource."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*at, name)
            yield from paths(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield (*at, number)
            yield from paths(inner, (*at, number))


def changed(value, at, new):
    """The value with another one at a place."""
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = changed(copy[at[0]], at[1:], new)
    return copy


def read_text(text, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(text)
        return read_all(path)


def others(found, row):
    """Statements and persons of all other rows."""
    return [
        frame.filter(frame["row"] != row).drop("file").sort("row", maintain_order=True).rows()
        for frame in (found.statements, found.persons)
    ]


LINES = [json.dumps(one).encode() for one in RESOURCES]
WHOLE = read_text(b"\n".join(LINES), "o.ndjson")


@given(data=st.data())
def test_a_wrong_value_anywhere(data):
    index = data.draw(st.integers(0, len(RESOURCES) - 1))
    at = data.draw(st.sampled_from(list(paths(RESOURCES[index]))))
    bad = changed(RESOURCES[index], at, data.draw(WRONG))
    several = [*RESOURCES[:index], bad, *RESOURCES[index + 1 :]]
    text = b"\n".join(json.dumps(one).encode() for one in several)
    by_line = read_text(text, "o.ndjson")
    assert others(by_line, index + 1) == others(WHOLE, index + 1)
    by_entry = read_text(json.dumps(bundle(*several)).encode(), "o.json")
    assert others(by_entry, index + 1) == others(WHOLE, index + 1)
    assert others(by_entry, 0) == others(by_line, 0)


@given(data=st.data())
def test_broken_bytes_in_a_line(data):
    index = data.draw(st.integers(0, len(LINES) - 1))
    line = bytearray(LINES[index])
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(
            st.integers(0, 255).filter(lambda byte: byte not in b"\n")
        )
    cut = data.draw(st.integers(1, len(line)))
    text = b"\n".join([*LINES[:index], bytes(line[:cut]), *LINES[index + 1 :]])
    if not bytes(line[:cut]).strip():
        return
    found = read_text(text, "o.ndjson")
    assert others(found, index + 1) == others(WHOLE, index + 1)
