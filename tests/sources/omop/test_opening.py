"""What can be opened, what is said where it cannot, lines that cannot be read, SQL for other databases."""

import sys
import types

import polars as pl
import pytest
import sqlglot

from becalm.record.errors import BecalmError, InputError, WorkError
from becalm.sources.omop import read_omop, sql
from becalm.sources.omop.site import driver, scrubbed
from tests.sources.omop.cdm import COLUMNS, drug, measurement, person, sql_type, write_cdm
from tests.sources.omop.reading import read_all, shipped

DUCKDB = driver("adbc_driver_duckdb")
TABLES = {"measurement": [measurement(1), measurement(2)], "drug_exposure": [drug(1)]}
READ = {"person": 1, "measurement": 2, "drug_exposure": 1}


@pytest.mark.parametrize(
    ("separator", "suffix", "upper"), [(",", ".csv", False), (",", ".CSV", True), ("\t", ".csv", True)]
)
def test_a_folder_of_csv_as_ohdsi_writes_them(tmp_path, separator, suffix, upper):
    found = read_all(write_cdm(tmp_path, TABLES, separator, suffix, upper))
    assert found.read == found.accounted() == READ
    assert len(found.statements) == 3


def test_quotation_marks_in_a_tab_separated_vocabulary_are_text(tmp_path):
    folder = write_cdm(tmp_path, TABLES, "\t")
    path = folder / "concept.csv"
    path.write_text(path.read_text().replace("Body temperature", 'Body "core" temperature'))
    assert read_all(folder).of("measurement")[0]["text"] == 'Body "core" temperature'


def test_names_of_columns_in_any_case(tmp_path):
    folder = write_cdm(tmp_path, TABLES)
    path = folder / "measurement.csv"
    header, rest = path.read_text().split("\n", 1)
    path.write_text(f"\ufeff{header.upper()}\n{rest}", encoding="utf-8")
    assert read_all(folder).read == READ


def test_optional_columns_may_be_absent(tmp_path):
    folder = write_cdm(tmp_path, {})
    (folder / "measurement.csv").write_text(
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number\n"
        "1,1,3020891,2024-03-01,38.4\n"
    )
    row = read_all(folder).only("measurement")
    assert (row["value"], row["unit"], row["start"]) == ("38.4", None, "2024-03-01")


def test_a_line_that_does_not_fit_is_refused_and_loses_nothing(tmp_path):
    folder = write_cdm(tmp_path, TABLES)
    path = folder / "measurement.csv"
    path.write_text(path.read_text() + "3,1,3020891,2024-03-01\n" + ",".join("1" * 40) + "\n")
    found = read_all(folder)
    assert found.read["measurement"] == found.accounted()["measurement"] == 4
    lines = found.outcomes.filter(file="measurement", outcome="refused")
    assert lines["row"].to_list() == [3, 4]
    assert "cannot be read" in lines["reason"][0]


@pytest.mark.parametrize("table", ["person", "concept"])
def test_a_table_that_is_needed(tmp_path, table):
    with pytest.raises(InputError, match=f"has no table {table}"):
        read_all(write_cdm(tmp_path, {table: None}))


def test_a_repeated_concept_is_noticed(tmp_path):
    twice = [{"concept_id": 586323, "concept_name": "C", "vocabulary_id": "UCUM", "concept_code": "Cel"}] * 2
    with pytest.raises(WorkError, match="2 rows to read, and 4 came"):
        read_all(write_cdm(tmp_path, TABLES | {"concept": [*_own(), *twice]}))


def _own():
    return [
        {
            "concept_id": 3020891,
            "concept_name": "Body temperature",
            "vocabulary_id": "LOINC",
            "concept_code": "8310-5",
        }
    ]


