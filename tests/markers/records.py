"""Small cohorts for the tests of markers and guidelines."""

from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.sources import read_tables

CLASSES = (
    "vasopressor",
    "oxygen",
    "fluid",
    "antipyretic",
    "anti_cytokine",
    "corticosteroid",
    "organ_toxicity",
    "attribution",
    "local_sign",
    "death",
)
NEEDED = {
    "observations": ("patient_id", "day", "concept", "value", "unit"),
    "exposures": ("patient_id", "start_day", "kind", "name"),
    "events": ("patient_id", "day", "event"),
    "patients": ("patient_id",),
    "coverage": ("class",),
}
UNITS = {
    "il6": "pg/mL",
    "crp": "mg/L",
    "temperature": "Cel",
    "sbp": "mm[Hg]",
    "spo2": "%",
    "weight": "kg",
    "icans_grade_recorded": "1",
}


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of texts, with the columns that the format needs."""
    texts = [
        {"patient_id": "p", **{k: None if v is None else str(v) for k, v in row.items()}} for row in rows
    ]
    names = dict.fromkeys((*NEEDED[table], *(name for row in texts for name in row)))
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))


def record(
    observations: list[dict[str, Any]] | None = None,
    *,
    exposures: list[dict[str, Any]] | None = None,
    events: list[dict[str, Any]] | None = None,
    patients: list[dict[str, Any]] | None = None,
    coverage: tuple[str, ...] | None = CLASSES,
) -> Cohort:
    """A cohort of one patient `p` (or as the rows say); every class is covered unless said otherwise."""
    tables = {
        "patients": frame("patients", patients or [{}]),
        "observations": frame("observations", observations or []),
        "exposures": frame("exposures", exposures or []),
        "events": frame("events", events or []),
    }
    if coverage is not None:
        tables["coverage"] = pl.DataFrame({"class": list(coverage)}, schema={"class": pl.String})
    return read_tables(tables)


def value(concept: str, day: object, number: object, **more: object) -> dict[str, Any]:
    """One observation."""
    return {"day": day, "concept": concept, "value": number, "unit": UNITS[concept], **more}


def drug(name: str, day: object, **more: object) -> dict[str, Any]:
    """One dose."""
    return {"start_day": day, "kind": "drug", "name": name, **more}
