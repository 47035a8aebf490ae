"""The panel of all grading systems: one thin ribbon a system, the highest grade at the right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import polars as pl

from becalm.report.markup import Markup, el, join
from becalm.report.panels import group_of, system_groups
from becalm.report.svg.axis import Axis
from becalm.report.svg.palette import FAINT, GREY, INK, grade_fill, on
from becalm.report.svg.panel import LEFT, RIGHT, WIDTH, Panel
from becalm.report.svg.ribbon import Stretch, thin_ribbon
from becalm.report.svg.text import label, shortened, width
from becalm.report.system_words import rules_text
from becalm.report.systems import Parts, Systems
from becalm.report.words import day_text, grade_text
from becalm.scales import Scale

HEADING, LANE, STRIP, GAP = 22.0, 13.0, 11.0, 7.0
CHIP = 13.0


def systems_panel(systems: Systems, mine: Parts, days: Axis, figure: str) -> Panel | None:
    """The lanes of one patient; None where nothing is graded.

    Args:
        systems: of the report.
        mine: the rows of the patient.
        days: axis of time.
        figure: id of the figure, for its patterns.
    """
    lanes = _lanes(systems, mine)
    if not lanes:
        return None
    tops = {name: (low, high) for name, low, high in _highest(mine).iter_rows()}
    out: list[Markup] = [_heading(max(scale.highest for scale in lanes))]
    patterns: list[Markup] = []
    y = HEADING
    for (_, heading), group in groupby(lanes, key=lambda scale: group_of(scale.toxicity)):
        if y > HEADING:
            out.append(el("line", x2=WIDTH, y1=y + GAP / 2 - 1, y2=y + GAP / 2 - 1, stroke=FAINT))
            y += GAP
        for place, scale in enumerate(group):
            drawn, used = thin_ribbon(_stretches(mine, scale, days), days, y, STRIP, figure)
            out += [_name(scale, heading if place == 0 else "", y), drawn]
            low, high = tops.get(scale.id, (None, None))
            said = grade_text(low, high).replace(" to ", "-")
            out.append(label(WIDTH - RIGHT + 8, y + 9, said, size=10, bold=True))
            patterns += used
            y += LANE
    return Panel(y + 2, join(out), tuple(patterns))


def systems_caption(systems: Systems, mine: Parts) -> str:
    """What a reader must know of the panel; empty without one."""
    lanes = _lanes(systems, mine)
    if not lanes:
        return ""
    there = {group_of(scale.toxicity)[1] for scale in lanes}
    said = [f"{one.heading}: {one.says}." for one in system_groups() if one.says and one.heading in there]
    return " ".join([" All grading systems: one strip a system, in groups by what they grade.", *said])


def _lanes(systems: Systems, mine: Parts) -> list[Scale]:
    """The systems that are drawn: all but those that the record narrows at no moment."""
    undrawn = set(mine.open["scale"].to_list())
    return [scale for scale in systems.scales if scale.id not in undrawn and mine.stretches.height]


def _highest(mine: Parts) -> pl.DataFrame:
    return mine.highest.select("scale", "grade_min", "grade_max")


def _heading(most: int) -> Markup:
    """The title, the key of the fills, and the heading of the column at the right."""
    out = [label(0, 13, "All grading systems", size=12, bold=True)]
    x = LEFT
    for grade in range(most + 1):
        fill = grade_fill(grade)
        chip = el("rect", x=x, y=4, width=CHIP, height=STRIP, fill=fill, stroke=INK, stroke_width=0.3)
        digit = label(x + CHIP / 2, 13, str(grade), size=9, anchor="middle", bold=True, fill=on(fill))
        out += [chip, digit]
        x += CHIP + 2
    out.append(label(x + 4, 13, "hatched: undecided between the two", size=10, fill=GREY))
    out.append(label(WIDTH - RIGHT + 8, 13, "highest", size=10, fill=GREY))
    return join(out)


def _name(scale: Scale, heading: str, y: float) -> Markup:
    """The id of a system, after the heading of its group unless the id says it."""
    told = bool(heading) and not scale.id.startswith(heading.casefold())
    before = width(heading, 10, bold=True) + 6 if told else 0
    said = shortened(scale.id, LEFT - 8 - before, 10)
    return join(
        [
            label(0, y + 9, heading, size=10, bold=True) if told else "",
            label(LEFT - 6, y + 9, said, size=10, anchor="end", hint=f"{scale.id}: {scale.title}"),
        ]
    )


def _stretches(mine: Parts, scale: Scale, days: Axis) -> Sequence[Stretch]:
    """The stretches of a system that touch the axis, cut at its ends."""
    rows = mine.stretches.filter(
        pl.col("scale") == scale.id, pl.col("end_day") > days.low, pl.col("start_day") < days.high
    )
    out = []
    for row in rows.iter_rows(named=True):
        start, end, low, high = (row[name] for name in ("start_day", "end_day", "grade_min", "grade_max"))
        why = rules_text(scale, row["rules"])
        hint = f"{scale.id}: {grade_text(low, high)}, day {day_text(start)} to {day_text(end)}"
        hint += f": {why}" if why else ""
        out.append(Stretch(max(start, days.low), min(end, days.high), low, high, hint))
    return out