def test_what_cannot_be_opened_says_what_is_expected(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.duckdb").write_text("no database")
    (tmp_path / "text.zip").write_text("no zip")
    for name in ("absent", "empty", "text.duckdb", "text.zip"):
        with pytest.raises(InputError, match="expected"):
            read_all(tmp_path / name)


def test_a_table_that_stands_twice(tmp_path):
    folder = write_cdm(tmp_path, TABLES)
    (folder / "PERSON.csv").write_text("person_id\n1\n")
    with pytest.raises(InputError, match="table person twice"):
        read_all(folder)


def duckdb_file(path, schema="main"):
    """A DuckDB file with a person and a measurement in a schema."""
    with (
        DUCKDB.connect(str(path), autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name in ("person", "concept", "measurement"):
            columns = ", ".join(f"{one} {sql_type(one, 'DOUBLE')}" for one in COLUMNS[name].split())
            cursor.execute(f"CREATE TABLE {schema}.{name} ({columns})")
        cursor.execute(f"INSERT INTO {schema}.person (person_id, year_of_birth) VALUES (1, 1960)")
        cursor.execute(
            f"INSERT INTO {schema}.concept (concept_id, concept_name, vocabulary_id, concept_code) "
            "VALUES (3020891, 'Body temperature', 'LOINC', '8310-5')"
        )
        cursor.execute(
            f"INSERT INTO {schema}.measurement (measurement_id, person_id, measurement_concept_id, "
            "measurement_date, measurement_datetime, value_as_number) "
            "VALUES (1, 1, 3020891, '2024-03-01', '2024-03-01 08:30:00', 38.4)"
        )
    return path


def test_schemas_of_a_database(tmp_path):
    path = duckdb_file(tmp_path / "a.duckdb", "cdm54")
    assert read_all(path).only("measurement")["value"] == "38.4"
    assert read_all(path, schema="CDM54").only("measurement")["value"] == "38.4"
    with pytest.raises(InputError, match="has no schema 'other'; it has cdm54"):
        read_all(path, schema="other")
    duckdb_file(path, "second")
    with pytest.raises(InputError, match=r"in cdm54, second\. Give option schema"):
        read_all(path)


def test_another_driver_and_dialect(tmp_path, monkeypatch):
    """Any ADBC driver will do; DuckDB's own stands in for a warehouse's."""
    path = duckdb_file(tmp_path / "a.duckdb")
    warehouse = types.ModuleType("warehouse_driver")
    inside = types.ModuleType("warehouse_driver.dbapi")
    inside.connect = lambda address: DUCKDB.connect(address.removeprefix("warehouse://"))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "warehouse_driver", warehouse)
    monkeypatch.setitem(sys.modules, "warehouse_driver.dbapi", inside)
    source = f"warehouse://{path}"
    found = read_all(source, driver="warehouse_driver", dialect="duckdb")
    assert found.only("measurement")["value"] == "38.4"
    with pytest.raises(InputError, match="No driver is known for warehouse://"):
        read_all(source, driver="warehouse_driver")
    with pytest.raises(InputError, match="needs the library"):
        read_all(source, driver="no_such_driver", dialect="snowflake")


def test_a_password_is_never_told():
    """Nobody listens on port 1."""
    with pytest.raises(BecalmError) as told:
        read_all("postgresql://reader:s3cret@127.0.0.1:1/cdm")
    assert "s3cret" not in str(told.value)
    assert "reader" in str(told.value)
    assert told.value.__cause__ is None
    for text in (
        "://a:p@ss/w:rd@host/x",
        "://a:p%40ss@host/x?sslmode=require",
        "password=hidden host=x",
        "?password='my own'",
    ):
        shown = scrubbed(text)
        assert "***" in shown
        assert not any(secret in shown for secret in ("p@ss", "p%40ss", "w:rd", "hidden", "my own"))


def test_postgresql_says_what_it_lacks(postgres):
    postgres.psql("CREATE DATABASE nothing;")
    with pytest.raises(InputError, match="has it in no schema"):
        read_all(postgres.url("nothing"))


def test_postgresql_is_only_read(postgres, tmp_path):
    """A user who may only read is enough: nothing is created, not even a temporary table."""
    postgres.psql("CREATE DATABASE guarded;")
    postgres.load(write_cdm(tmp_path, TABLES), "cdm_guarded", "vocab_guarded", "guarded")
    postgres.psql(
        "CREATE ROLE reader LOGIN; REVOKE ALL ON DATABASE guarded FROM PUBLIC; "
        "GRANT CONNECT ON DATABASE guarded TO reader; "
        "ALTER ROLE reader SET default_transaction_read_only = on;"
        "GRANT USAGE ON SCHEMA cdm_guarded, vocab_guarded TO reader;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA cdm_guarded, vocab_guarded TO reader;",
        "guarded",
    )
    found = read_all(
        postgres.url("guarded", "reader"), schema="cdm_guarded", vocabulary_schema="vocab_guarded"
    )
    assert found.read == found.accounted() == READ


def test_a_server_that_stops_is_told(postgres):
    """The connection is ended by the server in the middle of the reading."""
    postgres.psql("CREATE DATABASE ending;")
    postgres.psql(_SMALL, "ending")
    chunks = read_omop(postgres.url("ending"), shipped(), {})
    next(chunks)
    postgres.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ending';")
    with pytest.raises(WorkError, match="A query on postgresql"):
        list(chunks)


_SMALL = """
CREATE TABLE person (person_id bigint, year_of_birth int);
INSERT INTO person SELECT g, 1960 FROM generate_series(1, 100) g;
CREATE TABLE concept (concept_id bigint, concept_name varchar, vocabulary_id varchar, concept_code varchar);
INSERT INTO concept VALUES (3020891, 'Body temperature', 'LOINC', '8310-5');
CREATE TABLE measurement (measurement_id bigint, person_id bigint, measurement_concept_id bigint,
    measurement_date date, value_as_number numeric);
INSERT INTO measurement SELECT g, g % 100 + 1, 3020891, '2024-03-01', 37.5 FROM generate_series(1, 1000) g;
"""


@pytest.mark.parametrize(
    "dialect", ["snowflake", "bigquery", "databricks", "tsql", "redshift", "postgres", "oracle"]
)
def test_sql_for_a_warehouse(dialect):
    queries = sql(dialect, schema="cdm", vocabulary_schema="vocab")
    assert {"concept_sets", "person", "death", "measurement", "drug_exposure"} <= queries.keys()
    for text in queries.values():
        assert "becalm_" not in text
        sqlglot.parse_one(text, read=dialect)
    assert "8310-5" in queries["measurement"]


def test_the_sql_extracts_what_the_reader_reads(tmp_path):
    """The query that stands alone, run by DuckDB itself on the same tables."""
    tables = TABLES | {
        "person": [person(1)],
        "measurement": [measurement(1), measurement(2, measurement_concept_id=740)],
    }
    folder = write_cdm(tmp_path, tables)
    queries = sql("duckdb", shipped())
    with (
        DUCKDB.connect(":memory:", autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for path in folder.glob("*.csv"):
            types = ", ".join(
                f"'{name}': '{sql_type(name, 'DOUBLE')}'" for name in COLUMNS[path.stem].split()
            )
            cursor.execute(
                f"CREATE TABLE {path.stem} AS SELECT * FROM "
                f"read_csv('{path}', header = true, auto_detect = false, columns = {{{types}}})"
            )
        for name, expected in (("measurement", [1]), ("drug_exposure", [1]), ("person", [1])):
            cursor.execute(queries[name])
            assert pl.DataFrame(cursor.fetch_arrow())["row_id"].to_list() == expected


def test_an_unknown_dialect():
    with pytest.raises(InputError, match="'klingon' is not known"):
        sql("klingon")
