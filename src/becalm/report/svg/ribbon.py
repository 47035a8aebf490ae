"""The grade ribbon: solid up to the grade that is certain, hatched up to the highest possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from becalm.report.markup import Markup, el, join
from becalm.report.svg.axis import Axis
from becalm.report.svg.hatch import filled, grade_hatch, grade_pattern
from becalm.report.svg.palette import FAINT, GREY, INK, PAPER, grade_fill, on
from becalm.report.svg.panel import LEFT, RIGHT, WIDTH, Panel
from becalm.report.svg.text import label, width

STEP, HEADROOM, ZERO = 13.0, 16.0, 4.0


@dataclass(frozen=True)
class Stretch:
    """One interval of a grade, in days; lowest and highest are None after a death from another cause."""

    start: float
    end: float
    lowest: int | None
    highest: int | None
    hint: str

    @property
    def said(self) -> str:
        """The grade as it is written on the ribbon: `2`, or `1-2` where it is undecided."""
        if self.lowest is None or self.highest is None:
            return "ended"
        return f"{self.lowest}" if self.lowest == self.highest else f"{self.lowest}-{self.highest}"


def draw_ribbon(
    title: str, below: Sequence[str], stretches: Sequence[Stretch], days: Axis, highest: int, figure: str
) -> Panel:
    """The ribbon of one patient, its height the grade.

    Args:
        title: at the left.
        below: lines under the title.
        stretches: in order of time.
        days: axis of time.
        highest: the highest grade of the system.
        figure: id of the figure, for its patterns.
    """
    bottom = HEADROOM + STEP * highest
    out = [label(0, 13, title, size=12, bold=True)]
    out += [label(0, 28 + 13 * place, line, size=10, fill=GREY) for place, line in enumerate(below)]
    for grade in range(highest + 1):
        y = bottom - STEP * grade
        out.append(el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=FAINT, stroke_width=0.6))
        out.append(label(LEFT - 6, y + 3.6, str(grade), size=10, anchor="end", fill=GREY))
    patterns = []
    for stretch in stretches:
        out.append(_stretch(stretch, days, bottom, figure))
        if stretch.lowest is not None and stretch.highest is not None and stretch.lowest < stretch.highest:
            patterns.append(grade_hatch(figure, stretch.lowest, stretch.highest))
    return Panel(bottom + ZERO + 4, join(out), tuple(patterns))


def _stretch(s: Stretch, days: Axis, bottom: float, figure: str) -> Markup:
    x = days.at(s.start)
    wide = max(days.at(s.end) - x, 1.5)
    pieces = [el("title", s.hint)]
    top = bottom
    if s.lowest is None or s.highest is None:
        pieces.append(
            el(
                "line",
                x1=x,
                x2=x + wide,
                y1=bottom,
                y2=bottom,
                stroke=INK,
                stroke_width=1,
                stroke_dasharray="1 3",
            )
        )
    else:
        floor = bottom - STEP * s.lowest
        top = bottom - STEP * s.highest
        pieces.append(
            el(
                "rect",
                x=x,
                y=floor,
                width=wide,
                height=STEP * s.lowest + ZERO,
                fill=grade_fill(s.lowest),
                stroke=INK,
                stroke_width=0.6,
            )
        )
        if s.lowest < s.highest:
            pieces.append(
                el(
                    "rect",
                    x=x,
                    y=top,
                    width=wide,
                    height=floor - top,
                    fill=filled(grade_pattern(figure, s.lowest, s.highest)),
                    stroke=INK,
                    stroke_width=0.8,
                    stroke_dasharray="3 2",
                )
            )
    if width(s.said, 11, bold=True) <= wide - 1:
        pieces.append(label(x + wide / 2, top - 4, s.said, size=11, anchor="middle", bold=True))
    return el("g", pieces, class_="undecided" if s.lowest != s.highest else "decided")


def thin_ribbon(
    stretches: Sequence[Stretch], days: Axis, y: float, height: float, figure: str
) -> tuple[Markup, list[Markup]]:
    """The ribbon of one patient, or of one system, among many: one strip, the grade as fill and number.

    Returns:
        The drawing, and the patterns that it uses.
    """
    strips, numbers, patterns = [], [], []
    for s in stretches:
        if s.lowest is None or s.highest is None:
            continue
        x = days.at(s.start)
        wide = max(days.at(s.end) - x, 1.2)
        fill = grade_fill(s.lowest)
        if s.lowest != s.highest:
            patterns.append(grade_hatch(figure, s.lowest, s.highest))
            fill = filled(grade_pattern(figure, s.lowest, s.highest))
        strips.append(el("rect", el("title", s.hint), x=x, y=y, width=wide, height=height, fill=fill))
        if width(s.said, 9, bold=True) + 2 <= wide:
            numbers.append(_number(s, x + wide / 2, y, height))
    out = [el("g", strips, stroke=INK, stroke_width=0.3)]
    if numbers:
        out.append(
            el(
                "g",
                numbers,
                font_size=9,
                font_weight="bold",
                text_anchor="middle",
                pointer_events="none",
            )
        )
    return join(out), patterns


def _number(s: Stretch, middle: float, y: float, height: float) -> Markup:
    """The grade in the middle of a strip, on paper where the strip is hatched."""
    room = width(s.said, 9, bold=True) + 2
    paper, ink = Markup(""), on(grade_fill(s.lowest or 0))
    if s.lowest != s.highest:
        ink = INK
        paper = el(
            "rect", x=middle - room / 2, y=y + 1, width=room, height=height - 2, fill=PAPER, opacity=0.85
        )
    baseline = y + height / 2 + 3.3
    words = el("text", s.said, x=middle, y=baseline, fill=None if ink == INK else ink)
    return join([paper, words])
