"""The commands that write a table: columns, formats, repeatability, and what each table says."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from .running import BAD, DONE, PROMISED, WARD, becalm, header, lay, teaches

TABLES = {
    "grade": ("grade",),
    "per patient": ("grade", "--per", "patient"),
    "grade at": ("grade", "--at", "1.3"),
    "markers": ("markers",),
    "scores": ("scores",),
    "scores at": ("scores", "--at", "1.3"),
    "advise": ("advise",),
    "advise at": ("advise", "--at", "1.3"),
}
EVERY_TABLE = pytest.mark.parametrize("words", TABLES.values(), ids=TABLES.keys())


def command(words: tuple[str, ...], folder: Path, *more: object) -> list[object]:
    """The words of a command on a folder."""
    return [words[0], folder, *words[1:], *more]


@pytest.mark.parametrize("name", TABLES)
def test_the_promised_columns_come_first_in_their_order(ward, name):
    result = becalm(*command(TABLES[name], ward))
    assert result.code == DONE
    promised = PROMISED[name.removesuffix(" at")]
    assert tuple(header(result.out)[: len(promised)]) == tuple(promised)
    assert {"becalm_version", "input_hash", "settings"} <= set(header(result.out))
    assert any(column.endswith("hash") and column != "input_hash" for column in header(result.out))


@EVERY_TABLE
def test_the_file_ending_decides_the_format_and_all_hold_the_same(ward, tmp_path, words):
    shown = becalm(*command(words, ward)).out
    for suffix in (".csv", ".parquet", ".json", ".CSV"):
        result = becalm(*command(words, ward, "-o", tmp_path / f"out{suffix}"))
        assert (result.code, result.out) == (DONE, "")
    assert (tmp_path / "out.csv").read_text() == (tmp_path / "out.CSV").read_text() == shown
    table = pl.read_parquet(tmp_path / "out.parquet")
    assert table.write_csv() == shown
    rows = json.loads((tmp_path / "out.json").read_text())
    assert rows == table.to_dicts()
    assert [list(row) for row in rows[:1]] == [table.columns]


@EVERY_TABLE
def test_two_runs_give_the_same_bytes(ward, tmp_path, words):
    for suffix in (".csv", ".parquet", ".json"):
        contents = []
        for run in ("one", "two"):
            path = tmp_path / f"{run}{suffix}"
            assert becalm(*command(words, ward, "--output", path)).code == DONE
            contents.append(path.read_bytes())
        assert contents[0] == contents[1]
    assert becalm(*command(words, ward)) == becalm(*command(words, ward))


@EVERY_TABLE
@pytest.mark.parametrize("name", ["out.xlsx", "out", "out.csv.gz", "out.txt"])
def test_an_unknown_ending_is_refused_before_any_work(ward, tmp_path, words, name):
    result = becalm(*command(words, ward, "-o", tmp_path / name))
    teaches(result, ".csv", ".parquet", ".json", "rename")
    assert "rows read" not in result.err
    assert not (tmp_path / name).exists()


@EVERY_TABLE
def test_an_output_in_a_folder_that_does_not_exist_is_refused(ward, tmp_path, words):
    teaches(becalm(*command(words, ward, "-o", tmp_path / "no" / "out.csv")), "does not exist", "create")


@EVERY_TABLE
def test_an_output_that_is_a_folder_is_refused(ward, tmp_path, words):
    (tmp_path / "folder.csv").mkdir()
    result = becalm(*command(words, ward, "-o", tmp_path / "folder.csv"))
    teaches(result, "folder.csv")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")], "a file was left behind"


@EVERY_TABLE
def test_an_output_replaces_the_file_of_that_name(ward, tmp_path, words):
    path = tmp_path / "out.csv"
    path.write_text("old")
    result = becalm(*command(words, ward, "-o", path))
    assert result.code == DONE
    assert path.read_text() == becalm(*command(words, ward)).out
    assert f"written to {path}" in result.err


@EVERY_TABLE
def test_what_was_read_is_told_on_standard_error(ward, words):
    result = becalm(*command(words, ward))
    assert "all files: 25 rows read = 25 used + 0 set aside + 0 refused" in result.err


@EVERY_TABLE
def test_strict_fails_on_any_refusal_and_only_then(ward, words):
    assert becalm(*command(words, ward, "--strict")).code == DONE
    hot = {**WARD, "observations.csv": WARD["observations.csv"] + "b,0.7,temperature,101.3,Cel\n"}
    lay(ward, hot)
    assert becalm(*command(words, ward)).code == DONE
    teaches(becalm(*command(words, ward, "--strict")), "1 of 26 rows", "101.3", "[degF]")


@EVERY_TABLE
def test_a_folder_of_patients_alone_is_no_error(tmp_path, words):
    folder = lay(tmp_path / "x", {"patients.csv": "patient_id\na\nb\n"})
    result = becalm(*command(words, folder))
    assert result.code == DONE
    table = pl.read_csv(io.StringIO(result.out), infer_schema=False)
    assert set(table["patient_id"]) <= {"a", "b"}


def test_an_index_of_intervals_reads_as_a_course(ward):
    table = pl.read_csv(io.StringIO(becalm("grade", ward).out))
    sick = table.filter(pl.col("patient_id") == "a")
    assert sick["start_day"][0] == pytest.approx(10 / 24)
    assert sick["end_day"][-1] == 4.5
    assert sick.filter(pl.col("grade_min") == 2)["start_day"].min() == 1.25
    assert table.filter(pl.col("patient_id") == "b")["grade_min"].max() == 0


def test_the_grade_of_one_patient_is_one_row(ward):
    table = pl.read_csv(io.StringIO(becalm("grade", ward, "--per", "patient").out))
    assert table["patient_id"].to_list() == ["a", "b"]
    assert table["max_grade_min"].to_list() == [2, 0]
    assert table["onset_day"].to_list() == [1.25, None]
    assert table["duration_days"].to_list()[1] is None


@pytest.mark.parametrize("day", ["-3", "0", "0.41", "1.25", "4.49", "4.5", "99", "-0.0", "1e2"])
def test_a_state_at_a_day_is_always_one_row_a_patient(ward, day):
    result = becalm("grade", ward, "--at", day)
    table = pl.read_csv(io.StringIO(result.out))
    assert table["patient_id"].to_list() == ["a", "b"]
    assert (table["start_day"] == float(day)).all()
    assert (table["end_day"] == float(day)).all()


@pytest.mark.parametrize("name", ["grade", "advise"])
@pytest.mark.parametrize("day", ["noon", "", "6,5", "nan", "inf", "-inf", "1e300", "NaN"])
def test_a_day_that_is_none_is_refused(ward, name, day):
    result = becalm(name, ward, "--at", day)
    assert result.code == BAD, (result.code, result.out[:300])
    assert "at" in result.err.lower()


def test_one_row_a_patient_and_one_day_exclude_each_other(ward):
    teaches(becalm("grade", ward, "--per", "patient", "--at", "2"), "--at", "--per patient")
    assert becalm("grade", ward, "--per", "month").code == BAD
