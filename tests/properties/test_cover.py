"""The intervals cover each record exactly once, and the state at an instant is that of its interval."""

from __future__ import annotations

import random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from becalm import Cohort, grade
from becalm.record import from_day, vocabulary
from becalm.scales import graded

from .records import cohort, covered_records, hospital, records
from .times import DAY

OUTCOMES = ("death", "response", "relapse", "last_followup", "infusion", "discharge")


def record_ends(record: Cohort) -> dict[str, int]:
    """The end of each record in microseconds: the last datum's validity, the discharge or the death.

    A record that goes on after a discharge, or a death of another cause after the last datum, ends with its
    data; the state after a death is shown for a day.
    """
    hours = {name: concept.validity_hours or 0 for name, concept in vocabulary().concepts.items()}
    out = {}
    for owner, infusion in record.patients.select("patient_id", "infusion").iter_rows():
        mine = pl.col("patient_id") == owner
        data = [
            (r["time"], r["time"] + (DAY if r["whole_day"] else hours[r["concept"]] * DAY // 24))
            for r in record.observations.filter(mine).iter_rows(named=True)
            if r["time"] is not None
        ]
        for r in record.exposures.filter(mine).iter_rows(named=True):
            if r["start"] is not None:
                dose = r["kind"] == "drug" and r["rate"] is None
                data.append(
                    (r["start"], r["end"] if r["end"] is not None else r["start"] + (0 if dose else DAY))
                )
        events = [r for r in record.events.filter(mine).iter_rows(named=True) if r["time"] is not None]
        data += [(r["time"], r["time"] + DAY * r["whole_day"]) for r in events if r["event"] not in OUTCOMES]
        left = max(
            (r["time"] + DAY * r["whole_day"] for r in events if r["event"] == "discharge"), default=None
        )
        end = max((end for _, end in data), default=infusion)
        if left is not None and not any(start >= left for start, _ in data):
            end = left
        for death in [r for r in events if r["event"] == "death"][:1]:
            if death["cause"] in (None, "crs") or death["time"] < end:
                end = death["time"] + DAY * death["whole_day"] + DAY
        out[owner] = max(end, infusion)
    return out


@given(records())
def test_the_intervals_cover_the_record_exactly_once(tables):
    record = cohort(tables)
    rows = grade(record)
    ends = record_ends(record)
    for owner, infusion in record.patients.select("patient_id", "infusion").iter_rows():
        mine = rows.filter(pl.col("patient_id") == owner)
        if ends[owner] == infusion:
            assert mine.is_empty()
            continue
        starts, stops = mine["start_day"].to_list(), mine["end_day"].to_list()
        assert abs(starts[0] - infusion / DAY) < 1e-9
        assert abs(stops[-1] - ends[owner] / DAY) < 1e-9
        assert starts[1:] == stops[:-1], "a hole or an overlap"
        assert all(a < b for a, b in zip(starts, stops, strict=True))


@given(records())
def test_the_ends_of_a_range_are_in_order_and_both_there_or_both_blank(tables):
    rows = grade(cohort(tables))
    assert (rows["grade_min"].is_null() == rows["grade_max"].is_null()).all()
    known = rows.drop_nulls(["grade_min"])
    assert (
        (known["grade_min"] >= 0) & (known["grade_min"] <= known["grade_max"]) & (known["grade_max"] <= 5)
    ).all()
    undecided = known.filter(pl.col("grade_min") < pl.col("grade_max"))
    assert (undecided["because"].str.contains("(?i)undecided")).all()
    assert (rows["because"].str.len_chars() > 10).all()


COLUMNS = ["patient_id", "grade_min", "grade_max", "verified", "edition_hash"]


@given(records(), st.integers(0, 2**32))
def test_the_state_at_a_day_is_that_of_the_interval_that_holds_it(tables, seed):
    record = cohort(tables)
    rows = grade(record)
    chance = random.Random(seed)
    inside = [
        a + (b - a) * chance.uniform(0.01, 0.99) for a, b in rows.select("start_day", "end_day").iter_rows()
    ]
    days = chance.sample(inside, min(8, len(inside)))
    asked = grade(record, at=days)
    assert asked.height == len(set(days)) * record.patients.height, "always one row a patient"
    holds = asked.join_where(
        rows.rename({c: f"{c}_of" for c in rows.columns}),
        pl.col("patient_id") == pl.col("patient_id_of"),
        pl.col("start_day") >= pl.col("start_day_of"),
        pl.col("start_day") < pl.col("end_day_of"),
    )
    assert holds.height >= len(set(days))
    for column in COLUMNS:
        same = holds[column].eq_missing(holds[f"{column}_of"])
        assert same.all(), (column, holds.filter(~same).row(0, named=True))


@given(records())
def test_the_state_at_the_start_of_an_interval_is_that_interval_word_for_word(tables):
    record = cohort(tables)
    rows = grade(record)
    starts = set(graded(record).intervals["start"])
    days = [d for d in rows["start_day"].unique().sort().to_list() if from_day(d) in starts][:12]
    asked = grade(record, at=days)
    both = asked.join(rows, on=["patient_id", "start_day"], suffix="_of")
    assert both.height >= len(days)
    for column in (*COLUMNS[1:], "because", "missing", "warning"):
        same = both[column].eq_missing(both[f"{column}_of"])
        assert same.all(), (column, both.filter(~same).row(0, named=True))


@given(covered_records(), st.floats(-40, 400, allow_nan=False))
def test_any_day_gives_one_row_a_patient(tables, day):
    record = cohort(tables)
    asked = grade(record, at=[day])
    assert asked["patient_id"].to_list() == record.patients["patient_id"].to_list()
    assert asked["grade_min"].is_null().sum() <= (record.events["event"] == "death").sum()


def test_a_whole_synthetic_ward_is_covered_once():
    record = cohort(hospital(11, 30))
    rows = grade(record)
    ends = record_ends(record)
    found = rows.group_by("patient_id").agg(pl.col("end_day").max())
    assert {owner: round(end * DAY / 1e6) for owner, end in found.iter_rows()} == {
        owner: round(end / 1e6) for owner, end in ends.items()
    }
