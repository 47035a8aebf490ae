"""Scales, guidelines, policies and parameters as chosen on the command line."""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from .running import BAD, DONE, becalm, teaches

ASTCT = files("becalm.scales").joinpath("editions", "astct-2019.toml").read_text(encoding="utf-8")
FLOWCHART = (
    files("becalm.guidelines").joinpath("editions", "il6-guided-2022.toml").read_text(encoding="utf-8")
)
WITH_POLICIES = ("grade", "markers", "advise")


def table(text: str) -> pl.DataFrame:
    return pl.read_csv(io.StringIO(text))


def test_a_policy_that_is_changed_changes_the_grade_and_is_printed_with_it(ward):
    usual, changed = becalm("grade", ward), becalm("grade", ward, "--set", "sbp_limit=80")
    assert table(usual.out)["grade_min"].max() == 2
    assert table(changed.out)["grade_min"].max() == 1
    assert set(table(changed.out)["settings"]) == {"sbp_limit=80"}
    assert set(table(usual.out)["settings"].fill_null("")) == {""}


def test_several_policies_are_changed_at_once(ward):
    changed = becalm("grade", ward, "--set", "sbp_limit=80", "--set", "fever_from_cel = 39")
    assert changed.code == DONE
    assert table(changed.out)["grade_min"].max() == 0
    assert set(table(changed.out)["settings"]) == {"fever_from_cel=39; sbp_limit=80"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("resolution_hour=48", ["resolution_hours", "cite policies"]),
        ("nonsense=1", ["nonsense", "does not exist"]),
        ("resolution_hours", ["NAME=VALUE"]),
        ("=48", ["does not exist"]),
        ("resolution_hours=", ["resolution_hours", "finite number"]),
        ("resolution_hours=soon", ["soon", "finite number"]),
        ("resolution_hours=-1", ["-1", "finite number"]),
        ("resolution_hours=nan", ["nan", "finite number"]),
        ("resolution_hours=inf", ["inf", "finite number"]),
        ("attribution_used=perhaps", ["true or false"]),
    ],
)
@pytest.mark.parametrize("name", ["grade", "advise", "report"])
def test_a_change_that_cannot_be_is_refused_before_any_work(ward, tmp_path, name, given, words):
    more = ["-o", tmp_path / "r.html"] if name == "report" else []
    result = becalm(name, ward, "--set", given, *more)
    teaches(result, *words)
    assert "rows read" not in result.err


@pytest.mark.parametrize("name", ["resolution_hours", "onset_until_day", "validity_factor", "open_end_hours"])
@pytest.mark.parametrize("value", ["0", "1e300", "1e9", "1e-300"])
def test_an_extreme_number_of_a_policy_is_used_or_refused(ward, name, value):
    result = becalm("grade", ward, "--set", f"{name}={value}")
    assert result.code in (DONE, BAD), result.err


@pytest.mark.parametrize(
    ("name", "value"), [("drop", "waiver_classes="), ("unknown", "waiver_classes=antipyretics,other")]
)
def test_a_list_of_classes_is_used_or_refused(ward, name, value):
    result = becalm("grade", ward, "--set", value)
    assert result.code in (DONE, BAD), result.err
    if name == "unknown":
        assert result.code == BAD, "a class that does not exist would silently change the grades"


@pytest.mark.parametrize("option", ["--scale", "--guideline"])
@pytest.mark.parametrize("given", ["", ",", " , "])
def test_no_name_is_refused(ward, option, given):
    teaches(becalm("grade" if option == "--scale" else "advise", ward, option, given), option)


def test_a_name_nearly_right_is_met_with_the_right_one(ward):
    teaches(becalm("grade", ward, "--scale", "astct-2018"), "did you mean astct-2019")
    teaches(becalm("advise", ward, "--guideline", "il6-guided-2021"), "did you mean il6-guided-2022")
    teaches(becalm("grade", ward, "--scale", "astct-2019,astct"), "astct")


def test_the_same_scale_twice_is_one(ward):
    once, twice = becalm("grade", ward), becalm("grade", ward, "--scale", "astct-2019, astct-2019,")
    assert once.out == twice.out


def test_a_scale_of_ones_own_is_a_file(ward, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        ASTCT.replace('"astct-2019"', '"our-2024"').replace("crs AND hypotension", "crs AND NOT crs")
    )
    result = becalm("grade", ward, "--scale", f"{own},astct-2019")
    assert result.code == DONE
    highest = table(result.out).group_by("scale").agg(pl.col("grade_min").max()).sort("scale")
    assert highest.rows() == [("astct-2019", 2), ("our-2024", 1)]
    assert table(result.out)["edition_hash"].n_unique() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, []),
        ("", ["format_version"]),
        ("not toml at all [", []),
        (ASTCT.replace("vasopressors >= 1", "vasopresors >= 1"), ["vasopressors"]),
        (ASTCT.replace("crs AND hypotension", "COALESCE(crs, true)"), []),
        (ASTCT.replace("resolution_hours =", "resolution_hour ="), ["resolution_hours"]),
        (ASTCT.replace("title  =", "titel  ="), []),
        ("\0", []),
    ],
)
def test_a_scale_file_that_does_not_fit_is_refused_with_the_place(ward, tmp_path: Path, content, words):
    own = tmp_path / "own.toml"
    if content is not None:
        own.write_text(content)
    for command in (("grade", ward, "--scale", own), ("scales", "check", own)):
        teaches(becalm(*command), "own.toml", *words)


def test_a_scale_file_that_is_no_text_or_a_folder_is_refused(ward, tmp_path: Path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00id")
    (tmp_path / "folder.toml").mkdir()
    for name in ("bytes.toml", "folder.toml"):
        for command in (("grade", ward, "--scale"), ("scales", "check"), ("guidelines", "check")):
            teaches(becalm(*command, tmp_path / name), name)


def test_sound_files_are_said_to_be_sound(tmp_path: Path):
    (tmp_path / "a.toml").write_text(ASTCT)
    (tmp_path / "b.toml").write_text(FLOWCHART)
    assert "sound" in becalm("scales", "check", tmp_path / "a.toml").out
    assert "sound" in becalm("guidelines", "check", tmp_path / "b.toml").out
    teaches(becalm("scales", "check", tmp_path / "b.toml"), "b.toml")


def test_markers_have_policies_of_their_own(ward):
    fold = table(becalm("markers", ward).out).filter(pl.col("marker") == "il6", pl.col("patient_id") == "a")
    assert fold["fold_min"].to_list() == [20.0]
    teaches(becalm("markers", ward, "--set", "peak_until_days=14"), "peak_until_day")
    assert becalm("markers", ward, "--set", "peak_until_day=1").code == DONE
