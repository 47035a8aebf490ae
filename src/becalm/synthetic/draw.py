"""Small draws that every part of the generator uses, from one numpy generator per patient and purpose."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from becalm.synthetic.course import apart, steps

Rng = np.random.Generator


def generator(seed: int, patient: int, purpose: str) -> Rng:
    """The generator of one patient for one purpose; it does not depend on how many patients there are."""
    return np.random.default_rng([seed, patient, zlib.crc32(purpose.encode())])


def between(rng: Rng, limits: Sequence[float]) -> float:
    """A number between the two limits, evenly."""
    return float(rng.uniform(limits[0], limits[1]))


def happens(rng: Rng, chance: float) -> bool:
    """True with this chance; draws once, whatever the chance."""
    return bool(rng.random() < chance)


def one_of(rng: Rng, options: Sequence[Any]) -> Any:
    """One of the options, evenly."""
    return options[int(rng.integers(len(options)))]


def weighted(rng: Rng, weights: Mapping[str, float]) -> str:
    """One key, in proportion to its weight."""
    names = list(weights)
    total = sum(weights.values())
    return names[int(rng.choice(len(names), p=[weights[n] / total for n in names]))]


def log_normal(rng: Rng, median: float, spread: float) -> float:
    """A log-normal number with this median and standard deviation of the logarithm."""
    return median * math.exp(spread * float(rng.standard_normal()))


def later(rng: Rng, start: int, days: Sequence[float]) -> int:
    """A step that lies between `days[0]` and `days[1]` days after `start`."""
    return apart(start + max(1, steps(between(rng, days))))


def hours(limits: Sequence[float]) -> tuple[float, float]:
    """Two limits in hours as days."""
    return limits[0] / 24, limits[1] / 24
