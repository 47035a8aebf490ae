"""Two gradings of the same patients: counts, agreement and weighted kappa, undecided grades kept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from becalm.scales.agreement.bounds import Ranges, agreement_bounds, kappa_bounds
from becalm.scales.agreement.kappa import RESAMPLES, SEED, WEIGHTINGS, Method, weighted_kappa
from becalm.scales.agreement.share import exact_interval

FEW = 5
"""Patients who differ, below which an interval of kappa is flagged."""

_KAPPA = ("", "_low", "_high", "_min", "_max")
PAIRS = pl.Schema(
    {
        "scale": pl.String,
        "other": pl.String,
        **dict.fromkeys(
            (
                "patients",
                "graded",
                "decided",
                "undecided",
                "same",
                "scale_higher",
                "other_higher",
                "unsettled",
                "differ_at_a_moment",
            ),
            pl.Int64,
        ),
        **dict.fromkeys((f"agreement{end}" for end in _KAPPA), pl.Float64),
        **dict.fromkeys((f"kappa_linear{end}" for end in _KAPPA), pl.Float64),
        **dict.fromkeys((f"kappa_quadratic{end}" for end in _KAPPA), pl.Float64),
        "bounds_exact": pl.Boolean,
        "note": pl.String,
    }
)
"""The columns of the table of pairs."""


@dataclass(frozen=True)
class Chosen:
    """How intervals of kappa are made.

    The bootstrap is the default: it needs no normal distribution and stays within -1 and 1, where the
    large-sample interval has to be cut. In simulated cohorts both covered the true kappa about equally often,
    the bootstrap a little more where nearly all patients agree, as they do between editions that are near
    each other (`python -m benchmarks.kappa_intervals`). With few who differ neither is dependable.
    """

    method: Method = "bootstrap"
    resamples: int = RESAMPLES
    seed: int = SEED


def side_by_side(found: pl.DataFrame, scale: str, other: str) -> pl.DataFrame:
    """patient_id | grade_min | grade_max | other_grade_min | other_grade_max, one row a patient."""
    names = {"grade_min": "other_grade_min", "grade_max": "other_grade_max"}
    one = found.filter(pl.col("scale") == scale).select("patient_id", *names)
    two = found.filter(pl.col("scale") == other).select("patient_id", *names).rename(names)
    return one.join(two, on="patient_id", maintain_order="left")


def pair_table(
    found: pl.DataFrame, names: tuple[str, ...], chosen: Chosen, apart: pl.DataFrame
) -> pl.DataFrame:
    """One row for each pair of systems: PAIRS.

    patients = graded by both + not graded by one of them; graded = same + scale_higher + other_higher +
    unsettled, where the ranges overlap; decided counts those with one grade in both, of whom `agreement` and
    kappa are. Each has its interval of 95 % (_low, _high) and the bounds (_min, _max) over every way to
    settle the undecided. differ_at_a_moment: the patients of `apart`, the table of differences.
    """
    rows = [
        {
            "scale": one,
            "other": two,
            "differ_at_a_moment": apart.filter(
                pl.col("scale").is_in([one, two]), pl.col("other").is_in([one, two])
            )["patient_id"].n_unique(),
            **_compared(side_by_side(found, one, two), chosen),
        }
        for one, two in combinations(names, 2)
    ]
    return pl.DataFrame(rows, schema=PAIRS)


def _compared(both: pl.DataFrame, chosen: Chosen) -> dict[str, Any]:
    every: list[Ranges] = both.drop_nulls().drop("patient_id").rows()
    decided = [(low, other) for low, high, other, another in every if low == high and other == another]
    same = sum(low == other for low, other in decided)
    one_higher = sum(low > another for low, _, _, another in every)
    two_higher = sum(other > high for _, high, other, _ in every)
    surely, perhaps = agreement_bounds(every)
    share = exact_interval(same, len(decided))
    out: dict[str, Any] = {
        "patients": both.height,
        "graded": len(every),
        "decided": len(decided),
        "undecided": len(every) - len(decided),
        "same": same,
        "scale_higher": one_higher,
        "other_higher": two_higher,
        "unsettled": len(every) - same - one_higher - two_higher,
        "agreement": same / len(decided) if decided else None,
        "agreement_low": share.low,
        "agreement_high": share.high,
        "agreement_min": surely / len(every) if every else None,
        "agreement_max": perhaps / len(every) if every else None,
    }
    return out | _kappas(every, decided, chosen)


def _kappas(every: list[Ranges], decided: list[tuple[int, int]], chosen: Chosen) -> dict[str, Any]:
    """The columns of both kappas."""
    size = 1 + max((max(high, another) for _, high, _, another in every), default=0)
    table = np.zeros((size, size))
    for pair in decided:
        table[pair] += 1
    out: dict[str, Any] = {}
    exact = []
    for weighting in WEIGHTINGS:
        kappa = weighted_kappa(table, weighting, resamples=chosen.resamples, seed=chosen.seed)
        interval = kappa.interval(chosen.method)
        bounds = kappa_bounds(every, weighting, size)
        exact.append(bounds.exact)
        values = (kappa.value, interval.low, interval.high, bounds.low, bounds.high)
        out |= dict(zip((f"kappa_{weighting}{end}" for end in _KAPPA), values, strict=True))
    differ = sum(one != two for one, two in decided)
    return out | {"bounds_exact": all(exact), "note": _note(table, differ)}


def _note(table: np.ndarray[Any, Any], differ: int) -> str:
    """What a reader must know beside a kappa."""
    if not table.any():
        return "no patient is decided in both: no kappa"
    if np.count_nonzero(table) == 1 and not differ:
        return "all patients have one and the same grade: kappa is not defined"
    if not differ:
        return "no patient differs: kappa is 1 and has no interval; see that of the agreement"
    if differ < FEW:
        return f"only {differ} differ{'s' if differ == 1 else ''}: the interval of kappa is not dependable"
    return ""
