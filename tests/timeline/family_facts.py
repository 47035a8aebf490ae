"""The facts of one family, at a day and as steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from becalm import Cohort, read_tables
from becalm.record import DAY
from becalm.timeline import default_settings
from becalm.timeline.families import families

Values = dict[str, tuple[Any, Any]]
TABLES = {
    "patients": ("patient_id", "disease_pattern", "tumour_diameter_cm"),
    "observations": ("patient_id", "day", "concept", "value", "value_high", "comparator", "unit"),
    "exposures": ("patient_id", "start_day", "end_day", "kind", "name", "route", "rate", "indication"),
    "events": ("patient_id", "day", "event", "value", "axis", "cause", "site", "severity"),
    "coverage": ("class",),
}


def cohort(**tables: Sequence[dict[str, Any]]) -> Cohort:
    """A cohort of patient p (or as rows say) from rows of cells; blank cells may be left out."""
    frames = {}
    for name, columns in TABLES.items():
        rows = [{"patient_id": "p", **row} for row in tables.get(name, ())]
        cells = [[None if row.get(c) is None else str(row[c]) for c in columns] for row in rows]
        frames[name] = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")
    if frames["coverage"].is_empty():
        del frames["coverage"]
    return read_tables(frames)


def steps(record: Cohort, family: str, patient: str = "p", **policies: Any) -> list[tuple[int, Values]]:
    """(time, the ranges of every fact from then on), in order."""
    found = families()[family]
    frame = found.states(record, default_settings().with_changes(policies))
    assert frame.equals(frame.sort("patient_id", "time"))
    assert not frame.select(pl.struct("patient_id", "time").is_duplicated().any()).item()
    mine = frame.filter(pl.col("patient_id") == patient)
    return [
        (row["time"], {fact: (row[f"{fact}_lo"], row[f"{fact}_hi"]) for fact in found.facts})
        for row in mine.iter_rows(named=True)
    ]


def at(record: Cohort, family: str, day: float, **policies: Any) -> Values:
    """The ranges of every fact of a family at a day."""
    return when(steps(record, family, **policies), day)


def when(found: list[tuple[int, Values]], day: float) -> Values:
    """The ranges in force at a day."""
    return [values for time, values in found if time <= round(day * DAY)][-1]


def inside(narrow: tuple[Any, Any], wide: tuple[Any, Any]) -> bool:
    """Whether a range lies in another; a bound that is null is no limit."""
    low = wide[0] is None or (narrow[0] is not None and narrow[0] >= wide[0])
    high = wide[1] is None or (narrow[1] is not None and narrow[1] <= wide[1])
    return low and high
