"""Where every fact is a point or missing, verdicts agree with DuckDB's own three-valued logic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules import worlds
from tests.rules.worlds import DTYPES, FACTS, LEVELS

from becalm.rules import compile_predicate

TYPES = {"number": "DOUBLE", "boolean": "BOOLEAN", "ordered": "support", "category": "VARCHAR"}
ANSWERS = {True: "yes", False: "no", None: "unknown"}
VALUES: dict[str, list[Any]] = {
    "x": [-1.5, 0.0, 2.0, 38.0, None],
    "y": [0.0, 2.0, None],
    "a": [True, False, None],
    "oxygen": ["none", "low_flow", "high_flow", "positive_pressure", None],
    "disease": ["ALL", "MM", None],
}
EVERY = [dict(zip(VALUES, row, strict=True)) for row in product(*VALUES.values())]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute(f"CREATE TYPE support AS ENUM ({', '.join(repr(level) for level in LEVELS)})")
    columns = ", ".join(f"{fact.name} {TYPES[fact.kind]}" for fact in FACTS.values())
    connection.execute(f"CREATE TABLE facts (place INTEGER, {columns})")
    yield connection
    connection.close()


def duckdb_answers(database: duckdb.DuckDBPyConnection, text: str, rows: list[dict]) -> list[str]:
    database.execute("DELETE FROM facts")
    values = [
        value for place, row in enumerate(rows) for value in (place, *(row.get(name) for name in FACTS))
    ]
    places = ", ".join([f"(?{', ?' * len(FACTS)})"] * len(rows))
    database.execute(f"INSERT INTO facts VALUES {places}", values)
    typed = re.sub("|".join(f"'{level}'" for level in LEVELS), lambda level: f"{level[0]}::support", text)
    found = database.execute(f"SELECT {typed} FROM facts ORDER BY place").fetchall()
    return [ANSWERS[answer] for (answer,) in found]


def our_answers(text: str, rows: list[dict]) -> list[str]:
    columns = {}
    for fact in FACTS.values():
        values = [row.get(fact.name) for row in rows]
        if fact.kind == "ordered":
            values = [None if value is None else LEVELS.index(value) for value in values]
        columns[fact.lo] = columns[fact.hi] = pl.Series(values, dtype=DTYPES[fact.kind])
    return pl.DataFrame(columns).select(compile_predicate(text, FACTS).verdict.alias("v"))["v"].to_list()


@pytest.mark.parametrize(
    "text",
    [
        "x >= 38",
        "x = 2 OR y = 2",
        "x <> 2 AND y <> 2",
        "x BETWEEN 0 AND 2",
        "x NOT BETWEEN -1 AND y",
        "x IN (0, 2, 38)",
        "x NOT IN (0, 2)",
        "-x + 2 * y >= 1.5",
        "x - y = 0",
        "(x + y) / 4 > 0.5",
        "a",
        "NOT a",
        "a = FALSE",
        "a <> TRUE OR x > 0",
        "a AND x > 0",
        "a OR x > 0",
        "NOT (a AND x > 0 OR y < 1)",
        "oxygen >= 'high_flow'",
        "oxygen < 'high_flow' AND a",
        "oxygen BETWEEN 'low_flow' AND 'high_flow'",
        "oxygen IN ('none', 'high_flow')",
        "oxygen NOT IN ('none', 'high_flow') OR disease = 'ALL'",
        "disease = 'ALL'",
        "disease <> 'ALL' AND NOT a",
        "disease NOT IN ('ALL', 'DLBCL')",
        "a AND (x >= 2 OR oxygen > 'none') AND NOT disease = 'MM'",
        "NOT (NOT a OR NOT (x < y AND NOT oxygen = 'none'))",
        "TRUE AND a",
        "FALSE OR a",
        "FALSE AND a OR x > 1",
    ],
)
def test_the_same_truth_as_duckdb(database, text):
    ours = our_answers(text, EVERY)
    assert ours == duckdb_answers(database, text, EVERY)
    assert len(set(ours)) == 3


@given(expression=worlds.anything(), rows=st.lists(worlds.rows(points=True), min_size=1, max_size=4))
def test_what_duckdb_knows_is_known_here(database, expression, rows):
    points = [{name: row[name].lo for name in FACTS} for row in rows]
    for row in points:
        row["oxygen"] = None if row["oxygen"] is None else LEVELS[row["oxygen"]]
    pairs = zip(
        our_answers(expression.sql, points), duckdb_answers(database, expression.sql, points), strict=True
    )
    for ours, theirs in pairs:
        assert theirs in (ours, "unknown")
