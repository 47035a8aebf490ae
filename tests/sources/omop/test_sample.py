"""The Synthea CDM of 28 persons: the same from every source, and every row accounted for."""

import csv

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from becalm.sources.coded.statements import UNKNOWN
from becalm.sources.omop.site import driver
from tests.sources.omop.cdm import sql_type
from tests.sources.omop.reading import read_all

DUCKDB = driver("adbc_driver_duckdb")
ROWS = {
    "person": 28,
    "death": 3,
    "visit_occurrence": 1791,
    "visit_detail": 1791,
    "measurement": 10_040,
    "observation": 8099,
    "drug_exposure": 883,
    "device_exposure": 1,
    "procedure_occurrence": 1649,
    "condition_occurrence": 470,
}


@pytest.fixture(scope="module")
def from_zip(sample):
    return read_all(sample)


def typed_database(folder, path):
    """A DuckDB file with the column types of the CDM."""
    with (
        DUCKDB.connect(str(path), autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for file in sorted(folder.glob("*.csv")):
            with file.open(encoding="utf-8") as text:
                header = next(csv.reader(text))
            columns = ", ".join(f"'{name}': '{sql_type(name, 'DOUBLE')}'" for name in header)
            cursor.execute(
                f"CREATE TABLE {file.stem} AS SELECT * FROM read_csv('{file}', header = true, "
                f"auto_detect = false, delim = ',', quote = '\"', columns = {{{columns}}})"
            )
    return path


def test_every_row_is_accounted_for(from_zip):
    assert from_zip.read == ROWS
    assert from_zip.accounted() == ROWS


def test_the_numbers_are_those_of_plain_sql(from_zip, sample_folder):
    """Counted a second time, with the concept ids that the sample's own CONCEPT names."""
    frame = pl.read_csv(sample_folder / "MEASUREMENT.csv", infer_schema=False)
    temperatures = frame.filter(measurement_concept_id="3020891")
    made = from_zip.statements.filter(pl.col("codes").list.first() == "LOINC|8310-5")
    assert made.height == temperatures.height == 37
    assert sorted(made["value"]) == sorted(temperatures["value_source_value"])
    assert set(made["unit"]) == {"Cel"}
    ferritin = from_zip.statements.filter(pl.col("codes").list.contains("OMOP|3001122"))
    assert ferritin.height == 12


def test_oxygen_by_mask_is_a_procedure(from_zip):
    masks = from_zip.statements.filter(file="procedure_occurrence")
    assert masks.height == 11
    assert set(masks["text"]) == {"Oxygen administration by mask"}


def test_times_of_midnight_are_days(from_zip):
    starts = from_zip.statements["start"]
    assert starts.str.contains(r"^\d{4}-\d\d-\d\d$").all()
    assert any(
        "measurement: 3610 of 3610 statements are dated by a whole day" in note for note in from_zip.notes
    )


def test_midnight_stays_a_time_where_it_is_asked_for(sample):
    timed = read_all(sample, midnight="as_given").statements.filter(file="measurement")
    assert timed["start"].str.ends_with("T00:00:00").all()


def test_drugs_of_a_claim_are_orders(from_zip):
    assert set(from_zip.statements.filter(file="drug_exposure")["domain"]) == {"order"}


def test_a_missing_ancestor_table_is_told(from_zip):
    assert any(note.startswith("concept_ancestor is absent or empty") for note in from_zip.notes)


def test_concepts_in_no_set_are_counted_with_their_names(from_zip):
    assert ("OMOP|3036277", "Body height", 496) in from_zip.left("measurement")
    assert ("set aside", UNKNOWN, 496) in from_zip.reasons("measurement")


def test_a_folder_reads_as_the_zip(from_zip, sample_folder):
    assert_frame_equal(read_all(sample_folder).statements, from_zip.statements)


def test_ranges_of_persons_change_nothing(from_zip, sample):
    some = read_all(sample, persons_per_batch="5")
    assert_frame_equal(some.statements, from_zip.statements)
    assert some.accounted() == ROWS


def test_parquet_reads_as_csv(from_zip, sample_folder, tmp_path):
    for path in sample_folder.glob("*.csv"):
        frame = pl.read_csv(path, infer_schema=False)
        ids = [name for name in frame.columns if sql_type(name) == "BIGINT"]
        frame.with_columns(pl.col(ids).cast(pl.Int64)).write_parquet(
            tmp_path / f"{path.stem.lower()}.parquet"
        )
    assert_frame_equal(read_all(tmp_path).statements, from_zip.statements)


def test_a_duckdb_file_reads_as_csv(from_zip, sample_folder, tmp_path):
    database = typed_database(sample_folder, tmp_path / "cdm.duckdb")
    before = database.stat().st_mtime_ns
    found = read_all(database)
    assert_frame_equal(found.statements, from_zip.statements)
    assert_frame_equal(found.persons, from_zip.persons)
    assert_frame_equal(found.outcomes, from_zip.outcomes)
    assert found.read == ROWS
    assert database.stat().st_mtime_ns == before


def test_postgresql_gives_the_same_statements(from_zip, sample_folder, postgres):
    postgres.load(sample_folder, "cdm", "vocab")
    found = read_all(postgres.url(), schema="cdm", vocabulary_schema="vocab")
    assert_frame_equal(found.statements, from_zip.statements)
    assert_frame_equal(found.persons, from_zip.persons)
    assert_frame_equal(found.outcomes, from_zip.outcomes)
    assert found.read == found.accounted() == ROWS
    assert_frame_equal(read_all(postgres.url(), persons_per_batch="5").statements, from_zip.statements)
