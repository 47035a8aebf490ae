"""The section of one patient: facts, warnings, the airway, the timeline, recommendations, every interval."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from becalm.record.clock import DAY
from becalm.report.advice import advice_table, changes, rules_behind
from becalm.report.airway import airway_box
from becalm.report.frames import ReportFrames
from becalm.report.header import header
from becalm.report.intervals import interval_table
from becalm.report.markers import marker_table
from becalm.report.markup import Child, Markup, el
from becalm.report.record_tables import record_tables
from becalm.report.source import happening, value_given
from becalm.report.system_panel import systems_caption
from becalm.report.system_tables import not_gradable, peak_part, systems_table
from becalm.report.tables import facts, twin
from becalm.report.timeline import Patient, patient_of, timeline, windows
from becalm.report.words import (
    concept_text,
    date_and_clock,
    day_text,
    figure,
    listed,
    name_text,
    sentence,
)

MOST_NAMED = 12


def patient_section(frames: ReportFrames, patient_id: str, number: int) -> Markup:
    """Everything about one patient.

    Args:
        frames: of the report.
        patient_id: whose.
        number: the patient's place in the order of ids, for the anchors.
    """
    patient = patient_of(frames, patient_id, number)
    found = changes(frames.advice, patient_id)
    advised = [(change.day, str(change.number), change.hint) for change in found]
    twins = record_tables(patient.observations, patient.exposures, patient.events, patient_id)
    parts: list[Child] = [
        el("h3", f"Patient {patient_id}"),
        facts(header(frames, patient)),
        el("p", f"Note of the record: {patient.facts['note']}", class_="quiet")
        if patient.facts["note"]
        else None,
        _warnings(patient),
        airway_box(frames, patient),
    ]
    if patient.grades.height:
        parts.append(
            el(
                "figure",
                el("figcaption", _caption(frames, patient)),
                timeline(frames, patient, advised),
                not_gradable(patient.systems),
                _not_drawn(patient),
                twin(
                    f"The figure as tables: every row of the record of patient {patient_id}, and the grades "
                    "under every system",
                    twins,
                    systems_table(frames.systems, patient.systems, patient_id),
                ),
            )
        )
        parts += peak_part(frames.systems, patient.systems, patient_id)
    else:
        parts.append(
            el("p", "The record holds nothing after the infusion, so there is no interval to grade.")
        )
        parts.append(twin(f"Every row of the record of patient {patient_id}", twins))
    parts.append(el("h4", "Recommendations"))
    if found:
        parts.append(advice_table(found, patient_id, patient.anchor))
        parts.append(
            rules_behind(found, tuple(c for guideline in frames.guidelines for c in guideline.cautions))
        )
    else:
        parts.append(el("p", "No rule of the guideline applies or may apply at any time of this record."))
    parts += [
        el("h4", "Grades, interval by interval"),
        interval_table(frames.grades, patient_id, frames.scale.id),
    ]
    if patient.differing:
        said = (
            "The same with every attribution set aside (policy attribution_used = false): "
            "the grade if nothing were due to another cause than CRS"
        )
        parts.append(
            twin(
                said,
                interval_table(frames.alternative, patient_id, f"{frames.scale.id}, attributions set aside"),
            )
        )
    markers = frames.markers.filter(pl.col("patient_id") == patient_id)
    if markers.height:
        parts += [el("h4", "Markers"), marker_table(markers, patient_id)]
    parts.append(el("p", el("a", "Back to the table of patients", href="#patients"), class_="back"))
    return el("section", parts, id=patient.anchor, class_="patient")


def _warnings(patient: Patient) -> Markup:
    rows = patient.grades.filter(pl.col("warning") != "").select("warning", "start_day").rows()
    if not rows:
        return Markup("")
    first: dict[str, float] = {}
    for said, day in rows:
        for part in said.split("; "):
            first.setdefault(part, day)
    items = [el("li", sentence(f"{part} (from {date_and_clock(day)})")) for part, day in first.items()]
    return el(
        "aside",
        el("h4", "Warnings"),
        el("ul", items),
        class_="box warning",
        aria_label=f"Warnings, patient {patient.patient_id}",
    )


def _caption(frames: ReportFrames, patient: Patient) -> Child:
    said = [
        "Solid: certain. Hatched with a broken outline: undecided, refused or perhaps ended. "
        "An open mark with a broken line: a value of that day, no hour given. A vertical bar: a range; an "
        "arrow: no limit on that side; a cross: stopped. A line joins values only where one speaks until the "
        "next; elsewhere nothing is known."
    ]
    if patient.facts["infusion_known"]:
        said.append(" The broken vertical line is the infusion.")
    concepts = set(patient.observations["concept"].to_list())
    if (
        "sbp" in concepts
        and patient.facts["baseline_sbp"] is not None
        and frames.settings.flag("baseline_used")
    ):
        drop, large = (
            figure(frames.settings.number(name)) for name in ("baseline_drop", "baseline_large_drop")
        )
        said.append(
            " With a usual systolic pressure recorded, a pressure below the limit counts only if it is "
            f"{drop} or more below the usual one, and one that is {large} or more below it counts whatever "
            "its value."
        )
    said.append(systems_caption(frames.systems, patient.systems))
    letters = {
        g.row["name"]
        for g in patient.given
        if {"anti_cytokine", "corticosteroid", "antipyretic"} & set(g.row["classes"] or ())
    }
    if letters:
        said.append(
            " Doses by shape: triangle, antibody against IL-6; diamond, other anti-cytokine drug; square, "
            "corticosteroid; circle, antipyretic; the letter is the drug's first: "
            + listed([f"{name[:1].upper()} {name_text(name)}" for name in sorted(letters)])
            + "."
        )
    return [el("strong", f"Timeline of patient {patient.patient_id}. "), said]


def _not_drawn(patient: Patient) -> Markup:
    """What the figure leaves out: rows without a date, and rows outside its days."""
    parts = windows(patient)
    first, last = parts[0][0], parts[-1][1]
    without: list[str] = []
    outside: list[str] = []
    groups = (
        (patient.observations, "time", lambda row: f"{concept_text(row['concept'])} {value_given(row)}"),
        (patient.exposures, "start", lambda row: name_text(row["name"])),
        (patient.events, "time", happening),
    )
    for frame, time, words in groups:
        for row in frame.sort(time, "row").iter_rows(named=True):
            day = None if row[time] is None else row[time] / DAY
            if day is None:
                without.append(words(row))
            elif not first <= day <= last:
                outside.append(f"{words(row)} (day {day_text(day)})")
    said = []
    for lead, found in (("Without a date", without), ("Outside the days of the figure", outside)):
        if found:
            more = (
                f" and {len(found) - MOST_NAMED} more, all in the tables" if len(found) > MOST_NAMED else ""
            )
            said.append(f"{lead}: {'; '.join(found[:MOST_NAMED])}{more}. ")
    return el("p", *said, class_="quiet") if said else Markup("")


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A key that puts patient 9 before patient 10."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts] + [(2, 0, name)]


def ordered(frames: ReportFrames) -> Sequence[str]:
    """Patients in the order of the report: with a local sign first, then by highest grade, then by id."""
    local = set(frames.cohort.events.filter(pl.col("event") == "local_sign")["patient_id"].to_list())
    rows = frames.per_patient.select("patient_id", "max_grade_min", "max_grade_max").rows()
    rank = {
        name: (
            name not in local,
            -(low if low is not None else -1),
            -(high if high is not None else -1),
            _natural(name),
        )
        for name, low, high in rows
    }
    return sorted(rank, key=lambda name: rank[name])
