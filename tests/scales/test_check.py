"""Proof-reading a grading system: what is found, the example shown, and that shipped systems are sound."""

from importlib.util import find_spec

import polars as pl
import pytest

from becalm.scales import installed_scales, load_scale
from becalm.scales.checking import check, laws
from becalm.scales.grading import graded
from becalm.sources import read_tables
from becalm.synthetic import generate

proofs = pytest.mark.skipif(find_spec("z3") is None, reason="z3-solver (extra check) is not installed")
HEAD = """format_version = 1
id       = "ward"
title    = "A ward's own"
kind     = "scale"
source   = "Protocol 12"
toxicity = "CRS"
"""


def scale(tmp_path, *levels):
    """A system with these levels: dictionaries of what differs from the usual."""
    text = HEAD
    for number, level in enumerate(levels, start=1):
        entry = {
            "grade": 1,
            "axis": "support",
            "says": f"level {number}",
            "cites": f"section {number}",
            "verified": True,
            **level,
        }
        text += "\n[[level]]\n"
        for key, value in entry.items():
            shown = str(value).lower() if isinstance(value, bool) else value
            text += f"{key} = {shown}\n" if not isinstance(value, str) else f'{key} = "{value}"\n'
    path = tmp_path / "ward.toml"
    path.write_text(text)
    return load_scale(path)


def found(tmp_path, *levels):
    return check(scale(tmp_path, *levels))


def only(findings):
    (one,) = findings
    return one


@proofs
@pytest.mark.parametrize("name", sorted(installed_scales()))
def test_no_error_is_found_in_a_shipped_system(name):
    wrong = [str(one) for one in check(installed_scales()[name]) if one.severity == "error"]
    assert not wrong


@proofs
def test_nothing_is_found_where_nothing_is_wrong(tmp_path):
    levels = (
        {"grade": 1, "when": "crs AND fever", "axis": "fever"},
        {"grade": 2, "when": "crs AND hypoxia AND fio2 < 40"},
        {"grade": 3, "when": "crs AND hypoxia AND fio2 >= 40"},
        {"grade": 4, "when": "crs AND oxygen >= 'positive_pressure' AND fio2 >= 40"},
    )
    assert found(tmp_path, *levels) == []


@proofs
@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("crs AND NOT crs", "contradicts itself"),
        ("vasopressors > 1 AND vasopressors < 2", "contradicts itself"),
        ("oxygen > 'positive_pressure'", "contradicts itself"),
        ("NOT hypotension AND vasopressors >= 1", "a vasopressor that counts is hypotension"),
        ("crs AND fio2 >= 400", "inspired oxygen is 21 to 100 %"),
        ("ice < 0", "the ICE score goes from 0 to 10"),
        ("vasopressors > vasopressors_with_vasopressin", "vasopressin can only add"),
    ],
)
def test_a_level_that_nobody_can_reach_is_an_error(tmp_path, when, why):
    findings = found(tmp_path, {"when": "crs AND fever"}, {"grade": 2, "when": when})
    assert findings[0].severity == "error"
    assert findings[0].place == "level[2] (grade 2, support)"
    assert why in findings[0].found


@proofs
def test_a_gap_between_two_levels_is_found_with_a_patient(tmp_path):
    one = only(
        found(
            tmp_path,
            {"grade": 2, "when": "crs AND hypoxia AND fio2 < 40"},
            {"grade": 3, "when": "crs AND hypoxia AND fio2 > 40"},
        )
    )
    assert one.severity == "warning"
    assert one.example == "crs yes, hypoxia yes, fio2 40 %"
    assert "level[3]" not in one.found
    assert "level[2] (grade 3, support)" in one.found


@proofs
def test_whole_numbers_leave_no_gap(tmp_path):
    assert not found(
        tmp_path,
        {"grade": 2, "when": "crs AND vasopressors = 1"},
        {"grade": 3, "when": "crs AND vasopressors > 1"},
    )
    one = only(found(tmp_path, {"grade": 2, "when": "ice BETWEEN 7 AND 9"}, {"grade": 3, "when": "ice <= 5"}))
    assert one.example == "ice 6"


@proofs
def test_an_order_turned_round_is_found_with_a_patient(tmp_path):
    one = only(
        found(
            tmp_path,
            {"grade": 2, "when": "crs AND vasopressors >= 2"},
            {"grade": 3, "when": "crs AND vasopressors >= 1"},
        )
    )
    assert (one.severity, one.place) == ("warning", "level[1] (grade 2, support)")
    assert "turned round" in one.found
    assert one.example == "crs yes, vasopressors 1"


