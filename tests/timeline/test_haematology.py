"""Runs of low counts against runs counted by hand."""

from __future__ import annotations

import pytest

from becalm.record import InputError
from tests.timeline.family_facts import at, cohort

LOW, MID, HIGH = 0.3, 0.8, 3.0


def counted(values: str, first: int = 0, concept: str = "anc") -> list[dict[str, object]]:
    """Counts of consecutive days: l 0.3, p (profound) 0.1, h 0.8 x 10^9/L, `.` no count; at 08:00."""
    worth = {"l": LOW, "p": 0.1, "h": MID, "b": 0.5, "a": 0.51}
    return [
        {"day": day + 8 / 24, "concept": concept, "value": worth[one], "unit": "10*9/L"}
        for day, one in enumerate(values, start=first)
        if one != "."
    ]


RUNS = [
    # (counts from day 0 on, the day at which it is asked, days at or below 500, days at or below 100)
    ("hhhh", 3.9, (0, 0), (0, 0)),
    ("hlllh", 4.9, (3, 3), (0, 0)),
    ("hbh", 2.9, (1, 1), (0, 0)),  # 500/uL counts
    ("hah", 2.9, (0, 0), (0, 0)),  # 510/uL does not
    ("hlhl", 3.9, (3, 3), (0, 0)),  # one day of recovery joins, and counts
    ("hlhhl", 4.9, (4, 4), (0, 0)),  # two days too
    ("hlhhhl", 5.9, (1, 1), (0, 0)),  # three days are a recovery
    ("hlhhhll", 6.9, (2, 2), (0, 0)),  # the longest run counts
    ("lllhhhl", 6.9, (3, 3), (0, 0)),
    ("hpllph", 5.9, (4, 4), (4, 4)),  # at or below 100 runs are joined in the same way
    ("hplllph", 6.9, (5, 5), (1, 1)),
    ("h....l", 5.9, (3, 3), (0, 0)),  # 700, 600, 500 and 400 between: days 3 to 5
    ("l...l", 4.9, (5, 5), (0, 0)),  # 3 days without a count are interpolated
    ("l.......l", 8.9, (9, 9), (0, 0)),  # 7 days too
    ("l........l", 9.9, (1, 10), (0, 8)),  # 8 days are unknown
    ("lll", 2.9, (3, 3), (0, 0)),
    ("lll", 3.5, (3, 3), (0, 0)),  # until its end a day without a count does not count
    ("lll", 4.0, (3, 4), (0, 1)),  # past, it may have been low
    ("lll", 6.5, (3, 6), (0, 3)),
    ("...l", 3.9, (1, 4), (0, 3)),  # nothing is known before the first count
    ("l" * 31, 30.9, (31, 31), (0, 0)),
    ("l" * 40, 39.9, (31, 31), (0, 0)),  # only day 0 to 30
    ("h" * 28 + "llllll", 33.9, (3, 3), (0, 0)),
    ("", 5.5, (0, 5), (0, 5)),
    ("", 40.0, (0, 31), (0, 31)),
]


@pytest.mark.parametrize(("values", "day", "severe", "profound"), RUNS)
def test_runs_of_days_counted_by_hand(values, day, severe, profound):
    found = at(cohort(observations=counted(values), patients=[{}]), "haematology", day)
    assert found["anc_le_500_days"] == severe
    assert found["anc_le_100_days"] == profound


def test_the_lowest_value_of_a_day_counts():
    rows = [*counted("hlh"), {"day": 2.9, "concept": "anc", "value": 0.4, "unit": "10*9/L"}]
    assert at(cohort(observations=rows), "haematology", 2.5)["anc_le_500_days"] == (1, 1)
    assert at(cohort(observations=rows), "haematology", 2.95)["anc_le_500_days"] == (2, 2)


def test_a_value_of_a_whole_day_yields_to_a_timed_one():
    rows = [{"day": 1, "concept": "anc", "value": 0.3, "unit": "10*9/L"}, *counted("h.h")]
    rows += [{"day": 1.7, "concept": "anc", "value": 0.9, "unit": "10*9/L"}]
    assert at(cohort(observations=rows), "haematology", 1.2)["anc_le_500_days"] == (1, 1)
    assert at(cohort(observations=rows), "haematology", 1.8)["anc_le_500_days"] == (0, 0)


def test_a_value_that_is_a_range_may_be_low():
    rows = [
        *counted("hlh"),
        {"day": 3.3, "concept": "anc", "value": 0.4, "value_high": 0.7, "unit": "10*9/L"},
        {"day": 4.3, "concept": "anc", "value": 0.2, "comparator": "<", "unit": "10*9/L"},
    ]
    assert at(cohort(observations=rows), "haematology", 3.9)["anc_le_500_days"] == (1, 3)
    found = at(cohort(observations=rows), "haematology", 4.9)
    assert (found["anc_le_500_days"], found["anc_le_100_days"]) == ((4, 4), (0, 1))


def test_a_value_without_a_time_may_be_of_any_day():
    rows = [*counted("hhhh"), {"concept": "anc", "value": 0.05, "unit": "10*9/L"}]
    found = at(cohort(observations=rows), "haematology", 3.9)
    assert found["anc_le_500_days"][0] == 0
    assert found["anc_le_500_days"][1] >= 1


