"""The courses and facts that several grading systems share, each computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.scales._beside import since_onset, with_facts
from becalm.timeline import Settings, States
from becalm.timeline.families import Family
from becalm.timeline.states import CRS, Walked, closed, walked

_Key = tuple[tuple[str, Any], ...]


def _key(settings: Settings) -> _Key:
    """The policies in force, to compare by."""
    return tuple((name, policy.value) for name, policy in settings.policies.items())


@dataclass
class Courses:
    """What has been computed of one cohort, by the policies in force.

    until: describe at least up to this instant (microseconds of the clock), past the end of a record.
    """

    cohort: Cohort
    until: int | None = None
    _walks: dict[tuple[_Key, str], Walked] = field(default_factory=dict)
    _states: dict[tuple[_Key, str], States] = field(default_factory=dict)
    _families: dict[tuple[_Key, str], pl.DataFrame] = field(default_factory=dict)
    _intervals: dict[tuple[_Key, str, tuple[str, ...]], pl.DataFrame] = field(default_factory=dict)

    def states(self, settings: Settings, cause: str) -> States:
        """The states of every patient, closed by death; `cause` is the one that is the toxicity."""
        key = _key(settings)
        if (key, cause) not in self._states:
            # Only a death of that cause makes the record of one toxicity longer than that of another.
            died = (self.cohort.events["event"] == "death") & (self.cohort.events["cause"] == cause)
            own = cause if died.any() else CRS
            if (key, own) not in self._walks:
                self._walks[key, own] = walked(self.cohort, settings, self.until, own)
            self._states[key, cause] = closed(self._walks[key, own], cause)
        return self._states[key, cause]

    def intervals(self, families: Sequence[Family], settings: Settings, cause: str) -> pl.DataFrame:
        """The intervals of `states`, cut where a fact of the families may change, with these facts."""
        key = _key(settings), cause, tuple(family.name for family in families)
        if key not in self._intervals:
            course = self.states(settings, cause)
            frames = [self.family(family, settings) for family in families]
            out = with_facts(course.intervals, frames, course.answers.start)
            for family, frame in zip(families, frames, strict=True):
                totals = [fact.name for fact in family.facts.values() if fact.since]
                out = since_onset(out, frame, totals) if totals else out
            self._intervals[key] = out
        return self._intervals[key]

    def family(self, family: Family, settings: Settings) -> pl.DataFrame:
        """The facts of a family over time."""
        key = _key(settings), family.name
        if key not in self._families:
            self._families[key] = family.states(self.cohort, settings)
        return self._families[key]
