"""Large inputs: data sets in sub-folders, CSV in blocks, rows spooled by patient, folders in parts."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from becalm.record import BecalmError, InputError, WorkError
from becalm.sources import (
    Spool,
    open_cohort,
    read_folder,
)
from becalm.sources._csv import read_csv
from becalm.sources._csv_stream import csv_chunks
from becalm.sources._spool import cut

ON_DISK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PATIENTS = pl.DataFrame({"patient_id": ["a", "b"], "infusion_time": ["2024-03-01T10:00"] * 2})


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write = PATIENTS.write_parquet if name.endswith(".parquet") else PATIENTS.write_csv
        write(folder / name)
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ("patients.parquet",),
        ("patients/part-0.parquet",),
        ("Patients/x.csv",),
        ("part=0001/patients.parquet",),
        ("part=0001/patients/0.parquet",),
        ("patients/part=0001/ward=b/0.parquet",),
        ("patients/0.parquet", "patients/_SUCCESS", "patients/.crc", ".hidden.csv"),
    ],
)
def test_every_layout_is_read(tmp_path, names):
    cohort = read_folder(put(tmp_path, *names))
    assert cohort.patients["patient_id"].to_list() == ["a", "b"]
    assert cohort.report.files[0].file == names[0]
    assert not cohort.report.notes


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("patients.csv", "patients.parquet"), "both"),
        (("patients.csv", "patients/0.csv"), "two ways"),
        (("patients.csv", "part=1/patients.csv"), "two ways"),
        (("part=1/patients.csv", "ward=1/patients.csv"), "two ways"),
        (("patients/0.csv", "patients/part=1/0.csv"), "two ways"),
        (("patients/0.csv", "patients/0.parquet"), "both"),
        (("patient_id=a/patients.csv",), "column patient_id"),
        (("patients/notes.txt",), "neither Parquet nor CSV"),
        (("patients/inner/0.csv",), "neither Parquet nor CSV"),
    ],
)
def test_an_unclear_mixture_is_refused(tmp_path, names, words):
    with pytest.raises(InputError, match=words):
        open_cohort(put(tmp_path, *names))


def test_other_folders_are_named(tmp_path):
    put(tmp_path, "patients.csv", "raw/patients.csv")
    (tmp_path / "events").mkdir()
    notes = read_folder(tmp_path).report.notes
    assert [note.split(" was not read")[0] for note in notes] == ["events", "raw"]


TEXTS = st.lists(
    st.sampled_from(
        ["a,b,c", "d,e", "é,ü,x", "", "\r", '"q,1",b,c', '"two\nlines",y,z', 'm"id,n,o', " , ,", "1,2,3"]
    ),
    min_size=1,
    max_size=30,
)


@given(
    TEXTS, st.sampled_from(["\n", "\r\n"]), st.integers(4, 60), st.booleans(), st.sampled_from(["", "utf-16"])
)
@ON_DISK
def test_csv_in_blocks_is_csv_at_once(tmp_path, lines, end, block, ends, encoding):
    path = tmp_path / "x.csv"
    text = end.join(["h1,h2,h3", *lines]) + (end if ends else "")
    path.write_bytes(text.encode(encoding or "utf-8"))

    def outcome(chunks):
        try:
            rows, ragged = [], []
            for chunk in chunks():
                numbers = chunk.numbers.to_list()
                rows += list(zip(numbers, chunk.frame.fill_null("").rows(), strict=True))
                ragged += chunk.ragged
                assert chunk.header == ["h1", "h2", "h3"]
            return rows, ragged
        except BecalmError as error:
            return str(error)

    assert outcome(lambda: csv_chunks(path, "x.csv", block)) == outcome(lambda: [read_csv(path)])


@pytest.mark.parametrize(
    "data", [b"a,b\n" + b"1,2\n" * 20 + b"\xff\n", b"a,b\n" + b"1,2\n" * 20 + b"\0\n", b"a;b\n" * 9]
)
def test_a_fault_far_into_a_file_is_named_with_its_place(tmp_path, data):
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    said = []
    for read in (lambda: read_csv(path), lambda: list(csv_chunks(path, "x.csv", 16))):
        with pytest.raises(InputError) as error:
            read()
        said.append(str(error.value))
    assert said[0] == said[1]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 99)), max_size=60),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_a_spool_gives_back_every_row_once_by_patient(rows, run_rows, bucket):
    frame = pl.DataFrame(rows, schema={"patient_id": pl.String, "x": pl.Int64}, orient="row")
    with Spool(run_rows=run_rows) as spool:
        for start in range(0, max(frame.height, 1), 7):
            spool.add("t", frame.slice(start, 7))
        found = pl.concat(
            [
                pl.DataFrame(schema=frame.schema),
                *(spool.rows("t", ids) for ids in cut(spool.counts(), rows=bucket)),
            ]
        )
        loose = spool.loose("t")
        assert spool.counts()["rows"].sum() == found.height
    named = frame.filter(pl.col("patient_id").is_not_null())
    assert found.equals(named.sort("patient_id", maintain_order=True))
    assert loose.equals(frame.filter(pl.col("patient_id").is_null()))


def test_a_spool_keeps_one_schema_a_table():
    with Spool() as spool:
        spool.add("t", pl.DataFrame({"patient_id": ["a"], "x": [1]}))
        with pytest.raises(WorkError, match="same columns"):
            spool.add("t", pl.DataFrame({"patient_id": ["a"], "y": [1]}))
        with pytest.raises(WorkError, match="no table u"):
            spool.rows("u", pl.Series("patient_id", ["a"]))