@pytest.mark.parametrize(("gap", "expected"), [(7, (9, 9)), (5, (1, 9))])
def test_the_gap_that_is_interpolated_is_a_policy(gap, expected):
    rows = counted("l.......l")
    found = at(cohort(observations=rows), "haematology", 8.9, anc_interpolated_days=gap)
    assert found["anc_le_500_days"] == expected


NEVER = [
    ("lll" + "l" * 28, [], 30.9, (False, False)),  # not over yet
    ("lll" + "l" * 28, [], 31.0, (True, True)),
    ("hhh" + "l" * 28, [], 31.0, (True, True)),  # from day 3 on
    ("hhhh" + "l" * 27, [], 31.0, (False, False)),  # from day 4 on
    ("l" * 28 + "hhh", [], 31.0, (False, False)),
    ("l" * 24 + ".......", [], 31.0, (True, True)),  # the last count stands for 7 days
    ("l" * 23 + "........", [], 31.0, (False, True)),
    ("hll", [], 2.9, (False, False)),
    ("hll", ["death"], 2.96, (True, True)),
    ("hll", ["last_followup"], 2.96, (True, True)),
    ("hlh", ["death"], 2.96, (False, False)),
]


@pytest.mark.parametrize(("values", "ends", "day", "expected"), NEVER)
def test_a_count_that_never_recovered(values, ends, day, expected):
    record = cohort(observations=counted(values), events=[{"day": 2.95, "event": name} for name in ends])
    assert at(record, "haematology", day)["anc_never_recovered"] == expected


LATE = [
    # (counts from day 31 on, the day, the nadir in /uL, whether it is confirmed)
    ("", 30.9, (None, None), (False, False)),
    ("", 31.0, (None, None), (False, True)),
    ("l", 31.9, (300, 300), (True, True)),  # the only count
    ("l....h", 36.9, (300, 300), (True, True)),
    ("lp", 32.9, (100, 100), (True, True)),
]


@pytest.mark.parametrize(("values", "day", "nadir", "confirmed"), LATE)
def test_the_nadir_after_day_30(values, day, nadir, confirmed):
    found = at(cohort(observations=counted(values, 31), patients=[{}]), "haematology", day)
    assert (found["late_anc_nadir"], found["late_anc_confirmed"]) == (nadir, confirmed)


def test_a_second_count_that_is_high_makes_the_first_one_transient():
    rows = [*counted("l", 31), {"day": 33.3, "concept": "anc", "value": HIGH, "unit": "10*9/L"}]
    assert at(cohort(observations=rows), "haematology", 33.9)["late_anc_confirmed"] == (False, False)


def test_counts_after_a_relapse_or_day_100_are_left_out():
    relapse = [{"day": 40.5, "event": "relapse"}]
    late = [*counted("h", 35), *counted("p", 41)]
    assert at(cohort(observations=late, events=relapse), "haematology", 42)["late_anc_nadir"] == (800, 800)
    assert at(cohort(observations=late), "haematology", 42)["late_anc_nadir"] == (100, 100)
    rows = [*counted("h", 35), *counted("p", 101)]
    assert at(cohort(observations=rows), "haematology", 102)["late_anc_nadir"] == (800, 800)


def test_a_relapse_without_a_time_may_have_come_before_all_counts():
    found = at(cohort(observations=counted("ll", 35), events=[{"event": "relapse"}]), "haematology", 42)
    assert found["late_anc_nadir"] == (300, None)
    assert found["late_anc_confirmed"] == (False, True)


def platelets(values: list[float | None], first: int = 0) -> list[dict[str, object]]:
    return [
        {"day": day + 0.3, "concept": "platelets", "value": value, "unit": "10*9/L"}
        for day, value in enumerate(values, start=first)
        if value is not None
    ]


def test_low_platelets_are_added_up_over_runs():
    rows = platelets([60, 40, 40, 60, 60, 60, 40, 15, 60, 40])
    found = at(cohort(observations=rows), "thrombocytopenia", 9.9)
    assert found["platelets_lt_50_days"] == (6, 6)  # days 1 and 2, then 6 to 9 with one day between
    assert found["platelets_lt_20_days"] == (1, 1)
    assert found["late_platelets_lt_100_days"] == (0, 0)


def test_the_limit_of_platelets_is_not_low():
    found = at(cohort(observations=platelets([50, 20, 60])), "thrombocytopenia", 2.9)
    assert (found["platelets_lt_50_days"], found["platelets_lt_20_days"]) == ((1, 1), (0, 0))


def test_late_platelets_are_counted_from_day_31_to_the_relapse():
    rows = platelets([90, 90, 40, 90], 30)
    found = at(cohort(observations=rows), "thrombocytopenia", 33.9)
    assert found["late_platelets_lt_100_days"] == (3, 3)
    assert found["late_platelets_lt_50_days"] == (1, 1)
    found = at(
        cohort(observations=rows, events=[{"day": 31.9, "event": "relapse"}]), "thrombocytopenia", 33.9
    )
    assert found["late_platelets_lt_100_days"] == (1, 1)


def test_a_late_window_without_days_is_refused():
    with pytest.raises(InputError, match="icaht_late_until_day is 30"):
        at(cohort(patients=[{}]), "haematology", 1.0, icaht_late_until_day=30)
