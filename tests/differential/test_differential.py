"""becalm against the slow reference grader: the same grade, both ends, at every instant of generated records.

The normal run compares 500 instants, with BECALM_LONG set 5,000. The records and the two streams are
described in `records.py`, what the reference must be told in `differences.toml`.
"""

from __future__ import annotations

import os

import pytest

from . import compare, policies, records, reference

LONG = bool(os.environ.get("BECALM_LONG"))
INSTANTS = 5000 if LONG else 500
LEAST = INSTANTS // 100
SEED = 20240301
SOURCES = 8 if LONG else 2

needs_reference = pytest.mark.skipif(not reference.available(), reason=reference.MISSING)


@pytest.fixture(scope="module")
def outcome() -> compare.Outcome:
    halves = [compare.run(INSTANTS // 2, SEED, stream, least=LEAST // 2) for stream in records.STREAMS]
    return compare.Outcome([i for half in halves for i in half.instants])


@needs_reference
@pytest.mark.timeout(1800)
def test_every_instant_has_the_same_grade(
    outcome: compare.Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n{outcome.table()}\n\n{outcome.mends()}")
    assert len(outcome.instants) >= INSTANTS
    assert not outcome.mismatches, compare.report(outcome, most=10)


@needs_reference
def test_every_grade_occurs_often_enough(outcome: compare.Outcome) -> None:
    strata = outcome.strata()
    assert {name: strata[name] for name in compare.STRATA if strata[name] < LEAST} == {}


@needs_reference
def test_the_reference_is_used_as_it_is_in_most_records(outcome: compare.Outcome) -> None:
    plain = [i for i in outcome.instants if i.stream == "plain"]
    changed = [i for i in plain if i.as_is != i.reference]
    assert len(changed) <= len(plain) // 20


@pytest.mark.timeout(1800)
def test_every_policy_decides_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    found = policies.tally(SEED, SOURCES, most=80)
    with capsys.disabled():
        print(f"\n{policies.table(found)}")
    switched, silent = policies.switches()
    counts = {t.policy: t.changed for t in found}
    assert [name for name in switched if counts[name] == 0] == []
    assert [name for name in silent if counts[name] != 0] == []


def test_every_policy_of_the_timeline_is_switched() -> None:
    """Every policy that ASTCT 2019 reads; inspired oxygen, limits and durations are of other systems."""
    from becalm.scales import find_scale

    switched, silent = policies.switches()
    scale = find_scale("astct-2019")
    of_others = {"fio2_from_flow", "default_reference_limits", "duration_break_minutes"}
    assert set(switched) | set(silent) == set(scale.relevant(scale.settings()).policies) - of_others


def test_records_are_the_same_every_time() -> None:
    assert records.source(3, 1, "told") == records.source(3, 1, "told")
    assert records.source(3, 1, "told").rows != records.source(4, 1, "told").rows
