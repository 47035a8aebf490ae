"""Everything that a report shows, computed before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from becalm.guidelines import COLUMNS as ADVICE
from becalm.guidelines import Guideline, advise, find_guideline
from becalm.markers import default_marker_settings, markers
from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.report.systems import Systems, gathered, in_order, nothing_recorded, parts_of, reference_of
from becalm.scales import Scale, find_scale, graded, graded_together
from becalm.scales.grading import merged, worded
from becalm.scales.per_patient import summarised
from becalm.timeline import Policy, Settings

LIMITS = ("patient_id", "sbp_limit_lo", "sbp_limit_hi", "map_used_hi", "baseline_sbp")
Progress = Callable[[str], None]
BATCH = 500
"""Patients graded at a time: what is kept of them is small, their grades under every system are not."""


@dataclass(frozen=True)
class ReportFrames:
    """The frames behind a report.

    grades: as `becalm.scales.grade`, for every patient. per_patient: as `becalm.scales.per_patient`.
    alternative: the grades of the patients with an attribution to another cause, computed with the policy
    attribution_used = false. limits: the columns LIMITS, the pressure limits of each patient (baseline_sbp is
    null where it is not used). systems: the grades under every installed system. markers, advice: as
    `becalm.markers.markers` and `becalm.guidelines.advise`. settings, marker_policies: the policies in force.
    changes: those that the caller changed.
    """

    cohort: Cohort
    scale: Scale
    settings: Settings
    changes: Mapping[str, Any]
    grades: pl.DataFrame
    per_patient: pl.DataFrame
    alternative: pl.DataFrame
    limits: pl.DataFrame
    systems: Systems
    markers: pl.DataFrame
    advice: pl.DataFrame
    guidelines: tuple[Guideline, ...]
    marker_policies: Mapping[str, Policy]


def report_frames(
    cohort: Cohort,
    scale: str | Scale = "astct-2019",
    guidelines: Sequence[str | Guideline] = ("il6-guided-2022",),
    settings: Mapping[str, Any] | None = None,
    progress: Progress = lambda said: None,
) -> ReportFrames:
    """Compute every frame of a report.

    Args:
        cohort: the record.
        scale: a grading system by id, path or edition.
        guidelines: management guidelines by id, path or edition; there may be none.
        settings: policies, or parameters of a guideline, to change, by name.
        progress: told in a few words what is being done.

    Raises:
        InputError: unknown edition, guideline or policy.
        EditionError: a file of an edition does not fit.
    """
    edition = find_scale(scale)
    changes = dict(settings or {})
    given = [find_guideline(name) for name in guidelines]
    chosen, below, grading = check_choices(edition, given, changes)
    policies = edition.settings().with_changes(grading)
    # Of nobody there is nothing to lay side by side.
    scales = in_order(edition) if cohort.patients.height else (edition,)
    reference = reference_of(edition)
    beside = f"{len(scales) - 1} systems beside it"
    progress(f"grading {cohort.patients.height} patients under {edition.id} and {beside}")
    blank = nothing_recorded(scales, grading, _last_day(cohort))
    kept, grades_of, summaries, limits_of = [], [], [], []
    for part in batches(cohort):
        found = graded_together(part, scales, settings=grading)
        own = found[scales.index(edition)]
        kept.append(parts_of(part, found, blank, reference))
        grades_of.append(worded(part, own, merged(own)))
        summaries.append(summarised(part, own))
        limits_of.append(own.states.pieces.select(LIMITS).unique("patient_id", keep="first"))
    grades = pl.concat(grades_of)
    alternative = grades.clear()
    judged = attributed_elsewhere(cohort) if policies.flag("attribution_used") else []
    if judged:
        progress(f"grading {len(judged)} of them again with every attribution set aside")
        part = only(cohort, judged)
        again = graded(part, edition, settings={**grading, "attribution_used": False})
        alternative = worded(part, again, merged(again))
    progress("markers")
    folds = markers(cohort, settings=below)
    advice = []
    for one in chosen:
        progress(f"advice under {one.id}")
        advice.append(advise(cohort, one, settings=below))
    return ReportFrames(
        cohort=cohort,
        scale=edition,
        settings=policies,
        changes=changes,
        grades=grades,
        per_patient=pl.concat(summaries),
        alternative=alternative,
        limits=pl.concat(limits_of).sort("patient_id"),
        systems=gathered(kept, scales, reference),
        markers=folds,
        advice=pl.concat(advice) if advice else pl.DataFrame(schema=dict(ADVICE)),
        guidelines=tuple(chosen),
        marker_policies=default_marker_settings().with_changes(below).own,
    )


def batches(cohort: Cohort) -> Iterator[Cohort]:
    """The cohort, some patients at a time."""
    ids = cohort.patients["patient_id"].to_list()
    for first in range(0, max(len(ids), 1), BATCH):
        yield cohort if len(ids) <= BATCH else only(cohort, ids[first : first + BATCH])


def _last_day(cohort: Cohort) -> float:
    """A day that no dated row lies after."""
    times = (
        cohort.observations["time"],
        cohort.exposures["start"],
        cohort.exposures["end"],
        cohort.events["time"],
    )
    last = max((time for column in times if isinstance(time := column.max(), int)), default=0)
    return max(last, 0) / DAY + 1


def check_choices(
    scale: Scale, guidelines: Sequence[Guideline], changes: Mapping[str, Any]
) -> tuple[list[Guideline], dict[str, Any], dict[str, Any]]:
    """Sort what a caller changes into parameters of guidelines, policies of markers and policies of grading.

    Returns:
        The guidelines with their parameters changed; the changed policies of markers and of grading; those
        of grading alone.

    Raises:
        InputError: no guideline and no policy has that name, or its value does not fit.
    """
    parameters = {name for one in guidelines for name in one.parameters}
    below = {name: value for name, value in changes.items() if name not in parameters}
    own = default_marker_settings().with_changes(below).own
    grading = {name: value for name, value in below.items() if name not in own}
    scale.settings().with_changes(grading)
    chosen = [
        one.with_parameters({name: value for name, value in changes.items() if name in one.parameters})
        for one in guidelines
    ]
    return chosen, below, grading


def attributed_elsewhere(cohort: Cohort) -> list[str]:
    """Patients of whom some axis is attributed to another cause than CRS."""
    return sorted(set(elsewhere(cohort.events)["patient_id"].to_list()))


def elsewhere(events: pl.DataFrame) -> pl.DataFrame:
    """The events that attribute an axis to another cause than CRS."""
    return events.filter(
        pl.col("event") == "attribution",
        pl.col("value").is_null(),
        pl.col("cause").is_null() | (pl.col("cause") != "crs"),
    )


def only(cohort: Cohort, patients: list[str]) -> Cohort:
    """The cohort of some of its patients; what the source covers stays as it was."""
    mine = pl.col("patient_id").is_in(patients)
    return replace(
        cohort,
        patients=cohort.patients.filter(mine),
        observations=cohort.observations.filter(mine),
        exposures=cohort.exposures.filter(mine),
        events=cohort.events.filter(mine),
        coverage=cohort.coverage.filter(mine | pl.col("patient_id").is_null()),
    )
