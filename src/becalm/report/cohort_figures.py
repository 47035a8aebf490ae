"""The figures of the cohort: ribbons of every patient shown, counts by day, by onset and by duration."""

from __future__ import annotations

from collections.abc import Sequence
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
from becalm.report.words import counted, date_and_clock, day_text, grade_text

ROW = 17.0


def ribbons(frames: ReportFrames, shown: Sequence[str]) -> Markup:
    """One thin ribbon a patient, for the patients shown in full."""
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
                said=f"Ribbons of the grade over time of {which}. The table after it holds every stretch.",
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
        runs = joined(frames.grades.filter(pl.col("patient_id") == patient))
        said = [
            f"{grade_text(run.lowest, run.highest)} ({day_text(run.start)} to {day_text(run.end)})"
            for run in runs
        ]
        rows.append((patient, "; ".join(said)))
    columns = (Column("Patient"), Column("Grades in order, with their days", "long"))
    return table("Grade over time, joined where the grade is the same", columns, rows)


def days(frames: ReportFrames, order: Sequence[str]) -> Markup:
    """All patients by their highest grade of each day, with undecided as a class."""
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
            f"All {len(order)} patients. Undecided (“≥1”: CRS, but not which grade; “0?”: not even whether "
            f"CRS): the highest grade certain and the highest possible of that day differ.{cut}",
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


def tallies(frames: ReportFrames) -> list[Markup]:
    """Patients by day of onset, and by duration."""
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
                    f"Patients by {words}. Not counted here: {counted(found.possible_only, 'patient')} in "
                    "whom CRS is possible and nowhere certain, "
                    f"{counted(found.never, 'patient')} without CRS.",
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
