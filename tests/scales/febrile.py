"""One adult with a fever at day 3.5, everything measured and covered, to which a test adds rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from becalm import Cohort, read_tables

CLASSES = (
    *("vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid"),
    *("organ_toxicity", "attribution", "local_sign", "death"),
)
TEMPERATURES = (("0", "36.8"), ("1", "36.8"), ("2", "36.8"), ("3.3", "36.8"), ("3.5", "38.5"), ("3.75", "37"))


def febrile(
    *,
    age: str | None = "50",
    uncovered: Sequence[str] = (),
    observations: Sequence[tuple[str, str, str, str]] = (),
    exposures: Sequence[Mapping[str, str | None]] = (),
    events: Sequence[Mapping[str, str | None]] = (),
) -> Cohort:
    """The patient, with further rows (without patient_id) and classes left out of the coverage."""
    values = [(day, "temperature", value, "Cel") for day, value in TEMPERATURES]
    for quarter in range(6):
        day = f"{3.003 + quarter / 4:.3f}"
        values += [(day, "sbp", "120", "mm[Hg]"), (day, "spo2", "97", "%")]
    values += observations
    tables = {
        "patients": pl.DataFrame(
            {"patient_id": ["p"], "age_years": [age]}, schema_overrides={"age_years": pl.String}
        ),
        "observations": pl.DataFrame(
            [("p", *row) for row in values],
            schema=["patient_id", "day", "concept", "value", "unit"],
            orient="row",
        ),
        "coverage": pl.DataFrame({"class": [c for c in CLASSES if c not in uncovered]}),
    }
    for name, rows in (("exposures", exposures), ("events", events)):
        if rows:
            day = "start_day" if name == "exposures" else "day"
            columns = dict.fromkeys([day, *(key for row in rows for key in row)])
            tables[name] = pl.DataFrame(
                [{"patient_id": "p", **{c: row.get(c) for c in columns}} for row in rows],
                schema=dict.fromkeys(["patient_id", *columns], pl.String),
            )
    return read_tables(tables)
