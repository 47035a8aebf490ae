"""The table twin of a timeline: every value, treatment and event of a patient, with its input row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from becalm.record import vocabulary
from becalm.record.clock import DAY
from becalm.report.intervals import day_cell
from becalm.report.markup import Child, Markup, el
from becalm.report.source import Row, dose_given, happening, place, places, read_otherwise, value_given
from becalm.report.tables import Column, table
from becalm.report.words import concept_text, figure, name_text, sentence


def _when(instant: int | None, whole_day: bool = False) -> Child:
    if instant is None:
        return "no date"
    if whole_day:
        return [figure(instant / DAY), " ", el("span", "no hour given", class_="clock")]
    return day_cell(instant / DAY)


def _table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Child]]) -> Markup:
    return table(caption, columns, rows, drop_empty=True)


def _rows(frame: pl.DataFrame, time: str, cells: Callable[[Row], Sequence[Child]]) -> list[Sequence[Child]]:
    ordered = frame.sort(time, "file", "row", nulls_last=True)
    return [cells(row) for row in ordered.iter_rows(named=True)]


def measurements(observations: pl.DataFrame, patient_id: str) -> Markup:
    """Every observation, one row a moment: as given, how it was read where that differs, its note and row."""
    moments: dict[tuple[int | None, bool], list[Row]] = {}
    order = {name: place for place, name in enumerate(vocabulary().concepts)}
    place_of = pl.col("concept").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    ordered = observations.sort("time", place_of, "file", "row", nulls_last=True)
    for row in ordered.iter_rows(named=True):
        moments.setdefault((row["time"], row["whole_day"]), []).append(row)
    rows: list[Sequence[Child]] = []
    for (time, whole_day), found in moments.items():
        bare = [_value(row) for row in found if not row["note"]]
        noted = [
            el("div", _value(row), el("span", f" ({row['note']})", class_="quiet"))
            for row in found
            if row["note"]
        ]
        rows.append(
            (_when(time, whole_day), [el("div", "; ".join(bare)) if bare else None, noted], places(found))
        )
    columns = (Column("Day"), Column("Values", "long"), Column("Rows", "medium"))
    return _table(f"Measurements of patient {patient_id}", columns, rows)


def _value(row: Row) -> str:
    """One value: `sbp 85 mmHg`, with site or assay, and how it was read where that is not as it was given."""
    more = [name_text(row[column]) for column in ("site", "assay") if row[column]]
    if read := read_otherwise(row):
        more.append(read)
    return f"{concept_text(row['concept'])} {value_given(row)}{' (' + ', '.join(more) + ')' if more else ''}"


def _what(row: Row) -> str:
    classes = ", ".join(name_text(one) for one in row["classes"] or ())
    return f"{name_text(row['name'])} ({classes or row['kind']})"


def treatments(exposures: pl.DataFrame, patient_id: str) -> Markup:
    """Every exposure: from, to, what, how much, for what, note, row."""
    return _table(
        f"Treatments of patient {patient_id}",
        (
            Column("From day"),
            Column("To day"),
            Column("What"),
            Column("Amount"),
            Column("For"),
            Column("Note", "long"),
            Column("Row"),
        ),
        _rows(
            exposures,
            "start",
            lambda row: (
                _when(row["start"], row["start_whole_day"]),
                "" if row["end"] is None else _when(row["end"], row["end_whole_day"]),
                _what(row),
                dose_given(row),
                name_text(row["indication"]),
                row["note"] or "",
                place(row),
            ),
        ),
    )


def happenings(events: pl.DataFrame, patient_id: str) -> Markup:
    """Every event: when, what, note, row."""
    return _table(
        f"Events of patient {patient_id}",
        (Column("Day"), Column("What", "medium"), Column("Note", "long"), Column("Row")),
        _rows(
            events,
            "time",
            lambda row: (
                _when(row["time"], row["whole_day"]),
                sentence(happening(row)).rstrip("."),
                row["note"] or "",
                place(row),
            ),
        ),
    )


def record_tables(
    observations: pl.DataFrame, exposures: pl.DataFrame, events: pl.DataFrame, patient_id: str
) -> list[Markup]:
    """The tables that hold a row."""
    made = []
    for frame, draw in ((observations, measurements), (exposures, treatments), (events, happenings)):
        if frame.height:
            made.append(draw(frame, patient_id))
    return made
