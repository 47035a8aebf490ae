"""Every grading system beside that of the report: computed before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import to_day
from becalm.report.panels import group_of
from becalm.scales import Graded, Scale, graded_together, installed_scales
from becalm.scales.agreement.courses import computed
from becalm.scales.agreement.highest import highest
from becalm.scales.agreement.tables import Together, by_grade, together
from becalm.scales.grading import worded
from becalm.sources import read_tables

REFERENCE = "astct-2019"
"""The system at whose peak the others are compared, where the report's own grades no CRS."""
CRS = "CRS"

STRETCHES = ("patient_id", "scale", "start_day", "end_day", "grade_min", "grade_max", "rules")
PEAKS = ("patient_id", "day", "scale", "grade_min", "grade_max", "rule_min", "rule_max")


@dataclass(frozen=True)
class Parts:
    """What is kept of the grades of some patients; frames as in `Systems`."""

    stretches: pl.DataFrame
    highest: pl.DataFrame
    open: pl.DataFrame
    peaks: pl.DataFrame


@dataclass(frozen=True)
class Systems:
    """The grades under every system.

    scales: in the order in which they are drawn. reference: the id of the system at whose peak the CRS
    systems are compared. crs: the ids of the CRS systems.
    stretches: STRETCHES, intervals joined where the grade is the same; rules are the positions (in
    `scale.level`) of the rules that gave the highest possible grade. highest: patient_id | scale |
    grade_min | grade_max ..., the highest certain and the highest possible grade (blank: not graded).
    open: patient_id | scale | missing (a list), the systems that the record of a patient narrows at no moment
    (the grade is everywhere as undecided as with nothing recorded), and what would settle them.
    peaks: PEAKS, what each CRS system says where the reference first reaches its highest certain grade.
    by_grade: patients by highest grade of each CRS system. together: patients with the same highest grade
    under all CRS systems.
    """

    scales: tuple[Scale, ...]
    reference: str
    crs: tuple[str, ...]
    stretches: pl.DataFrame
    highest: pl.DataFrame
    open: pl.DataFrame
    peaks: pl.DataFrame
    by_grade: pl.DataFrame
    together: Together

    def of(self, patient_id: str) -> Parts:
        """The rows of one patient."""
        mine = pl.col("patient_id") == patient_id
        return Parts(*(frame.filter(mine) for frame in (self.stretches, self.highest, self.open, self.peaks)))


def in_order(scale: Scale) -> tuple[Scale, ...]:
    """The system of the report and every installed one, group by group; in its group the first is first."""
    every = [scale, *(one for one in installed_scales().values() if one.id != scale.id)]
    return tuple(sorted(every, key=lambda one: group_of(one.toxicity)))


def reference_of(scale: Scale) -> str:
    """The system at whose peak the others are compared: the report's own, if it grades CRS."""
    return scale.id if scale.toxicity == CRS else REFERENCE


def parts_of(cohort: Cohort, found: Sequence[Graded], blank: Sequence[Graded], reference: str) -> Parts:
    """What a report keeps of the grades of some patients.

    Args:
        cohort: the record of these patients.
        found: their grades, one result a system.
        blank: the grades of a patient of whom nothing is recorded (`nothing_recorded`), likewise.
        reference: the system at whose peak the others are compared.
    """
    courses = {one.scale.id: computed(one) for one in found}
    tops = highest(cohort.patients["patient_id"], courses)
    peak = tops.filter(pl.col("scale") == reference, pl.col("grade_min") > 0).select("patient_id", "start")
    crs = [one.scale.id for one in found if one.scale.toxicity == CRS]
    return Parts(
        pl.concat([_stretches(one) for one in found]),
        tops,
        pl.concat([_open(cohort, one, other) for one, other in zip(found, blank, strict=True)]),
        pl.concat([_said(peak, name, courses[name]) for name in crs]),
    )


def gathered(parts: Sequence[Parts], scales: Sequence[Scale], reference: str) -> Systems:
    """The parts of all patients together."""
    crs = tuple(one.id for one in scales if one.toxicity == CRS)
    tops = pl.concat([part.highest for part in parts])
    ours = tops.filter(pl.col("scale").is_in(crs))
    return Systems(
        scales=tuple(scales),
        reference=reference,
        crs=crs,
        stretches=pl.concat([part.stretches for part in parts]),
        highest=tops,
        open=pl.concat([part.open for part in parts]),
        peaks=pl.concat([part.peaks for part in parts]),
        by_grade=by_grade(ours, crs),
        together=together(ours, crs),
    )


def nothing_recorded(scales: Sequence[Scale], settings: Mapping[str, Any], until_day: float) -> list[Graded]:
    """The grades of a patient of whom nothing is recorded: what a system says for want of everything."""
    cohort = read_tables({"patients": pl.DataFrame({"patient_id": ["nobody"]})})
    return graded_together(cohort, scales, settings=settings, until_day=until_day)


def _stretches(found: Graded) -> pl.DataFrame:
    """The intervals of one system joined where the grade is the same: STRETCHES."""
    rows = found.intervals.sort("patient_id", "start").select(
        "patient_id", "start", "end", "grade_min", "grade_max", "rule_max"
    )
    key = ("patient_id", "grade_min", "grade_max")
    changed = pl.any_horizontal(*(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in key))
    return (
        rows.group_by(*key, run=changed.cum_sum(), maintain_order=True)
        .agg(
            pl.col("start").first(),
            pl.col("end").last(),
            rules=pl.col("rule_max").drop_nulls().unique(maintain_order=True),
        )
        .select(
            "patient_id",
            scale=pl.lit(found.scale.id),
            start_day=to_day(pl.col("start")),
            end_day=to_day(pl.col("end")),
            grade_min="grade_min",
            grade_max="grade_max",
            rules="rules",
        )
    )


def _open(cohort: Cohort, found: Graded, blank: Graded) -> pl.DataFrame:
    """The patients whose record narrows the grade of a system at no moment: `open` of `Systems`."""
    nothing = blank.intervals.select("start", most="alive_max").sort("start")
    alive = found.intervals.filter(~pl.col("ended"), ~pl.col("dead")).sort("start")
    narrowed = (pl.col("grade_min") > 0) | (pl.col("alive_max") < pl.col("most"))
    undecided = (
        alive.join_asof(nothing, on="start")
        .group_by("patient_id")
        .agg(open=~narrowed.any() & (pl.col("alive_max") > 0).any())
        .filter("open")
    )
    rows = (
        alive.filter(pl.col("grade_min") < pl.col("grade_max"))
        .join(undecided.select("patient_id"), on="patient_id", how="semi")
        .sort("patient_id", "start")
    )
    ends = pl.concat([rows.unique("patient_id", keep=keep) for keep in ("first", "last")])
    asked = worded(cohort, found, ends.unique("interval").sort("patient_id", "start"))
    return (
        asked.group_by("patient_id", maintain_order=True)
        .agg(missing=pl.col("missing").str.split("; ").list.explode().unique(maintain_order=True))
        .select("patient_id", pl.lit(found.scale.id).alias("scale"), "missing")
    )


def _said(peak: pl.DataFrame, name: str, course: pl.DataFrame) -> pl.DataFrame:
    """What a system says at the moments patient_id | start: PEAKS."""
    said = peak.sort("start").join_asof(
        course.sort("start"), on="start", by="patient_id", check_sortedness=False
    )
    return (
        said.sort("patient_id")
        .select(
            "patient_id",
            pl.lit(name).alias("scale"),
            "grade_min",
            "grade_max",
            "rule_min",
            "rule_max",
            day=to_day(pl.col("start")),
        )
        .select(PEAKS)
    )
