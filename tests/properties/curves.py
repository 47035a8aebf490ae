"""Grades as curves over time, and what must hold between two of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from becalm import Cohort
from becalm.scales import graded

from .times import DAY

Range = tuple[int | None, int | None]


class Stretch(NamedTuple):
    """An interval [start, end) in microseconds, with its grade range."""

    start: int
    end: int
    grades: Range


Curve = Sequence[Stretch]


def curves(cohort: Cohort, settings: Mapping[str, Any] | None = None) -> dict[str, Curve]:
    """The grade range of every patient over time, not yet merged or worded."""
    frame = graded(cohort, settings=settings).intervals
    out: dict[str, list[Stretch]] = {owner: [] for owner in cohort.patients["patient_id"]}
    for owner, *row in frame.select("patient_id", "start", "end", "grade_min", "grade_max").iter_rows():
        start, end, lowest, highest = row
        out[owner].append(Stretch(start, end, (lowest, highest)))
    return dict(out)


def joined(curve: Curve) -> Curve:
    """The curve with neighbours of one range made one."""
    out: list[Stretch] = []
    for stretch in curve:
        if out and out[-1].grades == stretch.grades and out[-1].end == stretch.start:
            out[-1] = out[-1]._replace(end=stretch.end)
        else:
            out.append(stretch)
    return out


def span(curve: Curve) -> tuple[int, int] | None:
    """From when to when a curve tells a grade, None where it never does."""
    return (curve[0].start, curve[-1].end) if curve else None


def at(curve: Curve, instant: int) -> Range | None:
    """The grade range at an instant, None outside the curve."""
    place = bisect_right(curve, instant, key=lambda stretch: stretch.start) - 1
    if place < 0 or instant >= curve[place].end:
        return None
    return curve[place].grades


def together(one: Curve, two: Curve) -> Iterator[tuple[int, Range, Range]]:
    """Every instant at which one of two curves may change, with both ranges there."""
    for instant in sorted({stretch.start for stretch in (*one, *two)}):
        first, second = at(one, instant), at(two, instant)
        if first is not None and second is not None:
            yield instant, first, second


def within(inner: Range, outer: Range) -> bool:
    """Whether a range lies inside another; no grade (after a death) lies inside no grade only."""
    if None in inner or None in outer:
        return inner == outer
    return outer[0] <= inner[0] and inner[1] <= outer[1]  # type: ignore[operator]


def lower(one: Range, two: Range) -> bool:
    """Whether either end of the second range is below that of the first."""
    if None in one or None in two:
        return one != two
    return two[0] < one[0] or two[1] < one[1]  # type: ignore[operator]


def day(instant: int) -> str:
    """An instant for people."""
    return f"day {instant / DAY:.4f}"
