"""Weighted kappa of two gradings of the same patients, with two kinds of interval.

Kappa is 1 - (disagreement seen) / (disagreement of two gradings with the same totals that know nothing of
each other). Linear weights count a difference of two grades twice, quadratic weights four times (Cohen 1968,
doi 10.1037/h0026256). Grades that nobody has change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

Weighting = Literal["linear", "quadratic"]
Method = Literal["bootstrap", "analytic"]
Table = npt.NDArray[np.float64]

POWER: dict[Weighting, int] = {"linear": 1, "quadratic": 2}
WEIGHTINGS: tuple[Weighting, ...] = ("linear", "quadratic")
RESAMPLES = 2000
SEED = 1
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A confidence interval; both ends None where the data cannot give one."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Kappa:
    """Weighted kappa.

    value: None where it is not defined (nobody, or all patients have one and the same grade in both).
    error: the large-sample standard error. analytic: value plus and minus its normal multiple, cut at -1 and
    1. bootstrap: percentiles over patients drawn again. Where no patient disagrees neither can be
    given: the sample then says nothing of how rare disagreement is.
    """

    value: float | None
    error: float | None
    analytic: Interval
    bootstrap: Interval

    def interval(self, method: Method) -> Interval:
        """The interval by its method."""
        return self.bootstrap if method == "bootstrap" else self.analytic


def distances(size: int, weighting: Weighting) -> Table:
    """How far two grades are apart, 0 to `size` - 1 against each other."""
    grades = np.arange(size, dtype=np.float64)
    return np.abs(grades[:, None] - grades[None, :]) ** POWER[weighting]


def kappas(tables: Table, weighting: Weighting) -> Table:
    """Kappa of many tables at once; NaN where it is not defined.

    Args:
        tables: shape (..., grades, grades), patients by grade in the one and in the other.
        weighting: how a difference counts.
    """
    apart = distances(tables.shape[-1], weighting)
    seen = (tables * apart).sum(axis=(-2, -1)) * tables.sum(axis=(-2, -1))
    expected = np.einsum("...i,ij,...j->...", tables.sum(axis=-1), apart, tables.sum(axis=-2))
    return np.asarray(1 - np.divide(seen, expected, out=np.full_like(seen, np.nan), where=expected > 0))


def weighted_kappa(
    table: npt.ArrayLike, weighting: Weighting, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Kappa:
    """Weighted kappa with its intervals of 95 %.

    Args:
        table: square; patients by grade in the one (rows) and in the other (columns).
        weighting: `linear` or `quadratic`.
        resamples: how often patients are drawn again for the bootstrap.
        seed: of the bootstrap; the same seed gives the same interval.

    Source: Fleiss, Cohen, Everitt 1969 (doi 10.1037/h0028106) for the standard error; Efron and Tibshirani
    1993 for the percentile interval.
    """
    counts = np.asarray(table, dtype=np.float64)
    value = float(kappas(counts[None], weighting)[0]) if counts.sum() else np.nan
    nothing = Interval(None, None)
    if np.isnan(value):
        return Kappa(None, None, nothing, nothing)
    error = standard_error(counts, weighting)
    if not (counts * distances(len(counts), weighting)).any():
        return Kappa(value, error, nothing, nothing)
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    analytic = Interval(max(value - reach, -1.0), min(value + reach, 1.0))
    return Kappa(value, error, analytic, _bootstrap(counts, weighting, resamples, seed))


def standard_error(counts: Table, weighting: Weighting) -> float:
    """The large-sample standard error of weighted kappa (Fleiss, Cohen, Everitt 1969, formula 13)."""
    number = counts.sum()
    shares = counts / number
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    apart = distances(len(counts), weighting)
    weights = 1 - apart / max(apart.max(), 1)
    expected = rows @ weights @ columns
    kappa = ((shares * weights).sum() - expected) / (1 - expected)
    means = (weights @ columns)[:, None] + (rows @ weights)[None, :]
    spread = (shares * (weights - means * (1 - kappa)) ** 2).sum() - (kappa - expected * (1 - kappa)) ** 2
    return float(np.sqrt(max(spread, 0.0) / number) / (1 - expected))


def _bootstrap(counts: Table, weighting: Weighting, resamples: int, seed: int) -> Interval:
    """Percentiles of kappa over patients drawn again; draws without a kappa are left out."""
    number = int(counts.sum())
    draws = np.random.default_rng(seed).multinomial(number, counts.ravel() / number, size=resamples)
    found = kappas(draws.reshape(resamples, *counts.shape).astype(np.float64), weighting)
    found = found[~np.isnan(found)]
    if not len(found):
        return Interval(None, None)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))