@proofs
def test_a_lower_level_that_the_higher_leaves_something_of_is_fine(tmp_path):
    assert not found(
        tmp_path,
        {"grade": 2, "when": "crs AND oxygen >= 'low_flow'"},
        {"grade": 3, "when": "crs AND oxygen >= 'high_flow'"},
    )


@proofs
def test_a_level_that_adds_only_its_words_is_noted_once(tmp_path):
    same = {"grade": 2, "when": "crs AND hypoxia"}
    one = only(found(tmp_path, same, {**same, "when": "hypoxia AND crs"}))
    assert (one.severity, one.place) == ("note", "level[2] (grade 2, support)")
    several = found(
        tmp_path,
        {"grade": 2, "when": "crs AND hypoxia"},
        {"grade": 3, "when": "crs AND NOT hypoxia"},
        {"grade": 2, "when": "crs AND (fever OR hypotension)"},
    )
    assert [one.place for one in several] == ["level[3] (grade 2, support)"]
    assert "others of its axis reach as much" in several[0].found


@proofs
def test_a_condition_that_lasts_or_is_doubtful_covers_nothing_else(tmp_path):
    low = {"grade": 2, "when": "crs AND vasopressors >= 1"}
    assert not found(tmp_path, low, {**low, "grade": 3, "lasting_hours": 24.0})
    assert not found(tmp_path, low, {**low, "grade": 3, "doubt": "whether the dose is high"})
    assert found(tmp_path, low, {**low, "grade": 3})
    assert found(tmp_path, {**low, "lasting_hours": 24.0}, {**low, "grade": 3, "lasting_hours": 12.0})


@proofs
def test_a_comparison_that_always_or_never_holds_is_found(tmp_path):
    always = only(found(tmp_path, {"when": "crs AND fio2 >= 0.4"}))
    assert "`fio2 >= 0.4` always holds" in always.found
    never = only(found(tmp_path, {"when": "crs AND (fever OR ice > 10)"}))
    assert "`ice > 10` never holds: the ICE score goes from 0 to 10" in never.found
    assert "Every patient reaches it" in only(found(tmp_path, {"when": "crs OR NOT crs"})).found


@proofs
def test_a_level_without_the_condition_of_the_others_is_found(tmp_path):
    one = only(
        found(
            tmp_path,
            {"grade": 1, "when": "crs AND hypotension"},
            {"grade": 2, "when": "crs AND vasopressors >= 1"},
            {"grade": 3, "when": "crs AND vasopressors >= 2"},
            {"grade": 4, "when": "vasopressors >= 3"},
            {"grade": 5, "axis": "death", "when": "death_from_crs"},
        )
    )
    assert one.place == "level[4] (grade 4, support)"
    assert one.example == "crs no, vasopressors 3"
    assert "write `crs AND ...`" in one.step


def test_words_and_sources_are_read_over(tmp_path):
    findings = found(
        tmp_path,
        {"grade": 1, "when": "crs AND fever", "cites": "recalled"},
        {"grade": 3, "when": "crs AND hypoxia", "says": "Level  1"},
        {"grade": 4, "when": "crs AND hypoxia AND fever", "says": " ", "verified": False},
    )
    said = {(one.severity, one.place.split()[0]): one.found for one in findings}
    assert "`cites` says 'recalled'" in said["warning", "level[1]"]
    assert "`says` is empty" in said["warning", "level[3]"]
    assert "wording is that of level[1]" in said["note", "level[2]"]
    assert "1 to 3 with nothing between" in said["note", "axis"]
    assert "1 of 3 rules are not verified: 3" in said["note", "file"]


def test_without_the_library_the_rest_is_done_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr("becalm.scales.checking.find_spec", lambda name: None)
    one = only(found(tmp_path, {"when": "crs AND NOT crs"}))
    assert one.severity == "warning"
    assert "pip install 'becalm[check]'" in one.step


def test_a_finding_says_place_example_and_next_step(tmp_path):
    for one in found(
        tmp_path, {"grade": 1, "when": "fever"}, {"grade": 3, "when": "hypoxia", "cites": "TODO"}
    ):
        assert one.found.endswith(".")
        assert one.step
        assert str(one).startswith(f"{one.severity}: {one.place}: ")


def test_no_record_breaks_a_law(tmp_path):
    """A system whose levels are the laws turned round: nobody certainly reaches any."""
    broken = [
        {"grade": 1, "axis": f"law{n}", "when": f"NOT ({law.holds.text})"} for n, law in enumerate(laws())
    ]
    edition = scale(tmp_path, *broken)
    rows = graded(read_tables(generate(30, seed=5).tables), edition).intervals
    assert rows.height > 100
    wrong = {
        law.says: count
        for n, law in enumerate(laws())
        if (count := rows.filter(pl.col(f"law{n}_min") > 0).height)
    }
    assert not wrong
