"""One patient at the bedside: scores, findings and sedatives, and the grade at a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from becalm import Cohort, grade, read_tables

Row = Mapping[str, str | None]
UNITS = {
    "ferritin": "ng/mL",
    "alt": "U/L",
    "ast": "U/L",
    "fibrinogen": "mg/dL",
    "platelets": "10*9/L",
    "anc": "10*9/L",
    "hemoglobin": "g/dL",
    "temperature": "Cel",
}
OBSERVED = ("patient_id", "day", "concept", "value", "value_high", "unit", "lower_limit", "upper_limit")
EXPOSED = ("patient_id", "start_day", "end_day", "kind", "name", "rate", "route", "indication")
HAPPENED = ("patient_id", "day", "event", "value", "axis", "cause", "site")


def table(rows: Sequence[Row], columns: Sequence[str]) -> pl.DataFrame:
    """Rows of the patient as text."""
    filled = [{column: row.get(column) for column in columns} | {"patient_id": "p"} for row in rows]
    return pl.DataFrame(filled, schema=dict.fromkeys(columns, pl.String))


def bedside(
    *values: tuple[str, str, str],
    age: str | None = "50",
    observations: Sequence[Row] = (),
    events: Sequence[Row] = (),
    drugs: Sequence[Row] = (),
    exposures: pl.DataFrame | None = None,
    infused: str = "2024-01-01T00:00:00",
) -> Cohort:
    """A patient whose deaths are covered.

    values: (day, concept, value); observations: rows with more columns. drugs: exposures of kind drug;
    exposures: a table in their place.
    """
    seen: list[dict[str, Any]] = [
        {"day": day, "concept": concept, "value": value} for day, concept, value in values
    ]
    seen = [{"unit": UNITS.get(row["concept"] or ""), **row} for row in (*seen, *observations)]
    return read_tables(
        {
            "patients": pl.DataFrame(
                {"patient_id": ["p"], "age_years": [age], "infusion_time": [infused]},
                schema_overrides={"age_years": pl.String},
            ),
            "observations": table(seen, OBSERVED),
            "exposures": table([{"kind": "drug", **row} for row in drugs], EXPOSED)
            if exposures is None
            else exposures,
            "events": table(events, HAPPENED),
            "coverage": pl.DataFrame({"class": ["death"]}),
        }
    )


def at(
    cohort: Cohort, day: float, scale: str = "icans-2019", **policies: Any
) -> tuple[int | None, int | None]:
    """The grade range at a day."""
    row = grade(cohort, scale, at=[day], settings=policies)
    return row["grade_min"][0], row["grade_max"][0]


def told(cohort: Cohort, day: float, column: str = "because", scale: str = "icans-2019") -> str:
    """What is said of the grade at a day."""
    return str(grade(cohort, scale, at=[day])[column][0])


def event(day: str | None, name: str, value: str | None = None, **cells: str) -> Row:
    """A row of the events."""
    return {"day": day, "event": name, "value": value, **cells}


def because_of(day: str, axis: str, cause: str | None, value: str | None = None) -> Row:
    """An attribution."""
    return {"day": day, "event": "attribution", "axis": axis, "cause": cause, "value": value}


WELL = (("5.1", "ice", "10"), ("5.1", "consciousness", "alert"))
"""An adult without any neurological sign on day 5.1, for 12 hours."""
