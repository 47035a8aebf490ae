"""What a reader of a coded source hands on: statements, persons, and what became of the other rows.

A *statement* is one thing that a source says of a patient, still in the source's own codes and units: a
reading, a dose, a device in use, a stay, a diagnosis. Every coded format (FHIR, OMOP, SDTM, MIMIC) ends in
this one frame; from here on nothing depends on the format. Which table of the folder format a statement
becomes is decided by its code (`becalm.sources.coded.lookup`), not by the table that it came from: oxygen
may be charted as a device, a procedure or an observation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

STATEMENT: Mapping[str, pl.DataType] = {
    "patient_id": pl.String(),
    "domain": pl.String(),
    "codes": pl.List(pl.String()),
    "text": pl.String(),
    "start": pl.String(),
    "end": pl.String(),
    "value": pl.String(),
    "value_high": pl.String(),
    "comparator": pl.String(),
    "unit": pl.String(),
    "value_codes": pl.List(pl.String()),
    "dose": pl.String(),
    "dose_unit": pl.String(),
    "rate": pl.String(),
    "rate_unit": pl.String(),
    "flow_l_min": pl.String(),
    "fio2": pl.String(),
    "route": pl.String(),
    "site": pl.String(),
    "indication": pl.String(),
    "severity": pl.String(),
    "axis": pl.String(),
    "cause": pl.String(),
    "note": pl.String(),
    "doubt": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
    "record": pl.String(),
}
"""Columns of a frame of statements; any but `patient_id`, `domain`, `file` and `row` may be null.

`domain`: one of DOMAINS. `codes`: `SYSTEM|code`, the one to be trusted most first, the system as the source
writes it. `text`: the source's own name. `start`, `end`: ISO 8601; a date without a clock time is a whole
day. `value`: a number or a word as written; `value_codes`: a coded value. `site`: where on the body, or the
organ. `file`, `row`: the row of the source it came from (1 is the first data row or resource of a file);
one row may make several statements. `doubt`: why a treatment that may have been given cannot be used (an end
before its start, an unknown status): it is counted as refused, and leaves its class unknown for that patient,
where to leave it out would read as not given. `record`: the source's own id of that row.
"""

PERSON: Mapping[str, pl.DataType] = {
    "patient_id": pl.String(),
    "birth_date": pl.String(),
    "age_years": pl.String(),
    "sex": pl.String(),
    "weight_kg": pl.String(),
    "infusion_time": pl.String(),
    "disease": pl.String(),
    "disease_pattern": pl.String(),
    "product": pl.String(),
    "costimulation": pl.String(),
    "blasts_percent": pl.String(),
    "tumour_diameter_cm": pl.String(),
    "baseline_sbp": pl.String(),
    "home_cpap": pl.String(),
    "followup_day": pl.String(),
    "note": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
}
"""Columns of a frame of persons. `birth_date`: ISO 8601, perhaps only a year or a month."""

OUTCOME: Mapping[str, pl.DataType] = {
    "file": pl.String(),
    "row": pl.Int64(),
    "record": pl.String(),
    "outcome": pl.String(),
    "reason": pl.String(),
    "given": pl.String(),
    "count": pl.Int64(),
}
"""What became of rows that made no statement: `outcome` is `set aside` or `refused`, `reason` a sentence that
says what was expected and the next step. `count` rows stand behind one line: 1 for a refused row; rows set
aside for one reason may be counted together, with the first one's `row` and `record`."""

DOMAINS = (
    "measurement",
    "observation",
    "drug",
    "order",
    "device",
    "procedure",
    "condition",
    "adverse_event",
    "visit",
    "death",
    "fluid",
    "event",
)
"""What kind of thing a source says. `order`: an intent (a prescription), never a dose given.
`fluid` and `event`: of sources whose tables say so themselves."""

UNMAPPED: Mapping[str, pl.DataType] = {
    "domain": pl.String(),
    "code": pl.String(),
    "text": pl.String(),
    "unit": pl.String(),
    "count": pl.Int64(),
}
"""Codes and names that a reader left out because nothing maps them: one line each, with the rows counted. The
rows themselves are counted in the outcomes too, with the reason UNKNOWN."""

UNKNOWN = "Its code or name is not mapped."
"""The reason of an outcome: no mapping knows the code or the name."""

SET_ASIDE, REFUSED = "set aside", "refused"


@dataclass(frozen=True)
class Chunk:
    """A part of a source, in any order of patients.

    `statements`, `persons`, `outcomes`: frames of STATEMENT, PERSON, OUTCOME. `read`: rows read, by file or
    resource type: every row read made a statement or a person, or is counted in `outcomes`. `notes`:
    sentences about the whole source. `unmapped`: frame of UNMAPPED, of a reader that leaves rows out by their
    codes; one that makes a statement of every row needs none.
    """

    statements: pl.DataFrame
    persons: pl.DataFrame
    outcomes: pl.DataFrame
    read: Mapping[str, int]
    notes: tuple[str, ...] = field(default=())
    unmapped: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(UNMAPPED)))


def statements(rows: Sequence[Mapping[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """A frame of STATEMENT from rows or from a frame with some of its columns."""
    return conformed(rows, STATEMENT)


def persons(rows: Sequence[Mapping[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """A frame of PERSON from rows or from a frame with some of its columns."""
    return conformed(rows, PERSON)


def outcomes(rows: Sequence[Mapping[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """A frame of OUTCOME from rows or from a frame with some of its columns; `count` is 1 where not given."""
    return conformed(rows, OUTCOME).with_columns(pl.col("count").fill_null(1))


def conformed(
    rows: Sequence[Mapping[str, Any]] | pl.DataFrame, schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """Exactly the columns of `schema`, in its order and types; one that is lacking is all null."""
    if not isinstance(rows, pl.DataFrame):
        return pl.DataFrame(
            {name: [row.get(name) for row in rows] for name in schema}, schema=dict(schema), strict=True
        )
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )
