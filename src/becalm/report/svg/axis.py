"""Scales from values to lengths, and their ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (0.25, 0.5, 1.0, 2.0, 5.0, 7.0, 14.0, 28.0, 56.0, 112.0, 224.0, 448.0)


@dataclass(frozen=True)
class Axis:
    """A linear or logarithmic scale: `low` is drawn at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value is drawn; beyond an end of the axis, at that end."""
        inside = min(max(value, self.low), self.high)
        low, high = (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        share = ((math.log10(inside) if self.log else inside) - low) / (high - low)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high


def linear(values: list[float], least: float, most: float, start: float, end: float) -> Axis:
    """A linear axis from `least` to `most`, widened to hold the values."""
    low, high = min([least, *values]), max([most, *values])
    step = _nice(high - low, 10)
    return Axis(
        least if low >= least else math.floor(low / step) * step,
        most if high <= most else math.ceil(high / step) * step,
        start,
        end,
    )


def logarithmic(values: list[float], start: float, end: float) -> Axis:
    """A logarithmic axis of whole decades that holds the positive values (1 to 100 if there are none)."""
    positive = [value for value in values if value > 0]
    first = math.floor(math.log10(min(positive))) if positive else 0
    last = math.ceil(math.log10(max(positive))) if positive else 2
    return Axis(10.0**first, 10.0 ** max(last, first + 1), start, end, log=True)


def _nice(span: float, parts: int = 4) -> float:
    """A step of 1, 2, 2.5 or 5 times a power of ten that cuts a span into about `parts`."""
    raw = max(span, 1e-9) / parts
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * (1 - 1e-9))


def ticks(axis: Axis) -> list[float]:
    """Values to write at an axis of measurements: every decade, or about four round numbers."""
    if axis.log:
        low, high = round(math.log10(axis.low)), round(math.log10(axis.high))
        return [10.0**power for power in range(low, high + 1, 1 if high - low <= 4 else 2)]
    step = _nice(axis.high - axis.low)
    first = math.ceil(axis.low / step - 1e-9)
    return [round(k * step, 9) for k in range(first, math.floor(axis.high / step + 1e-9) + 1)]


def day_ticks(days: Axis, room: float = 30) -> list[float]:
    """Days to write at the axis of time, at least `room` units of length apart."""
    length = abs(days.end - days.start) / (days.high - days.low)
    step = next((s for s in _STEPS if s * length >= (room if s >= 1 else 1.5 * room)), _STEPS[-1])
    first = math.ceil(days.low / step - 1e-9)
    return [k * step for k in range(first, math.floor(days.high / step + 1e-9) + 1)]
