"""Bounds over every way to settle undecided grades."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.scales.agreement import bounds as module
from becalm.scales.agreement.bounds import agreement_bounds, kappa_bounds
from becalm.scales.agreement.kappa import kappas

SIZE = 6
grade_range = st.tuples(st.integers(0, 5), st.integers(0, 2)).map(lambda r: (r[0], min(r[0] + r[1], 5)))
patients = st.lists(st.tuples(grade_range, grade_range).map(lambda p: (*p[0], *p[1])), min_size=1, max_size=6)


def settled(every):
    """Every way to settle the ranges: lists of pairs of grades."""
    options = [
        list(product(range(low, high + 1), range(other, another + 1))) for low, high, other, another in every
    ]
    return list(product(*options))


def kappa_of(pairs, weighting):
    table = np.zeros((SIZE, SIZE))
    for pair in pairs:
        table[pair] += 1
    return float(kappas(table[None], weighting)[0])


@given(patients)
def test_the_bounds_of_agreement_are_reached_and_not_passed(every):
    counts = [sum(one == two for one, two in pairs) for pairs in settled(every[:4])]
    assert agreement_bounds(every[:4]) == (min(counts), max(counts))


@given(patients, st.sampled_from(["linear", "quadratic"]))
def test_few_completions_give_the_very_bounds(every, weighting):
    every = every[:3]
    values = [value for pairs in settled(every) if not np.isnan(value := kappa_of(pairs, weighting))]
    found = kappa_bounds(every, weighting, SIZE)
    assert found.exact
    if values:
        assert (found.low, found.high) == pytest.approx((min(values), max(values)))
    else:
        assert found.low is None


@given(st.lists(patients, min_size=1, max_size=5), st.sampled_from(["linear", "quadratic"]), st.data())
def test_many_completions_give_bounds_that_contain_them(parts, weighting, data):
    every = [one for part in parts for one in part]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", 0)
        found = kappa_bounds(every, weighting, SIZE)
    if found.low is None or found.high is None:
        assert len({grade for one in every for grade in one}) == 1
        return
    assert not found.exact
    assert -1 <= found.low <= found.high <= 1
    for _ in range(20):
        pairs = [
            (data.draw(st.integers(low, high)), data.draw(st.integers(other, another)))
            for low, high, other, another in every
        ]
        value = kappa_of(pairs, weighting)
        if not np.isnan(value):
            assert found.low - 1e-9 <= value <= found.high + 1e-9


def test_bounds_of_decided_patients_are_kappa_itself():
    every = [(0, 0, 0, 0), (1, 1, 2, 2), (3, 3, 3, 3), (2, 2, 2, 2)]
    value = kappa_of([(0, 0), (1, 2), (3, 3), (2, 2)], "linear")
    assert kappa_bounds(every, "linear", SIZE) == module.Bounds(value, value, True)


def test_many_patients_have_narrow_bounds_where_few_are_undecided():
    every = [(g, g, h, h) for g, h in ((0, 0), (1, 1), (2, 3), (3, 3), (4, 3)) for _ in range(20)]
    every += [(0, 2, 1, 3)] * 8
    exact = kappa_bounds(every, "linear", SIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", 0)
        relaxed = kappa_bounds(every, "linear", SIZE)
    ends = [relaxed.low, exact.low, exact.high, relaxed.high]
    low, low_within, high_within, high = (end for end in ends if end is not None)
    assert exact.exact
    assert low <= low_within <= high_within <= high
    assert low_within - low < 0.02
    assert high - high_within < 0.02


def test_nobody_has_no_bounds():
    assert kappa_bounds([], "linear", SIZE).low is None
    assert agreement_bounds([]) == (0, 0)
