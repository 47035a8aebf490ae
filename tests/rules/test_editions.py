"""Fact files and edition files: what is read, what is refused and how the refusal reads."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from becalm.record.errors import EditionError
from becalm.rules import Edition, Fact, FactSet, Rule, Strict, compile_rules, json_schema, load_toml_edition


class Level(Rule):
    grade: int
    axis: str | None = None


class Toxicity(Strict):
    organ: str
    rules: tuple[Rule, ...] = ()


class Scale(Edition):
    level: tuple[Level, ...]
    organ: Toxicity | None = None


FACTS = FactSet(
    [
        Fact("oxygen", "ordered", "support", levels=("none", "low_flow", "high_flow")),
        Fact("vasopressors", "number", "count", whole=True),
    ]
)
GOOD = """\
format_version = 1
id     = "tiny-2019"
title  = "A scale"
kind   = "scale"
source = "Lee 2019, doi 10.1016/j.bbmt.2018.12.758"
policy = { resolution_hours = 24, names = ["one", "two"], strict = true, limit = 37.5 }

[[level]]
grade    = 3
when     = "oxygen >= 'high_flow'"
says     = "high-flow oxygen – more than 6 L/min"
cites    = "Table 2"
verified = true

[[level]]
grade    = 4
when     = "vasopressors >= 2"
says     = "several vasopressors"
cites    = "Table 2"
verified = false

[organ]
organ = "liver"
[[organ.rules]]
when = "vasopressors = 0"
says = "a rule in a part"
cites = "Table 3"
verified = true
"""


@pytest.fixture
def write(tmp_path: Path):
    def writer(text: str | bytes) -> Path:
        file = tmp_path / "tiny.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return writer


def refused(file: Path) -> str:
    with pytest.raises(EditionError) as error:
        load_toml_edition(file, Scale)
    message = str(error.value)
    assert all(line.startswith(f"{file}: ") for line in message.splitlines()), message
    return message.replace(f"{file}: ", "")


def test_an_edition_is_read_with_its_hash(write):
    file = write(GOOD)
    scale = load_toml_edition(str(file), Scale)
    assert (scale.id, scale.kind) == ("tiny-2019", "scale")
    assert (scale.level[1].grade, scale.level[0].axis) == (4, None)
    policy = {"resolution_hours": 24, "names": ("one", "two"), "strict": True, "limit": 37.5}
    assert dict(scale.policy) == policy
    assert scale.hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert scale.short_hash == scale.hash[:16]
    assert scale.path == file
    assert "–" in scale.level[0].says
    assert load_toml_edition(write(GOOD + "\n# a comment\n"), Scale).hash != scale.hash


def test_an_edition_never_changes(write):
    scale = load_toml_edition(write(GOOD), Scale)
    with pytest.raises(ValidationError):
        scale.title = "Another"
    with pytest.raises(ValidationError):
        scale.level[0].when = "TRUE"


def test_rules_have_places_and_conditions(write):
    scale = load_toml_edition(write(GOOD), Scale)
    assert [place for place, _ in scale.every_rule()] == ["level[1]", "level[2]", "organ.rules[1]"]
    compiled = compile_rules(scale, FACTS)
    assert list(compiled) == ["level[1]", "level[2]", "organ.rules[1]"]
    assert compiled["level[2]"].facts == ("vasopressors",)


def test_bad_conditions_are_all_told_with_their_place(write):
    text = GOOD.replace("vasopressors >= 2", "vasopresors >= 2").replace("= 0", "IS NULL")
    file = write(text)
    with pytest.raises(EditionError) as error:
        compile_rules(load_toml_edition(file, Scale), FACTS)
    first, second = str(error.value).splitlines()
    assert first.startswith(f"{file}: level[2].when: The rule `vasopresors >= 2` is refused")
    assert "did you mean `vasopressors`" in first
    assert second.startswith(f"{file}: organ.rules[1].when: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format_version = 1", "format_version = 2", r"it has format_version 2\. Expected format_version 1"),
        ("format_version = 1", "format_version = true", r"it has format_version True"),
        ("format_version = 1", 'format_version = "1"', r"it has format_version '1'"),
        ("format_version = 1\n", "", r"it has no format_version\..*format_version = 1 at the top"),
        ("grade    = 4", 'grade    = "4"', r"`level\[2\]\.grade` is '4'\. Expected a valid integer"),
        ("grade    = 4", "grade    = 4.5", r"`level\[2\]\.grade` is 4\.5"),
        ("grade    = 4\n", "", r"The key `level\[2\]\.grade` is missing\. .* Add it\."),
        ("grade    = 4", "grad     = 4", r"`level\[2\]\.grad` is unknown\. .* Did you mean `grade`\?"),
        ("verified = false", 'verified = "no"', r"`level\[2\]\.verified` is 'no'\. Expected a valid boolean"),
        ("verified = false", "verified = 0", r"`level\[2\]\.verified` is 0\."),
        ('title  = "A scale"', 'title  = ""', r"`title` is ''\."),
        ('title  = "A scale"', 'titel  = "A scale"', r"`titel` is unknown\. .* Did you mean `title`\?"),
        ('"tiny-2019"', '"Tiny 2019"', r"`id` is 'Tiny 2019'\."),
        ("limit = 37.5", "limit = nan", r"`policy\.limit` is nan\. Expected a finite number"),
        ("limit = 37.5", "limit = -inf", r"`policy\.limit` is -inf\."),
        ("limit = 37.5", "limit = [1, inf]", r"`policy\.limit\[2\]` is inf\."),
        ("limit = 37.5", "limit = { deep = 1 }", r"`policy\.limit"),
        ("[organ]", "[organs]", r"`organs` is unknown\. .* Did you mean `organ`\?"),
        ("[organ]", "[organ", r"Expected TOML\. Correct the file at that place"),
        ("grade    = 4", "grade    = 4\ngrade = 5", r"Expected TOML"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(write, old, new, message):
    assert old in GOOD
    assert re.search(message, refused(write(GOOD.replace(old, new))), re.DOTALL)


def test_all_misfits_are_told_at_once(write):
    text = GOOD.replace("grade    = 4", "grade    = true").replace('kind   = "scale"\n', "")
    message = refused(write(text))
    assert "`kind` is missing" in message
    assert "`level[2].grade` is True" in message


def test_files_that_cannot_be_read(write, tmp_path):
    assert "No such file" in refused(tmp_path / "absent.toml")
    assert "Is a directory" in refused(tmp_path)
    assert "byte 13 is not UTF-8" in refused(write(b'source = "Lee\xe9"'))
    assert "no format_version" in refused(write(""))


def test_the_schema_is_json_and_refuses_other_keys():
    schema = json.loads(json.dumps(json_schema(Scale)))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert {"format_version", "id", "title", "kind", "source", "level"} <= set(schema["required"])
    assert schema["$defs"]["Level"]["properties"]["when"]["description"]
    assert not any(name.startswith("_") for name in schema["properties"])


# --- facts ------------------------------------------------------------------------------------------

FACT_FILE = """\
format_version = 1
source = "definitions"

