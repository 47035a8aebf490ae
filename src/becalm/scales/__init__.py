"""Grading systems as versioned data files, and the engine that applies them.

A new system is one TOML file in `editions` and its vignettes; no Python.
"""

from becalm.scales._words import COLUMNS as GRADE_COLUMNS
from becalm.scales._words import Graded
from becalm.scales.edition import Level, Scale, find_scale, installed_scales, load_scale
from becalm.scales.episodes import EpisodeRule, episode_rules
from becalm.scales.grading import grade, grade_together, graded, graded_together
from becalm.scales.per_patient import per_patient, per_patient_together

__all__ = [
    "GRADE_COLUMNS",
    "EpisodeRule",
    "Graded",
    "Level",
    "Scale",
    "episode_rules",
    "find_scale",
    "grade",
    "grade_together",
    "graded",
    "graded_together",
    "installed_scales",
    "load_scale",
    "per_patient",
    "per_patient_together",
]
