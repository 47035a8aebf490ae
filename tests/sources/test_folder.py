"""The folder format read from files: which files, which names, and what is said of a file without use."""

from pathlib import Path

import polars as pl
import pytest

from becalm.record import BecalmError, InputError
from becalm.sources import read_folder, read_tables

HEADER = "patient_id,day,concept,value,unit\n"
ROW = "p,1.5,temperature,38.5,Cel\n"


def write(folder: Path, **files: str | bytes) -> Path:
    """Files by name, `__` for the point of the suffix."""
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def message(folder: Path, **files: str | bytes) -> str:
    """What the reader says about files that it cannot use."""
    with pytest.raises(InputError) as caught:
        read_folder(write(folder, **files))
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_every_vignette_row_is_used(shared):
    cohort = read_folder(shared / "vignettes" / "grading")
    assert cohort.report.refused == 0
    assert cohort.report.rows_set_aside == 0
    assert cohort.report.read == cohort.report.used == 278
    assert cohort.patients.height == 20
    assert cohort.coverage.height == 10


def test_names_of_files_and_columns_match_without_case(tmp_path):
    write(tmp_path, Observations__CSV="Patient ID,DAY,Concept,Value,UNIT\n" + ROW)
    cohort = read_folder(tmp_path)
    assert cohort.report.used == 1
    assert cohort.observations["file"].to_list() == ["Observations.CSV"]


def test_any_subset_of_the_tables_will_do(tmp_path):
    assert read_folder(write(tmp_path, events__csv="patient_id,day,event\np,1,seizure\n")).events.height == 1


def test_parquet_reads_as_csv_does(tmp_path):
    csv, parquet = tmp_path / "a", tmp_path / "b"
    csv.mkdir()
    parquet.mkdir()
    frame = pl.DataFrame(
        {
            "patient_id": [1.0, 2.0],
            "day": [1.5, 2.0],
            "concept": ["crp", "crp"],
            "value": [3.5, None],
            "unit": "mg/dL",
        }
    )
    frame.write_csv(csv / "observations.csv")
    frame.write_parquet(parquet / "observations.parquet")
    one, two = read_folder(csv), read_folder(parquet)
    assert one.observations.drop("file", "patient_id").equals(two.observations.drop("file", "patient_id"))
    assert two.patients["patient_id"].to_list() == ["1", "2"]


def test_parquet_times_are_times(tmp_path):
    times = pl.Series(["2024-03-02T06:00:00"]).str.to_datetime()
    frame = pl.DataFrame(
        {"patient_id": ["p"], "concept": ["crp"], "value": [3], "unit": ["mg/L"], "time": times}
    )
    frame.write_parquet(tmp_path / "observations.parquet")
    write(tmp_path, patients__csv="patient_id,infusion_time\np,2024-03-01\n")
    assert read_folder(tmp_path).observations["time"].to_list() == [30 * 3_600_000_000]


def test_numbered_parts_are_one_table(tmp_path):
    write(
        tmp_path,
        **{"observations-1__csv": HEADER + ROW, "observations-2__csv": HEADER + ROW.replace("38.5", "38.6")},
    )
    cohort = read_folder(tmp_path)
    assert cohort.observations.height == 2
    assert [count.file for count in cohort.report.files] == ["observations-1.csv", "observations-2.csv"]


def test_two_files_of_one_table_are_refused(tmp_path):
    pl.DataFrame({"patient_id": ["p"]}).write_parquet(tmp_path / "patients.parquet")
    text = message(tmp_path, patients__csv="patient_id\np\n")
    assert "patients.csv" in text
    assert "patients.parquet" in text


def test_other_files_are_named(tmp_path):
    cohort = read_folder(write(tmp_path, observations__csv=HEADER + ROW, readme__txt="hello", _hidden="x"))
    assert any("readme.txt" in note for note in cohort.report.notes)


def test_unknown_columns_are_set_aside_and_named(tmp_path):
    cohort = read_folder(write(tmp_path, observations__csv="ward," + HEADER + "5B," + ROW))
    assert cohort.report.used == 1
    aside = cohort.report.set_aside.row(0, named=True)
    assert (aside["file"], aside["row"], aside["column"]) == ("observations.csv", None, "ward")


def test_blank_lines_count_in_row_numbers_and_empty_rows_are_set_aside(tmp_path):
    cohort = read_folder(
        write(tmp_path, observations__csv=HEADER + "\n,,,,\n" + ROW + "p,2,temperature,x,Cel\n\n")
    )
    report = cohort.report
    assert (report.read, report.used, report.rows_set_aside, report.refused) == (3, 1, 1, 1)
    assert cohort.observations["row"].to_list() == [3]
    assert report.refusals["row"].to_list() == [4]


