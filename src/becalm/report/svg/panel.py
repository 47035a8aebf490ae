"""A panel: one strip of a figure, and the column of words to its left."""

from __future__ import annotations

from dataclasses import dataclass

from becalm.report.markup import Markup, el, join
from becalm.report.svg.axis import Axis, ticks
from becalm.report.svg.palette import FAINT, GREY
from becalm.report.svg.shapes import shape
from becalm.report.svg.text import label
from becalm.report.words import figure

WIDTH = 920.0
LEFT = 186.0
RIGHT = 62.0
"""Width of a figure, of the words at its left and of the margin at its right, in units of the figure."""


@dataclass(frozen=True)
class Panel:
    """One strip, drawn with its own top at 0.

    height: units of the figure. body: what is drawn. patterns: definitions that the body fills with.
    """

    height: float
    body: Markup
    patterns: tuple[Markup, ...] = ()


def scale_words(
    title: str, unit: str, keys: list[tuple[str, str, str]], axis: Axis, written: list[str] | None = None
) -> Markup:
    """Title, unit and key of a panel of measurements, and the numbers at its axis.

    Args:
        title: what is measured.
        unit: as printed.
        keys: (name, colour, shape) of each series, where there are several.
        axis: of the panel.
        written: the numbers as text, where they are not the plain ticks.
    """
    out = [label(0, 12, title, size=12, bold=True)]
    if unit:
        out.append(label(0, 26, unit, size=11, fill=GREY))
    for place, (name, colour, kind) in enumerate(keys):
        y = 41.0 + 15 * place
        out += [shape(kind, 6, y - 4, 8, colour), label(16, y, name, size=11)]
    for place, value in enumerate(ticks(axis)):
        y = axis.at(value)
        out.append(el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=FAINT, stroke_width=0.6))
        said = written[place] if written else figure(value)
        out.append(label(LEFT - 6, y + 3.6, said, size=10, anchor="end", fill=GREY))
    return join(out)
