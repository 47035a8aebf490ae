"""Grading systems as versioned data files, and the engine that applies them.

A new system is one TOML file in `editions` and its vignettes; no Python.
"""

from becalm.scales.edition import Level, Scale, find_scale, installed_scales, load_scale
from becalm.scales.grading import Graded, grade, graded
from becalm.scales.per_patient import per_patient

__all__ = [
    "Graded",
    "Level",
    "Scale",
    "find_scale",
    "grade",
    "graded",
    "installed_scales",
    "load_scale",
    "per_patient",
]
