"""A dose of which only the date is known closes the window of the peak at some time of that day."""

from __future__ import annotations

import polars as pl
import pytest

from becalm import advise, read_tables
from becalm.markers import markers

VALUES = {
    "2024-02-28T06:00": "5",
    "2024-03-03T06:00": "100",
    "2024-03-04T06:00": "300",
    "2024-03-04T18:00": "900",
    "2024-03-06T06:00": "4000",
}
CLASSES = ["anti_cytokine", "corticosteroid", "antipyretic", "vasopressor", "oxygen", "death"]


def record(dose):
    rows = [
        {"patient_id": "p", "time": time, "concept": "il6", "value": value, "unit": "pg/mL"}
        for time, value in VALUES.items()
    ]
    given = {"patient_id": "p", "kind": "drug", "name": "tocilizumab", "start_time": dose, "route": "iv"}
    return read_tables(
        {
            "patients": pl.DataFrame({"patient_id": ["p"], "infusion_time": ["2024-03-01T00:00"]}),
            "observations": pl.DataFrame(rows),
            "exposures": pl.DataFrame([given]),
            "coverage": pl.DataFrame({"class": CLASSES}),
        }
    )


@pytest.mark.parametrize(
    ("dose", "peak"),
    [
        ("2024-03-04", (100, 900)),
        ("2024-03-04T05:00", (100, 100)),
        ("2024-03-04T12:00", (300, 300)),
        ("2024-03-04T20:00", (900, 900)),
        ("2024-03-05", (900, 900)),
        ("2024-03-06", (900, 4000)),
    ],
)
def test_the_peak_is_a_range_over_every_hour_of_the_day(dose, peak):
    found = markers(record(dose)).filter(marker="il6")
    assert found.select("peak_min", "peak_max").row(0) == peak
    assert found.select("fold_min", "fold_max").row(0) == tuple(one / 5 for one in peak)
    assert ("not the hour" in found["because"].item()) is (len(dose) == 10)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (2.9, "No tocilizumab given."),
        (3.5, "No tocilizumab given, and 1 at a time not recorded."),
        (4.1, "1 dose of tocilizumab (day 3)."),
    ],
)
def test_on_the_day_itself_a_dose_may_have_been_given_or_not(day, said):
    rows = advise(record("2024-03-04"), "il6-guided-2022", at=[day]).filter(rule="infection-watch")
    assert said in rows["because"].item()
