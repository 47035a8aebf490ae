"""The Cohort: the checked record of many patients, which every later step reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.record.report import ImportReport


@dataclass(frozen=True)
class Cohort:
    """The record of many patients (design sections 3 and 4): typed frames, sorted by patient and time.

    Times are Int64 microseconds since the local midnight that begins day 0 (`becalm.record.clock`); a null
    time means "at some time in this record". Frames (columns and types in `becalm.record.schema`):

    - `patients`: one row for every patient id that occurs anywhere; `infusion` is an instant, or 0 with
      `infusion_known` false where only the date of the infusion, or nothing, is known.
    - `observations`: every value as a range [`lo`, `hi`] in the canonical `unit` of its concept; `refused`
      marks an implausible value or an unknown unit, whose range is the plausible limits.
    - `exposures`: intervals [`start`, `end`) with canonical `name` and drug `classes`.
    - `events`, `coverage`: as in the folder format, times placed on the clock.

    Rows of one patient and one moment are sorted by their content, so the order of rows in a file never
    matters. `covered_by_default`: the coverage classes of which the source has a row, for the classes that
    `coverage` does not declare; `declared`: those that it declares, for anyone. `patient_hashes`:
    `patient_id` and the `hash` of what is known of that patient (`becalm.record.hashing`); `source_hash`
    combines them. The order of rows, files and patients changes neither.
    """

    patients: pl.DataFrame
    observations: pl.DataFrame
    exposures: pl.DataFrame
    events: pl.DataFrame
    coverage: pl.DataFrame
    report: ImportReport
    source_hash: str
    patient_hashes: pl.DataFrame
    covered_by_default: frozenset[str]
    declared: frozenset[str]
