"""`becalm markers`, `becalm advise` and `becalm guidelines` from outside: tables, messages, exit codes."""

import json
from pathlib import Path

import polars as pl
import pytest

from becalm.cli import main

FLOWCHART = Path(__file__).resolve().parents[1] / "vignettes" / "flowchart"
SHIPPED = "src/becalm/guidelines/editions/il6-guided-2022.toml"


def test_advise_writes_a_table(tmp_path, capsys):
    out = tmp_path / "advice.csv"
    assert main(["advise", str(FLOWCHART), "--at", "5", "-o", str(out)]) == 0
    table = pl.read_csv(out, infer_schema_length=None)
    assert table.columns[:4] == ["patient_id", "day", "guideline", "rule"]
    assert table.columns[-3:] == ["becalm_version", "input_hash", "settings"]
    assert table.filter(patient_id="grade-2-fold-5", rule="tocilizumab-grade-2")["verdict"].item() == "yes"
    assert capsys.readouterr().out == ""


def test_two_runs_are_the_same_bytes(tmp_path, capsys):
    for name in ("one.csv", "two.csv"):
        assert main(["advise", str(FLOWCHART), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_parameter_is_set_and_printed(capsys):
    assert main(["advise", str(FLOWCHART), "--at", "5", "--set", "il6_fold_limit=6"]) == 0
    table = pl.read_csv(capsys.readouterr().out.encode(), infer_schema_length=None)
    row = table.filter(patient_id="grade-2-fold-5", rule="tocilizumab-grade-2").to_dicts()[0]
    assert row["verdict"] == "no"
    assert row["settings"] == "il6_fold_limit=6"
    assert row["parameters"] == "il6_fold_limit=6; crp_fold_limit=1.83"


def test_markers_as_json(tmp_path, capsys):
    out = tmp_path / "markers.json"
    assert main(["markers", str(FLOWCHART), "--set", "peak_until_day=14", "-o", str(out)]) == 0
    rows = json.loads(out.read_text(encoding="utf-8"))
    one = next(row for row in rows if row["patient_id"] == "grade-2-fold-5" and row["marker"] == "il6")
    assert (one["fold_min"], one["peak_window_end_day"], one["settings"]) == (5, 14, "peak_until_day=14")


def test_guidelines_lists_and_cites(capsys):
    assert main(["guidelines"]) == 0
    assert capsys.readouterr().out.startswith("il6-guided-2022\tastct-2019\t")
    assert main(["cite", "guideline:il6-guided-2022"]) == 0
    said = capsys.readouterr().out
    for text in ("il6_fold >= il6_fold_limit", "3 of 8", "800 mg", "leaves undefined", "NOT VERIFIED"):
        assert text in said
    assert main(["cite", "markers"]) == 0
    assert "baseline_days_before = 2" in capsys.readouterr().out


def test_guidelines_check(tmp_path, capsys):
    shipped = Path(__file__).resolve().parents[2] / SHIPPED
    assert main(["guidelines", "check", str(shipped)]) == 0
    assert "6 rules, 2 parameters, 1 doses" in capsys.readouterr().out
    bad = tmp_path / "bad.toml"
    bad.write_text(
        shipped.read_text(encoding="utf-8").replace("crs_grade = 2", "crs_grad = 2"), encoding="utf-8"
    )
    assert main(["guidelines", "check", str(bad)]) == 2
    assert "did you mean `crs_grade`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["advise", "nowhere"], "does not exist"),
        (["advise", str(FLOWCHART), "--guideline", "il6"], "There is no guideline 'il6'"),
        (["advise", str(FLOWCHART), "--guideline", ","], "--guideline was given no name"),
        (["advise", str(FLOWCHART), "--at", "noon"], "noon"),
        (["advise", str(FLOWCHART), "--set", "il6_fold_limit=much"], "expected a finite number"),
        (["advise", str(FLOWCHART), "--set", "no_such=1"], "does not exist"),
        (["advise", str(FLOWCHART), "-o", "advice.doc"], ".csv, .parquet, .json"),
        (["markers", str(FLOWCHART), "--set", "peak_until_day"], "NAME=VALUE"),
        (["markers", str(FLOWCHART), "--set", "peak_until_day=-3"], "not below 0"),
        (["markers"], "COHORT"),
        (["guidelines", "check", "nowhere.toml"], "cannot be read"),
    ],
)
def test_bad_usage_ends_with_2_and_a_message(words, says, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says.lower() in captured.err.lower()
    assert "Traceback" not in captured.err
