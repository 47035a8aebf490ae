"""The clock: days and times to microseconds since the midnight of day 0 (design section 3)."""

import pytest

from becalm.record import DAY, HOUR, MINUTE, from_day, to_day
from tests.record.building import exposed, happened, observed, patients, refusals

NAIVE = patients({"infusion_time": "2024-03-30T10:00"})
AWARE = patients({"infusion_time": "2024-03-30T23:30:00+01:00"})
DATE = patients({"infusion_time": "2024-03-30"})


def moment(table, **cells):
    """(time, whole_day) of one observation of patient p, or the column that was refused."""
    cohort = observed({"day": None, "time": None, **cells}, patients=table)
    if cohort.report.refused:
        return refusals(cohort)[0][1]
    return cohort.observations.select("time", "whole_day").row(0)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2", (2 * DAY, True)),
        ("2.0", (2 * DAY, True)),
        ("2.00", (2 * DAY, True)),
        ("-3", (-3 * DAY, True)),
        ("6.5", (6 * DAY + 12 * HOUR, False)),
        ("4.95", (427_680_000_000, False)),
        ("0.1", (8_640_000_000, False)),
        ("-0.25", (-6 * HOUR, False)),
        ("1e1", (10 * DAY, True)),
        ("3.000000000001", (3 * DAY, False)),
        (None, (None, False)),
        ("two", "day"),
        ("nan", "day"),
        ("1,5", "day"),
        ("1e7", "day"),
    ],
)
def test_days(day, expected):
    assert moment(NAIVE, day=day) == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2024-03-30", (0, True)),
        ("2024-04-01", (2 * DAY, True)),
        ("2024-03-30T10:00", (10 * HOUR, False)),
        ("2024-03-31T02:30", (26 * HOUR + 30 * MINUTE, False)),
        ("2024-03-31 02:30:00.5", (26 * HOUR + 30 * MINUTE + 500_000, False)),
        ("2024-03-29T23:59:59.999999", (-1, False)),
        ("2024-03-31T00:00", (DAY, False)),
        ("2024-03-31T02:30Z", "time"),
        ("2024-03-31T02:30+01:00", "time"),
        ("2024-02-30T02:30", "time"),
        ("2024-03-31T25:00", "time"),
        ("31.03.2024", "time"),
        ("03/31/2024 02:30", "time"),
        ("2224-03-31T02:30", "time"),
    ],
)
def test_naive_times_know_no_clock_change(time, expected):
    assert moment(NAIVE, time=time) == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2024-03-31T00:00+01:00", (DAY, False)),
        ("2024-03-31T04:30+02:00", (DAY + 3 * HOUR + 30 * MINUTE, False)),
        ("2024-03-30T23:00Z", (DAY, False)),
        ("2024-03-31T04:30+0200", (DAY + 3 * HOUR + 30 * MINUTE, False)),
        ("2024-03-30T17:00-06:00", (DAY, False)),
        ("2024-03-31", (DAY, True)),
        ("2024-03-31T04:30", "time"),
    ],
)
def test_offsets_are_honoured_from_the_midnight_of_the_infusion_s_offset(time, expected):
    assert moment(AWARE, time=time) == expected


def test_only_the_date_of_infusion_known():
    assert moment(DATE, time="2024-03-31T06:00") == (DAY + 6 * HOUR, False)
    assert moment(DATE, time="2024-03-31T06:00Z") == "time"


def test_a_time_without_an_infusion_is_refused_but_a_day_is_not():
    assert moment(patients({}), time="2024-03-31T06:00") == "time"
    assert moment(patients({}), time="2024-03-31T06:00", day="1.25") == (DAY + 6 * HOUR, False)


@pytest.mark.parametrize(
    ("time", "day", "expected"),
    [
        ("2024-03-31T12:00", "1.5", (DAY + 12 * HOUR, False)),
        ("2024-03-31T12:00:40", "1.5", (DAY + 12 * HOUR + 40_000_000, False)),
        ("2024-03-31T12:01:01", "1.5", "time"),
        ("2024-03-31T12:00", "1", (DAY + 12 * HOUR, False)),
        ("2024-03-31T12:00", "2", "time"),
        ("2024-03-31", "1", (DAY, True)),
        ("2024-03-31", "1.5", (DAY + 12 * HOUR, False)),
        ("2024-03-31", "2.5", "time"),
    ],
)
def test_time_and_day_must_agree_and_the_finer_one_counts(time, day, expected):
    assert moment(NAIVE, time=time, day=day) == expected


