"""The grade ribbon: solid up to the grade that is certain, hatched up to the highest possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from becalm.report.markup import Markup, el, join
from becalm.report.svg.axis import Axis
from becalm.report.svg.hatch import filled, grade_hatch, grade_pattern
from becalm.report.svg.palette import FAINT, GREY, INK, grade_fill, on
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
    """The ribbon of one patient among many: one strip, the grade as fill and number.

    Returns:
        The drawing, and the patterns that it uses.
    """
    out, patterns = [], []
    for s in stretches:
        if s.lowest is None or s.highest is None:
            continue
        x = days.at(s.start)
        wide = max(days.at(s.end) - x, 1.2)
        decided = s.lowest == s.highest
        if not decided:
            patterns.append(grade_hatch(figure, s.lowest, s.highest))
        fill = grade_fill(s.lowest) if decided else filled(grade_pattern(figure, s.lowest, s.highest))
        pieces = [
            el("title", s.hint),
            el("rect", x=x, y=y, width=wide, height=height, fill=fill, stroke=INK, stroke_width=0.3),
        ]
        room = width(s.said, 9, bold=True)
        if room + 2 <= wide:
            if not decided:
                pieces.append(
                    el(
                        "rect",
                        x=x + wide / 2 - room / 2 - 1,
                        y=y + 1,
                        width=room + 2,
                        height=height - 2,
                        fill="#ffffff",
                        opacity=0.85,
                    )
                )
            ink = on(fill) if decided else INK
            pieces.append(
                label(
                    x + wide / 2, y + height / 2 + 3.3, s.said, size=9, anchor="middle", bold=True, fill=ink
                )
            )
        out.append(el("g", pieces))
    return join(out), patterns
