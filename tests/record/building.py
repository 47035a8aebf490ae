"""Small cohorts in the folder format for the tests of the record."""

from collections.abc import Iterable, Mapping

import polars as pl

from becalm.record import Cohort, ImportReport
from becalm.sources import read_tables

OBSERVATION = {"patient_id": "p", "day": "1.5", "concept": "temperature", "value": "38.5", "unit": "Cel"}
EXPOSURE = {"patient_id": "p", "start_day": "1.5", "kind": "drug", "name": "norepinephrine"}
EVENT = {"patient_id": "p", "day": "1.5", "event": "seizure"}


def frame(rows: Iterable[Mapping[str, str | None]]) -> pl.DataFrame:
    """Rows of texts as a frame; a cell that a row does not name is blank."""
    every = list(rows)
    columns = list(dict.fromkeys(name for row in every for name in row))
    return pl.DataFrame(
        [[row.get(name) for name in columns] for row in every],
        dict.fromkeys(columns, pl.String),
        orient="row",
    )


def observed(*rows: Mapping[str, str | None], **tables: pl.DataFrame) -> Cohort:
    """A cohort of observations: each row overrides the cells of one plain temperature."""
    return read_tables({**tables, "observations": frame({**OBSERVATION, **row} for row in rows)})


def exposed(*rows: Mapping[str, str | None], **tables: pl.DataFrame) -> Cohort:
    """A cohort of exposures: each row overrides the cells of one plain dose of norepinephrine."""
    return read_tables({**tables, "exposures": frame({**EXPOSURE, **row} for row in rows)})


def happened(*rows: Mapping[str, str | None], **tables: pl.DataFrame) -> Cohort:
    """A cohort of events: each row overrides the cells of one plain seizure."""
    return read_tables({**tables, "events": frame({**EVENT, **row} for row in rows)})


def patients(*rows: Mapping[str, str | None]) -> pl.DataFrame:
    """A patients table: each row overrides the cells of patient p."""
    return frame({"patient_id": "p", **row} for row in rows)


def refusals(cohort: Cohort) -> list[tuple[int, str, str]]:
    """(row, column, given) of every refusal."""
    return cohort.report.refusals.select("row", "column", "given").rows()


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Rows read, used, set aside and refused."""
    return report.read, report.used, report.rows_set_aside, report.refused
