"""The figure: panels one above the other on one axis of days."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.report.markup import Markup, el, number
from becalm.report.svg.axis import Axis, day_ticks
from becalm.report.svg.hatch import definitions
from becalm.report.svg.palette import FAINT, GREY, INK
from becalm.report.svg.panel import LEFT, RIGHT, WIDTH, Panel
from becalm.report.svg.text import label, width
from becalm.report.words import figure as number_text

AXIS_HEIGHT = 24.0
GAP = 7.0


def day_axis(first: float, last: float) -> Axis:
    """The axis of days of a figure."""
    return Axis(first, max(last, first + 0.25), LEFT, WIDTH - RIGHT)


def stack(
    panels: Sequence[Panel], days: Axis, *, name: str, said: str, infusion: float | None = None
) -> Markup:
    """One SVG of panels.

    Args:
        panels: from top to bottom.
        days: their axis of time.
        name: the figure's id.
        said: what the figure shows, for readers who do not see it.
        infusion: the day of the infusion, drawn as a line where its hour is known.
    """
    placed, y = [], AXIS_HEIGHT
    for panel in panels:
        placed.append(el("g", panel.body, transform=f"translate(0 {number(y)})"))
        y += panel.height + GAP
    bottom = y - GAP
    body = [
        definitions(pattern for panel in panels for pattern in panel.patterns),
        _grid(days, AXIS_HEIGHT - 4, bottom),
        *placed,
        _axis_words(days, 14),
        _axis_words(days, bottom + 14),
    ]
    if infusion is not None and days.holds(infusion):
        x = days.at(infusion)
        body.insert(
            2,
            el(
                "line",
                el("title", f"Infusion, day {number_text(infusion)}"),
                x1=x,
                x2=x,
                y1=AXIS_HEIGHT - 4,
                y2=bottom,
                stroke=INK,
                stroke_width=1.2,
                stroke_dasharray="6 3",
            ),
        )
    return el(
        "svg",
        body,
        id=name,
        viewBox=f"0 0 {number(WIDTH)} {number(bottom + 22)}",
        role="img",
        aria_label=said,
    )


def _grid(days: Axis, top: float, bottom: float) -> Markup:
    lines = [
        el("line", x1=days.at(t), x2=days.at(t), y1=top, y2=bottom, stroke=FAINT, stroke_width=0.7)
        for t in day_ticks(days)
    ]
    return el("g", lines)


def _axis_words(days: Axis, y: float) -> Markup:
    said = [label(LEFT - 24, y, "Day", size=11, anchor="end", fill=GREY)]
    for tick in day_ticks(days):
        x, words = days.at(tick), number_text(tick)
        half = width(words, 11) / 2
        x = min(max(x, LEFT), WIDTH - half)
        said.append(label(x, y, words, size=11, anchor="middle", fill=GREY))
    return el("g", said)
