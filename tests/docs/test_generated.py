"""The generated pages are what `make docs` writes, and name what exists."""

import csv
import io
import re

import pytest
from scripts.markdown import filled
from scripts.write_outputs_page import columns
from scripts.write_pages import DOCS, pages
from scripts.write_scale_pages import NAMED, paper_rules

from becalm.cli import main
from becalm.record import vocabulary
from becalm.scales import installed_scales
from becalm.scales.edition import scale_facts
from tests.conftest import REPOSITORY

PAGES = pages()
RULES = paper_rules("astct-2019")
SCALE = installed_scales()["astct-2019"]
EXISTING = {
    "levels": {f"{level.grade} {level.axis}" for level in SCALE.level},
    "policies": set(SCALE.relevant(SCALE.settings()).policies),
    "facts": set(scale_facts()),
    "devices": set(vocabulary().devices),
    "drug_classes": set(vocabulary().drug_classes),
}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_up_to_date(name):
    page = DOCS / name
    assert page.is_file(), f"docs/{name} is missing: run `make docs`"
    assert page.read_text(encoding="utf-8") == PAGES[name], f"docs/{name} is out of date: run `make docs`"


def test_no_generated_page_outlives_what_it_describes():
    written = [p for folder in ("scales", "guidelines", "schemas") for p in (DOCS / folder).glob("*.*")]
    names = {page.relative_to(DOCS).as_posix() for page in written}
    assert names
    assert names <= set(PAGES), f"nothing writes {sorted(names - set(PAGES))}: remove them"


@pytest.mark.parametrize(
    ("output", "command"),
    [
        ("grade", ["grade"]),
        ("per_patient", ["grade", "--per", "patient"]),
        ("markers", ["markers"]),
        ("scores", ["scores"]),
        ("advise", ["advise", "--at", "6.5"]),
    ],
)
def test_the_page_of_outputs_has_the_columns_of_the_outputs(output, command, capsys):
    name, *options = command
    assert main([name, str(REPOSITORY / "examples" / "local-crs-case"), *options]) == 0
    header = next(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert header == [*columns()[output], *columns()["stamp"]]


def test_a_template_must_fit():
    with pytest.raises(ValueError, match=r"scale\.md\.in names"):
        filled("scale.md.in", {"title": "only this"})


def test_every_rule_of_the_consensus_is_listed_once():
    assert [rule["id"] for rule in RULES] == [f"R{number}" for number in range(1, 17)]


@pytest.mark.parametrize("rule", RULES, ids=[rule["id"] for rule in RULES])
def test_what_implements_a_rule_exists(rule):
    assert set(rule) <= {"id", "says", "source", "verified", "how", *NAMED}
    assert any(rule.get(kind) for kind in NAMED), "nothing implements it"
    for kind, existing in EXISTING.items():
        assert set(rule.get(kind, ())) <= existing, f"{kind}: {sorted(set(rule[kind]) - existing)}"
    lost = [note for note in rule.get("notes", ()) if not any(n.startswith(note) for n in SCALE.notes)]
    assert not lost, f"no note of the edition begins so: {lost}"


def test_every_level_of_the_scale_is_traced_to_a_rule():
    """Death is in the table of the consensus itself, not among its rules."""
    traced = {level for rule in RULES for level in rule.get("levels", ())}
    assert EXISTING["levels"] - traced == {"5 death"}


def test_every_clinical_limit_of_the_policies_is_traced_or_listed_as_open():
    page = PAGES["scales/astct-2019.md"]
    lost = [name for name in EXISTING["policies"] if not re.search(rf"`{name}`", page)]
    assert not lost
