"""Risk scores, triggers and cumulative doses as data, and the engine that computes them as ranges.

A score is one TOML file in `becalm/markers/scores`: a formula, points, a trigger, or a sum of doses; no score
has Python of its own.
"""

from becalm.markers.scoring.edition import Score, compiled, method_of
from becalm.markers.scoring.installed import find_score, installed_scores, load_score
from becalm.markers.scoring.settings import Gap, default_score_settings, score_file
from becalm.markers.scoring.table import COLUMNS, scores

__all__ = [
    "COLUMNS",
    "Gap",
    "Score",
    "compiled",
    "default_score_settings",
    "find_score",
    "installed_scores",
    "load_score",
    "method_of",
    "score_file",
    "scores",
]
