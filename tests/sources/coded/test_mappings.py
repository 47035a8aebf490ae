"""Mapping files: those that ship, those of a person, and the draft of one."""

from __future__ import annotations

import pytest

from becalm.record.errors import EditionError, InputError
from becalm.sources import CODED, lookup_for
from becalm.sources.coded.draft import draft, inventory
from becalm.sources.coded.lookup import lookup
from becalm.sources.coded.mapping import load_mapping, shipped_mapping
from becalm.sources.coded.statements import Chunk, outcomes, persons

from .said import INFUSION, said

SHIPPED = ("common", *CODED)
HEAD = 'format_version = 1\nid = "x"\ntitle = "x"\nsource = "x"\n'


def luhn(digits: str) -> int:
    """The check digit of a number by the algorithm of Luhn, as LOINC uses it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number // 10 + number % 10
    return -total % 10


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_mapping_fits_and_names_its_source(name):
    found = shipped_mapping(name)
    assert found.id == name
    assert found.source


def loinc_codes():
    return [
        (name, entry.code)
        for name in SHIPPED
        for entry in shipped_mapping(name).code
        if entry.system == "LOINC"
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_loinc_code_shipped_has_its_check_digit(name):
    for code in (entry.code for entry in shipped_mapping(name).code if entry.system == "LOINC"):
        digits, _, check = code.partition("-")
        assert int(check) == luhn(digits), code


@pytest.mark.parametrize("name", SHIPPED)
def test_no_code_is_given_twice_in_a_file(name):
    keys = [(entry.system, entry.code) for entry in shipped_mapping(name).code]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('[[code]]\nsystem = "a"\ncode = "1"\n', "exactly one of"),
        ('[[code]]\nsystem = "a"\ncode = "1"\ndrug = "x"\nfluid = "y"\n', "drug and fluid"),
        ('[[code]]\nsystem = "a"\ncode = "1"\nobservation = "temprature"\n', "temperature"),
        ('[[code]]\nsystem = "a"\ncode = "1"\nobservatoin = "temperature"\n', "observatoin"),
    ],
)
def test_a_mapping_that_does_not_fit_says_why(tmp_path, entry, expected):
    file = tmp_path / "own.toml"
    file.write_text(HEAD + entry)
    with pytest.raises(EditionError, match=expected):
        load_mapping(file)


def test_a_mapping_that_is_not_shipped_is_refused():
    with pytest.raises(InputError, match="common"):
        shipped_mapping("comon")


CHUNK = Chunk(
    said(
        INFUSION,
        {"codes": ["local|77"], "text": "Ferritin (serum)", "value": "900", "unit": "mcg/l"},
        {"codes": ["local|78"], "text": "Zebra", "value": "1"},
        {"domain": "drug", "codes": ["local|79"], "text": "acetaminophen 500 mg tab"},
        {"codes": ["LOINC|2276-4"], "text": "Ferritin", "value": "900", "unit": "zorks"},
    ),
    persons([]),
    outcomes([]),
    {"f": 5},
)


def test_a_draft_is_a_mapping_that_keeps_what_holds_and_proposes_the_rest(tmp_path):
    own = lookup_for("fhir")
    text = draft(inventory([CHUNK], own), own, "fhir")
    file = tmp_path / "draft.toml"
    file.write_text(text)
    made = load_mapping(file)
    assert [(one.code, one.drug, one.verified) for one in made.code] == [("79", "acetaminophen", False)]
    assert '# observation = "ferritin"' in text
    assert '# ignore = "TODO"\n# says = "Zebra"' in text
    assert "the unit 'zorks' is not known; accepted are ng/mL, ug/L" in text


def test_a_corrected_draft_maps_what_it_names(tmp_path):
    own = lookup_for("fhir")
    lines = draft(inventory([CHUNK], own), own, "fhir").splitlines()
    start = lines.index('# code = "77"') - 2
    corrected = [line.removeprefix("# ") if start <= i < start + 6 else line for i, line in enumerate(lines)]
    file = tmp_path / "own.toml"
    file.write_text("\n".join(corrected))
    mine = lookup([load_mapping(file), shipped_mapping("common")])
    found = mine.find("measurement", ["local|77"], None)
    assert found is not None
    assert (found.meaning.target, found.meaning.name, found.how) == ("observation", "ferritin", "mapping")
