"""The course of a grade over time in one form, whether a grading system gave it or a chart recorded it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.record.errors import InputError
from becalm.scales import Graded
from becalm.scales.edition import Scale

RECORDED = "recorded"
"""The name that stands for the grades that a chart recorded."""
RECORDED_CONCEPTS: Mapping[str, str] = {"CRS": "crs_grade_recorded", "ICANS": "icans_grade_recorded"}
"""The concept of a recorded grade, by what is graded."""

COURSE = pl.Schema(
    {
        "patient_id": pl.String,
        "start": pl.Int64,
        "grade_min": pl.Int8,
        "grade_max": pl.Int8,
        "rule_min": pl.Int16,
        "rule_max": pl.Int16,
    }
)
"""The columns of a course: from `start` (null: some time) until the next row; rule_min and rule_max are
positions in the levels of the system, null for grade 0 and for recorded grades; grades are null where there
is none (after a death of another cause)."""


@dataclass(frozen=True)
class System:
    """A way to grade: an edition, or `recorded` with the concept that holds it (`scale` is then None)."""

    id: str
    toxicity: str
    scale: Scale | None = None

    @property
    def concept(self) -> str:
        """The concept of its grades, if recorded."""
        return RECORDED_CONCEPTS[self.toxicity]

    @property
    def highest(self) -> int:
        """The highest grade that it knows."""
        return self.scale.highest if self.scale else 5


def systems(scales: tuple[Scale, ...], *, recorded: bool) -> tuple[System, ...]:
    """The systems to compare, in order, recorded grades last.

    Raises:
        InputError: fewer than two, two of one id, or systems that grade different things.
    """
    names = [scale.id for scale in scales] + [RECORDED] * recorded
    if len(names) < 2:
        raise InputError(
            f"There is nothing to compare {names[0] if names else 'with'} with. Expected two or more grading "
            f"systems, or one and `{RECORDED}`, separated by commas. `becalm scales` lists them."
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(
            f"Two grading systems are called {twice!r}. Expected an id of its own for each. Rename one."
        )
    toxicities = {scale.id: scale.toxicity for scale in scales}
    if len(set(toxicities.values())) > 1:
        said = ", ".join(f"{name} grades {what}" for name, what in toxicities.items())
        raise InputError(
            f"The grading systems grade different things: {said}. Grades of one toxicity are expected: "
            "a grade 2 of one says nothing of a grade 2 of another. Compare each toxicity by itself."
        )
    toxicity = scales[0].toxicity
    if recorded and toxicity not in RECORDED_CONCEPTS:
        raise InputError(
            f"`{RECORDED}` was given beside grades of {toxicity}. The folder format holds recorded grades of "
            f"{' and '.join(RECORDED_CONCEPTS)} only. Leave `{RECORDED}` out."
        )
    found = tuple(System(scale.id, scale.toxicity, scale) for scale in scales)
    return (*found, System(RECORDED, toxicity)) if recorded else found


def computed(found: Graded) -> pl.DataFrame:
    """The course of computed grades: COURSE, a row where anything changes."""
    course = found.intervals.select(*COURSE).cast(COURSE).sort("patient_id", "start")
    changes = [pl.col(name).ne_missing(pl.col(name).shift(1)) for name in COURSE if name != "start"]
    return course.filter(pl.any_horizontal(changes) | (pl.int_range(pl.len()) == 0))


def recorded(cohort: Cohort, concept: str) -> pl.DataFrame:
    """The course of recorded grades: COURSE, without what was recorded before the infusion.

    Several at one time are one range. A grade recorded for a whole day stands at its beginning.
    """
    rows = cohort.observations.filter(pl.col("concept") == concept).join(
        cohort.patients.select("patient_id", "infusion"), on="patient_id", how="left"
    )
    length = pl.when("whole_day").then(DAY).otherwise(1)
    since = (pl.col("time").is_null() | (pl.col("time") + length > pl.col("infusion"))).fill_null(True)
    given = rows.filter(since).select(
        "patient_id",
        start="time",
        grade_min=pl.col("lo").fill_null(0).clip(0, 5).floor(),
        grade_max=pl.col("hi").fill_null(5).clip(0, 5).ceil(),
    )
    joined = given.group_by("patient_id", "start").agg(pl.col("grade_min").min(), pl.col("grade_max").max())
    nothing = pl.lit(None)
    return (
        joined.with_columns(rule_min=nothing, rule_max=nothing)
        .select(*COURSE)
        .cast(COURSE)
        .sort("patient_id", "start")
    )