[facts.oxygen]
kind = "ordered"
levels = ["none", "low_flow"]
says = "The support."

[facts.vasopressors]
kind = "number"
unit = "1"
whole = true
says = "How many."
"""


def test_facts_are_read_from_a_file(write):
    facts = FactSet.load(write(FACT_FILE))
    assert list(facts) == ["oxygen", "vasopressors"]
    assert facts["oxygen"] == Fact("oxygen", "ordered", "The support.", levels=("none", "low_flow"))
    assert facts["vasopressors"] == Fact("vasopressors", "number", "How many.", unit="1", whole=True)
    assert (facts["oxygen"].lo, facts["oxygen"].hi) == ("oxygen_lo", "oxygen_hi")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"ordered"', '"orderd"', r"`facts\.oxygen\.kind` is 'orderd'"),
        ("levels = ", "level = ", r"Did you mean `levels`\?"),
        ('["none", "low_flow"]', '["none"]', r"The fact `oxygen` is refused: it is ordered and has 1 levels"),
        ("facts.oxygen", "facts.oxygen_lo", r"cannot stand in a rule"),
        ('says = "How many."', 'says = ""', r"`says` is empty"),
    ],
)
def test_bad_fact_files_are_refused(write, old, new, message):
    file = write(FACT_FILE.replace(old, new))
    with pytest.raises(EditionError, match=message) as error:
        FactSet.load(file)
    assert str(error.value).startswith(f"{file}: ")


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "Fever"},
        {"name": "fe ver"},
        {"name": ""},
        {"name": "fever_hi"},
        {"name": "null"},
        {"name": "select"},
        {"name": "case"},
        {"name": "nan"},
        {"name": "between"},
        {"name": "current_date"},
        {"kind": "text"},
        {"says": "  "},
        {"kind": "ordered"},
        {"kind": "ordered", "levels": ("a", "a")},
        {"kind": "ordered", "levels": ("a", "")},
        {"levels": ("a", "b")},
        {"kind": "boolean", "levels": ("a", "b")},
        {"kind": "boolean", "unit": "mg/L"},
        {"kind": "boolean", "whole": True},
    ],
    ids=str,
)
def test_facts_that_contradict_themselves_are_refused(bad):
    with pytest.raises(EditionError, match=r"The fact `.*` is refused"):
        Fact(**{"name": "fever", "kind": "number", "says": "a fact"} | bad)


def test_sets_of_facts_join_and_refuse_doubles():
    other = FactSet([Fact("crs", "boolean", "an episode")])
    assert list(FACTS | other) == ["oxygen", "vasopressors", "crs"]
    with pytest.raises(EditionError, match="`crs` is declared twice"):
        other | other
