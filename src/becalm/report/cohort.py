"""The part about the whole cohort: the table of patients, grades over time, onset, duration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from becalm.report.cohort_figures import days, ribbons, tallies
from becalm.report.frames import ReportFrames
from becalm.report.markup import Child, Markup, el
from becalm.report.system_tables import cohort_table
from becalm.report.tables import Column, table
from becalm.report.words import counted, day_text, grade_text, range_text, sentence

FEWEST = 5
"""Below this many patients, counts by day are no figure."""

PATIENT_COLUMNS = (
    Column("Patient"),
    Column("Highest grade computed", "grade"),
    Column("Highest recorded"),
    Column("Onset, day"),
    Column("End, day"),
    Column("Duration, days"),
    Column("Local signs", "medium"),
    Column("Warnings", "medium"),
)


def cohort_part(
    frames: ReportFrames, order: Sequence[str], shown: Sequence[str], anchors: Mapping[str, str]
) -> Markup:
    """The part of the report about all patients.

    Args:
        frames: of the report.
        order: every patient, in the order of the table.
        shown: the patients who have a section of their own.
        anchors: their sections' ids.
    """
    parts: list[Child] = [el("h2", "The cohort"), _patients(frames, order, anchors)]
    if frames.grades.height:
        parts += cohort_table(frames.systems)
        parts.append(ribbons(frames, shown))
        if len(order) >= FEWEST:
            parts.append(days(frames, order))
            parts += tallies(frames)
    return el("section", parts, id="cohort")


def _patients(frames: ReportFrames, order: Sequence[str], anchors: Mapping[str, str]) -> Markup:
    summary = {row["patient_id"]: row for row in frames.per_patient.iter_rows(named=True)}
    recorded = _recorded(frames)
    signs, warned = _signs(frames), _warnings(frames)
    rows: list[Sequence[Child]] = []
    for name in order:
        row = summary[name]
        rows.append(
            (
                el("a", name, href=f"#{anchors[name]}") if name in anchors else name,
                el("strong", grade_text(row["max_grade_min"], row["max_grade_max"])),
                recorded.get(name, ""),
                _possible(row["onset_day"], row["onset_day_min"], "from"),
                _possible(row["end_day"], row["end_day_max"], "to"),
                _possible(row["duration_days"], row["duration_days_max"], "up to"),
                signs.get(name, ""),
                warned.get(name, ""),
            )
        )
    made = table(
        f"{counted(len(order), 'patient')} under {frames.scale.id}", PATIENT_COLUMNS, rows, drop_empty=True
    )
    note = el(
        "p",
        "A grade of 0 is no CRS. “0 to 2” is undecided: the record allows each. Onset, end and duration "
        "count what is certain; in small print, what is possible. The order: patients with a local sign "
        "first, then by the highest grade that is certain, then by the highest possible.",
        class_="quiet",
    )
    return el("div", made, note, id="patients")


def _possible(value: float | None, other: float | None, words: str) -> Child:
    if other is None or (value is not None and day_text(value) == day_text(other)):
        return "" if value is None else day_text(value)
    said = "not certain" if value is None else day_text(value)
    return [said, el("div", f"possibly {words} {day_text(other)}", class_="quiet")]


def _recorded(frames: ReportFrames) -> dict[str, str]:
    rows = frames.cohort.observations.filter(pl.col("concept") == "crs_grade_recorded", ~pl.col("refused"))
    found = rows.group_by("patient_id").agg(low=pl.col("lo").max(), high=pl.col("hi").max())
    return {name: range_text(low, high) for name, low, high in found.iter_rows()}


def _signs(frames: ReportFrames) -> dict[str, str]:
    rows = frames.cohort.events.filter(pl.col("event") == "local_sign", pl.col("value") != "resolved")
    out: dict[str, list[str]] = {}
    for name, value, site in rows.select("patient_id", "value", "site").iter_rows():
        said = f"{value} ({site})" if site else value
        if said not in out.setdefault(name, []):
            out[name].append(said)
    return {name: sentence(", ".join(found)).rstrip(".").replace("_", " ") for name, found in out.items()}


def _warnings(frames: ReportFrames) -> dict[str, str]:
    out: dict[str, list[str]] = {}
    rows = frames.grades.filter(pl.col("warning") != "").select("patient_id", "warning")
    for name, said in rows.iter_rows():
        for part in said.split("; "):
            if part not in out.setdefault(name, []):
                out[name].append(part)
    return {
        name: sentence("; ".join(found[:2])) + (f" And {len(found) - 2} more." if len(found) > 2 else "")
        for name, found in out.items()
    }
