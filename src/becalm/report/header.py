"""The facts at the head of a patient's section."""

from __future__ import annotations

import polars as pl

from becalm.record.clock import DAY
from becalm.report.frames import ReportFrames
from becalm.report.markup import Child, el
from becalm.report.timeline import Patient
from becalm.report.words import (
    counted,
    date_and_clock,
    day_text,
    figure,
    grade_text,
    listed,
)


def header(frames: ReportFrames, patient: Patient) -> list[tuple[str, Child]]:
    """Grade, onset and end, then what the record says of the patient; what is not given is left out."""
    row = patient.facts
    summary = frames.per_patient.filter(pl.col("patient_id") == patient.patient_id).row(0, named=True)
    out: list[tuple[str, Child]] = [
        (
            "Highest grade computed",
            el("strong", grade_text(summary["max_grade_min"], summary["max_grade_max"])),
        ),
        ("Recorded by authors or clinicians", _recorded(patient.observations)),
    ]
    if summary["onset_day"] is not None:
        out.append(("Onset", _day_range(summary["onset_day"], summary["onset_day_min"], "possibly from")))
        out.append(("End", _day_range(summary["end_day"], summary["end_day_max"], "possibly until")))
    age = row["age_years"]
    pairs = [
        ("Age", f"{figure(age)} years" if isinstance(age, int | float) else None),
        ("Sex", row["sex"]),
        ("Weight", f"{figure(row['weight_kg'])} kg" if isinstance(row["weight_kg"], int | float) else None),
        ("Disease", ", ".join(str(v) for v in (row["disease"], row["disease_pattern"]) if v)),
        ("Product", ", ".join(str(v) for v in (row["product"], row["costimulation"]) if v)),
        (
            "Usual systolic pressure",
            f"{figure(row['baseline_sbp'])} mmHg" if isinstance(row["baseline_sbp"], int | float) else None,
        ),
        (
            "CPAP at home",
            {True: "yes", False: "no"}.get(bool(row["home_cpap"])) if row["home_cpap"] is not None else None,
        ),
        ("Day 0", row["day0"]),
        ("Infusion", _infusion(row)),
    ]
    return out + [(name, str(value)) for name, value in pairs if value]


def _infusion(row: dict[str, object]) -> str:
    if row["infusion_known"] and isinstance(row["infusion"], int):
        return date_and_clock(row["infusion"] / DAY)
    return "day 0, hour not given"


def _day_range(day: float, other: float | None, words: str) -> str:
    if other is None or day_text(day) == day_text(other):
        return f"day {day_text(day)}"
    return f"day {day_text(day)} ({words} day {day_text(other)})"


def _recorded(observations: pl.DataFrame) -> str:
    rows = observations.filter(pl.col("concept") == "crs_grade_recorded").sort("time", "row", nulls_last=True)
    said = [
        f"{row['value_given']} ({'no date' if row['time'] is None else 'day ' + day_text(row['time'] / DAY)})"
        for row in rows.iter_rows(named=True)
    ]
    if len(said) > 6:
        values = rows["value_given"].unique().sort().to_list()
        return f"{counted(len(said), 'grade')}: {listed([str(v) for v in values])} (each in the tables)"
    return "; ".join(said) if said else "none"
