"""The timeline of one patient: panels on one axis of days, in the way of the papers' Figure 2."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from becalm.record.clock import DAY
from becalm.report.frames import ReportFrames, elsewhere
from becalm.report.given import Given, given
from becalm.report.lanes import event_panels, local_panel, recorded_panel, treatment_panels
from becalm.report.local import LocalSign, TwoAnswers, local_signs, two_answers
from becalm.report.markup import Markup, el
from becalm.report.measured import measured_panels
from becalm.report.svg.axis import Axis
from becalm.report.svg.panel import Panel
from becalm.report.svg.ribbon import Stretch, draw_ribbon
from becalm.report.svg.stack import GAP, day_axis, stack
from becalm.report.system_panel import systems_panel
from becalm.report.systems import Parts
from becalm.report.words import date_and_clock, day_text, grade_text, listed, name_text

EARLIEST, LONG, FIRST_PART = -7.0, 45.0, 30.0
"""Days: what lies before the first is in the tables only; a record longer than the second is drawn in two
parts, cut at the third."""
SHEET = 1060.0
"""Units of length that fill a printed page; a taller figure is drawn as two, grades and what they rest on."""


@dataclass(frozen=True)
class Patient:
    """The rows of one patient, out of all frames."""

    patient_id: str
    number: int
    facts: dict[str, object]
    grades: pl.DataFrame
    alternative: pl.DataFrame
    systems: Parts
    observations: pl.DataFrame
    exposures: pl.DataFrame
    events: pl.DataFrame
    given: list[Given]
    signs: list[LocalSign]
    differing: list[TwoAnswers]

    @property
    def axes(self) -> str:
        """The axes that are attributed to another cause, in words."""
        return (
            listed([name_text(axis) for axis in self.judged["axis"].unique().sort().drop_nulls().to_list()])
            or "all"
        )

    @property
    def judged(self) -> pl.DataFrame:
        """The attributions to another cause than CRS."""
        return elsewhere(self.events)

    @property
    def anchor(self) -> str:
        """The id of the patient's section."""
        return f"patient-{self.number}"


def patient_of(frames: ReportFrames, patient_id: str, number: int) -> Patient:
    """Collect the rows of one patient."""
    mine = pl.col("patient_id") == patient_id
    grades, alternative = frames.grades.filter(mine), frames.alternative.filter(mine)
    exposures = frames.cohort.exposures.filter(mine)
    events = frames.cohort.events.filter(mine)
    last = grades["end_day"].max()
    end = float(last) if isinstance(last, int | float) else 0.0
    return Patient(
        patient_id=patient_id,
        number=number,
        facts=frames.cohort.patients.filter(mine).row(0, named=True),
        grades=grades,
        alternative=alternative,
        systems=frames.systems.of(patient_id),
        observations=frames.cohort.observations.filter(mine),
        exposures=exposures,
        events=events,
        given=given(exposures, frames.settings, end),
        signs=local_signs(events),
        differing=two_answers(grades, alternative) if alternative.height else [],
    )


def stretches(grades: pl.DataFrame) -> list[Stretch]:
    """The intervals of a table of grades as stretches of a ribbon, each with its reason."""
    out = []
    for row in grades.iter_rows(named=True):
        span = f"{date_and_clock(row['start_day'])} to {date_and_clock(row['end_day'])}"
        warning = f" Warning: {row['warning']}." if row["warning"] else ""
        hint = f"Grade {grade_text(row['grade_min'], row['grade_max'])}, {span}. {row['because']}{warning}"
        out.append(Stretch(row["start_day"], row["end_day"], row["grade_min"], row["grade_max"], hint))
    return out


