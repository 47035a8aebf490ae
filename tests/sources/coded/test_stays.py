"""Stays become admissions and discharges, and overlapping ones are one."""

from __future__ import annotations

import pytest

from .said import own, table

MINE = own(code=[{"system": "visit", "code": kind, "stay": kind} for kind in ("hospital", "icu")])


def stay(start, end, kind="hospital"):
    return {"domain": "visit", "codes": [f"visit|{kind}"], "start": start, "end": end}


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([("2024-02-28T08:00", "2024-03-09T12:00")], "+28T08:00 -09T12:00"),
        (
            [("2024-02-28T08:00", "2024-03-02T12:00"), ("2024-03-02T12:00", "2024-03-09T12:00")],
            "+28T08:00 -09T12:00",
        ),
        (
            [("2024-02-28T08:00", "2024-03-09T12:00"), ("2024-03-02T12:00", "2024-03-03T12:00")],
            "+28T08:00 -09T12:00",
        ),
        (
            [("2024-02-28T08:00", "2024-03-02T12:00"), ("2024-03-04T12:00", "2024-03-09T12:00")],
            "+28T08:00 -02T12:00 +04T12:00 -09T12:00",
        ),
        ([("2024-02-28T08:00", None)], "+28T08:00"),
        (
            [("2024-02-28T08:00", None), ("2024-03-02T12:00", "2024-03-03T12:00")],
            "+28T08:00 +02T12:00 -03T12:00",
        ),
        (
            [(None, "2024-03-02T09:00"), ("2024-03-02T12:00", "2024-03-03T12:00")],
            "-02T09:00 +02T12:00 -03T12:00",
        ),
        ([("2024-02-28", "2024-03-09")], "+28 -09"),
        ([], ""),
    ],
)  # fmt: skip
def test_overlapping_stays_are_one(stays, expected):
    rows = table("events", *(stay(*one) for one in stays), with_lookup=MINE)
    signs = {"admission": "+", "discharge": "-"}
    assert " ".join(signs[row["event"]] + row["time"][8:] for row in rows) == expected


def test_intensive_care_has_events_of_its_own():
    whole = stay("2024-02-28T08:00", "2024-03-09T12:00")
    rows = table("events", whole, stay("2024-03-02T12:00", "2024-03-03T12:00", "icu"), with_lookup=MINE)
    assert [row["event"] for row in rows] == ["admission", "icu_admission", "icu_discharge", "discharge"]
