"""The table of markers of one patient: baseline, peak, fold."""

from __future__ import annotations

from typing import Any

import polars as pl

from becalm.report.markup import Markup, el
from becalm.report.tables import Column, table
from becalm.report.words import concept_text, day_text, range_text, unit_text

COLUMNS = (
    Column("Marker"),
    Column("Unit"),
    Column("Baseline", "number"),
    Column("Peak", "number"),
    Column("Peak day", "number"),
    Column("Fold", "number"),
    Column("Peak window ends on day", "number"),
    Column("Because", "long"),
)


def marker_table(markers: pl.DataFrame, patient_id: str) -> Markup:
    """The markers of one patient.

    Args:
        markers: as `becalm.markers.markers` returns them, of this patient.
        patient_id: whose, for the caption.
    """
    measured = (
        pl.col("peak_day").is_not_null() | pl.col("peak_min").is_not_null() | pl.col("peak_max").is_not_null()
    )
    measured = measured | pl.col("baseline_min").is_not_null() | pl.col("baseline_max").is_not_null()
    never = [concept_text(name) for name in markers.filter(~measured)["marker"].to_list()]
    rest = el("p", f"Without a usable value: {', '.join(never)}.", class_="quiet") if never else None
    rows = [
        (
            concept_text(row["marker"]),
            unit_text(row["unit"]),
            _range(row, "baseline"),
            _range(row, "peak"),
            day_text(row["peak_day"]),
            _range(row, "fold"),
            day_text(row["peak_window_end_day"]),
            row["because"] or "",
        )
        for row in markers.filter(measured).iter_rows(named=True)
    ]
    made = table(f"Markers of patient {patient_id}: baseline, peak and fold", COLUMNS, rows) if rows else None
    return el("div", made, rest)


def _range(row: dict[str, Any], name: str) -> str:
    return range_text(row[f"{name}_min"], row[f"{name}_max"])
