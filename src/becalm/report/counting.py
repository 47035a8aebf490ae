"""Counts of patients: by day and grade, by day of onset, by duration. Counting is all the statistics here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

AT_LEAST_ONE, PERHAPS_NONE = "CRS, grade undecided", "CRS undecided"
ENDED = "record ended"
UNDECIDED = (AT_LEAST_ONE, PERHAPS_NONE)


@dataclass(frozen=True)
class DayCount:
    """How many patients had which highest grade on one day; `counts` has one entry for each class."""

    day: int
    counts: tuple[int, ...]


def day_classes(highest: int) -> tuple[str, ...]:
    """The classes of a day: each grade, undecided from 1 on, undecided from 0 on, record ended."""
    return (*(str(grade) for grade in range(highest + 1)), *UNDECIDED, ENDED)


def by_day(grades: pl.DataFrame, patients: Sequence[str], highest: int, last_day: int) -> list[DayCount]:
    """Patients by their highest grade of each day, from day 0 to `last_day`.

    A day on which the highest grade certain differs from the highest possible is undecided: in its grade
    where CRS is certain, else in whether there was CRS. A patient whose
    record does not reach a day, or who has died of another cause, is counted as "record ended".

    Args:
        grades: as `becalm.scales.grade` returns them.
        patients: every patient of the cohort.
        highest: the highest grade of the system.
        last_day: the last day to count.
    """
    rows = grades.filter(pl.col("grade_min").is_not_null()).select(
        "patient_id",
        "grade_min",
        "grade_max",
        first=pl.col("start_day").floor().cast(pl.Int64),
        last=(pl.col("end_day").ceil().cast(pl.Int64) - 1).clip(upper_bound=last_day),
    )
    spread = (
        rows.filter(pl.col("first") <= pl.col("last"))
        .with_columns(day=pl.int_ranges("first", pl.col("last") + 1))
        .explode("day")
        .group_by("patient_id", "day")
        .agg(low=pl.col("grade_min").max(), high=pl.col("grade_max").max())
    )
    tally: dict[tuple[int, str], int] = {}
    for day, low, high in spread.select("day", "low", "high").iter_rows():
        name = str(low) if low == high else AT_LEAST_ONE if low else PERHAPS_NONE
        tally[day, name] = tally.get((day, name), 0) + 1
    classes = day_classes(highest)
    out = []
    for day in range(last_day + 1):
        known = [tally.get((day, name), 0) for name in classes[:-1]]
        out.append(DayCount(day, (*known, len(patients) - sum(known))))
    return out


def last_day(grades: pl.DataFrame, limit: int = 45) -> tuple[int, bool]:
    """The last day that a figure of the cohort shows, and whether some record goes on after it."""
    ends = [end for end in grades["end_day"].to_list() if end is not None]
    last = max(math.ceil(max(ends, default=1.0)) - 1, 0)
    return min(last, limit), last > limit


@dataclass(frozen=True)
class Tally:
    """Counts by whole days, and how many patients have no certain day."""

    by_day: tuple[tuple[int, int], ...]
    possible_only: int
    never: int


def tally(per_patient: pl.DataFrame, column: str) -> Tally:
    """Patients by the day of onset or the whole days of duration.

    Args:
        per_patient: as `becalm.scales.per_patient` returns it.
        column: `onset_day` or `duration_days`; counted by its whole part.

    Returns:
        by_day: (day, patients), ascending. possible_only: CRS is nowhere certain but somewhere possible.
        never: no CRS at any time, or nothing graded.
    """
    counts: dict[int, int] = {}
    possible = never = 0
    for value, most in per_patient.select(column, "max_grade_max").iter_rows():
        if value is not None:
            counts[math.floor(value + 1e-9)] = counts.get(math.floor(value + 1e-9), 0) + 1
        elif most is not None and most > 0:
            possible += 1
        else:
            never += 1
    return Tally(tuple(sorted(counts.items())), possible, never)
