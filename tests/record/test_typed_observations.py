"""Typed observations (times and doubles as such) mean what the same observations mean as text."""

from datetime import datetime
from typing import Any

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from becalm.record import Cohort
from becalm.sources import read_tables

NIGHT = datetime(2024, 3, 1)
TIMES = [
    None,
    NIGHT,
    datetime(2024, 3, 1, 10, 30),
    datetime(2024, 3, 2, 8, 0, 0, 123456),
    datetime(1923, 1, 1),
    datetime(2199, 1, 1),
    datetime(900, 5, 5),
]
VALUES = [None, 36.6, 38.0, 101.3, -0.0, 0.0, float("nan"), float("inf"), 1e300, 1e-7, 97.0, 0.1 + 0.2, 42.0]
CONCEPTS = ["temperature", " Temp", "sbp", "spo2", "ferritin", "crs_grade_recorded", "shoe size", "", None]
UNITS = ["Cel", "[degF]", "mm[Hg]", "%", " Cel ", "", None, "furlong"]
ROW = st.fixed_dictionaries(
    {
        "patient_id": st.sampled_from(["a", "b", " b", "c", "", None]),
        "time": st.sampled_from(TIMES),
        "day": st.sampled_from([None, None, None, "1", "1.5", "x"]),
        "concept": st.sampled_from(CONCEPTS),
        "value": st.sampled_from(VALUES),
        "unit": st.sampled_from(UNITS),
        "value_high": st.sampled_from([None, None, None, "41"]),
        "comparator": st.sampled_from([None, None, None, "<"]),
        "site": st.sampled_from([None, "Oral"]),
    }
)
SCHEMA: dict[str, Any] = {
    "patient_id": pl.String, "time": pl.Datetime("us"), "day": pl.String,
    "concept": pl.String, "value": pl.Float64, "unit": pl.String,
    "value_high": pl.String, "comparator": pl.String, "site": pl.String,
}  # fmt: skip
PATIENTS = pl.DataFrame(
    {"patient_id": ["a", "b", "c"], "infusion_time": ["2024-03-01T10:00", "2024-03-01", "2024-03-01T10:00Z"]}
)
GOOD: dict[str, Any] = {"day": None, "unit": "Cel", "value_high": None, "comparator": None, "site": None}
GOOD |= {"patient_id": "a", "time": TIMES[2], "concept": "temperature", "value": 38.5}


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f"), pl.col("value").cast(pl.String)
    )


def read(frame: pl.DataFrame) -> Cohort:
    return read_tables({"patients": PATIENTS, "observations": frame})


@given(st.lists(ROW, max_size=25))
@example([GOOD, GOOD])
@example([GOOD, {**GOOD, "value": float("nan")}, {**GOOD, "value": -0.0}, {**GOOD, "value": 0.0}])
@example([GOOD, {**GOOD, "patient_id": "c"}, {**GOOD, "site": "Oral"}, {**GOOD, "concept": "sbp"}])
def test_typed_and_text_are_the_same_record(rows):
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    typed, text = read(frame), read(as_text(frame))
    for name in ("patients", "observations"):
        assert getattr(typed, name).equals(getattr(text, name), null_equal=True)
        assert getattr(typed, name).schema == getattr(text, name).schema
    assert typed.source_hash == text.source_hash
    assert typed.report.files == text.report.files
    assert typed.report.refusals.equals(text.report.refusals)
    assert typed.report.set_aside.equals(text.report.set_aside)


def test_a_plain_typed_value_is_used_as_it_is():
    cohort = read(pl.DataFrame([GOOD], schema=SCHEMA, orient="row"))
    (row,) = cohort.observations.to_dicts()
    assert (row["lo"], row["hi"], row["value_given"], row["unit"], row["refused"]) == (
        38.5,
        38.5,
        "38.5",
        "Cel",
        False,
    )
    assert row["time"] == int(10.5 * 3_600_000_000)


def test_a_file_of_text_beside_a_typed_one_is_read_with_it(tmp_path):
    frame = pl.DataFrame([GOOD, {**GOOD, "value": 39.0}], schema=SCHEMA, orient="row")
    PATIENTS.write_csv(tmp_path / "patients.csv")
    frame[:1].write_parquet(tmp_path / "observations-1.parquet")
    as_text(frame[1:]).write_csv(tmp_path / "observations-2.csv")
    from becalm.sources import read_folder

    both = read_folder(tmp_path)
    assert both.observations["lo"].to_list() == [38.5, 39.0]
    assert both.report.used == 5


def test_rows_of_one_moment_stand_in_the_order_of_their_content():
    rows = [{**GOOD, "value": value, "site": site} for value in (39.0, 38.0) for site in ("oral", None)]
    rows.append({**GOOD, "time": None})
    first = read(pl.DataFrame(rows, schema=SCHEMA, orient="row")).observations
    again = read(pl.DataFrame(rows[::-1], schema=SCHEMA, orient="row")).observations
    assert first.drop("row").equals(again.drop("row"), null_equal=True)
    assert first["time"].null_count() == 1
    assert first["time"][0] is None
    assert first["lo"].to_list() == [38.5, 38.0, 38.0, 39.0, 39.0]
    assert first["site"].to_list() == [None, None, "oral", None, "oral"]