def test_starts_and_ends_are_always_instants():
    rows: list[dict[str, str | None]] = [
        {"start_day": "2", "end_day": "3"},
        {"start_day": None, "start_time": "2024-04-01", "end_time": "2024-04-02T06:00"},
    ]
    frame = exposed(*rows, patients=NAIVE).exposures
    assert frame.select("start", "end").rows() == [(2 * DAY, 3 * DAY), (2 * DAY, 3 * DAY + 6 * HOUR)]


def test_a_start_as_a_bare_date_is_named_in_the_notes():
    cohort = exposed({"start_day": None, "start_time": "2024-04-01"}, patients=NAIVE)
    assert any("some time of that day" in note for note in cohort.report.notes)
    assert cohort.exposures.select("start_whole_day", "end_whole_day").row(0) == (True, False)


def test_an_end_that_is_the_date_of_its_start_is_no_end_before_it():
    row = {"start_day": None, "start_time": "2024-04-01T10:00", "end_time": "2024-04-01"}
    cohort = exposed(row, patients=NAIVE)
    assert cohort.report.refused == 0
    assert cohort.exposures.select("start_whole_day", "end_whole_day").row(0) == (False, True)


@pytest.mark.parametrize(
    ("infusion_time", "expected"),
    [
        ("2024-03-30T10:00", (10 * HOUR, True, "2024-03-30")),
        ("2024-03-30T23:30:00+01:00", (23 * HOUR + 30 * MINUTE, True, "2024-03-30")),
        ("2024-03-30", (0, False, "2024-03-30")),
        (None, (0, False, None)),
    ],
)
def test_the_infusion_of_a_patient(infusion_time, expected):
    cohort = observed({}, patients=patients({"infusion_time": infusion_time}))
    assert cohort.patients.select("infusion", "infusion_known", "day0").row(0) == expected


def test_an_infusion_event_anchors_the_clock_and_the_first_one_counts():
    second = {"event": "infusion", "day": None, "time": "2024-04-06T09:00"}
    first = {"event": "Infusion", "day": None, "time": "2024-03-30T06:00"}
    cohort = happened(second, first, {"day": None, "time": "2024-03-31T12:00"})
    assert cohort.report.refused == 0
    assert cohort.patients.select("infusion", "infusion_known", "day0").row(0) == (
        6 * HOUR,
        True,
        "2024-03-30",
    )
    assert cohort.events["time"].to_list() == [6 * HOUR, DAY + 12 * HOUR, 7 * DAY + 9 * HOUR]


def test_an_infusion_event_adds_the_hour_to_a_date():
    cohort = happened({"event": "infusion", "day": "0.25"}, patients=DATE)
    assert cohort.patients.select("infusion", "infusion_known").row(0) == (6 * HOUR, True)
    cohort = happened({"event": "infusion", "day": None, "time": "2024-03-30T06:00"}, patients=DATE)
    assert cohort.patients.select("infusion", "infusion_known").row(0) == (6 * HOUR, True)


def test_a_second_infusion_does_not_move_the_clock():
    cohort = happened({"event": "infusion", "day": "7.25"})
    assert cohort.patients.select("infusion", "infusion_known").row(0) == (0, False)


def test_the_time_of_a_second_infusion_does_not_make_its_date_day_0():
    cohort = happened({"event": "infusion", "day": "7.25", "time": "2024-04-06T06:00"})
    assert cohort.patients.select("infusion_known", "day0").row(0) == (False, None)
    assert cohort.events["time"].to_list() == [7 * DAY + 6 * HOUR]


def test_an_infusion_before_infusion_time_is_named():
    cohort = happened({"event": "infusion", "day": "-2.5"}, patients=NAIVE)
    assert any("before infusion_time" in note for note in cohort.report.notes)


@pytest.mark.parametrize("day", [0.0, 4.95, -2.5, 29.999999])
def test_days_and_microseconds_are_each_other_s_inverse(day):
    assert to_day(from_day(day)) == pytest.approx(day, abs=1e-11)
