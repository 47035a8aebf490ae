"""Markers: baseline, peak and fold change of cytokines, CRP and ferritin, and doses of a drug over time.

The definitions and policies are in `markers.toml`. `markers` is the table of a whole record; `states` are the
markers as they were known at given moments.
"""

from becalm.markers.because import fold_clause, needs
from becalm.markers.doses import NEVER, coverage_classes, doses, hidden_from
from becalm.markers.settings import MarkerSettings, default_marker_settings, marker_file
from becalm.markers.table import change_times, markers, states

__all__ = [
    "NEVER",
    "MarkerSettings",
    "change_times",
    "coverage_classes",
    "default_marker_settings",
    "doses",
    "fold_clause",
    "hidden_from",
    "marker_file",
    "markers",
    "needs",
    "states",
]
