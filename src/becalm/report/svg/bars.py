"""Bars of counts: stacked by day, or one for each whole number of days."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.report.markup import Markup, el, join, number
from becalm.report.svg.axis import Axis, day_ticks, ticks
from becalm.report.svg.hatch import definitions, filled, tint_hatch, tint_pattern
from becalm.report.svg.palette import FAINT, GREY, INK, PAPER, grade_fill, on
from becalm.report.svg.text import label, width

WIDTH, LEFT, RIGHT, HEIGHT, TOP, BOTTOM = 920.0, 60.0, 172.0, 240.0, 12.0, 40.0


def stacked_days(
    days: Sequence[int], counts: Sequence[Sequence[int]], classes: Sequence[str], *, name: str, said: str
) -> Markup:
    """One bar a day, cut into classes: grades from the bottom up, then undecided, then record ended.

    Args:
        days: whole days, ascending.
        counts: for each day, one count a class.
        classes: their names: grades, then two undecided ones, then record ended.
        name: id of the figure.
        said: what it shows, for readers who do not see it.
    """
    total = max(sum(row) for row in counts)
    x = Axis(days[0], days[-1] + 1, LEFT, WIDTH - RIGHT)
    y = Axis(0, total, HEIGHT - BOTTOM, TOP)
    looks = [_look(name, place, len(classes)) for place in range(len(classes))]
    out = _frame(x, y, "patients", "day")
    for day, row in zip(days, counts, strict=True):
        below = 0
        for place, count in enumerate(row):
            if not count:
                continue
            top, bottom = y.at(below + count), y.at(below)
            left, wide = x.at(day) + 0.5, x.at(day + 1) - x.at(day) - 1
            fill, ink = looks[place]
            pieces = [
                el("title", f"Day {day}, {_class_words(classes, place)}: {count} of {sum(row)}"),
                el(
                    "rect",
                    x=left,
                    y=top,
                    width=wide,
                    height=bottom - top,
                    fill=fill,
                    stroke=INK,
                    stroke_width=0.4,
                ),
            ]
            words = _short(classes, place)
            if words and bottom - top >= 12 and width(words, 9) + 2 <= wide:
                if _undecided(classes, place):
                    room = width(words, 9) + 2
                    pieces.append(
                        el(
                            "rect",
                            x=left + wide / 2 - room / 2,
                            y=(top + bottom) / 2 - 5.5,
                            width=room,
                            height=11,
                            fill=PAPER,
                            opacity=0.85,
                        )
                    )
                pieces.append(
                    label(left + wide / 2, (top + bottom) / 2 + 3.3, words, size=9, anchor="middle", fill=ink)
                )
            out.append(el("g", pieces))
            below += count
    out.append(_key(classes, looks))
    return _figure([definitions([tint_hatch(name, GREY), tint_hatch(name, INK)]), *out], name, said)


def counted_days(rows: Sequence[tuple[int, int]], *, words: str, name: str, said: str) -> Markup:
    """One bar for each whole number of days, with its count on top."""
    first, last = min(0, rows[0][0]), rows[-1][0]
    x = Axis(first, max(last + 1, first + 8), LEFT, WIDTH - RIGHT)
    y = Axis(0, max(count for _, count in rows), HEIGHT - BOTTOM, TOP + 14)
    out = _frame(x, y, "patients", words)
    for day, count in rows:
        left, wide = x.at(day) + 1, x.at(day + 1) - x.at(day) - 2
        pieces = [
            el("title", f"{words} {day}: {count}"),
            el(
                "rect",
                x=left,
                y=y.at(count),
                width=wide,
                height=y.at(0) - y.at(count),
                fill=grade_fill(2),
                stroke=INK,
                stroke_width=0.5,
            ),
        ]
        if width(str(count), 10) <= wide + 2:
            pieces.append(label(left + wide / 2, y.at(count) - 4, str(count), size=10, anchor="middle"))
        out.append(el("g", pieces))
    return _figure(out, name, said)


def _figure(body: Sequence[Markup], name: str, said: str) -> Markup:
    return el(
        "svg", body, id=name, viewBox=f"0 0 {number(WIDTH)} {number(HEIGHT)}", role="img", aria_label=said
    )


def _frame(x: Axis, y: Axis, upward: str, along: str) -> list[Markup]:
    """Grid, ticks and the words of both axes; a tick of a day stands at the beginning of that day."""
    out = []
    for value in ticks(y):
        if value != round(value):
            continue
        out.append(
            el(
                "line",
                x1=LEFT,
                x2=WIDTH - RIGHT,
                y1=y.at(value),
                y2=y.at(value),
                stroke=FAINT,
                stroke_width=0.7,
            )
        )
        out.append(label(LEFT - 6, y.at(value) + 3.6, f"{value:.0f}", size=10, anchor="end", fill=GREY))
    for day in day_ticks(x):
        if day == round(day) and day < x.high:
            middle = (x.at(day) + x.at(day + 1)) / 2
            out.append(label(middle, HEIGHT - BOTTOM + 14, f"{day:.0f}", size=10, anchor="middle", fill=GREY))
    out.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, along, size=11, anchor="middle", fill=GREY))
    out.append(
        el(
            "text",
            upward,
            x=14,
            y=(TOP + HEIGHT - BOTTOM) / 2,
            font_size=11,
            fill=GREY,
            text_anchor="middle",
            transform=f"rotate(-90 14 {number((TOP + HEIGHT - BOTTOM) / 2)})",
        )
    )
    return out


def _undecided(classes: Sequence[str], place: int) -> bool:
    return len(classes) - 3 <= place < len(classes) - 1


def _look(name: str, place: int, classes: int) -> tuple[str, str]:
    """Fill of a class, and the colour of text on it."""
    last = classes - 1
    patterns = {last - 2: filled(tint_pattern(name, INK)), last - 1: filled(tint_pattern(name, GREY))}
    if place == last:
        return PAPER, INK
    if place in patterns:
        return patterns[place], INK
    return grade_fill(place), on(grade_fill(place))


def _short(classes: Sequence[str], place: int) -> str:
    """What stands in a bar: the grade; 1 or more, or perhaps 0; nothing where the record has ended."""
    if place == len(classes) - 1:
        return ""
    return ("≥1", "0?")[place - len(classes) + 3] if _undecided(classes, place) else classes[place]


def _class_words(classes: Sequence[str], place: int) -> str:
    return classes[place] if place >= len(classes) - 3 else f"grade {classes[place]}"


def _key(classes: Sequence[str], looks: Sequence[tuple[str, str]]) -> Markup:
    out = []
    x = WIDTH - RIGHT + 12
    for place in range(len(classes)):
        y = TOP + 18.0 * (len(classes) - 1 - place)
        out.append(
            el("rect", x=x, y=y, width=14, height=12, fill=looks[place][0], stroke=INK, stroke_width=0.5)
        )
        out.append(label(x + 20, y + 10, _class_words(classes, place), size=10))
    return join(out)
