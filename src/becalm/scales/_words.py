"""Graded intervals put into words: why each grade is what it is, and what would settle a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import to_day
from becalm.scales._because import Clauses, clauses, sentence, wanted, warning
from becalm.scales._missing import missing
from becalm.scales.edition import Scale
from becalm.timeline import States
from becalm.timeline.evidence import Course, courses, with_values

COLUMNS = (
    "patient_id",
    "start_day",
    "end_day",
    "scale",
    "grade_min",
    "grade_max",
    "because",
    "missing",
    "warning",
    "verified",
    "edition_hash",
)
"""The columns of a table of grades; the first seven are promised in this order."""


_SENTENCE = (
    "patient_id",
    "interval",
    "start",
    "grade_min",
    "grade_max",
    "rule_min",
    "rule_max",
    "ended",
    "death_from_toxicity_lo",
    "death_from_toxicity_hi",
)
"""What a sentence says beside the clauses of the course and the facts of families."""
_TOLD = ("crs_lo", "crs_hi", "onset_lo", "onset_hi", "ended")
"""What the clauses of a row depend on beside its piece and its time."""


@dataclass(frozen=True)
class Graded:
    """The states of a cohort with the grade range of each interval, before they are put into words.

    intervals: the columns of `States.intervals` (but `case`), of `grade_ranges` and of the facts of families
    that the system names; alive_min and alive_max are the range without death.
    """

    scale: Scale
    states: States
    intervals: pl.DataFrame


@dataclass
class Words:
    """Words for the grades of one cohort; what several systems say alike is put into words once."""

    cohort: Cohort
    _courses: dict[int, Mapping[str, Course]] = field(default_factory=dict)
    _said: dict[tuple[Any, ...], Clauses] = field(default_factory=dict)

    def of(self, found: Graded, rows: pl.DataFrame) -> pl.DataFrame:
        """Some of `found.intervals` as COLUMNS (arguments as of `worded`)."""
        scale, policies = found.scale, found.states.settings
        shown = rows.with_columns(start="shown_start") if "shown_start" in rows.columns else rows
        lacking = missing(scale, _undecided(found, rows), found.states.answers, policies)
        said, known = self._clauses(found.states, shown) if scale.reads_course else ([], {})
        facts = [f"{fact.name}_says" for fact in scale.own_facts(policies)]
        deaths = found.states.spans.select("patient_id", "death", "death_cause", "died")
        table = shown.select(*_SENTENCE, *facts).join(
            deaths, on="patient_id", how="left", maintain_order="left"
        )
        because, needs, warnings = [], [], []
        for number, row in enumerate(table.iter_rows(named=True)):
            things: list[str] = list(lacking.get(row["interval"], ()))
            mine = said[number] if said else None
            if mine is not None:
                things = wanted(things, row["start"], known[row["patient_id"]])
            because.append(sentence(scale, row, mine, facts, things))
            needs.append("; ".join(things))
            warnings.append(warning(row, mine) if mine is not None else "")
        return shown.select(
            "patient_id",
            start_day=to_day(pl.col("start")),
            end_day=to_day(pl.col("end")),
            scale=pl.lit(found.scale.id),
            grade_min="grade_min",
            grade_max="grade_max",
            because=pl.Series(because, dtype=pl.String),
            missing=pl.Series(needs, dtype=pl.String),
            warning=pl.Series(warnings, dtype=pl.String),
            verified="verified",
            edition_hash=pl.lit(found.scale.short_hash),
        )

    def _known(self, states: States) -> Mapping[str, Course]:
        """The rows behind the states of each patient."""
        key = id(states.pieces)
        if key not in self._courses:
            self._courses[key] = courses(self.cohort, states.settings)
        return self._courses[key]

    def _clauses(self, states: States, rows: pl.DataFrame) -> tuple[list[Clauses], Mapping[str, Course]]:
        """What is said of each row whatever the edition, and the rows behind."""
        known, key = self._known(states), id(states.pieces)
        names = [(key, *name) for name in rows.select("patient_id", "start", *_TOLD).iter_rows()]
        new = rows.filter(pl.Series([name not in self._said for name in names], dtype=pl.Boolean))
        pieces = states.pieces.drop("start", "end", "patient_id", "piece")[new["piece"]]
        full = pl.concat([new, pieces], how="horizontal")
        full = with_values(full, states.readings, self.cohort.observations)
        found = full.select("patient_id", "start", *_TOLD).iter_rows()
        for name, row in zip(found, full.iter_rows(named=True), strict=True):
            self._said[key, *name] = clauses(row, known[row["patient_id"]], states.settings)
        return [self._said[name] for name in names], known


def _undecided(found: Graded, rows: pl.DataFrame) -> pl.DataFrame:
    """The intervals whose grade is a range, with the columns of their pieces."""
    undecided = rows.filter((pl.col("grade_min") < pl.col("grade_max")).fill_null(False), ~pl.col("ended"))
    undecided = undecided.with_columns(source=pl.col("sources").list.first()).unique(
        "interval", maintain_order=True
    )
    pieces = found.states.pieces.drop("start", "end", "patient_id", "piece")[undecided["piece"]]
    return pl.concat([undecided, pieces], how="horizontal")
