"""Hostile input: a clear error or a counted refusal, never a traceback, never a silent grade."""

from __future__ import annotations

import io
import re
from pathlib import Path

import polars as pl
import pytest

from .running import BAD, DONE, OBSERVATIONS, WARD, Result, becalm, lay, teaches

HEAD = "patient_id,day,concept,value,unit\n"
COMMANDS = (
    ("grade",),
    ("grade", "--per", "patient"),
    ("grade", "--at", "1.3"),
    ("markers",),
    ("scores",),
    ("scores", "--at", "2.5"),
    ("advise",),
    ("report",),
)


def every_command(folder: Path) -> list[Result]:
    """Every command that reads a cohort, run on a folder; the report is written beside it."""
    page = folder.parent / "page.html"
    return [
        becalm(name, folder, *more, *(["-o", page] if name == "report" else [])) for name, *more in COMMANDS
    ]


def refusals(result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if line.startswith("refused: ")]


def adds_up(result: Result) -> tuple[int, int, int, int]:
    """Rows read, used, set aside and refused, as the last line of the account says; they add up."""
    found = re.search(
        r"all files: (\d+) rows read = (\d+) used \+ (\d+) set aside \+ (\d+) refused", result.err
    )
    assert found, result.err
    read, used, aside, refused = (int(number) for number in found.groups())
    assert read == used + aside + refused
    return read, used, aside, refused


def grades(result: Result, owner: str = "a") -> pl.DataFrame:
    return pl.read_csv(io.StringIO(result.out), infer_schema_length=None).filter(
        pl.col("patient_id") == owner
    )


