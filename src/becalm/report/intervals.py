"""The table of intervals of one patient: from, to, grade, why, what would settle it, warning."""

from __future__ import annotations

import polars as pl

from becalm.report.markup import Child, Markup, el
from becalm.report.tables import Column, table
from becalm.report.words import clock_text, day_text, grade_text

COLUMNS = (
    Column("From day"),
    Column("To day"),
    Column("Grade", "grade"),
    Column("Because", "long"),
    Column("Would settle it", "settles"),
    Column("Warning", "settles"),
    Column("Rules read in source"),
)


def day_cell(day: float) -> Child:
    """A day with its hour: 8.715 and, smaller, 17:10."""
    return [day_text(day), " ", el("span", clock_text(day), class_="clock")]


def grade_cell(lowest: int | None, highest: int | None) -> Child:
    """A grade; an undecided one says so in words."""
    said = grade_text(lowest, highest)
    if lowest == highest:
        return el("strong", said) if lowest is not None else "record ended"
    return [el("strong", said), " ", el("span", "undecided", class_="tag")]


def interval_table(grades: pl.DataFrame, patient_id: str, scale: str) -> Markup:
    """Every interval of one patient.

    Args:
        grades: as `becalm.scales.grade` returns them.
        patient_id: whose.
        scale: the id of the grading system, for the caption.

    Returns:
        A table with one row for each interval, in order of time.
    """
    rows, classes = [], []
    for row in grades.filter(pl.col("patient_id") == patient_id).sort("start_day").iter_rows(named=True):
        rows.append(
            (
                day_cell(row["start_day"]),
                day_cell(row["end_day"]),
                grade_cell(row["grade_min"], row["grade_max"]),
                row["because"],
                row["missing"],
                row["warning"],
                "yes" if row["verified"] else "no",
            )
        )
        undecided = row["grade_min"] != row["grade_max"]
        classes.append("undecided" if undecided else None)
    caption = f"Grade of patient {patient_id} under {scale}, every interval"
    return table(caption, COLUMNS, rows, row_classes=classes, drop_empty=True)
