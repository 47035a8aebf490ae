"""From what a user names to an open CDM: a DuckDB file, a folder, a zip, an address of a database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from becalm.record.errors import InputError, WorkError
from becalm.sources.omop import files
from becalm.sources.omop.settings import Settings
from becalm.sources.omop.site import Site, catalogue, chosen_schemas, driver, scrubbed
from becalm.sources.omop.tables import NEEDED

_DRIVERS = {
    "postgresql": ("adbc_driver_postgresql", "postgres"),
    "postgres": ("adbc_driver_postgresql", "postgres"),
}
_EXPECTED = (
    "A DuckDB file, a folder or a zip of CSV or Parquet tables, or an address such as "
    "postgresql://user@host/database is expected."
)


@contextmanager
def opened(source: str, settings: Settings) -> Iterator[Site]:
    """Open a CDM for reading; nothing in it is changed.

    Raises:
        InputError: there is nothing to read at `source`, or a table that is needed is lacking.
        WorkError: the database cannot be reached.
    """
    site = _open(source, settings)
    try:
        lacking = sorted(NEEDED - site.columns.keys())
        if lacking:
            raise InputError(
                f"{site.label} has no table {' and no table '.join(lacking)}. The reader needs person, and "
                "concept to know what a row means. Export these tables too."
            )
        yield site
    finally:
        site.close()


def _open(source: str, settings: Settings) -> Site:
    if "://" in source:
        return _database(source, settings)
    path = Path(source)
    if path.is_dir() or path.suffix.lower() == ".zip":
        return files.open_files(path)
    if path.is_file():
        return _duckdb_file(path, settings)
    raise InputError(f"There is no file or folder {source}. {_EXPECTED} Check the path.")


def _duckdb_file(path: Path, settings: Settings) -> Site:
    connection = files.memory_database()
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ATTACH {files.quoted(path)} AS cdm (READ_ONLY)")
        found = catalogue(connection, path.name, "table_catalog = 'cdm'")
        events, vocabulary = chosen_schemas(found, settings.schema, settings.vocabulary_schema, path.name)
    except Exception as error:
        connection.close()
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} cannot be opened as a DuckDB file: {error} {_EXPECTED}") from error
    columns = _columns(found, events, vocabulary)
    schemas = (f"cdm.{events}", f"cdm.{vocabulary}")
    return Site(connection, path.name, "duckdb", columns, schemas, close=connection.close)


def _database(source: str, settings: Settings) -> Site:
    scheme = urlsplit(source).scheme.lower()
    known = _DRIVERS.get(scheme, ("", ""))
    name, dialect = settings.driver or known[0], settings.dialect or known[1]
    label = scrubbed(source)
    if not name or not dialect:
        raise InputError(
            f"No driver is known for {scheme}://. {_EXPECTED} For another warehouse give options driver (an "
            "ADBC driver, such as adbc_driver_snowflake) and dialect, or run the queries of "
            "becalm.sources.omop.sql(dialect) there."
        )
    module = driver(name)
    try:
        connection = module.connect(source)
    except Exception as error:
        raise WorkError(
            f"The database {label} cannot be reached: {scrubbed(str(error))} Check that it runs, and the "
            "name, user and password of the address."
        ) from None
    try:
        found = catalogue(connection, label, "table_schema <> 'information_schema'")
        events, vocabulary = chosen_schemas(found, settings.schema, settings.vocabulary_schema, label)
        if dialect == "postgres":
            _one_moment(connection)
    except BaseException:
        connection.close()
        raise
    columns = _columns(found, events, vocabulary)
    return Site(connection, label, dialect, columns, (events, vocabulary), close=lambda: _leave(connection))


def _one_moment(connection: Any) -> None:
    """Read everything as it stood at one moment, and change nothing."""
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _leave(connection: Any) -> None:
    """Close; a connection that broke has told why already."""
    for step in (connection.rollback, connection.close):
        with contextlib.suppress(Exception):
            step()


def _columns(
    found: dict[str, dict[str, dict[str, str]]], events: str, vocabulary: str
) -> dict[str, dict[str, str]]:
    from becalm.sources.omop.tables import VOCABULARY

    held = {name: columns for name, columns in found[events].items() if name not in VOCABULARY}
    return held | {name: columns for name, columns in found[vocabulary].items() if name in VOCABULARY}
