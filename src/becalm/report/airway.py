"""The box that stands above the grades: local signs, and the grade with and without the attribution."""

from __future__ import annotations

import polars as pl

from becalm.record.clock import DAY
from becalm.report.frames import ReportFrames
from becalm.report.intervals import day_cell
from becalm.report.local import LocalSign, undated_signs
from becalm.report.markup import Child, Markup, el
from becalm.report.source import happening, place
from becalm.report.tables import Column, table
from becalm.report.timeline import Patient
from becalm.report.words import (
    date_and_clock,
    day_text,
    figure,
    grade_text,
    instant_text,
    name_text,
    sentence,
)


def airway_box(frames: ReportFrames, patient: Patient) -> Markup:
    """Local signs and, where a grade rests on an attribution, both answers; nothing without either."""
    undated = undated_signs(patient.events)
    parts: list[Child] = []
    if patient.signs or undated:
        parts.append(el("h4", "Airway and local signs"))
        parts.append(
            el(
                "p",
                el(
                    "strong",
                    "A systemic grade, however low, says nothing of these signs: look at the patient.",
                ),
            )
        )
        parts.append(_sign_table(frames, patient))
        parts += [el("p", f"{sentence(happening(row))} No date is given ({place(row)}).") for row in undated]
    if patient.differing:
        parts.append(el("h4", "The grade turns on an attribution"))
        parts += _both(frames, patient)
    if not parts:
        return Markup("")
    urgent = " urgent" if any(sign.severe for sign in patient.signs) else ""
    return el(
        "aside",
        parts,
        class_=f"box airway{urgent}",
        aria_label=f"Airway, local signs and attributions of patient {patient.patient_id}",
    )


def _sign_table(frames: ReportFrames, patient: Patient) -> Markup:
    rows = []
    for sign in patient.signs:
        rows.append(
            (
                sentence(name_text(sign.row["site"]) or "site not given").rstrip("."),
                name_text(sign.row["value"]),
                el("strong", name_text(sign.row["severity"])) if sign.row["severity"] else "not given",
                instant_text(sign.row["time"], sign.start_whole),
                _until(sign),
                _grades_during(patient, sign),
                place(sign.row),
            )
        )
    columns = (
        Column("Site"),
        Column("Sign"),
        Column("Severity"),
        Column("Since"),
        Column("Until", "medium"),
        Column(f"Systemic grade meanwhile ({frames.scale.id})", "medium"),
        Column("Row"),
    )
    return table(f"Local signs of patient {patient.patient_id}", columns, rows)


def _until(sign: LocalSign) -> str:
    if sign.until is None and sign.unsited_end is not None:
        return f"not recorded for this site; 'resolved' without a site on day {day_text(sign.unsited_end)}"
    if sign.until is None:
        return "not recorded as resolved"
    return f"day {figure(sign.until)} (no hour given)" if sign.until_whole else date_and_clock(sign.until)


def _grades_during(patient: Patient, sign: LocalSign) -> str:
    until = float("inf") if sign.until is None else sign.until
    during = patient.grades.filter(pl.col("start_day") < until, pl.col("end_day") > sign.start)
    said = [grade_text(low, high) for low, high in during.select("grade_min", "grade_max").iter_rows()]
    return ", then ".join(text for place, text in enumerate(said) if place == 0 or said[place - 1] != text)


def _both(frames: ReportFrames, patient: Patient) -> list[Child]:
    judged = patient.judged
    said = [
        el(
            "li",
            sentence(
                f"{happening(row)}, "
                + (
                    "at a time not given"
                    if row["time"] is None
                    else f"from {instant_text(row['time'], row['whole_day'])}"
                )
                + f" ({place(row)})"
            ),
        )
        for row in judged.iter_rows(named=True)
    ]
    rows: list[tuple[Child, ...]] = [
        (
            [day_cell(both.start), " to ", day_cell(both.end)],
            el("strong", grade_text(*both.attributed)),
            el("strong", grade_text(*both.set_aside)),
            _recorded_within(patient, both.start, both.end),
        )
        for both in patient.differing
    ]
    return [
        el("ul", said),
        el(
            "p",
            "The record does not settle which is right, so both answers are shown. An attribution is a "
            "clinician's judgement; becalm neither makes nor doubts it.",
        ),
        table(
            f"Grade of patient {patient.patient_id} with and without the attribution",
            (
                Column("Days"),
                Column("As attributed", "grade"),
                Column(f"If {patient.axes} were CRS", "grade"),
                Column("Recorded by the authors or clinicians", "medium"),
            ),
            rows,
        ),
    ]


def _recorded_within(patient: Patient, start: float, end: float) -> str:
    recorded = patient.observations.filter(pl.col("concept") == "crs_grade_recorded").sort(
        "time", "row", nulls_last=True
    )
    inside, before = [], ""
    for row in recorded.iter_rows(named=True):
        day = None if row["time"] is None else row["time"] / DAY
        last = day if day is None or not row["whole_day"] else day + 1
        if day is None:
            inside.append(f"{row['value_given']} (no date)")
        elif day < end and last is not None and last > start:
            inside.append(f"{row['value_given']} (day {day_text(day)})")
        elif day < start:
            before = f"{row['value_given']} on day {day_text(day)}"
    if inside:
        return ", ".join(inside)
    return f"none on these days; last before: {before}" if before else "none on these days"