def test_ragged_rows_are_counted_refusals(tmp_path):
    cohort = read_folder(write(tmp_path, observations__csv=HEADER + "p,1\n" + ROW + ROW.strip() + ",extra\n"))
    report = cohort.report
    assert (report.read, report.used, report.refused) == (3, 1, 2)
    assert report.refusals.select("row", "given").rows() == [(1, "2 cells"), (3, "6 cells")]
    assert report.refusals["expected"][0].startswith("5 cells")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_read(tmp_path, encoding):
    text = "patient_id,note\nMüller,naïve\n"
    cohort = read_folder(write(tmp_path, patients__csv=text.encode(encoding)))
    assert cohort.patients.select("patient_id", "note").row(0) == ("Müller", "naïve")
    assert any("byte order mark" in note for note in cohort.report.notes) == encoding.startswith(
        ("utf-16", "utf-32")
    )


def test_latin_1_is_refused_with_the_byte(tmp_path):
    text = message(tmp_path, patients__csv="patient_id\nMüller\n".encode("latin-1"))
    assert "patients.csv" in text
    assert "byte 13 is 0xFC" in text
    assert "UTF-8" in text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unmarked_utf_16_is_refused(tmp_path, encoding):
    assert "UTF-16" in message(tmp_path, patients__csv="patient_id\np\n".encode(encoding))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending(tmp_path, newline):
    cohort = read_folder(
        write(tmp_path, observations__csv=(HEADER + ROW + ROW.replace("p,", "q,")).replace("\n", newline))
    )
    assert cohort.report.used == 2


def test_quoted_cells(tmp_path):
    text = 'patient_id,note\np,"a, ""b""\nc"\nq,5" tube\n'
    cohort = read_folder(write(tmp_path, patients__csv=text))
    assert cohort.patients["note"].to_list() == ['a, "b"\nc', '5" tube']


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["empty", "header"]),
        ("\n\n", ["empty", "header"]),
        ("patient_id;day;concept;value;unit\np;1;crp;3,5;mg/L\n", ["semicolons", "Commas"]),
        ("patient_id\tday\tconcept\tvalue\tunit\n", ["tabs"]),
        ("patient_id,day,concept,value\n", ["lacks", "unit"]),
        ("patient_id,concept,value,unit\n", ["lacks", "time or day"]),
        ("patient_id,day,concept,value,unit,Value\n", ["value", "more than once"]),
        ('patient_id,day,concept,value,unit\np,1,"crp,3,mg/L\n', ["quote", "line"]),
        ("PK\x03\x04\x00\x00", ["zero byte"]),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(tmp_path, content, words):
    text = message(tmp_path, observations__csv=content)
    assert all(word in text for word in ["observations.csv", *words])


def test_a_header_alone_is_an_empty_table(tmp_path):
    cohort = read_folder(write(tmp_path, observations__csv=HEADER.strip()))
    assert (cohort.report.read, cohort.observations.height) == (0, 0)


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1 and more that is no Parquet PAR1", b"patient_id\np\n"]
)
def test_a_file_that_is_no_parquet_is_explained(tmp_path, content):
    assert "patients.parquet" in message(tmp_path, patients__parquet=content)


def test_a_nested_column_is_explained(tmp_path):
    pl.DataFrame({"patient_id": [["p"]]}).write_parquet(tmp_path / "patients.parquet")
    assert "List" in message(tmp_path)


def test_a_folder_that_is_absent_a_file_or_without_tables(tmp_path):
    for path, words in (
        (tmp_path / "absent", "does not exist"),
        (write(tmp_path, observations__csv=HEADER) / "observations.csv", "is a file"),
        (tmp_path / "empty", "It is empty"),
    ):
        if path.name == "empty":
            path.mkdir()
        with pytest.raises(InputError, match=words):
            read_folder(path)
    (tmp_path / "empty" / "data.csv").write_text("x")
    with pytest.raises(InputError, match=r"data\.csv"):
        read_folder(tmp_path / "empty")


def test_a_folder_in_place_of_a_file_is_explained(tmp_path):
    (tmp_path / "observations.csv").mkdir()
    with pytest.raises(BecalmError):
        read_folder(tmp_path)


def test_strict_raises_on_any_refusal_and_only_then(tmp_path):
    write(tmp_path, observations__csv=HEADER + ROW)
    assert read_folder(tmp_path, strict=True).report.used == 1
    write(tmp_path, observations__csv=HEADER + ROW + ROW.replace("38.5", "101.3"))
    with pytest.raises(InputError, match=r"row 2 of observations\.csv, column value: given '101\.3 Cel'"):
        read_folder(tmp_path, strict=True)


def test_tables_in_memory_by_an_unknown_name():
    with pytest.raises(InputError, match="labs"):
        read_tables({"labs": pl.DataFrame({"patient_id": ["p"]})})


def test_tables_in_memory_may_be_typed():
    frame = pl.DataFrame({"patient_id": [7], "day": [2], "concept": ["spo2"], "value": [97.0], "unit": ["%"]})
    cohort = read_tables({"Observations": frame})
    assert cohort.observations.select("patient_id", "whole_day", "lo").row(0) == ("7", True, 97.0)


def test_no_table_at_all():
    cohort = read_tables({})
    assert cohort.patients.height == 0
    assert cohort.report.lines()[-1] == "all files: 0 rows read = 0 used + 0 set aside + 0 refused"
