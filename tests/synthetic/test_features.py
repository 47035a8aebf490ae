"""Every feature of the records occurs, and none that is switched off does."""

from __future__ import annotations

import pytest

from becalm.record import InputError
from becalm.sources import read_tables
from becalm.synthetic import Settings, SyntheticCohort, generate, scenario

from .occurrences import SEEN

# What these count occurs in other ways as well when the feature itself is off.
ALSO_OTHERWISE = {"gaps", "open_ends", "withdrawn", "repeated_values", "recurrence"}


@pytest.fixture(scope="module")
def everything() -> SyntheticCohort:
    return generate(200, seed=11, settings=Settings(everything=True))


def test_every_feature_has_its_count() -> None:
    assert set(SEEN) == set(scenario().features)


@pytest.mark.parametrize("feature", sorted(SEEN))
def test_the_feature_occurs(everything: SyntheticCohort, feature: str) -> None:
    assert SEEN[feature](everything) > 0


@pytest.mark.parametrize("feature", sorted(set(SEEN) - ALSO_OTHERWISE))
def test_the_feature_can_be_switched_off(feature: str) -> None:
    quiet = generate(25, seed=12, settings=Settings(everything=True, off=frozenset({feature})))
    assert SEEN[feature](quiet) == 0


def test_a_feature_is_as_frequent_as_asked() -> None:
    none = generate(60, seed=13, settings=Settings(chances={"children": 0.0}))
    all_of_them = generate(60, seed=13, settings=Settings(chances={"children": 1.0, "age_unknown": 0.0}))
    assert SEEN["children"](none) == 0
    assert SEEN["children"](all_of_them) == 60


def test_only_what_cannot_be_is_refused(everything: SyntheticCohort) -> None:
    report = read_tables(everything.tables).report
    assert report.refusals.height == SEEN["implausible"](everything)
    assert set(report.refusals["column"]) == {"value"}


def test_a_complete_record_has_nothing_refused_or_set_aside() -> None:
    report = read_tables(generate(20, seed=5, settings=Settings(complete=True)).tables).report
    assert report.refusals.height == 0
    assert report.set_aside.height == 0


@pytest.mark.parametrize(("coverage", "rows"), [("declared", 11), ("rows", 0)], ids=["declared", "by rows"])
def test_coverage(coverage: str, rows: int) -> None:
    cohort = generate(3, seed=1, settings=Settings(coverage=coverage))  # type: ignore[arg-type]
    assert (cohort.tables["coverage"].height if "coverage" in cohort.tables else 0) == rows


def test_partial_coverage_is_by_class_patient_and_window() -> None:
    coverage = generate(40, seed=1, settings=Settings(coverage="partial")).tables["coverage"]
    assert coverage["patient_id"].n_unique() > 30
    assert coverage["start_day"].null_count() not in (0, coverage.height)


@pytest.mark.parametrize("settings", [{"off": frozenset({"childern"})}, {"chances": {"childern": 0.5}}])
def test_an_unknown_feature_is_an_error_that_suggests(settings: dict[str, object]) -> None:
    with pytest.raises(InputError, match="children"):
        Settings(**settings)  # type: ignore[arg-type]


def test_a_chance_is_a_number_from_0_to_1() -> None:
    with pytest.raises(InputError, match=r"1\.5"):
        Settings(chances={"children": 1.5})


@pytest.mark.parametrize(("n", "seed"), [(-1, 0), (1, -1)])
def test_numbers_must_not_be_negative(n: int, seed: int) -> None:
    with pytest.raises(InputError, match="not negative"):
        generate(n, seed)
