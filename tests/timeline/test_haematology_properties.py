"""Runs of low days against a slow plain count; what comes later, and what is known less well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from becalm.record import DAY
from tests.timeline.family_facts import cohort, inside, steps, when


class Count(NamedTuple):
    """One neutrophil count: quarters of a day since infusion, its range in 10*9/L, without an hour or not."""

    quarter: int
    lo: float
    hi: float
    whole: bool

    @property
    def known(self) -> float:
        """The day from which it is known."""
        return self.quarter // 4 if self.whole else self.quarter / 4 + 0.05


WORTH = (0.05, 0.1, 0.11, 0.3, 0.5, 0.51, 1.0, 1.5, 2.0)


@st.composite
def counts(draw: st.DrawFn, exact: bool = False) -> Count:
    first, second = (draw(st.sampled_from(WORTH)) for _ in range(2))
    narrow = exact or draw(st.integers(0, 3)) > 0
    low, high = (first, first) if narrow else (min(first, second), max(first, second))
    return Count(draw(st.integers(-20, 45 * 4)), low, high, draw(st.integers(0, 4)) == 0)


records = st.lists(counts(), max_size=30)


def rows(record: Sequence[Count]) -> list[dict[str, object]]:
    return [
        {
            "day": one.quarter // 4 if one.whole else f"{one.known:.2f}",
            "concept": "anc",
            "value": one.lo,
            "value_high": None if one.lo == one.hi else one.hi,
            "unit": "10*9/L",
        }
        for one in record
    ]


def daily(record: Sequence[Count], now: float) -> dict[int, tuple[float, float]]:
    """The lowest value of each day, as known by now."""
    known = [one for one in record if one.known <= now]
    out = {}
    for day in {one.quarter // 4 for one in known}:
        here = [one for one in known if one.quarter // 4 == day]
        here = [one for one in here if not one.whole] or here
        out[day] = min(one.lo for one in here), min(one.hi for one in here)
    return out


def interpolated(values: dict[int, tuple[float, float]], gap: int) -> dict[int, tuple[float, float]]:
    """The days of short gaps too."""
    out = dict(values)
    known = sorted(values)
    for before, after in pairwise(known):
        if after - before - 1 <= gap:
            for day in range(before + 1, after):
                share = (day - before) / (after - before)
                ends = zip(values[before], values[after], strict=True)
                out[day] = tuple(round(a + (b - a) * share, 9) for a, b in ends)  # type: ignore[assignment]
    return out


def longest(low: Callable[[int], bool], join: int) -> int:
    """The longest stretch of day 0 to 30, from low day to low day, without `join` + 1 other days on end."""
    best = 0
    for begin in range(31):
        for end in range(begin, 31):
            inner = [low(day) for day in range(begin, end + 1)]
            breaks = any(not any(inner[i : i + join + 1]) for i in range(len(inner) - join))
            if inner[0] and inner[-1] and not breaks:
                best = max(best, end - begin + 1)
    return best


def plain(record: Sequence[Count], now: float, gap: int = 7, join: int = 2) -> dict[str, tuple[int, int]]:
    """Longest runs at a moment, day by day."""
    values = interpolated(daily(record, now), gap)
    found = {}
    for name, limit in (("anc_le_500_days", 0.5), ("anc_le_100_days", 0.1)):

        def must(day: int, limit: float = limit) -> bool:
            return day in values and values[day][1] <= limit

        def may(day: int, limit: float = limit) -> bool:
            return values[day][0] <= limit if day in values else day < int(now // 1)

        found[name] = longest(must, join), longest(may, join)
    return found


@given(records, st.lists(st.integers(0, 45 * 8), min_size=1, max_size=4))
def test_runs_are_those_of_a_plain_count(record, moments):
    found = steps(cohort(observations=rows(record), patients=[{}]), "haematology")
    for moment in moments:
        now = moment / 8
        for fact, expected in plain(record, now).items():
            assert when(found, now)[fact] == expected, f"{fact} on day {now}"


def test_the_plain_count_can_differ():
    record = [Count(day * 4, 0.3, 0.3, False) for day in (1, 5)]
    assert plain(record, 6.0)["anc_le_500_days"] != plain(record, 6.0, gap=0)["anc_le_500_days"]
    recovering = [Count(day * 4, value, value, False) for day, value in ((1, 0.3), (2, 2), (3, 2), (4, 0.3))]
    assert plain(recovering, 6.0)["anc_le_500_days"] != plain(recovering, 6.0, join=1)["anc_le_500_days"]


@given(records, st.integers(0, 45 * 4))
def test_what_comes_later_changes_nothing_before(record, until):
    now = until / 4 + 0.01
    past = [one for one in record if one.known <= now]
    before = steps(cohort(observations=rows(past), patients=[{}]), "haematology")
    after = steps(cohort(observations=rows(record), patients=[{}]), "haematology")
    for time, values in before:
        if time <= now * DAY:
            assert when(after, time / DAY) == values


@given(records, st.integers(0, 29), st.integers(0, 45 * 4))
def test_a_count_known_less_well_never_narrows(record, which, moment):
    if not record:
        return
    which %= len(record)
    vague = [*record]
    vague[which] = vague[which]._replace(lo=0.0, hi=500.0)
    known, less = (
        when(steps(cohort(observations=rows(one), patients=[{}]), "haematology"), moment / 4)
        for one in (record, vague)
    )
    for fact, values in known.items():
        assert inside(values, less[fact]), fact


@given(records, st.integers(-5, 44), st.integers(0, 45 * 4))
def test_a_day_without_its_counts_never_narrows_a_run(record, day, moment):
    """Where gaps are not interpolated; an interpolated value is an assumption that a count may refute."""
    fewer = [one for one in record if one.quarter // 4 != day]
    known, less = (
        when(
            steps(cohort(observations=rows(one), patients=[{}]), "haematology", anc_interpolated_days=0),
            moment / 4,
        )
        for one in (record, fewer)
    )
    for fact in ("anc_le_500_days", "anc_le_100_days"):
        if moment // 4 > day:  # today counts only with a count
            assert inside(known[fact], less[fact]), fact
