"""Grading systems side by side over a cohort: who gets which grade, who differs, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.scales import Scale, find_scale
from becalm.scales.agreement.courses import RECORDED, System, computed, recorded, systems
from becalm.scales.agreement.differences import differences
from becalm.scales.agreement.highest import BESIDE, HIGHEST, beside, highest
from becalm.scales.agreement.pairs import Chosen, pair_table
from becalm.scales.agreement.tables import Together, by_grade, cross_tables, together, wide
from becalm.scales.grading import graded_together


@dataclass(frozen=True)
class Gathered:
    """What a comparison needs of each patient: `found` (HIGHEST) and `there` (BESIDE); joined by `plus`."""

    found: pl.DataFrame
    there: pl.DataFrame

    def plus(self, other: Gathered) -> Gathered:
        """The patients of both."""
        return Gathered(pl.concat([self.found, other.found]), pl.concat([self.there, other.there]))


@dataclass(frozen=True)
class Comparison:
    """Grading systems compared over a cohort.

    Tables (columns in brackets):
    highest: patient_id, same (`yes`, `no`, `undecided`, or blank where a system has no grade), ended (the
    record ends with a death of another cause: the grades are those up to it), and for each system SCALE_min
    and SCALE_max, blank where the patient is not graded.
    by_grade: patients by highest grade (BY_GRADE). cross: by grade in two systems (CROSS).
    pairs: `becalm.scales.agreement.pairs.PAIRS`. differences: patients whose grade certainly differs, with
    the rule of the system that is higher (DIFFERENCES).
    """

    systems: tuple[System, ...]
    found: pl.DataFrame
    highest: pl.DataFrame
    by_grade: pl.DataFrame
    cross: pl.DataFrame
    pairs: pl.DataFrame
    differences: pl.DataFrame
    together: Together
    chosen: Chosen

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Every table by name."""
        names = ("highest", "by_grade", "cross", "pairs", "differences")
        return {name: getattr(self, name) for name in names}


def chosen_systems(names: Iterable[str | Scale]) -> tuple[System, ...]:
    """The systems named, `recorded` among them.

    Raises:
        InputError: no such system, or systems that cannot be compared.
        EditionError: a file of an edition does not fit.
    """
    every = list(names)
    scales = tuple(find_scale(name) for name in every if name != RECORDED)
    return systems(scales, recorded=RECORDED in every)


def gathered(cohort: Cohort, chosen: Sequence[System], settings: Mapping[str, Any] | None = None) -> Gathered:
    """What a comparison needs of the patients of a cohort, or of a batch of one."""
    results = graded_together(cohort, [one.scale for one in chosen if one.scale], settings=settings)
    grades = {found.scale.id: found for found in results}
    courses = {
        one.id: computed(grades[one.id]) if one.scale else recorded(cohort, one.concept) for one in chosen
    }
    found = highest(cohort.patients["patient_id"], courses)
    return Gathered(found, beside(found, courses))


def nothing_gathered() -> Gathered:
    """No patient."""
    return Gathered(pl.DataFrame(schema=HIGHEST), pl.DataFrame(schema=BESIDE))


def compare(
    cohort: Cohort,
    scales: Iterable[str | Scale],
    *,
    settings: Mapping[str, Any] | None = None,
    chosen: Chosen | None = None,
) -> Comparison:
    """Compare grading systems over a cohort.

    Args:
        cohort: the record.
        scales: ids of installed editions, paths, or editions; `recorded` stands for the grades that the chart
            recorded (highest recorded; a chart may hold only some days).
        settings: policies to change, by name.
        chosen: how intervals of kappa are made.

    Raises:
        InputError: no such system or policy, fewer than two systems, or systems that grade different things.
        EditionError: a file of an edition does not fit.
    """
    every = chosen_systems(scales)
    return compared(gathered(cohort, every, settings), every, chosen)


def compared(data: Gathered, every: Sequence[System], chosen: Chosen | None = None) -> Comparison:
    """The comparison of patients already gathered."""
    chosen = chosen or Chosen()
    names = tuple(one.id for one in every)
    found = data.found
    apart = differences(found, data.there, every)
    return Comparison(
        systems=tuple(every),
        found=found,
        highest=wide(found, every),
        by_grade=by_grade(found, names),
        cross=cross_tables(found, names),
        pairs=pair_table(found, names, chosen, apart),
        differences=apart,
        together=together(found, tuple(one.id for one in every if one.scale)),
        chosen=chosen,
    )
