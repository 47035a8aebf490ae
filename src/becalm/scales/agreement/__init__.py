"""Agreement between grading systems, and between computed and recorded grades.

No grade that is undecided is dropped: it stays a range in every table, and every statistic says how far it
could go if the ranges were settled.
"""

from becalm.scales.agreement.comparison import (
    Comparison,
    Gathered,
    chosen_systems,
    compare,
    compared,
    gathered,
    nothing_gathered,
)
from becalm.scales.agreement.courses import RECORDED, System
from becalm.scales.agreement.pairs import Chosen
from becalm.scales.agreement.words import summary

__all__ = [
    "RECORDED",
    "Chosen",
    "Comparison",
    "Gathered",
    "System",
    "chosen_systems",
    "compare",
    "compared",
    "gathered",
    "nothing_gathered",
    "summary",
]
