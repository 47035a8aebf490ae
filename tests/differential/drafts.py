"""One patient's rows while they are drawn: times on a grid of 36 seconds, and how a time is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import numpy as np

Rows = list[dict[str, str]]
STEPS = 2400  # grid steps in a day: 36 seconds each
HOUR = STEPS // 24
DAY = STEPS
ZERO = datetime(2024, 3, 1)


@dataclass
class Draft:
    """One patient's rows while they are drawn."""

    ident: str
    rng: np.random.Generator
    told: bool
    clock: str
    start: int
    end: int
    infusion: int = 0
    patient: dict[str, str] = field(default_factory=dict)
    observations: Rows = field(default_factory=list)
    exposures: Rows = field(default_factory=list)
    events: Rows = field(default_factory=list)
    times: set[int] = field(default_factory=set)
    vitals: list[int] = field(default_factory=list)
    loose: bool = False

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def pick(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def moment(self) -> int:
        return int(self.rng.integers(self.start, self.end))

    def near(self) -> int:
        """A time, often one at which something else happens, or 8, 12 or 24 hours from it."""
        if self.times and self.chance(0.5):
            base = self.pick(sorted(self.times))
            base += self.pick((0, 0, 0, 3, -3, 12 * HOUR, DAY, -DAY))
            if self.start <= base < self.end:
                return int(base)
        return self.moment()

    def stamp(self, at: int, prefix: str = "") -> dict[str, str]:
        """The columns that say the time `at`."""
        self.times.add(at)
        style = self.clock
        if style == "mixed":
            style = "time" if self.chance(0.5) else "day"
        if style == "day":
            at = at - at % 3
            if not prefix and at % DAY == 0:
                at += 3
            self.times.add(at)
            return {f"{prefix}day": decimal(at)}
        text = ZERO + timedelta(seconds=36 * at)
        if style == "time":
            return {f"{prefix}time": text.isoformat()}
        away = self.pick((0, 60, 120, -300))
        there = text.replace(tzinfo=timezone(timedelta(minutes=60)))
        return {f"{prefix}time": there.astimezone(timezone(timedelta(minutes=away))).isoformat()}

    def whole(self, day: int) -> dict[str, str]:
        self.times.add(day * DAY)
        if self.clock in ("time", "mixed") and self.chance(0.3):
            return {"time": (ZERO + timedelta(days=day)).date().isoformat()}
        return {"day": self.pick((str(day), f"{day}.0"))}


def day(step: int) -> float:
    """A grid time as a day."""
    return step / STEPS


def decimal(at: int) -> str:
    """Grid time as a decimal day, exactly."""
    value = Fraction(at, STEPS)
    text = f"{float(value):.6f}".rstrip("0")
    assert Fraction(text) == value, at
    return text + "0" if text.endswith(".") else text
