"""Lanes: what was given or happened, as bars and lettered marks, one row a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from becalm.report.markup import Markup, el, join
from becalm.report.svg.axis import Axis
from becalm.report.svg.hatch import filled, tint_hatch, tint_pattern
from becalm.report.svg.palette import FAINT, GREY, INK, on
from becalm.report.svg.panel import LEFT, RIGHT, WIDTH, Panel
from becalm.report.svg.shapes import lettered
from becalm.report.svg.text import label, shortened, width

ROW, HEADING, MARK = 19.0, 19.0, 13.0
MOST_STACKED = 4


@dataclass(frozen=True)
class Bar:
    """A stretch of time, in days: certain in [start, sure_until), perhaps in [sure_until, until).

    not_before: the start is only known to lie in [not_before, start). said: written in or beside it.
    """

    start: float
    sure_until: float
    until: float
    colour: str
    said: str
    hint: str
    not_before: float | None = None


@dataclass(frozen=True)
class Mark:
    """A moment, or a whole day of which no hour is given: a shape with a letter and a word beside it."""

    day: float
    whole_day: bool
    kind: str
    letter: str
    colour: str
    said: str
    hint: str


@dataclass(frozen=True)
class Row:
    """One row of a lane: its name at the left, bars and marks."""

    name: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


def draw_lane(heading: str, rows: Sequence[Row], days: Axis, figure: str) -> Panel:
    """A heading and its rows."""
    out: list[Markup] = [label(0, 13, heading, size=12, bold=True)]
    patterns: list[Markup] = []
    y = HEADING
    for row in rows:
        lines, stacked = _stacked(row.marks, days)
        height = max(ROW, (MARK + 3) * lines + 4)
        out.append(label(8, y + height / 2 + 4, shortened(row.name, LEFT - 16, 11), size=11, hint=row.name))
        out.append(
            el(
                "line",
                x1=LEFT,
                x2=WIDTH - RIGHT,
                y1=y + height,
                y2=y + height,
                stroke=FAINT,
                stroke_width=0.5,
            )
        )
        taken: list[tuple[float, float]] = []
        for bar in row.bars:
            out.append(_bar(bar, days, y + 2, height - 4, figure))
            patterns.append(tint_hatch(figure, bar.colour))
            taken.append((days.at(bar.start), days.at(bar.until)))
        taken += [(x - MARK, x + MARK) for _, x, _ in stacked]
        for bar in row.bars:
            out.append(_bar_words(bar, days, y + height / 2 + 4, taken))
        out += _marks(stacked, days, y, height, lines)
        y += height
    return Panel(y + 3, join(out), tuple(patterns))


def _bar(bar: Bar, days: Axis, y: float, height: float, figure: str) -> Markup:
    sure = (days.at(bar.start), days.at(bar.sure_until))
    pieces = [el("title", bar.hint)]
    for a, b in ((bar.not_before, bar.start), (bar.sure_until, bar.until)):
        if a is not None and days.at(b) - days.at(a) > 0.5:
            pieces.append(
                el(
                    "rect",
                    x=days.at(a),
                    y=y,
                    width=days.at(b) - days.at(a),
                    height=height,
                    fill=filled(tint_pattern(figure, bar.colour)),
                    stroke=bar.colour,
                    stroke_width=0.8,
                    stroke_dasharray="3 2",
                )
            )
    if sure[1] > sure[0] or len(pieces) == 1:
        pieces.append(
            el(
                "rect",
                x=sure[0],
                y=y,
                width=max(sure[1] - sure[0], 2.5),
                height=height,
                fill=bar.colour,
                stroke=INK,
                stroke_width=0.4,
            )
        )
    return el("g", pieces)


def _bar_words(bar: Bar, days: Axis, baseline: float, taken: list[tuple[float, float]]) -> Markup:
    """What a bar says: inside it where it fits, else in free room to its right, else only in its hint."""
    if not bar.said:
        return Markup("")
    room = width(bar.said, 10) + 4
    start, end = days.at(bar.start), days.at(bar.sure_until)
    marked = any(a > start - MARK and b < end + MARK and b - a == 2 * MARK for a, b in taken)
    if end - start >= room and not marked:
        taken.append((start, end))
        return label(start + 2, baseline - 0.5, bar.said, size=10, fill=on(bar.colour))
    after = days.at(bar.until) + 3
    if after + room <= WIDTH - RIGHT and not any(a < after + room and after < b for a, b in taken):
        taken.append((after, after + room))
        return label(after + 1, baseline - 0.5, bar.said, size=10)
    return Markup("")


def _stacked(marks: Sequence[Mark], days: Axis) -> tuple[int, list[tuple[Mark, float, int]]]:
    """Marks with their place and line: a mark that would cover another goes to the next line."""
    ends: list[float] = []
    out = []
    for mark in sorted(marks, key=lambda m: (m.day, m.letter, m.hint)):
        x = days.at(mark.day + 0.5 if mark.whole_day else mark.day)
        line = next((k for k, end in enumerate(ends) if x - MARK * 0.65 >= end), len(ends))
        if line >= MOST_STACKED:
            line = MOST_STACKED - 1
            mark = Mark(mark.day, mark.whole_day, mark.kind, "", mark.colour, "", mark.hint)
        if line == len(ends):
            ends.append(0.0)
        ends[line] = x + MARK * 0.65
        out.append((mark, x, line))
    return max(len(ends), 1), out


def _marks(
    stacked: list[tuple[Mark, float, int]], days: Axis, y: float, height: float, lines: int
) -> list[Markup]:
    out = []
    for place, (mark, x, line) in enumerate(stacked):
        middle = y + height / 2 if lines == 1 else y + 2 + (MARK + 3) * (line + 0.5)
        if mark.whole_day:
            out.append(
                el(
                    "line",
                    x1=days.at(mark.day) + 1,
                    x2=days.at(mark.day + 1) - 1,
                    y1=middle,
                    y2=middle,
                    stroke=GREY,
                    stroke_width=1.2,
                    stroke_dasharray="3 2",
                )
            )
        out.append(lettered(mark.kind, x, middle, MARK, mark.colour, mark.letter, mark.hint))
        after = x + MARK * 0.65 + 2
        others = [
            other_x
            for other, (_, other_x, other_line) in enumerate(stacked)
            if other_line == line and other != place and other_x > x
        ]
        limit = min([*(o - MARK * 0.65 - 2 for o in others), WIDTH - RIGHT])
        if mark.said and after + width(mark.said, 10) <= limit:
            out.append(el("g", label(after, middle + 3.6, mark.said, size=10), class_="halo"))
    return out
