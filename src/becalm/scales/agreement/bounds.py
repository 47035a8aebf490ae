"""How far agreement can go if every undecided grade is settled: bounds over all grades in the ranges.

A patient whose grade is 2 to 4 in one system and 3 in the other may end with (2, 3), (3, 3) or (4, 3). The
bounds hold over every choice for every patient. Two systems read the same facts, so that not every choice
need be a real one: the truth lies within the bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import comb, prod

import numpy as np

from becalm.scales.agreement.kappa import POWER, Table, Weighting, kappas

Ranges = tuple[int, int, int, int]
"""Lowest and highest grade in the one system, lowest and highest in the other."""

MOST = 20_000
"""Tables that are all tried; beyond that the bounds contain them without being sharp."""
_STEPS = 40


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest value; None where nothing is defined. exact: each end is reached by some choice."""

    low: float | None
    high: float | None
    exact: bool


def agreement_bounds(patients: Iterable[Ranges]) -> tuple[int, int]:
    """The lowest and the highest number of patients with the same grade in both."""
    every = list(patients)
    surely = sum(low == high == other == another for low, high, other, another in every)
    perhaps = sum(max(low, other) <= min(high, another) for low, high, other, another in every)
    return surely, perhaps


def kappa_bounds(patients: Iterable[Ranges], weighting: Weighting, size: int) -> Bounds:
    """The lowest and highest weighted kappa over all choices.

    Args:
        patients: the ranges of each patient.
        weighting: how a difference counts.
        size: number of grades, 0 included.
    """
    groups = Counter(patients)
    options = {group: _options(group) for group in groups}
    tables = prod(comb(groups[g] + len(options[g]) - 1, len(options[g]) - 1) for g in groups)
    if tables > MOST:
        return _Relaxed(groups, weighting, size).bounds()
    choices = [list(combinations_with_replacement(options[g], groups[g])) for g in groups]
    found = np.zeros((tables, size, size))
    for row, choice in enumerate(product(*choices)):
        for pairs in choice:
            for pair in pairs:
                found[row][pair] += 1
    values = kappas(found, weighting)
    values = values[~np.isnan(values)]
    if not len(values):
        return Bounds(None, None, True)
    return Bounds(float(values.min()), float(values.max()), True)


def _options(ranges: Ranges) -> list[tuple[int, int]]:
    low, high, other, another = ranges
    return list(product(range(low, high + 1), range(other, another + 1)))


class _Relaxed:
    """Bounds that contain every choice, found by replacing each product of two sums by straight lines.

    With f_k(g) whether grade g is above k (linear weights) or the grade itself (quadratic), the expected
    disagreement is a sum over patients less 2 sum_k F_k G_k, where F_k and G_k are the sums of f_k over the
    patients in the one and the other system. Between their limits each product lies between the lines of
    McCormick (1976, doi 10.1007/BF01580665); the rest is a choice patient by patient.
    """

    def __init__(self, groups: Counter[Ranges], weighting: Weighting, size: int) -> None:
        grades = np.arange(size)
        self._number = sum(groups.values())
        self._apart = np.abs(grades[:, None] - grades[None, :]).astype(np.float64) ** POWER[weighting]
        self._alone = grades.astype(np.float64) ** POWER[weighting]
        self._parts = (
            (grades[None, :] > grades[:-1, None]).astype(np.float64)
            if weighting == "linear"
            else grades[None, :].astype(np.float64)
        )
        self._groups = [(count, tuple(np.array(_options(g)).T)) for g, count in groups.items()]
        ends = np.array([[*g, count] for g, count in groups.items()]).T
        low, high, other, another, count = ends
        self._one = self._parts[:, low] @ count, self._parts[:, high] @ count
        self._other = self._parts[:, other] @ count, self._parts[:, another] @ count

    def bounds(self) -> Bounds:
        low, high = self._bisect(highest=False), self._bisect(highest=True)
        # Were kappa defined for any choice, it would lie between them.
        return Bounds(low, high, False) if low <= high else Bounds(None, None, True)

    def _bisect(self, *, highest: bool) -> float:
        """The lowest value that is certainly not exceeded, or the highest that is certainly reached."""
        good, bad = (1.0, -1.0) if highest else (-1.0, 1.0)
        for _ in range(_STEPS):
            middle = (good + bad) / 2
            good, bad = (middle, bad) if self._holds(middle, highest) else (good, middle)
        return good

    def _holds(self, kappa: float, highest: bool) -> bool:
        """Whether every choice has a kappa of at most (`highest`) or at least this."""
        for mix in (0.0, 0.5, 1.0):
            total = self._extreme(1 - kappa, mix, highest)
            if total >= 0 if highest else total <= 0:
                return True
        return False

    def _extreme(self, factor: float, mix: float, highest: bool) -> float:
        """The lowest or highest of seen minus `factor` times expected disagreement, each times n squared."""
        (f_low, f_high), (g_low, g_high) = self._one, self._other
        if highest:
            lines = ((g_low, f_low, -f_low * g_low), (g_high, f_high, -f_high * g_high))
        else:
            lines = ((g_low, f_high, -f_high * g_low), (g_high, f_low, -f_low * g_high))
        of_one, of_other, rest = (
            (1 - mix) * first + mix * second for first, second in zip(*lines, strict=True)
        )
        cost = self._cost(factor, of_one, of_other)
        pick = np.min if highest else np.max
        total = sum(count * float(pick(cost[pairs])) for count, pairs in self._groups)
        return total + 2 * factor * float(np.sum(rest))

    def _cost(self, factor: float, of_one: Table, of_other: Table) -> Table:
        """What each pair of grades adds."""
        alone = self._number * (self._alone[:, None] + self._alone[None, :])
        shared = (of_one @ self._parts)[:, None] + (of_other @ self._parts)[None, :]
        return np.asarray(self._number * self._apart - factor * (alone - 2 * shared))
