"""Everything that a report shows, computed before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from becalm.guidelines import COLUMNS as ADVICE
from becalm.guidelines import Guideline, advise, find_guideline
from becalm.markers import default_marker_settings, markers
from becalm.record import Cohort
from becalm.scales import Scale, find_scale, graded
from becalm.scales.grading import merged, worded
from becalm.scales.per_patient import summarised
from becalm.timeline import Policy, Settings

LIMITS = ("patient_id", "sbp_limit_lo", "sbp_limit_hi", "map_used_hi", "baseline_sbp")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ReportFrames:
    """The frames behind a report.

    grades: as `becalm.scales.grade`, for every patient. per_patient: as `becalm.scales.per_patient`.
    alternative: the grades of the patients with an attribution to another cause, computed with the policy
    attribution_used = false. limits: the columns LIMITS, the pressure limits of each patient (baseline_sbp is
    null where it is not used). markers, advice: as `becalm.markers.markers` and `becalm.guidelines.advise`.
    settings, marker_policies: the policies in force. changes: those that the caller changed.
    """

    cohort: Cohort
    scale: Scale
    settings: Settings
    changes: Mapping[str, Any]
    grades: pl.DataFrame
    per_patient: pl.DataFrame
    alternative: pl.DataFrame
    limits: pl.DataFrame
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
    progress(f"grading {cohort.patients.height} patients under {edition.id}")
    found = graded(cohort, edition, settings=grading)
    grades = worded(cohort, found, merged(found))
    limits = found.states.pieces.select(LIMITS).unique("patient_id", keep="first", maintain_order=True)
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
        per_patient=summarised(cohort, found),
        alternative=alternative,
        limits=limits,
        markers=folds,
        advice=pl.concat(advice) if advice else pl.DataFrame(schema=dict(ADVICE)),
        guidelines=tuple(chosen),
        marker_policies=default_marker_settings().with_changes(below).own,
    )


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
