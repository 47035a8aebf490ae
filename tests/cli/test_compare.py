"""`becalm compare` and what `becalm scales check` says, as run from a command line."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from becalm.cli.compared_columns import STAMP

from .running import DONE, WARD, Result, becalm, lay, second_scale, teaches

TABLES = ("highest", "by_grade", "cross", "pairs", "differences")
FEW = ("--resamples", "200")
NO_GAPS = ("--set", "gap_is_unknown_now=false")
"""What was not measured is read as normal: then both patients have one grade."""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A system that does not grade hypotension 2."""
    return second_scale(tmp_path)


def compare(ward: Path, own: Path, *more: object) -> Result:
    return becalm("compare", ward, "--scale", f"astct-2019,{own}", *FEW, *NO_GAPS, *more)


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {name: pl.read_csv(folder / f"{name}.csv", infer_schema_length=None) for name in TABLES}


def test_the_summary_says_who_differs_and_by_which_rule(ward, own):
    result = compare(ward, own)
    assert result.code == DONE
    assert "2 patients, highest grade of CRS by system" in result.out
    assert (
        'a: astct-2019 2 on day 1.25 by hypotension: "hypotension not requiring vasopressors"' in result.out
    )
    assert "There our-2024 says 1" in result.out
    assert "1 of 2 decided in both agree: 50 % (exact 95 % interval 1 to 99 %)" in result.out
    assert "policies of our-2024: " in result.err
    assert "all files: 25 rows read = 25 used" in result.err


def test_the_folder_holds_every_table_with_what_made_it(ward, own, tmp_path):
    result = compare(ward, own, "-o", tmp_path / "out")
    assert (result.code, result.out) == (DONE, "")
    found = tables(tmp_path / "out")
    for name, table in found.items():
        assert set(STAMP) <= set(table.columns), name
    (row,) = found["differences"].iter_rows(named=True)
    assert (row["patient_id"], row["scale"], row["other"], row["rule_grade"]) == (
        "a",
        "astct-2019",
        "our-2024",
        2,
    )
    assert row["when"] == "crs AND hypotension"
    assert found["highest"]["same"].to_list() == ["no", "yes"]
    assert found["pairs"]["kappa_linear"].to_list() == [0.5]  # 1 of 2 grades seen apart, 1 by chance
    summary = (tmp_path / "out" / "summary.txt").read_text()
    assert summary.startswith(compare(ward, own).out)
    assert "seed: 1" in summary


def test_one_json_file_holds_the_same(ward, own, tmp_path):
    assert compare(ward, own, "-o", tmp_path / "out.json").code == DONE
    assert compare(ward, own, "-o", tmp_path / "out").code == DONE
    held = json.loads((tmp_path / "out.json").read_text())
    assert set(held) == {*STAMP, *TABLES}
    for name, table in tables(tmp_path / "out").items():
        assert len(held[name]) == table.height
        assert [list(row) for row in held[name][:1]] == [table.drop(STAMP).columns][: table.height]


def test_two_runs_and_any_batches_give_the_same_bytes(ward, own, tmp_path):
    for name, more in (("one", ()), ("two", ()), ("three", ("--batch", 1))):
        assert compare(ward, own, "-o", tmp_path / name, *more).code == DONE
    for path in sorted((tmp_path / "one").iterdir()):
        contents = {(tmp_path / name / path.name).read_bytes() for name in ("one", "two", "three")}
        assert len(contents) == 1, path.name


def test_recorded_grades_stand_beside(ward, own):
    more = {**WARD, "observations.csv": WARD["observations.csv"] + "a,1.5,crs_grade_recorded,3,1\n"}
    lay(ward, more)
    result = becalm("compare", ward, "--scale", "astct-2019,recorded", *FEW, *NO_GAPS)
    assert result.code == DONE
    assert "a: recorded 3 on day 1.5. There astct-2019 says 2" in result.out
    assert "Not graded, no grade recorded, in recorded: b." in result.out


def test_the_interval_and_the_seed_are_chosen(ward, own, tmp_path):
    assert compare(ward, own, "-o", tmp_path / "x", "--interval", "analytic", "--seed", 7).code == DONE
    pairs = tables(tmp_path / "x")["pairs"]
    assert (pairs["interval"][0], pairs["seed"][0], pairs["resamples"][0]) == ("analytic", 7, 200)


def test_policies_are_changed_for_all_and_told(ward, own, tmp_path):
    assert compare(ward, own, "-o", tmp_path / "x", "--set", "sbp_limit=80").code == DONE
    found = tables(tmp_path / "x")
    assert set(found["pairs"]["settings"]) == {"gap_is_unknown_now=false; sbp_limit=80"}
    assert found["differences"].height == 0
    teaches(compare(ward, own, "--set", "nonsense=1"), "nonsense", "cite policies")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scale", "astct-2019"], ["nothing to compare", "two or more"]),
        (["--scale", ","], ["--scale"]),
        (["--scale", "astct-2019,nonsense"], ["nonsense", "astct-2019"]),
        (["--scale", "astct-2019,icans-2019"], ["different things", "by itself"]),
        (["--scale", "astct-2019,recorded", "--seed", "-1"], ["--seed", "0 or more"]),
        (["--scale", "astct-2019,recorded", "--resamples", "5"], ["--resamples", "100"]),
        (["--scale", "astct-2019,recorded", "-o", "out.csv"], [".csv", "folder", ".json"]),
        (["--scale", "astct-2019,recorded", "-o", "no/such/out"], ["does not exist"]),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(ward, words, said):
    result = becalm("compare", ward, *words)
    teaches(result, *said)
    assert "rows read" not in result.err


def test_strict_fails_on_a_refused_row(ward, own):
    hot = {**WARD, "observations.csv": WARD["observations.csv"] + "b,0.7,temperature,101.3,Cel\n"}
    lay(ward, hot)
    assert compare(ward, own).code == DONE
    teaches(compare(ward, own, "--strict"), "1 of 26 rows", "101.3")


def test_a_folder_of_patients_alone_is_no_error(tmp_path, own):
    folder = lay(tmp_path / "x", {"patients.csv": "patient_id\na\nb\n"})
    result = compare(folder, own)
    assert result.code == DONE
    assert "Not graded, nothing recorded from the infusion on, in astct-2019, our-2024: a, b." in result.out


@pytest.mark.skipif(find_spec("z3") is None, reason="z3-solver (extra check) is not installed")
def test_a_scale_that_nobody_can_reach_ends_with_code_2_and_warnings_do_not(ward, own):
    text = own.read_text()
    own.write_text(text.replace("crs AND NOT crs", "hypotension AND NOT vasopressors >= 3"))
    result = becalm("scales", "check", own)
    assert result.code == DONE
    assert "1 warning" in result.out.splitlines()[0]
    assert "It can be reached without `crs`" in result.out
    own.write_text(text)
    teaches(
        becalm("scales", "check", own), "level[3] (grade 2, hypotension)", "contradicts itself", "Next step"
    )


def test_what_is_installed_is_listed_with_source_and_verification():
    result = becalm("scales")
    line = next(line for line in result.out.splitlines() if line.startswith("astct-2019\t"))
    _, toxicity, _, verified, short_hash, source = line.split("\t")
    assert toxicity == "CRS"
    assert "rules not verified" in verified or verified == "every rule verified"
    assert len(short_hash) == 16
    assert "10.1016/j.bbmt.2018.12.758" in source
    assert "becalm cite ID" in result.err