def windows(patient: Patient) -> list[tuple[float, float]]:
    """The stretches of days that are drawn, one figure each."""
    start_of = [
        *patient.observations["time"].drop_nulls().to_list(),
        *patient.exposures["start"].drop_nulls().to_list(),
    ]
    ends = patient.grades["end_day"].to_list()
    shown = [t / DAY for t in start_of if t / DAY >= EARLIEST]
    first = math.floor(min([0.0, *shown]))
    last = max([1.0, *ends])
    for frame in (patient.observations, patient.events):
        whole = frame.filter("whole_day")["time"].drop_nulls().to_list()
        last = max([last, *(day / DAY + 1 for day in whole if day / DAY < last)])
    if last - first <= LONG:
        return [(first, last)]
    return [(first, FIRST_PART), (FIRST_PART, last)]


def timeline(frames: ReportFrames, patient: Patient, advice: Sequence[tuple[float, str, str]]) -> Markup:
    """The figure of one patient; a long record in two parts of time, a tall figure in two drawings.

    Args:
        frames: of the report.
        patient: the rows of the patient.
        advice: (day, number, hint) of each change of the recommendations.
    """
    drawn = []
    infusion = patient.facts["infusion"] if patient.facts["infusion_known"] else None
    for place, (first, last) in enumerate(windows(patient), start=1):
        days = day_axis(first, last)
        name = f"{patient.anchor}-figure-{place}"
        above = _grades(frames, patient, advice, days, name)
        below = _record(frames, patient, days, f"{name}-record")
        whole = sum(panel.height + GAP for panel in (*above, *below)) <= SHEET
        sheets = [("", [*above, *below])] if whole else [("grades, ", above), ("what they rest on, ", below)]
        for number, (what, panels) in enumerate(sheets):
            drawn.append(
                stack(
                    panels,
                    days,
                    name=f"{name}-record" if number else name,
                    said=f"Timeline of patient {patient.patient_id}, {what}day {day_text(first)} to "
                    f"{day_text(last)}. The tables after the figure hold every value.",
                    infusion=infusion / DAY if isinstance(infusion, int) else None,
                )
            )
    return el(
        "div",
        drawn,
        class_="drawing",
        tabindex="0",
        role="region",
        aria_label=f"Timeline of patient {patient.patient_id}",
    )


def _grades(
    frames: ReportFrames,
    patient: Patient,
    advice: Sequence[tuple[float, str, str]],
    days: Axis,
    name: str,
) -> list[Panel]:
    """The panels of grades, from top to bottom; empty ones are left out."""
    end = max([0.0, *patient.grades["end_day"].to_list()])
    highest = frames.scale.highest
    panels: list[Panel | None] = [local_panel(patient.signs, end, days, name)]
    below = [frames.scale.id, "solid: certain", "hatched: undecided"]
    panels.append(
        draw_ribbon(
            f"{frames.scale.toxicity} grade",
            below,
            within(stretches(patient.grades), days),
            days,
            highest,
            name,
        )
    )
    if patient.differing:
        panels.append(
            draw_ribbon(
                f"If {patient.axes} were CRS",
                ["every attribution", "to other causes", "set aside"],
                within(stretches(patient.alternative), days),
                days,
                highest,
                name,
            )
        )
    panels.append(systems_panel(frames.systems, patient.systems, days, name))
    panels.append(recorded_panel(patient.observations, advice, days, name))
    return [panel for panel in panels if panel is not None]


def _record(frames: ReportFrames, patient: Patient, days: Axis, name: str) -> list[Panel]:
    """The panels of what was measured, given and seen, from top to bottom; empty ones are left out."""
    end = max([0.0, *patient.grades["end_day"].to_list()])
    panels: list[Panel | None] = []
    panels += measured_panels(frames, patient.patient_id, patient.observations, days, name, vital=True)
    panels += treatment_panels(patient.given, days, name)
    panels += measured_panels(frames, patient.patient_id, patient.observations, days, name, vital=False)
    panels += event_panels(patient.events, end, days, name)
    return [panel for panel in panels if panel is not None]


def within(all_stretches: Sequence[Stretch], days: Axis) -> list[Stretch]:
    """The stretches that touch an axis of days, cut at its ends."""
    return [
        Stretch(max(s.start, days.low), min(s.end, days.high), s.lowest, s.highest, s.hint)
        for s in all_stretches
        if s.end > days.low and s.start < days.high
    ]
