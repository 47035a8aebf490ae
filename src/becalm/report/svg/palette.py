"""Colours of the figures (Okabe and Ito 2008, safe for colour-blind readers), each with a second cue."""

from __future__ import annotations

INK, GREY, FAINT, PALE, PAPER = "#1a1a1a", "#595959", "#d9d9d9", "#f2f2f2", "#ffffff"

BLACK = "#000000"
ORANGE = "#e69f00"
SKY = "#56b4e9"
GREEN = "#009e73"
YELLOW = "#f0e442"
BLUE = "#0072b2"
VERMILION = "#d55e00"
PURPLE = "#cc79a7"
DEEP_PURPLE = "#8a3468"
"""The palette's purple made darker: as a grade, lightness falls from each to the next, also in grey print."""

GRADES = (PALE, YELLOW, ORANGE, VERMILION, DEEP_PURPLE, BLACK)
"""Fill of a grade, 0 to 5. Its height and its number say the same."""

SERIES = (
    (BLUE, "circle"),
    (VERMILION, "diamond"),
    (GREEN, "triangle"),
    (DEEP_PURPLE, "square"),
    (INK, "cross"),
    (ORANGE, "down"),
)
"""Colour and shape of the series of a panel, in order."""


def grade_fill(grade: int) -> str:
    """The fill of a grade; beyond 5 as 5."""
    return GRADES[min(max(grade, 0), len(GRADES) - 1)]


def on(fill: str) -> str:
    """The colour of text that is readable on a fill."""
    return PAPER if fill in (BLACK, DEEP_PURPLE, BLUE, INK, GREY) else INK
