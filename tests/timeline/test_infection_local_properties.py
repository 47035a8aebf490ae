"""What comes later changes no earlier fact of infections and local signs; knowing less never narrows one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.record import DAY
from tests.timeline.family_facts import cohort, inside, steps, when

LAST = 10
FAMILIES = ("infection", "local")
VALUES = {
    "infection": (None, "0", "0", "1", "2", "3"),
    "blood_culture": ("positive", "positive", "negative"),
    "local_sign": ("swelling", "compression", "effusion", "bleeding", "resolved", "resolved"),
    "hypotension": (None, "resolved"),
    "attribution": (None, "resolved"),
    "icu_admission": (None,),
    "icu_discharge": (None,),
}
SEVERITIES = {
    "infection": (None, "asymptomatic", "mild", "symptomatic", "hospitalised", "life_threatening"),
    "blood_culture": (None, "asymptomatic", "symptomatic"),
    "local_sign": (None, "compensated", "decompensated"),
}
CAUSES = {
    "infection": (None, "bacteria"),
    "blood_culture": (None, "bacteria", "fungus", "virus"),
    "attribution": (None, "infection", "other", "crs"),
}
SITES = {
    "infection": (None, "lung", "skin", "toe", "meninges", "blood"),
    "local_sign": (None, "neck", "colon"),
}
BLANK = {"infection": ("value", "site", "severity", "day"), "blood_culture": ("cause", "severity", "day")}
BLANK |= {"local_sign": ("severity", "day")}

CLASSES = ("anti_infective", "fluid", "local_sign", "attribution", "death")
NAMES = ("meropenem", "meropenem", "fluconazole", "norepinephrine", "drainage", "saline")

days = st.integers(0, LAST * 8).map(lambda n: f"{n / 8 + (0.01 if n % 8 else 0):g}")
"""Days in steps of three hours; the whole ones are dates without an hour."""


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    often = ["infection"] * 4 + ["blood_culture"] * 2 + ["local_sign"] * 4
    name = draw(st.sampled_from(often + sorted(VALUES)))
    return {
        "day": draw(days),
        "event": name,
        "value": draw(st.sampled_from(VALUES[name])),
        "severity": draw(st.sampled_from(SEVERITIES.get(name, (None,)))),
        "cause": draw(st.sampled_from(CAUSES.get(name, (None,)))),
        "site": draw(st.sampled_from(SITES.get(name, (None,)))),
        "axis": "fever" if name == "attribution" else None,
    }


@st.composite
def exposures(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(NAMES))
    kind = {"drainage": "procedure", "saline": "fluid"}.get(name, "drug")
    start = draw(st.integers(0, LAST * 8))
    length = draw(st.sampled_from([None, 4, 16]))
    return {
        "start_day": start / 8 + 0.01,
        "end_day": None if length is None else (start + length) / 8 + 0.01,
        "kind": kind,
        "name": name,
        "route": draw(st.sampled_from([None, "iv", "po", "topical"])) if kind == "drug" else None,
        "indication": draw(st.sampled_from([None, "infection", "infection", "prophylaxis", "crs"])),
    }


@st.composite
def records(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    temperatures = st.tuples(st.integers(0, LAST * 4), st.sampled_from([36.5, 37.5, 38.0, 39.0]))
    covered = draw(st.lists(st.sampled_from(CLASSES), unique=True, min_size=1))
    return {
        "patients": [{}],
        "events": draw(st.lists(events(), max_size=8)),
        "exposures": draw(st.lists(exposures(), max_size=5)),
        "observations": [
            {"day": f"{n / 4 + 0.02:g}", "concept": "temperature", "value": value, "unit": "Cel"}
            for n, value in draw(st.lists(temperatures, max_size=8))
        ],
        "coverage": [{"class": name} for name in covered],
    }


def begins(row: dict[str, Any]) -> float:
    return float(row.get("start_day") or row.get("day") or 0)


@pytest.mark.parametrize("family", FAMILIES)
@given(tables=records(), until=st.integers(0, LAST * 4))
def test_what_comes_later_changes_nothing_before(family, tables, until):
    now = until / 4 + 0.005
    # A class that is not declared is covered where the record has a row of it, early or late.
    tables = tables | {"coverage": [{"class": name} for name in CLASSES]}
    past = tables | {
        name: [row for row in tables[name] if begins(row) <= now]
        for name in ("events", "exposures", "observations")
    }
    before, after = (steps(cohort(**one), family) for one in (past, tables))
    for time in sorted({time for time, _ in [*before, *after] if time <= now * DAY}):
        assert when(before, time / DAY) == when(after, time / DAY), f"on day {time / DAY}"


@pytest.mark.parametrize("family", FAMILIES)
@given(tables=records(), which=st.integers(0, 7), cell=st.integers(0, 3), moment=st.integers(0, LAST * 8))
def test_a_blank_cell_never_narrows(family, tables, which, cell, moment):
    rows = tables["events"]
    if not rows:
        return
    row = rows[which % len(rows)]
    columns = BLANK.get(row["event"], ())
    if not columns:
        return
    column = columns[cell % len(columns)]
    if column == "value" and row["value"] == "0":  # a blank value is an infection, not its end
        return
    vaguer = [row | {column: None} if one is row else one for one in rows]
    strict = {"infection_unsaid_severity_needs_a_reason": False} if family == "infection" else {}
    check(family, tables, tables | {"events": vaguer}, moment, **strict)


@pytest.mark.parametrize("family", FAMILIES)
@given(
    tables=records(),
    which=st.integers(0, 4),
    column=st.sampled_from(["route", "indication"]),
    moment=st.integers(0, LAST * 8),
)
def test_a_treatment_known_less_well_never_narrows(family, tables, which, column, moment):
    rows = tables["exposures"]
    if not rows:
        return
    row = rows[which % len(rows)]
    vaguer = [row | {column: None} if one is row else one for one in rows]
    check(family, tables, tables | {"exposures": vaguer}, moment, infection_new_drug_treats=False)


@pytest.mark.parametrize("family", FAMILIES)
@given(tables=records(), which=st.integers(0, 4), moment=st.integers(0, LAST * 8))
def test_covering_less_never_narrows(family, tables, which, moment):
    rows = tables["coverage"]
    if len(rows) == 1:
        return
    row = rows[which % len(rows)]
    closed = [one for one in rows if one is not row]
    kept = [one for one in tables["events"] if row["class"] != "attribution" or one["event"] != "attribution"]
    check(family, tables | {"events": kept}, tables | {"events": kept, "coverage": closed}, moment)


def check(family, known, vaguer, moment, **policies):
    day = moment / 8 + 0.005
    narrow, wide = (when(steps(cohort(**one), family, **policies), day) for one in (known, vaguer))
    for fact, values in narrow.items():
        if fact == "infection_grade_recorded":  # what the team did not write is no grade of the team
            continue
        assert inside(values, wide[fact]), f"{fact} on day {day}: {values} became {wide[fact]}"
