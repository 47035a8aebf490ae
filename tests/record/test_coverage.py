"""Coverage: what is declared, what the rows show, and what refused rows leave in doubt."""

import polars as pl
import pytest

from becalm.record import DAY, event_coverage_class, exposure_coverage_classes, vocabulary
from becalm.sources import read_tables
from tests.record.building import EVENT, EXPOSURE, exposed, frame, happened, refusals


def coverage(*rows):
    return read_tables({"coverage": frame(rows)})


def test_declared_coverage():
    cohort = coverage(
        {"class": "Vasopressors", "patient_id": "p", "start_day": "1", "end_day": "2.5"}, {"class": "death"}
    )
    assert cohort.coverage.rows() == [("death", None, None, None), ("vasopressor", "p", DAY, int(2.5 * DAY))]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"class": "vasopresor"}, "class"),
        ({"class": "death", "start_day": "3", "end_day": "2"}, "end_day"),
        ({"class": "death", "start_day": "soon"}, "start_day"),
        ({"class": None, "start_day": "3"}, "class"),
    ],
)
def test_bad_coverage_is_refused(cells, column):
    cohort = coverage(cells)
    assert cohort.coverage.height == 0
    assert [found for _, found, _ in refusals(cohort)] == [column]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"name": "norepinephrine"}, {"vasopressor"}),
        ({"name": "vasopressin"}, {"vasopressor"}),
        ({"name": "dobutamine"}, set()),
        ({"name": "tocilizumab"}, {"anti_cytokine"}),
        ({"name": "acetaminophen"}, {"antipyretic"}),
        ({"name": "dexamethasone"}, {"corticosteroid"}),
        ({"kind": "oxygen", "name": "room_air"}, {"oxygen"}),
        ({"kind": "ventilation", "name": "cpap"}, {"oxygen"}),
        ({"kind": "fluid", "name": "saline"}, {"fluid"}),
        ({"name": "ondansetron"}, set()),
    ],
)
def test_the_class_that_an_exposure_shows(cells, expected):
    cohort = exposed(cells)
    assert cohort.covered_by_default == expected
    assert set(cohort.exposures.select(exposure_coverage_classes()).to_series().item().to_list()) == expected


@pytest.mark.parametrize("event", ["organ_toxicity", "attribution", "local_sign", "death"])
def test_the_class_that_an_event_shows(event):
    cohort = happened(
        {"event": event, "axis": "fever", "value": None if event != "local_sign" else "swelling"}
    )
    assert cohort.covered_by_default == {event}
    assert cohort.events.select(event_coverage_class(vocabulary())).to_series().item() == event


def test_a_refused_row_shows_nothing():
    assert exposed({"start_day": "3", "end_day": "2"}).covered_by_default == frozenset()


def test_a_row_refused_whole_leaves_its_class_in_doubt():
    exposures = [
        {"start_day": "3", "end_day": "2"},
        {"start_day": "soon", "name": "tocilizumab"},
        {"kind": "oxygen", "name": "some mask thing!"},
        {"kind": "drog", "name": "acetaminophen"},
        {"start_day": "soon", "name": "ondansetron"},
        {"dose": "much"},
    ]
    events = [
        {"event": "attribution"},
        {"event": "death", "day": "late"},
        {"event": "death", "cause": "meteor"},
    ]
    cohort = read_tables(
        {
            "exposures": frame({**EXPOSURE, **row} for row in exposures),
            "events": frame({**EVENT, **row} for row in events),
        }
    )
    assert cohort.report.doubts.select("patient_id", "class", "file", "row").rows() == [
        ("p", "anti_cytokine", "exposures", 2),
        ("p", "antipyretic", "exposures", 4),
        ("p", "attribution", "events", 1),
        ("p", "death", "events", 2),
        ("p", "oxygen", "exposures", 3),
        ("p", "vasopressor", "exposures", 1),
    ]


def test_no_exposures_cover_nothing():
    assert read_tables({"patients": pl.DataFrame({"patient_id": ["p"]})}).covered_by_default == frozenset()
