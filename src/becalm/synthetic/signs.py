"""The signs of a course as tracks: temperature, pressures and saturation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from becalm.synthetic.course import STEPS_PER_DAY, Person, Stretch, Track, apart
from becalm.synthetic.draw import Rng, between, happens
from becalm.synthetic.persons import is_low, sbp_limit
from becalm.synthetic.settings import Scenario

Span = tuple[int, int]


def within(step: int, spans: Sequence[Span]) -> bool:
    """Whether the step lies in one of the intervals [start, end)."""
    return any(start <= step < end for start, end in spans)


def segments(rng: Rng, begin: int, end: int, edges: Sequence[int], hours: Sequence[float]) -> list[int]:
    """Starts of the pieces of [begin, end): every edge, and cuts some hours apart between them."""
    marks = sorted({begin, *(e for e in edges if begin < e < end)})
    out: list[int] = []
    for start, stop in zip(marks, [*marks[1:], end], strict=True):
        at = start
        while at < stop:
            out.append(at)
            at = apart(at + max(1, round(between(rng, hours) * STEPS_PER_DAY / 24)))
    return out


def track(starts: Sequence[int], value: Callable[[int], float]) -> Track:
    """A track with one drawn value for each start."""
    return Track(tuple(starts), tuple(value(s) for s in starts))


def temperature(rng: Rng, begin: int, end: int, febrile: Sequence[Span], scenario: Scenario) -> Track:
    """Temperature (Cel): above the limit through most of each febrile stretch, always at its start."""
    course, limit = scenario["course"], float(scenario["definition"]["fever_from"])
    edges = [e for span in febrile for e in span]
    first = {start for start, _ in febrile}

    def value(start: int) -> float:
        dip = happens(rng, course["afebrile_dip"])
        above, below = between(rng, (0, course["fever_above"])), between(rng, (0.1, 1.7))
        if within(start, febrile) and (start in first or not dip):
            return round(limit + above, 1)
        return round(limit - below, 1)

    return track(segments(rng, begin, end, edges, course["fever_segment_hours"]), value)


def pressures(
    rng: Rng, begin: int, end: int, stages: Sequence[Stretch], who: Person, scenario: Scenario
) -> tuple[Track, Track]:
    """Systolic and mean pressure (mm[Hg]): low in stage 2, either way on vasopressors, normal otherwise."""
    definition: Mapping[str, Any] = scenario["definition"]
    starts = segments(rng, begin, end, [e for s in stages for e in (s.start, s.end)], (4, 9))
    systolic, mean = [], []
    for start in starts:
        stage = next((s.stage for s in stages if s.start <= start < s.end), 0)
        on_support_low = happens(rng, 0.4)
        sbp, low_mean = _pressure(rng, who, definition, low=stage == 2 or (stage > 2 and on_support_low))
        systolic.append(sbp)
        mean.append(low_mean)
    return Track(tuple(starts), tuple(systolic)), Track(tuple(starts), tuple(mean))


def _pressure(rng: Rng, who: Person, definition: Mapping[str, Any], *, low: bool) -> tuple[float, float]:
    """A pair of pressures that is hypotension for this patient, or is not."""
    share, spread = between(rng, (0, 1)), between(rng, (0, 1))
    limit = sbp_limit(who, definition)
    base = who.baseline_sbp
    if low:
        ceiling = limit if base is None else max(min(limit, base - definition["baseline_drop"]), base - 40)
        sbp = float(round(ceiling - 1 - 20 * share))
        mean = float(round(sbp * (0.6 + 0.15 * spread)))
    else:
        floor = limit if base is None else max(limit, base - definition["baseline_large_drop"] + 1)
        sbp = float(round(floor + 2 + 35 * share))
        mean = float(round(max(definition["map_below"] + 1, sbp * (0.65 + 0.1 * spread))))
    assert is_low(sbp, mean, who, definition) == low
    return sbp, mean


def saturation(
    rng: Rng, begin: int, end: int, unaided: Sequence[Span], aided: Sequence[Span], limit: float
) -> Track:
    """Saturation (%): low before oxygen is given, at or above the limit otherwise."""
    edges = [e for span in (*unaided, *aided) for e in span]

    def value(start: int) -> float:
        low, level = between(rng, (1, 9)), between(rng, (0, 7 if within(start, aided) else 9))
        if within(start, unaided):
            return float(round(limit - low))
        return float(round(limit + level + (0 if within(start, aided) else 1)))

    return track(segments(rng, begin, end, edges, (4, 9)), value)
