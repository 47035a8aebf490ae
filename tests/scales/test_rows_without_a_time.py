"""Treatments and events without a time may be anywhere in the record; rows of one instant have no order."""

from __future__ import annotations

from typing import Any

import pytest

from becalm import grade, per_patient
from tests.scales.febrile import febrile

MASK = {"kind": "oxygen", "name": "face_mask"}
PRESSOR = {"kind": "drug", "name": "norepinephrine"}
CASES: list[tuple[str, list[dict[str, Any]], float, tuple[int, int]]] = [
    (
        "an undated row may have closed an open mask",
        [{"start_day": "3.45", **MASK}, {"kind": "oxygen", "name": "room_air"}],
        3.6,
        (1, 3),
    ),
    (
        "an undated cannula may be the later start",
        [
            {"start_day": "3.45", "end_day": "5", **MASK},
            {"kind": "oxygen", "name": "nasal_cannula", "flow_l_min": "2"},
        ],
        3.6,
        (2, 3),
    ),
    (
        "an undated stop may have come",
        [{"start_day": "3.45", "rate": "5", **PRESSOR}, {"rate": "0", **PRESSOR}],
        3.6,
        (1, 3),
    ),
    (
        "an undated next row may have closed an open one",
        [{"start_day": "3.45", "rate": "5", **PRESSOR}, PRESSOR],
        3.6,
        (1, 3),
    ),
    ("an undated row ends at its end", [{"end_day": "3.6", **PRESSOR}], 3.7, (1, 1)),
    ("undated oxygen ends at its end", [{"end_day": "3.6", **MASK}], 3.7, (1, 1)),
    ("before it an undated row may run", [{"end_day": "3.6", **MASK}], 3.55, (1, 3)),
    ("an undated stop alone is no drug", [{"rate": "0", **PRESSOR}], 3.6, (1, 1)),
    (
        "rate 0 stops a drug that was to run on",
        [
            {"start_day": "3.4", "end_day": "3.9", "kind": "drug", "name": "anakinra", "rate": "5"},
            {"start_day": "3.45", "kind": "drug", "name": "anakinra", "rate": "0"},
        ],
        3.8,
        (1, 1),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_exposures(case: tuple[str, list[dict[str, Any]], float, tuple[int, int]]) -> None:
    _, rows, day, wanted = case
    found = grade(febrile(exposures=rows), at=[day])
    assert found.select("grade_min", "grade_max").row(0) == wanted, found["because"][0]


def test_a_discharge_without_a_time_leaves_the_treatments_in_doubt() -> None:
    found = grade(febrile(events=[{"event": "discharge"}]), at=[3.6])
    assert found.select("grade_min", "grade_max").row(0) == (1, 4)


@pytest.mark.parametrize("turned", [False, True])
def test_contradicting_rows_of_one_instant_have_no_order(turned: bool) -> None:
    deaths = [{"day": "4.2", "event": "death", "cause": c} for c in ("crs", "relapse")]
    moves = [{"day": "3.6", "event": e} for e in ("discharge", "admission")]
    step = -1 if turned else 1
    assert grade(febrile(events=deaths[::step]), at=[4.3])["grade_max"][0] == 5
    assert grade(febrile(events=deaths[::step]), at=[4.3])["grade_min"][0] in (0, 1)
    moved = grade(febrile(events=moves[::step]), at=[3.7])
    assert moved.select("grade_min", "grade_max").row(0) == (1, 4)


def test_a_dated_death_beats_one_without_a_time() -> None:
    events = [{"event": "death", "cause": "crs"}, {"day": "4.2", "event": "death", "cause": "relapse"}]
    assert grade(febrile(events=events), at=[4.3]).select("grade_min", "grade_max").row(0) == (None, None)


def test_many_events_of_one_day_are_graded() -> None:
    causes = ("infection", "crs", "unknown", "local", "other")
    events = [
        {"day": "3", "event": "attribution", "axis": axis, "cause": causes[i % 5]}
        for i in range(12)
        for axis in ("fever", "hypoxia")
    ]
    found = grade(febrile(events=events), at=[3.6])
    assert found.select("grade_min", "grade_max").row(0) == (0, 1)


def test_a_death_of_unknown_cause_ends_the_course() -> None:
    row = per_patient(febrile(events=[{"day": "4.2", "event": "death"}])).row(0, named=True)
    assert row["end_day"] == 4.2
    assert row["duration_days"] == pytest.approx(0.7)
