"""Seizures, weakness, oedema, pressure: found until resolved, and a range where the order is not known."""

import pytest

from tests.timeline.bedside import WELL, at, because_of, bedside, event


def found(*events, day):
    return at(bedside(*WELL, ("6.001", "ice", "10"), ("6.001", "consciousness", "alert"), events=events), day)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("seizure", "brief", (3, 3)),
        ("seizure", "nonconvulsive", (3, 3)),
        ("seizure", "prolonged", (4, 4)),
        ("seizure", "repetitive", (4, 4)),
        ("seizure", None, (3, 4)),
        ("motor_weakness", None, (4, 4)),
        ("cerebral_edema", "focal", (3, 3)),
        ("cerebral_edema", "diffuse", (4, 4)),
        ("cerebral_edema", None, (3, 4)),
        ("raised_intracranial_pressure", "posturing", (4, 4)),
        ("raised_intracranial_pressure", "sixth_nerve_palsy", (4, 4)),
        ("raised_intracranial_pressure", "papilledema", (4, 4)),
        ("raised_intracranial_pressure", "cushing_triad", (4, 4)),
        ("raised_intracranial_pressure", None, (4, 4)),
    ],
)
def test_each_finding_has_its_grade_and_its_axis_of_attribution(name, value, expected):
    axis = {"motor_weakness": "motor", "seizure": "seizure"}.get(name, "edema")
    assert found(event("5.15", name, value), day=5.2) == expected
    assert found(event("5.15", name, "resolved"), day=5.2) == (0, 0)
    assert found(event("5.15", name, value), because_of("5.16", axis, "other"), day=5.2) == (0, 0)
    assert found(event("5.15", name, value), because_of("5.16", axis, "unknown"), day=5.2) == (0, expected[1])
    assert found(event("5.15", name, value), because_of("5.16", "cognition", "other"), day=5.2) == expected


def test_a_seizure_whose_kind_is_not_a_known_word_stays_a_seizure():
    cohort = bedside(*WELL, events=[event("5.15", "seizure", "tonic-clonic")])
    assert at(cohort, 5.2) == (3, 4)
    assert cohort.report.refusals["column"].to_list() == ["value"]


def test_a_seizure_counts_for_a_day_and_its_last_instant():
    seizure = event("5.125", "seizure", "brief")
    assert [found(seizure, day=day) for day in (5.12, 5.13, 6.125, 6.13)] == [(0, 0), (3, 3), (3, 3), (0, 0)]
    cohort = bedside(*WELL, events=[seizure])
    assert at(cohort, 5.3, seizure_hours=2) == (0, 0)


def test_a_seizure_ends_when_it_is_resolved():
    events = event("5.15", "seizure", "prolonged"), event("5.25", "seizure", "resolved")
    assert [found(*events, day=day) for day in (5.2, 5.25, 5.3)] == [(4, 4), (0, 0), (0, 0)]


def test_of_seizures_at_once_the_worst_counts():
    events = event("5.15", "seizure", "prolonged"), event("5.3", "seizure", "brief")
    assert [found(*events, day=day) for day in (5.4, 6.1, 6.2, 6.4)] == [(4, 4), (4, 4), (3, 3), (0, 0)]


def test_a_seizure_dated_by_its_day_is_certain_at_the_end_of_that_day():
    seizure = event("5", "seizure", "brief")
    assert [found(seizure, day=day) for day in (5.2, 6.0, 6.2, 7.1)] == [(0, 3), (3, 4), (0, 3), (0, 4)]


def test_a_seizure_without_a_time_may_be_at_any():
    assert found(event(None, "seizure", "brief"), day=5.2) == (0, 3)


def test_a_resolution_without_a_time_may_end_any_seizure():
    assert found(event("5.15", "seizure", "brief"), event(None, "seizure", "resolved"), day=5.2) == (0, 3)


def test_a_resolution_dated_by_its_day_may_come_at_any_time_of_it():
    events = event("5.9", "seizure", "brief"), event("6", "seizure", "resolved")
    assert [found(*events, day=day) for day in (5.95, 6.2)] == [(3, 4), (0, 3)]


def test_a_seizure_and_its_resolution_of_one_instant_may_be_in_either_order():
    events = event("5.15", "seizure", "brief"), event("5.15", "seizure", "resolved")
    assert found(*events, day=5.2) == (0, 3)


def test_a_finding_lasts_until_it_is_resolved():
    weak = event("2", "motor_weakness")
    assert [found(weak, day=day) for day in (2.5, 3.0, 5.2, 6.1)] == [(0, 4), (4, 4), (4, 4), (4, 4)]
    events = weak, event("5.15", "motor_weakness", "resolved")
    assert [found(*events, day=day) for day in (5.14, 5.2)] == [(4, 4), (0, 0)]


def test_an_oedema_is_what_the_last_imaging_showed():
    events = event("5.15", "cerebral_edema", "diffuse"), event("5.3", "cerebral_edema", "focal")
    assert [found(*events, day=day) for day in (5.2, 5.4)] == [(4, 4), (3, 3)]


def test_findings_of_two_sites_are_followed_apart():
    left, right = {"site": "left arm"}, {"site": "right leg"}
    both = event("5.11", "motor_weakness", **left), event("5.12", "motor_weakness", **right)
    one = (*both, event("5.2", "motor_weakness", "resolved", **left))
    assert found(*one, day=5.3) == (4, 4)
    assert found(*one, event("5.25", "motor_weakness", "resolved", **right), day=5.3) == (0, 0)
    assert found(*both, event("5.2", "motor_weakness", "resolved"), day=5.3) == (0, 0)


def test_a_resolution_of_a_site_may_be_of_a_finding_without_one():
    events = event("5.11", "motor_weakness"), event("5.2", "motor_weakness", "resolved", site="left arm")
    assert found(*events, day=5.3) == (0, 4)


def test_the_order_within_a_day_is_not_assumed():
    events = event("5", "motor_weakness"), event("5.15", "motor_weakness", "resolved")
    assert [found(*events, day=day) for day in (5.12, 5.2, 6.01)] == [(0, 4), (0, 4), (0, 4)]


@pytest.mark.parametrize("name", ["headache", "tremor", "intracranial_haemorrhage"])
def test_what_the_consensus_does_not_count_is_no_event_of_its_own(name):
    cohort = bedside(*WELL, events=[event("5.15", name)])
    assert at(cohort, 5.2) == (0, 0)
    assert cohort.report.refusals["column"].to_list() == ["event"]