WHOLE_FILES: dict[str, tuple[str, bytes, list[str]]] = {
    "empty": ("observations.csv", b"", ["observations.csv", "empty"]),
    "only line ends": ("observations.csv", b"\n\n\r\n", ["observations.csv"]),
    "Latin-1": ("patients.csv", b"patient_id,note\na,M\xfcnchen\n", ["patients.csv", "UTF-8", "0xFC"]),
    "UTF-16 without its mark": (
        "patients.csv",
        "patient_id\na\n".encode("utf-16-le"),
        ["patients.csv", "zero byte"],
    ),
    "half of UTF-16": ("patients.csv", "patient_id\na\n".encode("utf-16")[:-1], ["patients.csv", "UTF-16"]),
    "a picture": ("events.csv", b"\x89PNG\r\n\x1a\n\x00\x00", ["events.csv"]),
    "semicolons": ("patients.csv", b"patient_id;age_years\na;5\n", ["patients.csv", "semicolons"]),
    "tabs": ("patients.csv", b"patient_id\tage_years\na\t5\n", ["patients.csv", "tabs"]),
    "an open quotation": ("patients.csv", b'patient_id,note\na,"open\n', ["patients.csv", "quot"]),
    "no such column": (
        "observations.csv",
        b"patient_id,day,value,unit\na,1,38,Cel\n",
        ["observations.csv", "concept"],
    ),
    "a column twice": ("patients.csv", b"patient_id,Patient_ID\na,b\n", ["patients.csv", "more than once"]),
    "no Parquet": ("patients.parquet", b"patient_id\na\n", ["patients.parquet", "Parquet"]),
    "cut Parquet": ("patients.parquet", b"PAR1\x15\x04\x15", ["patients.parquet", "Parquet"]),
    "a spreadsheet": ("observations.csv", b"PK\x03\x04\x14\x00\x06\x00", ["observations.csv"]),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_cannot_be_used_is_refused_by_every_command(tmp_path, name):
    file, content, words = WHOLE_FILES[name]
    others = {} if file.startswith("patients") else {"patients.csv": "patient_id\na\n"}
    folder = lay(tmp_path / "x", {**others, file: content})
    for result in every_command(folder):
        teaches(result, *words)


def test_one_bad_file_among_good_ones_is_never_left_out(ward):
    (ward / "exposures.csv").write_bytes(b"")
    for result in every_command(ward):
        teaches(result, "exposures.csv", "empty")


def test_encodings_that_a_mark_names_are_read(tmp_path):
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        files = {name: text.encode(encoding) for name, text in WARD.items()}
        assert (
            becalm("grade", lay(tmp_path / "x", files)).out == becalm("grade", lay(tmp_path / "y", WARD)).out
        )


def test_two_files_of_one_table_are_refused(ward):
    pl.DataFrame({"patient_id": ["a"]}).write_parquet(ward / "patients.parquet")
    teaches(becalm("grade", ward), "patients.csv", "patients.parquet")


def test_a_table_that_is_a_folder_is_refused_or_told(ward):
    (ward / "events.csv").unlink()
    (ward / "events.csv").mkdir()
    result = becalm("grade", ward)
    assert result.code in (DONE, BAD)
    assert "events.csv" in result.err


def test_101_3_with_unit_cel_is_refused_counted_and_never_graded_at_its_face_value(tmp_path):
    rows = HEAD + "a,1.25,temperature,101.3,Cel\na,1.25,sbp,120,mm[Hg]\na,1.25,spo2,98,%\n"
    files = {
        "patients.csv": "patient_id\na\n",
        "observations.csv": rows,
        "coverage.csv": WARD["coverage.csv"],
    }
    result = becalm("grade", lay(tmp_path / "x", files))
    assert result.code == DONE
    assert adds_up(result)[3] == 1
    assert len(refusals(result)) == 1
    for word in ("observations.csv, row 1", "101.3", "Cel", "[degF]"):
        assert word in refusals(result)[0]
    held = grades(result).filter(pl.col("start_day") <= 1.25, pl.col("end_day") > 1.25)
    assert held.select("grade_min", "grade_max").rows() == [(0, 1)]
    assert "temperature" in held["missing"][0]
    assert "refused" in held["because"][0]


BAD_ROWS: dict[str, tuple[str, str, list[str]]] = {
    "not a number": ("observations.csv", "a,1.3,temperature,NaN,Cel", ["NaN", "finite number"]),
    "infinite": ("observations.csv", "a,1.3,temperature,inf,Cel", ["inf", "finite number"]),
    "a decimal comma": ("observations.csv", 'a,1.3,temperature,"38,5",Cel', ["38,5", "decimal point"]),
    "a text": ("observations.csv", "a,1.3,temperature,warm,Cel", ["warm", "a number"]),
    "huge": ("observations.csv", "a,1.3,temperature,1e308,Cel", ["1e308"]),
    "beyond numbers": ("observations.csv", "a,1.3,temperature,1e999,Cel", ["1e999", "finite number"]),
    "below nothing": ("observations.csv", "a,1.3,spo2,-1,%", ["-1", "between"]),
    "no unit": ("observations.csv", "a,1.3,temperature,38,", ["unit", "Cel"]),
    "another unit": ("observations.csv", "a,1.3,temperature,311,K", ["K", "Cel"]),
    "no patient": ("observations.csv", ",1.3,temperature,38,Cel", ["patient_id"]),
    "no such day": ("observations.csv", "a,soon,temperature,38,Cel", ["soon", "number of days"]),
    "a day of another age": ("observations.csv", "a,1e9,temperature,38,Cel", ["1e9"]),
    "too long": ("observations.csv", "a,1.3,temperature,38,Cel,extra", ["6 cells"]),
    "too short": ("observations.csv", "a,1.3,temperature", ["3 cells"]),
    "reversed": ("exposures.csv", "a,2.5,1.5,drug,norepinephrine,iv", ["1.5", "before"]),
    "no such device": ("exposures.csv", "a,1.5,2.5,oxygen,snorkel,", ["snorkel"]),
    "no such event": ("events.csv", "a,1.5,birth,", ["birth"]),
    "another patient again": ("patients.csv", "a,2024-03-02T10:00,50,80", ["one row for each patient"]),
    "no such time": ("patients.csv", "c,2024-02-30T10:00,50,80", ["2024-02-30"]),
    "an age below 0": ("patients.csv", "c,2024-03-01T10:00,-5,80", ["-5"]),
    "no such class": ("coverage.csv", "vasopresor", ["vasopresor", "did you mean vasopressor"]),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_counted_and_explained_by_every_command(ward, name):
    file, row, words = BAD_ROWS[name]
    (ward / file).write_text(WARD[file] + row + "\n")
    number = WARD[file].count("\n")
    for result in every_command(ward):
        assert result.code == DONE, result.err
        assert adds_up(result)[3] == 1
        told = refusals(result)
        assert len(told) == 1
        assert f"{file}, row {number}" in told[0]
        assert [word for word in words if word.lower() not in told[0].lower()] == []
    teaches(becalm("grade", ward, "--strict"), f"row {number} of {file}")


def test_a_reversed_vasopressor_leaves_the_record_of_vasopressors_incomplete(ward):
    (ward / "exposures.csv").write_text(WARD["exposures.csv"] + "a,2.5,1.5,drug,norepinephrine,iv\n")
    held = grades(becalm("grade", ward, "--at", "1.26"))
    assert held.select("grade_min", "grade_max").rows() == [(2, 4)]
    assert "vasopressor" in held["missing"][0]
    assert grades(becalm("grade", ward, "--at", "1.26"), "b")["grade_max"][0] <= 2


def test_exact_copies_are_set_aside_and_told_apart_from_refusals(ward):
    (ward / "observations.csv").write_text(OBSERVATIONS + "a,1.25,temperature,38.6,Cel\n")
    (ward / "patients.csv").write_text(WARD["patients.csv"] + "a,2024-03-01T10:00,45,80\n")
    result = becalm("grade", ward)
    assert adds_up(result) == (27, 25, 2, 0)
    assert (
        grades(result).select("grade_min").rows()
        == grades(becalm("grade", lay(ward, WARD))).select("grade_min").rows()
    )


def test_unknown_columns_and_concepts_are_no_error(ward):
    rows = OBSERVATIONS.replace("unit\n", "unit,ward\n").replace("Cel\n", "Cel,5B\n")
    rows = re.sub(r"(mm\[Hg\]|%|pg/mL)\n", r"\1,5B\n", rows) + "a,1.3,mood,7,{score},5B\n"
    (ward / "observations.csv").write_text(rows)
    result = becalm("grade", ward, "--strict")
    assert result.code == DONE
    assert adds_up(result) == (26, 25, 1, 0)


def test_many_refusals_are_counted_and_the_first_are_told(ward):
    (ward / "observations.csv").write_text(
        OBSERVATIONS
        + "a,1.3,temperature,NaN,Cel\n" * 1
        + "".join(f"a,1.3,temperature,{n}00,Cel\n" for n in range(1, 40))
    )
    result = becalm("grade", ward)
    assert adds_up(result)[3] == 40
    assert len(refusals(result)) == 10
    assert "and 30 refusals more" in result.err
