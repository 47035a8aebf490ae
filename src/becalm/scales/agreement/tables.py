"""The tables of a comparison: grades side by side, patients by grade, cross-tables, the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from becalm.scales.agreement.courses import System
from becalm.scales.agreement.pairs import side_by_side
from becalm.scales.agreement.share import exact_interval

BY_GRADE = ("scale", "grade_min", "grade_max", "patients")
CROSS = (
    "scale",
    "other",
    "grade_min",
    "grade_max",
    "other_grade_min",
    "other_grade_max",
    "patients",
)


@dataclass(frozen=True)
class Together:
    """How many patients have the same grade under every grading system (recorded grades left out).

    same (one and the same grade in each), differ (two certainly differ, whatever their ranges settle to) and
    unsettled add up to graded, those graded by every system.
    """

    scales: tuple[str, ...]
    patients: int
    graded: int
    same: int
    differ: int
    unsettled: int

    @property
    def settled(self) -> int:
        """Patients of whom it is certain whether their grades are the same."""
        return self.same + self.differ

    @property
    def share(self) -> float | None:
        """The share with the same grade, among the settled."""
        return self.same / self.settled if self.settled else None

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """The exact interval of 95 % of the share."""
        found = exact_interval(self.same, self.settled)
        return found.low, found.high

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The lowest and highest share of all graded, over every way to settle the ranges."""
        if not self.graded:
            return None, None
        return self.same / self.graded, (self.same + self.unsettled) / self.graded


def in_order(rows: pl.DataFrame, names: tuple[str, ...], *columns: str) -> pl.DataFrame:
    """Rows in the order of the systems, then by grade, those without a grade last."""
    order = {name: place for place, name in enumerate(names)}
    places = [pl.col(c).replace_strict(order, return_dtype=pl.Int64) for c in columns]
    grades = [pl.col(c) for c in rows.columns if "grade" in c]
    return rows.sort(*places, *grades, nulls_last=True)


def by_grade(found: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Patients by highest grade in each system: BY_GRADE; blank grades are those not graded."""
    counts = found.group_by("scale", "grade_min", "grade_max").agg(patients=pl.len())
    return in_order(counts.select(BY_GRADE), names, "scale")


def cross_tables(found: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Patients by grade in two systems, for each pair: CROSS; nobody is left out."""
    parts = []
    for one, two in combinations(names, 2):
        both = side_by_side(found, one, two).with_columns(scale=pl.lit(one), other=pl.lit(two))
        parts.append(both.group_by(CROSS[:-1]).agg(patients=pl.len()).select(CROSS))
    return in_order(pl.concat(parts), names, "scale", "other")


def same_grades(found: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """patient_id | same: whether the grade is the same in all these systems; null: one has no grade."""
    low, high = pl.col("grade_min"), pl.col("grade_max")
    missing = low.is_null().any()
    same = (
        pl.when(missing)
        .then(pl.lit(None, dtype=pl.String))
        .when(low.max() > high.min())
        .then(pl.lit("no"))
        .when(low.min() == high.max())
        .then(pl.lit("yes"))
        .otherwise(pl.lit("undecided"))
    )
    return (
        found.filter(pl.col("scale").is_in(names))
        .group_by("patient_id", maintain_order=True)
        .agg(same=same.first())
    )


def wide(found: pl.DataFrame, every: Sequence[System]) -> pl.DataFrame:
    """One row a patient: patient_id, same, ended, and for each system SCALE_min and SCALE_max."""
    out = same_grades(found, tuple(one.id for one in every)).join(
        found.group_by("patient_id").agg(pl.col("ended").any()), on="patient_id", maintain_order="left"
    )
    for one in every:
        ends = {"grade_min": f"{one.id}_min", "grade_max": f"{one.id}_max"}
        part = found.filter(pl.col("scale") == one.id).select("patient_id", *ends).rename(ends)
        out = out.join(part, on="patient_id", how="left", maintain_order="left")
    return out


def together(found: pl.DataFrame, names: tuple[str, ...]) -> Together:
    """How many patients have the same grade in all these systems."""
    rows = same_grades(found, names)
    count = {said: rows.filter(pl.col("same") == said).height for said in ("yes", "no", "undecided")}
    graded = rows.filter(pl.col("same").is_not_null()).height
    return Together(names, rows.height, graded, count["yes"], count["no"], count["undecided"])
