"""Measured values over time: exact values as marks, ranges as bars, refused values as hatched ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from becalm.report.markup import Markup, el, join, number
from becalm.report.svg.axis import Axis
from becalm.report.svg.hatch import filled, tint_hatch, tint_pattern
from becalm.report.svg.palette import GREY
from becalm.report.svg.shapes import shape


@dataclass(frozen=True)
class Reading:
    """One value of a record as it is drawn.

    day: its time; whole_day: no hour is given, it is a value of the day that begins at `day`. low and
    high: its range in the canonical unit. open_low, open_high: a comparator leaves that end open. hint:
    what a reader sees on pointing at it.
    """

    day: float
    whole_day: bool
    low: float
    high: float
    open_low: bool
    open_high: bool
    refused: bool
    hint: str

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high and not self.refused

    @property
    def middle(self) -> float:
        """Where its mark stands on the axis of days."""
        return self.day + 0.5 if self.whole_day else self.day


def draw_series(
    readings: Sequence[Reading],
    days: Axis,
    values: Axis,
    look: tuple[str, str],
    *,
    speaks_days: float,
    figure: str,
) -> tuple[Markup, tuple[Markup, ...]]:
    """Draw one series in the order of time.

    Args:
        readings: of one quantity.
        days: axis of time.
        values: axis of the quantity.
        look: colour and shape.
        speaks_days: a line joins two exact values only where they are no further apart than this, the
            time for which a value speaks: between others nothing is known.
        figure: id of the figure, for its patterns.

    Returns:
        The drawing, and the patterns that it uses.
    """
    colour, kind = look
    lines: list[str] = []
    before: Reading | None = None
    for reading in readings:
        if not reading.exact or reading.whole_day:
            before = None
            continue
        near = before is not None and reading.day - before.day <= speaks_days + 1e-9
        lines.append(f"{'L' if near else 'M'}{number(days.at(reading.day))} {number(values.at(reading.low))}")
        before = reading
    path = el("path", d="".join(lines), fill="none", stroke=colour, stroke_width=1.4) if lines else Markup("")
    marks = [_mark(reading, days, values, colour, kind, figure) for reading in readings]
    patterns = (tint_hatch(figure, GREY),) if any(reading.refused for reading in readings) else ()
    return join([path, marks]), patterns


def _mark(r: Reading, days: Axis, values: Axis, colour: str, kind: str, figure: str) -> Markup:
    x = days.at(r.middle)
    if r.refused:
        top, bottom = sorted((values.at(r.low), values.at(r.high)))
        return el(
            "rect",
            el("title", r.hint),
            x=x - 6,
            y=top,
            width=12,
            height=bottom - top,
            fill=filled(tint_pattern(figure, GREY)),
            stroke=GREY,
            stroke_dasharray="2 2",
        )
    day = _whole_day(r, days, values, colour) if r.whole_day else None
    if r.exact:
        below = values.log and r.low < values.low
        mark = shape(
            "down" if below else kind, x, values.at(r.low), 7, colour, hint=r.hint, hollow=r.whole_day
        )
        return join([day, mark])
    return join([day, _bar(r, x, values, colour)])


def _whole_day(r: Reading, days: Axis, values: Axis, colour: str) -> Markup:
    """The day in which a value lies that has no hour: a broken line, or a broken frame around a range."""
    left, right = days.at(r.day) + 1, days.at(r.day + 1) - 1
    top, bottom = sorted((values.at(r.low), values.at(r.high)))
    d = f"M{number(left)} {number(top)}H{number(right)}"
    if not r.exact:
        d += f"V{number(bottom)}H{number(left)}Z"
    return el("path", d=d, fill="none", stroke=colour, stroke_width=1.2, stroke_dasharray="3 2")


def _bar(r: Reading, x: float, values: Axis, colour: str) -> Markup:
    """A range: a bar with a cap at each known end and an arrow at an open one."""
    low, high = values.at(r.low), values.at(r.high)
    parts = [f"M{number(x)} {number(low)}L{number(x)} {number(high)}"]
    for y, is_open, up in ((low, r.open_low, False), (high, r.open_high, True)):
        back = 4 if up else -4
        left, middle, right = number(x - 4), number(x), number(x + 4)
        edge, inner = number(y), number(y + back)
        if is_open:
            parts.append(f"M{left} {inner}L{middle} {edge}L{right} {inner}")
        else:
            parts.append(f"M{left} {edge}L{right} {edge}")
    d = "".join(parts)
    return el(
        "g",
        el("title", r.hint),
        el("path", d=d, stroke="#ffffff", stroke_width=5, fill="none", opacity=0.7),
        el("path", d=d, stroke=colour, stroke_width=2, fill="none"),
    )
