"""A share of patients with its exact interval."""

from __future__ import annotations

from scipy.special import betaincinv

from becalm.scales.agreement.kappa import CONFIDENCE, Interval


def exact_interval(number: int, of: int) -> Interval:
    """The exact interval of 95 % of a share, `number` among `of`, both ends between 0 and 1.

    It covers the true share at least as often as it says, whatever the number of patients.

    Source: Clopper and Pearson 1934 (doi 10.1093/biomet/26.4.404).
    """
    if of == 0:
        return Interval(None, None)
    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(number, of - number + 1, tail)) if number else 0.0
    high = float(betaincinv(number + 1, of - number, 1 - tail)) if number < of else 1.0
    return Interval(low, high)
