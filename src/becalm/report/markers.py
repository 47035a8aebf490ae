"""The table of markers of one patient: baseline, peak, fold."""

from __future__ import annotations

from typing import Any

import polars as pl

from becalm.report.markup import Markup
from becalm.report.tables import Column, table
from becalm.report.words import day_text, name_text, range_text, unit_text

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
    rows = [
        (
            name_text(row["marker"]),
            unit_text(row["unit"]),
            _range(row, "baseline"),
            _range(row, "peak"),
            day_text(row["peak_day"]),
            _range(row, "fold"),
            day_text(row["peak_window_end_day"]),
            row["because"] or "",
        )
        for row in markers.iter_rows(named=True)
    ]
    return table(f"Markers of patient {patient_id}: baseline, peak and fold", COLUMNS, rows)


def _range(row: dict[str, Any], name: str) -> str:
    return range_text(row[f"{name}_min"], row[f"{name}_max"])
