"""Small records, and the facts of a family at a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from becalm import read_tables
from becalm.record import Cohort
from becalm.record.clock import from_day
from becalm.timeline import default_settings
from becalm.timeline.families import families

Row = Mapping[str, str]
NEEDED = {"observations": "day", "exposures": "start_day", "events": "day"}


def record(covered: Sequence[str] = (), patient: Row | None = None, **tables: Sequence[Row]) -> Cohort:
    """The record of one patient."""
    frames = {"patients": pl.DataFrame([{"patient_id": "a", **(patient or {})}])}
    for name, rows in tables.items():
        frames[name] = pl.concat([pl.DataFrame([{"patient_id": "a", **row}]) for row in rows], how="diagonal")
    if covered:
        frames["coverage"] = pl.DataFrame({"class": covered})
    return read_tables(frames)


def at(cohort: Cohort, family: str, day: float, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The facts of a family on a day: X_lo, X_hi and X_says."""
    frame = families()[family].states(cohort, default_settings().with_changes(settings or {}))
    assert frame.select("patient_id", "time").is_unique().all(), "one row a patient and time"
    assert frame["time"].is_sorted()
    rows = frame.filter(pl.col("time") <= from_day(day))
    return dict(rows.row(-1, named=True)) if rows.height else {}


def bounds(facts: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """The range of a fact."""
    return facts[f"{name}_lo"], facts[f"{name}_hi"]
