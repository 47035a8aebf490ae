"""Management guidelines as versioned data files, and the engine that asks them at every moment.

A new guideline, or an institution's own, is one TOML file in `editions` and its vignettes; no Python.
"""

from becalm.guidelines.advise import COLUMNS, advise
from becalm.guidelines.edition import Guideline, Recommendation, guideline_facts
from becalm.guidelines.installed import find_guideline, installed_guidelines, load_guideline

__all__ = [
    "COLUMNS",
    "Guideline",
    "Recommendation",
    "advise",
    "find_guideline",
    "guideline_facts",
    "installed_guidelines",
    "load_guideline",
]
