"""The form of a record changes nothing: the order of rows, files, units, and how times are written."""

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from becalm import grade, per_patient, read_folder, write_folder

from .changes import (
    clocks,
    dated,
    days_later,
    in_any_offset,
    in_both,
    in_other_units,
    in_zone,
    moment,
    reclocked,
    same_clock,
    shuffled,
)
from .curves import Curve, curves, joined
from .records import Tables, cohort, covered_records, frames, records
from .times import DAY, HALF_HOUR, in_days, in_times

SEEDS = st.integers(0, 2**32)


def table(tables: Tables) -> str:
    """The whole table of grades, as a user gets it."""
    return grade(cohort(tables)).write_csv()


def grades(tables: Tables) -> dict[str, Curve]:
    """The grade ranges alone, without the words, in which values and times appear as given."""
    return {owner: joined(curve) for owner, curve in curves(cohort(tables)).items()}


@given(records(), SEEDS)
def test_the_order_of_rows_changes_no_byte(tables, seed):
    again = shuffled(tables, seed)
    assert table(tables) == table(again)
    assert per_patient(cohort(tables)).equals(per_patient(cohort(again)))


@given(records(), st.integers(0, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_splitting_files_into_numbered_parts_changes_no_byte(tmp_path: Path, tables, cut):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    write_folder(frames(tables), whole)
    for name, frame in frames(tables).items():
        frame.head(cut).write_csv(parts / f"{name}-1.csv")
        frame.slice(cut).write_parquet(parts / f"{name}-2.parquet")
    one, two = read_folder(whole), read_folder(parts)
    assert grade(one).write_csv() == grade(two).write_csv()
    assert one.source_hash == two.source_hash


@given(records(), SEEDS)
def test_units_change_no_grade(tables, seed):
    chance = random.Random(seed)
    assert grades(tables) == grades(in_other_units(tables, lambda: chance.random() < 0.5))


def test_the_other_units_are_those_of_the_tables():
    row = {"patient_id": "a", "day": "1.5", "concept": "temperature", "value": "38.0", "unit": "Cel"}
    other = in_other_units(Tables(observations=[row]), lambda: True)["observations"][0]
    assert (other["value"], other["unit"]) == ("100.4", "[degF]")


@given(records())
def test_days_and_times_say_the_same(tables):
    by_day = reclocked(tables, dated, in_days)
    by_time = reclocked(tables, dated, in_times)
    both = reclocked(tables, dated, in_both)
    assert grades(tables) == grades(by_day) == grades(by_time) == grades(both)


@given(records(), st.integers(-400, 400))
def test_another_date_changes_no_byte(tables, days):
    plain = reclocked(tables, dated, in_times)
    assert table(plain) == table(reclocked(plain, days_later(days), in_times))


@given(records(), st.integers(-11, 13), SEEDS)
def test_offsets_change_no_byte(tables, hours, seed):
    plain = reclocked(tables, dated, in_any_offset(random.Random(0)))
    there = reclocked(plain, in_zone(hours), in_any_offset(random.Random(seed)))
    assert table(plain) == table(there)


def of_instants(tables: Tables) -> Tables:
    """The patients with a known hour of infusion, without what is dated by a whole day."""
    known = {owner: clock for owner, clock in clocks(tables).items() if clock.infusion is not None}
    mine = {name: [r for r in rows if r.get("patient_id", "") in known] for name, rows in tables.items()}
    out = Tables(mine)
    out["coverage"] = tables["coverage"]
    for name in ("observations", "events"):
        found = ((row, moment(row, name, known[row["patient_id"]])) for row in out[name])
        out[name] = [row for row, when in found if when is None or not when.whole]
    return out


@given(covered_records(), st.integers(-47, 47))
def test_another_hour_of_the_day_moves_the_grades_and_nothing_else(tables, half_hours):
    plain = of_instants(tables)

    def moved(clock):
        assert clock.infusion is not None
        later = clock.infusion + half_hours * HALF_HOUR
        return type(clock)(days_later(later // DAY)(clock).midnight, later % DAY)

    def shift(clock):
        return moved(clock).infusion - clock.infusion

    def from_infusion(record):
        known = clocks(record)
        found = curves(cohort(record), {"onset_until_day": 1000})
        return {
            owner: [
                (s - (known[owner].infusion or 0), e - (known[owner].infusion or 0), g)
                for s, e, g in joined(c)
            ]
            for owner, c in found.items()
        }

    assert from_infusion(plain) == from_infusion(reclocked(plain, moved, in_times, shift))


@pytest.mark.parametrize("way", [in_days, in_times, in_both])
def test_rewriting_keeps_every_row(way):
    tables = Tables(
        patients=[{"patient_id": "a", "infusion_time": "2024-03-09T10:30:00+01:00"}],
        observations=[{"patient_id": "a", "time": "2024-03-10T08:00:00-05:00", "concept": "temperature"}],
    )
    row = reclocked(tables, same_clock, way)["observations"][0]
    assert row.get("day", "1.583333333333") == "1.583333333333"
    assert row.get("time", "2024-03-10T14:00:00+01:00") == "2024-03-10T14:00:00+01:00"
    assert pl.DataFrame([row]).height == 1
