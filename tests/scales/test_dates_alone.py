"""A start or an end of a treatment that is a date alone is some time of that day, never its midnight."""

from __future__ import annotations

import polars as pl
import pytest

from becalm import grade, read_tables

CLASSES = (
    "vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid", "organ_toxicity",
    "attribution", "local_sign", "death",
)  # fmt: skip
PRESSOR = {"kind": "drug", "name": "norepinephrine"}
CANNULA = {"kind": "oxygen", "name": "nasal_cannula", "flow_l_min": "2"}
MASK = {"kind": "oxygen", "name": "face_mask"}


def on(day, hour=None):
    """A date of March, or a time on it: 1 March is day 0."""
    return f"2024-03-{day + 1:02d}" + ("" if hour is None else f"T{hour:02d}:00")


def cohort(*exposures, fever_until=9):
    """A patient with fever every six hours up to a day, normal pressures and saturations, all covered."""
    rows = []
    for day in range(9):
        for hour in (0, 6, 12, 18):
            hot = "39" if 1 <= day < fever_until else "37"
            values = (("temperature", hot, "Cel"), ("sbp", "120", "mm[Hg]"), ("spo2", "98", "%"))
            rows += [(on(day, hour), *one) for one in values]
    seen = [
        dict(zip(("time", "concept", "value", "unit"), row, strict=True)) | {"patient_id": "p"}
        for row in rows
    ]
    return read_tables(
        {
            "patients": pl.DataFrame({"patient_id": ["p"], "infusion_time": ["2024-03-01T00:00"]}),
            "observations": pl.DataFrame(seen),
            "exposures": pl.DataFrame(
                [{"patient_id": "p", **row} for row in exposures], infer_schema_length=None
            ),
            "coverage": pl.DataFrame({"class": CLASSES}),
        }
    )


def grades(record, *days, **options):
    found = grade(record, at=days, **options)
    return list(found.select("grade_min", "grade_max").iter_rows())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([PRESSOR | {"start_time": on(4), "end_time": on(6)}], [(1, 1), (1, 3), (3, 3), (1, 3), (1, 1)]),
        ([PRESSOR | {"start_time": on(4, 6), "end_time": on(6)}], [(1, 1), (3, 3), (3, 3), (1, 3), (1, 1)]),
        ([PRESSOR | {"start_time": on(4), "end_time": on(6, 18)}], [(1, 1), (1, 3), (3, 3), (3, 3), (1, 1)]),
        ([PRESSOR | {"start_time": on(4), "end_time": on(4)}], [(1, 1), (1, 3), (1, 1), (1, 1), (1, 1)]),
        ([CANNULA | {"start_time": on(4), "end_time": on(6)}], [(1, 1), (1, 2), (2, 2), (1, 2), (1, 1)]),
        (
            [CANNULA | {"start_time": on(3, 18)}, MASK | {"start_time": on(4), "end_time": on(6)}],
            [(1, 1), (2, 3), (3, 3), (1, 3), (1, 1)],
        ),
        (
            [MASK | {"start_time": on(4)}, CANNULA | {"start_time": on(4, 6), "end_time": on(7, 6)}],
            [(1, 1), (2, 3), (1, 3), (1, 3), (1, 3)],
        ),
    ],
    ids=("dates", "exact start", "exact end", "one date", "cannula", "mask after cannula", "mask or cannula"),
)
def test_the_grade_is_a_range_on_the_day_and_certain_between(rows, expected):
    found = grades(cohort(*rows), 3.5, 4.5, 5.5, 6.5, 7.1)
    assert found == expected


def test_a_dose_of_some_time_of_a_day_lifts_the_need_for_fever_after_it():
    dose = {"kind": "drug", "name": "acetaminophen", "route": "iv"}
    record = cohort(dose | {"start_time": on(4)}, fever_until=4)
    # The last fever is of day 3.75: untreated the grade stays 1 for 24 hours, treated it is 0 at once.
    assert grades(record, 3.9, 4.1, 4.5, 4.9) == [(1, 1), (0, 1), (0, 1), (0, 0)]
    missing = grade(record, at=[4.5])["missing"].item()
    assert "acetaminophen of day 4 without an hour" in missing


def test_a_dose_on_the_day_of_onset_may_have_been_before_it():
    dose = {"kind": "drug", "name": "acetaminophen", "route": "iv"}
    record = cohort(dose | {"start_time": on(0)}, dose | {"start_time": on(1)}, fever_until=2)
    assert grades(record, 0.5, 1.5, 2.1) == [(0, 0), (1, 1), (0, 1)]


def test_a_policy_reads_a_date_as_its_midnight():
    record = cohort(PRESSOR | {"start_time": on(4), "end_time": on(6)})
    found = grades(record, 4.5, 5.5, 6.5, settings={"whole_day_order_unknown": False})
    assert found == [(3, 3), (3, 3), (1, 1)]
