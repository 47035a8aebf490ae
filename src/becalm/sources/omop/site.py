"""An open CDM: which tables and columns it has, and how a query is run on it, batch by batch."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from sqlglot import exp

from becalm.record.errors import InputError, WorkError
from becalm.sources.omop.queries import Columns, fitted, values

ROWS = 100_000
"""Rows of a batch."""

_INSTALL = "Install the optional libraries: pip install becalm[omop]."


@dataclass(frozen=True)
class Site:
    """An open CDM.

    `label`: how messages name it. `columns`: table -> column -> type, in lower case. `schemas`: of the event
    tables and of the vocabulary. `refused`: table -> [(line, reason, text)] of lines that cannot be read.
    """

    connection: Any = field(repr=False)
    label: str
    dialect: str
    columns: Columns
    schemas: tuple[str, str]
    refused: Mapping[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    close: Callable[[], None] = field(default=lambda: None, repr=False)

    def rows(
        self, tree: exp.Select, tables: Mapping[str, list[tuple[object, ...]]] | None = None
    ) -> Iterator[pl.DataFrame]:
        """The rows of a query, in batches.

        Raises:
            WorkError: the query failed.
        """
        ours = {name: values(name, rows) for name, rows in (tables or {}).items()}
        text = fitted(tree, self.dialect, ours, self.columns, self.schemas)
        yield from run(self.connection, text, self.label)

    def frame(
        self, tree: exp.Select, tables: Mapping[str, list[tuple[object, ...]]] | None = None
    ) -> pl.DataFrame:
        """The rows of a query, all at once."""
        return pl.concat(list(self.rows(tree, tables)), how="vertical_relaxed")


def run(connection: Any, text: str, label: str) -> Iterator[pl.DataFrame]:
    """The rows of a query on an ADBC connection, streamed; at least one frame, perhaps without rows."""
    cursor = connection.cursor()
    try:
        try:
            cursor.execute(text)
            stream = pl.scan_arrow_c_stream(cursor.fetch_arrow())
            empty = pl.DataFrame(schema=stream.collect_schema())
            first = True
            for batch in stream.collect_batches(chunk_size=ROWS, maintain_order=True):
                first = False
                yield batch
            if first:
                yield empty
        except _errors() as error:
            raise WorkError(
                f"A query on {label} failed: {scrubbed(str(error))} The tables and columns of the OMOP CDM "
                f"5.4 are expected. The query was: {text[:300]} ... Check the tables, "
                "or the rights of this user."
            ) from None
    finally:
        cursor.close()


def _errors() -> tuple[type[Exception], ...]:
    """What a failing query raises: by the driver, or by Polars while it reads the stream."""
    import adbc_driver_manager

    return (adbc_driver_manager.Error, pl.exceptions.PolarsError)


_SECRET = re.compile(r"(://[^:/@\s]+:)\S+@|(password\s*=\s*)('[^']*'|\S+)", re.IGNORECASE)


def scrubbed(text: str) -> str:
    """A text without the passwords of the addresses in it."""
    return _SECRET.sub(lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)


def driver(name: str) -> Any:
    """The `dbapi` module of an ADBC driver.

    Raises:
        InputError: the library is not installed.
    """
    try:
        return importlib.import_module(f"{name}.dbapi")
    except ImportError as error:
        raise InputError(f"Reading this source needs the library {error.name or name}. {_INSTALL}") from error


def catalogue(connection: Any, label: str, where: str) -> dict[str, dict[str, dict[str, str]]]:
    """Schema -> table -> column -> type, in lower case but for the schema, by the standard's own tables."""
    text = (
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        f"WHERE {where} ORDER BY 1, 2, ordinal_position"
    )
    out: dict[str, dict[str, dict[str, str]]] = {}
    for frame in run(connection, text, label):
        for schema, table, column, kind in frame.select(pl.all().cast(pl.String)).iter_rows():
            out.setdefault(schema, {}).setdefault(table.lower(), {})[column.lower()] = kind.lower()
    return out


def chosen_schemas(
    found: Mapping[str, Mapping[str, Mapping[str, str]]], events: str, vocabulary: str, label: str
) -> tuple[str, str]:
    """The schemas of the event tables and of the vocabulary: as given, or the only one that holds them.

    Raises:
        InputError: a schema that was given is not there, or several could be meant.
    """
    by_fold = {schema.casefold(): schema for schema in found}

    def choose(given: str, table: str, option: str) -> str:
        if given:
            if given.casefold() not in by_fold:
                raise InputError(
                    f"{label} has no schema {given!r}; it has {', '.join(sorted(found)) or 'none'}. "
                    f"Give one of these as option {option}."
                )
            return by_fold[given.casefold()]
        holding = sorted(schema for schema, tables in found.items() if table in tables)
        if len(holding) != 1:
            told = (
                f"has it in {', '.join(holding)}" if holding else "has it in no schema that this user can see"
            )
            raise InputError(
                f"One schema with the table {table} is expected, and {label} {told}. Give option {option}."
            )
        return holding[0]

    first = choose(events, "person", "schema")
    if not vocabulary and "concept" in found[first]:
        return first, first
    return first, choose(vocabulary, "concept", "vocabulary_schema")
