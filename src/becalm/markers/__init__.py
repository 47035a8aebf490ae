"""Markers: baseline, peak and fold change of cytokines, CRP and ferritin; doses over time; scores.

The definitions and policies are in `markers.toml`. `markers` is the table of a whole record; `states` are the
markers as they were known at given moments. `scores` are risk scores, triggers and cumulative doses: one data
file each in the folder `scores`, with policies in `scores.toml`.
"""

from becalm.markers.because import fold_clause, needs
from becalm.markers.doses import NEVER, coverage_classes, doses, hidden_from
from becalm.markers.scoring import (
    Score,
    default_score_settings,
    find_score,
    installed_scores,
    load_score,
    score_file,
    scores,
)
from becalm.markers.settings import MarkerSettings, default_marker_settings, marker_file
from becalm.markers.table import change_times, markers, states

__all__ = [
    "NEVER",
    "MarkerSettings",
    "Score",
    "change_times",
    "coverage_classes",
    "default_marker_settings",
    "default_score_settings",
    "doses",
    "find_score",
    "fold_clause",
    "hidden_from",
    "installed_scores",
    "load_score",
    "marker_file",
    "markers",
    "needs",
    "score_file",
    "scores",
    "states",
]
