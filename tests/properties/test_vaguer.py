"""Knowing less about a record, in any of the ways that the design names, never narrows a grade."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from .changes import clocks, moment
from .curves import curves, day, together, within
from .records import CLASSES, Tables, cohort, covered_records, records
from .times import DAY, GRID, Moment, in_days, in_times, read

ALWAYS_KNOWN = ("attribution",)
"""Classes that mean the same whether they are covered or not."""


def check(known: Tables, vaguer: Tables) -> None:
    """At every instant of both records the grades of the first lie inside those of the second."""
    before, after = curves(cohort(known)), curves(cohort(vaguer))
    for owner, curve in before.items():
        for instant, one, two in together(curve, after[owner]):
            assert within(one, two), f"{owner} on {day(instant)}: {one} became {two}"


VAGUE = ("attribution", "hypotension", "discharge", "admission")


@given(
    covered_records(),
    st.lists(
        st.sampled_from([c for c in CLASSES if c not in ALWAYS_KNOWN]), min_size=1, max_size=3, unique=True
    ),
    st.integers(-1, 6 * GRID),
)
def test_covering_less_never_narrows_a_grade(tables, classes, until):
    rows = [
        {**row, "end_day": f"{until / GRID:.6f}", "start_day": "-30"} if row["class"] in classes else row
        for row in tables["coverage"]
    ]
    check(tables, Tables({**tables, "coverage": rows}))


@given(records())
def test_an_age_that_is_not_known_never_narrows_a_grade(tables):
    rows = [{**row, "age_years": ""} for row in tables["patients"]]
    check(tables, Tables({**tables, "patients": rows}))


@given(records())
def test_a_cannula_without_its_flow_never_narrows_a_grade(tables):
    rows = [
        {**row, "flow_l_min": ""}
        if row["name"].lower().replace(" ", "_") in ("nasal_cannula", "nasal_prongs")
        else row
        for row in tables["exposures"]
    ]
    check(tables, Tables({**tables, "exposures": rows}))


def of_the_day(tables: Tables, seed: int) -> Tables:
    """The record with some events dated by their day instead of their hour."""
    chance, known, rows = random.Random(seed), clocks(tables), []
    for row in tables["events"]:
        clock = known[row["patient_id"]]
        when = moment(row, "events", clock)
        # A death of another cause leaves no grade from its hour on, so that its day alone says more.
        vague = row["event"] in VAGUE or (row["event"] == "death" and row.get("cause", "") in ("", "crs"))
        if when is not None and not when.whole and vague and chance.random() < 0.5:
            write = in_times if clock.midnight else in_days
            rest = {k: v for k, v in row.items() if k not in ("time", "day")}
            row = {**rest, **write(Moment.of_day(when.at // DAY), "", clock)}
        rows.append(row)
    return Tables({**tables, "events": rows})


@given(records(), st.integers(0, 2**32))
def test_an_event_of_which_only_the_day_is_known_never_narrows_a_grade(tables, seed):
    check(tables, of_the_day(tables, seed))


def by_the_day(tables: Tables, seed: int) -> Tables:
    """The record with some starts and ends of exposures given as a date alone."""
    chance, known, rows = random.Random(seed), clocks(tables), []
    for row in tables["exposures"]:
        clock = known[row["patient_id"]]
        for prefix in ("start_", "end_"):
            when = read(row, prefix, clock)
            if clock.midnight and when is not None and chance.random() < 0.5:
                rest = {k: v for k, v in row.items() if k not in (f"{prefix}time", f"{prefix}day")}
                row = rest | in_times(Moment.of_day(when.at // DAY), prefix, clock)
        rows.append(row)
    return Tables({**tables, "exposures": rows})


@given(records(), st.integers(0, 2**32))
def test_an_exposure_of_which_only_the_date_is_known_never_narrows_a_grade(tables, seed):
    check(tables, by_the_day(tables, seed))
