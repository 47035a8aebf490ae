"""Reading vignette folders, and adding the measurements that settle a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from becalm import Cohort, read_tables

HERE = Path(__file__).parent
TABLES = ("patients", "observations", "exposures", "events", "coverage")
Tables = dict[str, pl.DataFrame]


def tables(folder: str) -> Tables:
    """The raw tables of a vignette folder, all columns as text."""
    found = {name: HERE / folder / f"{name}.csv" for name in TABLES}
    return {name: pl.read_csv(path, infer_schema=False) for name, path in found.items() if path.is_file()}


def expected(folder: str) -> list[dict[str, str | None]]:
    """The rows of expected.csv."""
    return pl.read_csv(HERE / folder / "expected.csv", infer_schema=False).to_dicts()


def only(raw: Tables, patient: str) -> Tables:
    """The tables with the rows of one patient (coverage for all patients stays)."""
    out = {}
    for name, frame in raw.items():
        if "patient_id" in frame.columns:
            mine = pl.col("patient_id") == patient
            out[name] = frame.filter(mine | pl.col("patient_id").is_null() if name == "coverage" else mine)
        else:
            out[name] = frame
    return out


def with_rows(raw: Tables, patient: str, rows: Sequence[tuple[str, Mapping[str, str]]]) -> Cohort:
    """The cohort after rows are added for a patient."""
    # Where coverage is declared the other patients of a folder change nothing.
    out = only(raw, patient) if "coverage" in raw else dict(raw)
    for name, values in rows:
        row = dict(values) if name == "coverage" else {"patient_id": patient, **values}
        addition = pl.DataFrame({column: [value] for column, value in row.items()})
        out[name] = pl.concat([out[name], addition], how="diagonal") if name in out else addition
    return read_tables(out)


def settlements(text: str) -> list[tuple[list[tuple[str, dict[str, str]]], int]]:
    """The alternatives of a `settles` cell: rows to add, and the grade that they must decide."""
    out = []
    for alternative in text.split(" || "):
        rows, _, grade = alternative.rpartition("->")
        parsed = []
        for row in rows.split(" & "):
            name, _, cells = row.strip().partition(":")
            parsed.append((name, dict(cell.split("=", 1) for cell in cells.split(";"))))
        out.append((parsed, int(grade)))
    return out
