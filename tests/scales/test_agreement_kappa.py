"""Weighted kappa against published and independent numbers, and its limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.scales.agreement.kappa import WEIGHTINGS, distances, kappas, weighted_kappa
from becalm.scales.agreement.share import exact_interval

# A printout of SAS PROC FREQ for this table stands in the tests of statsmodels (TestWeightedCohens of
# stats/tests/test_inter_rater.py): weighted kappa 0.4701, error 0.1457, interval 0.1845 to 0.7558. `skin` is
# the table of the SAS/STAT guide (The FREQ Procedure, Agreement Study).
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
GRADES = [
    [18, 2, 0, 0, 0, 0],
    [1, 14, 6, 0, 0, 0],
    [0, 3, 9, 4, 0, 0],
    [0, 0, 2, 7, 3, 0],
    [0, 0, 0, 1, 4, 0],
    [0, 0, 0, 0, 0, 1],
]
TABLES = {"sas": SAS, "skin": SKIN, "grades": GRADES}
# kappa, standard error, ends of the interval: statsmodels 0.15.0, cohens_kappa(table, wt="linear") and
# wt="quadratic", attributes kappa, std_kappa, kappa_low, kappa_upp; kappa also by scikit-learn 1.9.1,
# cohen_kappa_score(one, other, weights="linear").
GOLDEN = {
    ("sas", "linear"): (0.4701195219123506, 0.14574604514192566, 0.18446252254502737, 0.7557765212796739),
    ("sas", "quadratic"): (0.4501607717041801, 0.19223266335726072, 0.07339167487173648, 0.8269298685366238),
    ("skin", "linear"): (0.5081600715403533, 0.06550838103476844, 0.37976600402668037, 0.6365541390540261),
    ("skin", "quadratic"): (0.6607228915662651, 0.061642832416999964, 0.539905160123907, 0.7815406230086231),
    ("grades", "linear"): (0.7989276139410187, 0.039646930630821094, 0.7212210578070515, 0.876634170074986),
    ("grades", "quadratic"): (
        0.9150972522383451, 0.019790692826963458, 0.8763082070684016, 0.9538862974082887,
    ),
}  # fmt: skip
tables = st.integers(2, 6).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 6), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


def test_the_printed_example_of_sas():
    found = weighted_kappa(SAS, "linear")
    given = (found.value, found.error, found.analytic.low, found.analytic.high)
    assert given == pytest.approx((0.4701, 0.1457, 0.1845, 0.7558), abs=5e-5)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("name", TABLES)
def test_kappa_error_and_interval_are_those_of_other_programs(name, weighting):
    found = weighted_kappa(TABLES[name], weighting)
    given = (found.value, found.error, found.analytic.low, found.analytic.high)
    assert given == pytest.approx(GOLDEN[name, weighting], abs=1e-12)


@given(tables)
def test_kappa_agrees_with_the_oracles_on_any_table(table):
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn (group oracles) is not installed")
    counts = np.array(table)
    size = len(counts)
    cells = [(i, j) for i in range(size) for j in range(size) for _ in range(counts[i, j])]
    for weighting in WEIGHTINGS:
        found = weighted_kappa(table, weighting, resamples=100)
        if len({grade for cell in cells for grade in cell}) < 2:
            assert found.value is None
            continue
        theirs = sklearn.cohen_kappa_score(*zip(*cells, strict=True), labels=range(size), weights=weighting)
        assert found.value == pytest.approx(theirs, abs=1e-12)


@given(tables)
def test_the_error_agrees_with_the_oracle_on_any_table(table):
    rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="statsmodels is not installed")
    counts = np.array(table)
    for weighting in WEIGHTINGS:
        found = weighted_kappa(table, weighting, resamples=100)
        if found.value is None:
            continue
        theirs = rater.cohens_kappa(counts, wt=weighting)["var_kappa"]
        assert found.error == pytest.approx(max(theirs, 0) ** 0.5, abs=1e-6)


@given(tables)
def test_intervals_hold_kappa_within_its_limits(table):
    for weighting in WEIGHTINGS:
        found = weighted_kappa(table, weighting, resamples=200)
        if found.value is None:
            continue
        assert -1 <= found.value <= 1 + 1e-12
        for interval in (found.analytic, found.bootstrap):
            if interval.low is not None and interval.high is not None:
                assert -1 <= interval.low <= interval.high <= 1 + 1e-12
        if found.analytic.low is not None and found.analytic.high is not None:
            assert found.analytic.low - 1e-12 <= found.value <= found.analytic.high + 1e-12


@given(tables)
def test_the_order_of_systems_and_grades_that_nobody_has_change_nothing(table):
    counts = np.array(table, dtype=float)
    wider = np.pad(counts, (0, 2))
    for weighting in WEIGHTINGS:
        whole = kappas(np.stack([counts, counts.T]), weighting)
        assert whole[0] == pytest.approx(whole[1], nan_ok=True)
        assert kappas(wider[None], weighting)[0] == pytest.approx(whole[0], nan_ok=True)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_where_nobody_differs_there_is_no_interval(weighting):
    found = weighted_kappa([[6, 0], [0, 5]], weighting)
    assert (found.value, found.error) == (1, 0)
    assert found.analytic.low is None
    assert found.bootstrap.low is None


@pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[7, 0], [0, 0]], [[0]], [[3]]])
def test_without_two_grades_there_is_no_kappa(table):
    found = weighted_kappa(table, "linear")
    assert found.value is None
    assert found.bootstrap.low is None


def test_one_seed_one_interval_and_another_seed_another():
    first, second = (weighted_kappa(SKIN, "linear", seed=seed).bootstrap for seed in (1, 2))
    assert weighted_kappa(SKIN, "linear", seed=1).bootstrap == first
    assert first != second
    assert first.low == pytest.approx(second.low, abs=0.02)


def test_the_bootstrap_is_near_the_large_sample_interval_of_many_patients():
    many = np.array(SKIN) * 40
    found = weighted_kappa(many, "quadratic", resamples=4000)
    assert found.bootstrap.low == pytest.approx(found.analytic.low, abs=0.003)
    assert found.bootstrap.high == pytest.approx(found.analytic.high, abs=0.003)


def test_a_difference_of_two_grades_counts_twice_or_four_times():
    assert distances(3, "linear").tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    assert distances(3, "quadratic").tolist() == [[0, 1, 4], [1, 0, 1], [4, 1, 0]]


# scipy 1.17.1, binomtest(k, n).proportion_ci(method="exact").
@pytest.mark.parametrize(
    ("number", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.30849710781876294),
        (7, 10, 0.3475471499399921, 0.9332604888222655),
        (17, 17, 0.8049356770312616, 1.0),
        (26, 102, 0.173754536075807, 0.350774691759048),
    ],
)
def test_the_exact_interval_of_a_share(number, of, low, high):
    found = exact_interval(number, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_a_share_of_nobody_has_no_interval():
    assert exact_interval(0, 0).low is None
