"""The part about the whole cohort: the table of patients, grades over time, onset, duration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from becalm.report.counting import by_day, day_classes, last_day, tally
from becalm.report.frames import ReportFrames
from becalm.report.markup import Child, Markup, el, join
from becalm.report.svg.bars import counted_days, stacked_days
from becalm.report.svg.panel import LEFT, Panel
from becalm.report.svg.ribbon import Stretch, thin_ribbon
from becalm.report.svg.stack import day_axis, stack
from becalm.report.svg.text import label, shortened
from becalm.report.tables import Column, table, twin
from becalm.report.timeline import within
from becalm.report.words import counted, date_and_clock, day_text, grade_text, range_text, sentence

ROW = 17.0
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
        parts.append(_ribbons(frames, shown))
        if len(order) >= FEWEST:
            parts.append(_by_day(frames, order))
            parts += _tallies(frames)
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
        "A grade of 0 is no CRS. “0 to 2” is undecided: the record allows each. Onset, end and duration count what is "
        "certain; in small print, what is possible. The order: patients with a local sign first, then by the highest grade "
        "that is certain, then by the highest possible.",
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


def _ribbons(frames: ReportFrames, shown: Sequence[str]) -> Markup:
    last, more = last_day(frames.grades)
    days = day_axis(0, last + 1)
    name = "cohort-ribbons"
    drawn, patterns = [], []
    for place, patient in enumerate(shown):
        mine = within(joined(frames.grades.filter(pl.col("patient_id") == patient)), days)
        y = place * ROW
        drawn.append(label(0, y + ROW - 5.5, shortened(patient, LEFT - 8, 10), size=10, hint=patient))
        ribbon, used = thin_ribbon(mine, days, y + 1, ROW - 3, name)
        drawn.append(ribbon)
        patterns += used
    panel = Panel(max(len(shown), 1) * ROW, join(drawn), tuple(patterns))
    which = (
        "all patients"
        if len(shown) == frames.cohort.patients.height
        else f"the {len(shown)} patients shown in full"
    )
    cut = (
        f" Records go on after day {last + 1}; the sections of the patients show them whole." if more else ""
    )
    return el(
        "figure",
        el(
            "figcaption",
            el("strong", f"Grade over time, {which}. "),
            "One ribbon a patient; the number is the grade. Striped: undecided between the two numbers."
            + cut,
        ),
        el(
            "div",
            stack(
                [panel],
                days,
                name=name,
                said=f"Ribbons of the grade over time of {which}. The table after the figure holds every stretch.",
            ),
            class_="drawing",
            tabindex="0",
            role="region",
            aria_label="Grade over time",
        ),
        twin("The figure as a table", _ribbon_table(frames, shown)),
    )


def joined(grades: pl.DataFrame) -> list[Stretch]:
    """The intervals of one patient joined where the grade is the same, for the overview."""
    runs: list[tuple[float, float, int | None, int | None]] = []
    columns = ("start_day", "end_day", "grade_min", "grade_max")
    for start, end, low, high in grades.sort("start_day").select(columns).iter_rows():
        if runs and runs[-1][1:] == (start, low, high):
            runs[-1] = (runs[-1][0], end, low, high)
        else:
            runs.append((start, end, low, high))
    return [
        Stretch(*run, f"Grade {grade_text(*run[2:])}, {date_and_clock(run[0])} to {date_and_clock(run[1])}")
        for run in runs
    ]


def _ribbon_table(frames: ReportFrames, shown: Sequence[str]) -> Markup:
    rows: list[Sequence[Child]] = []
    for patient in shown:
        mine = frames.grades.filter(pl.col("patient_id") == patient)
        rows += [
            (patient, day_text(run.start), day_text(run.end), grade_text(run.lowest, run.highest))
            for run in joined(mine)
        ]
    columns = (
        Column("Patient"),
        Column("From day", "number"),
        Column("To day", "number"),
        Column("Grade", "grade"),
    )
    return table("Grade over time, one row for each stretch of the same grade", columns, rows)


def _by_day(frames: ReportFrames, order: Sequence[str]) -> Markup:
    highest = frames.scale.highest
    last, more = last_day(frames.grades)
    counts = by_day(frames.grades, order, highest, last)
    classes = day_classes(highest)
    rows = [(str(row.day), *(str(count) for count in row.counts)) for row in counts]
    columns = [Column("Day"), *(Column(f"grade {c}" if c.isdigit() else c, "number") for c in classes)]
    drawn = stacked_days(
        [row.day for row in counts],
        [row.counts for row in counts],
        classes,
        name="cohort-days",
        said="Patients by their highest grade of each day. The table after the figure holds the counts.",
    )
    cut = f" Days after {last} are left out." if more else ""
    return el(
        "figure",
        el(
            "figcaption",
            el("strong", "Patients by their highest grade of the day. "),
            f"All {len(order)} patients. Undecided: the highest grade certain and the highest possible differ.{cut}",
        ),
        el(
            "div",
            drawn,
            class_="drawing",
            tabindex="0",
            role="region",
            aria_label="Patients by grade and day",
        ),
        twin("The figure as a table", table("Patients by their highest grade of the day", columns, rows)),
    )


def _tallies(frames: ReportFrames) -> list[Markup]:
    out = []
    for column, title, words, name in (
        ("onset_day", "Onset", "day of the first certain grade of 1 or more", "cohort-onset"),
        (
            "duration_days",
            "Duration",
            "whole days with a certain grade of 1 or more, summed over episodes",
            "cohort-duration",
        ),
    ):
        found = tally(frames.per_patient, column)
        if not found.by_day:
            continue
        rows: list[Sequence[Any]] = [(str(day), str(count)) for day, count in found.by_day]
        rows += [("not certain, but possible", str(found.possible_only)), ("no CRS", str(found.never))]
        out.append(
            el(
                "figure",
                el(
                    "figcaption",
                    el("strong", f"{title}. "),
                    f"Patients by {words}. Not counted here: {counted(found.possible_only, 'patient')} in whom CRS is "
                    f"possible and nowhere certain, {counted(found.never, 'patient')} without CRS.",
                ),
                el(
                    "div",
                    counted_days(
                        found.by_day,
                        words=words,
                        name=name,
                        said=f"{title}: patients by {words}. The table after the figure holds the counts.",
                    ),
                    class_="drawing",
                    tabindex="0",
                    role="region",
                    aria_label=title,
                ),
                twin(
                    "The figure as a table",
                    table(
                        f"{title}: patients by {words}", (Column(title), Column("Patients", "number")), rows
                    ),
                ),
            )
        )
    return out
