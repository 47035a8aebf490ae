"""Patterns: what is undecided, refused or perhaps ended is hatched, so that it never looks known."""

from __future__ import annotations

from collections.abc import Iterable

from becalm.report.markup import Markup, el
from becalm.report.svg.palette import GREY, INK, PAPER, grade_fill


def grade_pattern(figure: str, lowest: int, highest: int) -> str:
    """The id of the pattern for an undecided grade in one figure."""
    return f"{figure}-grade-{lowest}-{highest}"


def tint_pattern(figure: str, colour: str) -> str:
    """The id of the pattern of thin lines in a colour."""
    return f"{figure}-tint-{colour.lstrip('#')}"


def grade_hatch(figure: str, lowest: int, highest: int) -> Markup:
    """Stripes of the highest possible grade on the lowest."""
    ground = grade_fill(lowest)
    stripe = grade_fill(highest) if highest else GREY
    return _stripes(grade_pattern(figure, lowest, highest), ground, stripe, gap=8, thick=3.4)


def tint_hatch(figure: str, colour: str) -> Markup:
    """Thin stripes of a colour on paper."""
    thick = {INK: 1.4, GREY: 0.6}.get(colour, 1.6)
    return _stripes(tint_pattern(figure, colour), PAPER, colour, gap=6, thick=thick)


def _stripes(name: str, ground: str, stripe: str, gap: float, thick: float) -> Markup:
    return el(
        "pattern",
        el("rect", width=gap, height=gap, fill=ground),
        el("line", x1=0, y1=0, x2=0, y2=gap, stroke=stripe, stroke_width=2 * thick),
        id=name,
        width=gap,
        height=gap,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def filled(name: str) -> str:
    """A fill by a pattern."""
    return f"url(#{name})"


def definitions(patterns: Iterable[Markup]) -> Markup:
    """The patterns of a figure, each once."""
    return el("defs", list(dict.fromkeys(patterns)))
