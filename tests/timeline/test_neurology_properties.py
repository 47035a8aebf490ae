"""What comes later changes no grade of neurotoxicity, and knowing less never narrows one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from becalm import Cohort, grade
from becalm.record import DAY
from becalm.scales import graded
from tests.timeline.bedside import Row, bedside

LAST = 8
LEVELS = ("alert", "awakens_spontaneously", "awakens_to_voice", "awakens_to_tactile", "unarousable")
HIGHEST = {"ice": 10, "capd": 32}
VALUES = {
    "seizure": (None, "brief", "prolonged", "repetitive", "nonconvulsive", "resolved"),
    "motor_weakness": (None, "resolved"),
    "cerebral_edema": (None, "focal", "diffuse", "resolved"),
    "raised_intracranial_pressure": (None, "papilloedema", "resolved"),
}
AXES = ("cognition", "consciousness", "seizure", "motor", "edema")
CAUSES = ("icans", "infection", "other", "crs", "unknown", None)
WORDS = ["grade_min", "grade_max", "because", "missing", "verified"]

days = st.integers(0, LAST * 8).map(lambda n: f"{n / 8:g}")
"""Days in steps of three hours; the whole ones are dates without an hour."""


@st.composite
def scores(draw: st.DrawFn) -> Row:
    concept = draw(st.sampled_from(["ice", "ice", "capd", "consciousness"]))
    if concept == "consciousness":
        low, high = sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
        values = LEVELS[low], LEVELS[high]
    else:
        top = st.integers(0, HIGHEST[concept])
        low, high = sorted(draw(st.tuples(top, top)))
        values = str(low), str(high)
    exact = draw(st.booleans())
    return {
        "day": draw(days),
        "concept": concept,
        "value": values[0],
        "value_high": None if exact else values[1],
    }


@st.composite
def findings(draw: st.DrawFn) -> Row:
    day = draw(days)
    if draw(st.booleans()):
        cause = draw(st.sampled_from(CAUSES))
        value = draw(st.sampled_from([None, None, "resolved"]))
        return {
            "day": day,
            "event": "attribution",
            "axis": draw(st.sampled_from(AXES)),
            "cause": cause,
            "value": value,
        }
    name = draw(st.sampled_from(sorted(VALUES)))
    site = draw(st.sampled_from([None, None, "left", "right"]))
    return {"day": day, "event": name, "value": draw(st.sampled_from(VALUES[name])), "site": site}


@st.composite
def sedatives(draw: st.DrawFn) -> Row:
    start = draw(days)
    end = draw(st.sampled_from([None, "0.25", "1.5"]))
    return {
        "start_day": start,
        "end_day": None if end is None else f"{float(start) + float(end):g}",
        "name": draw(st.sampled_from(["propofol", "midazolam"])),
        "rate": draw(st.sampled_from([None, "50", "0"])),
    }


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "observations": draw(st.lists(scores(), max_size=6)),
        "events": draw(st.lists(findings(), max_size=5)),
        "drugs": draw(st.lists(sedatives(), max_size=2)),
        "age": draw(st.sampled_from(["50", "11", "12", None])),
    }


def ranges(cohort: Cohort) -> list[tuple[int, int]]:
    """The grade range at every hour and a half."""
    found = graded(cohort, "icans-2019", until_day=LAST + 2).intervals.sort("start")
    asked = pl.DataFrame({"start": [n * DAY // 16 for n in range((LAST + 2) * 16)]})
    rows = asked.join_asof(found.select("start", "grade_min", "grade_max"), on="start")
    return rows.select("grade_min", "grade_max").rows()


@given(records(), st.integers(0, LAST * 16))
def test_what_comes_later_does_not_change_the_answer(record, cut):
    day = cut / 16
    earlier = dict(record)
    for name, column in (("observations", "day"), ("events", "day"), ("drugs", "start_day")):
        earlier[name] = [row for row in record[name] if float(row[column]) <= day]
    one, two = (grade(bedside(**known), "icans-2019", at=[day]).select(WORDS) for known in (record, earlier))
    assert one.equals(two), f"{one.rows()} was {two.rows()}"


def vaguer(row: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """A row that says less: a wider range, no kind, no cause, no hour or no time at all."""
    out, way = dict(row), chance.random()
    if "concept" in row:
        if way < 0.5:
            top = LEVELS[-1] if row["concept"] == "consciousness" else str(HIGHEST[row["concept"]])
            low = LEVELS[0] if row["concept"] == "consciousness" else "0"
            return {**out, "value": low, "value_high": top}
        return {**out, "day": None} if way < 0.7 else out
    if way < 0.25:
        return {**out, "day": None}
    if way < 0.5:
        return {**out, "day": f"{int(float(row['day']))}"}
    if way < 0.75 and row["event"] == "attribution" and row["value"] is None:
        return {**out, "cause": "unknown"}
    if way < 0.75 and row["event"] in ("seizure", "cerebral_edema") and row["value"] != "resolved":
        return {**out, "value": None}
    return out


def check(known: Mapping[str, Any], less: Mapping[str, Any]) -> None:
    """At every instant the grades of the first lie inside those of the second."""
    pairs = zip(ranges(bedside(**known)), ranges(bedside(**less)), strict=True)
    for step, (one, two) in enumerate(pairs):
        assert two[0] <= one[0] <= one[1] <= two[1], f"day {step / 16}: {one} became {two}"


@given(records(), st.randoms(use_true_random=False))
def test_saying_less_of_some_rows_never_narrows_a_grade(record, chance):
    less: dict[str, Any] = dict(record)
    for name in ("observations", "events"):
        rows: Sequence[Row] = record[name]
        less[name] = [vaguer(row, chance) for row in rows]
    check(record, less)


@given(records())
def test_an_age_that_is_not_known_never_narrows_a_grade(record):
    check(record, {**record, "age": None})


@given(records())
def test_attributing_to_an_unknown_cause_lets_both_answers_stand(record):
    plain = {**record, "events": [row for row in record["events"] if row["event"] != "attribution"]}
    judged = [{"day": "0.01", "event": "attribution", "axis": axis, "cause": "unknown"} for axis in AXES]
    for (low, high), (one, two) in zip(
        ranges(bedside(**plain)),
        ranges(bedside(**{**plain, "events": plain["events"] + judged})),
        strict=True,
    ):
        assert (one <= low and two == high) or (one, two) == (low, high)
