"""Exposures: names, classes, intervals; an unreadable cell is refused, an unreadable name refuses the row."""

import pytest

from becalm.record import DAY
from tests.record.building import counts, exposed, refusals


def classes(name, kind="drug"):
    return set(exposed({"name": name, "kind": kind}).exposures["classes"][0].to_list())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Norepinephrine", {"vasopressor", "vasopressor_counted"}),
        ("Vasopressin", {"vasopressor", "vasopressor_vasopressin"}),
        ("dobutamine", {"inotrope"}),
        ("paracetamol", {"antipyretic"}),
        ("Actemra", {"anti_cytokine", "anti_il6"}),
        ("anakinra", {"anti_cytokine"}),
        ("Solu-Medrol", {"corticosteroid"}),
        ("ondansetron", set()),
    ],
)
def test_drug_classes(name, expected):
    assert classes(name) == expected


def test_a_drug_name_in_another_kind_has_no_class():
    assert classes("norepinephrine", kind="fluid") == set()


def test_an_unknown_drug_is_kept_and_noted():
    cohort = exposed({"name": "Norepinefrine drip"}, {"name": "ondansetron"})
    assert counts(cohort.report) == (2, 2, 0, 0)
    assert cohort.exposures["name"].sort().to_list() == ["norepinefrine_drip", "ondansetron"]
    assert any("norepinefrine_drip" in note and "norepinephrine" in note for note in cohort.report.notes)


@pytest.mark.parametrize(
    ("kind", "name", "canonical"),
    [
        ("oxygen", "HFNC", "high_flow_nasal_cannula"),
        ("Oxygen", "nasal prongs", "nasal_cannula"),
        ("ventilation", "BiPAP", "bipap"),
        ("ventilation", "intubated", "invasive_ventilation"),
    ],
)
def test_devices(kind, name, canonical):
    assert exposed({"kind": kind, "name": name}).exposures["name"].item() == canonical


def test_an_unknown_device_is_refused_with_the_list():
    row = exposed({"kind": "oxygen", "name": "high flow"}, {"kind": "oxygen", "name": "nasal thing"})
    assert refusals(row) == [(2, "name", "nasal thing")]
    assert "venturi_mask" in row.report.refusals["expected"][0]


def test_a_device_is_no_drug():
    assert refusals(exposed({"kind": "drug", "name": "bipap"})) == [(1, "kind", "drug bipap")]


def test_a_procedure_that_names_a_device_is_ventilation_and_noted():
    cohort = exposed({"kind": "procedure", "name": "ECMO"}, {"kind": "procedure", "name": "Lumbar puncture"})
    assert cohort.exposures.sort("name").select("kind", "name").rows() == [
        ("ventilation", "ecmo"),
        ("procedure", "lumbar_puncture"),
    ]
    assert any("ventilation" in note for note in cohort.report.notes)


@pytest.mark.parametrize("column", ["patient_id", "kind", "name"])
def test_a_row_needs_its_subject(column):
    cohort = exposed({column: None})
    assert cohort.exposures.height == 0
    assert refusals(cohort) == [(1, column, "")]


def test_an_unknown_kind_is_refused():
    cohort = exposed({"kind": "drog"})
    assert refusals(cohort) == [(1, "kind", "drog")]
    assert "did you mean drug" in cohort.report.refusals["next_step"][0]


def test_a_reversed_interval_is_refused_and_an_empty_one_kept():
    cohort = exposed({"start_day": "3", "end_day": "2"}, {"start_day": "3", "end_day": "3"})
    assert cohort.exposures.select("start", "end").rows() == [(3 * DAY, 3 * DAY)]
    assert refusals(cohort) == [(1, "end_day", "3 to 2")]


def test_a_blank_start_or_end_stays_blank():
    cohort = exposed({"start_day": None, "end_day": "3"}, {"start_day": "2"}, {"start_day": None})
    assert cohort.exposures.select("start", "end").rows() == [(None, None), (None, 3 * DAY), (2 * DAY, None)]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("dose", "lots"),
        ("dose", "-5"),
        ("dose", "nan"),
        ("flow_l_min", "-1"),
        ("flow_l_min", "900"),
        ("flow_l_min", "2-4"),
        ("fio2", "35"),
        ("fio2", "0.1"),
        ("route", "by carrier pigeon"),
        ("indication", "why not"),
    ],
)
def test_a_bad_cell_is_refused_and_blank_and_its_row_stays(column, text):
    cohort = exposed({column: text})
    assert cohort.exposures[column].to_list() == [None]
    assert refusals(cohort) == [(1, column, text)]
    assert counts(cohort.report) == (1, 0, 0, 1)


def test_numbers_routes_and_indications():
    cells = {
        "dose": "8",
        "rate": "0",
        "flow_l_min": "6",
        "fio2": "0.4",
        "route": "Oral",
        "indication": "sleep apnea",
    }
    cohort = exposed(cells)
    kept = cohort.exposures.select("dose", "rate", "flow_l_min", "fio2", "route", "indication").row(0)
    assert kept == (8.0, 0.0, 6.0, 0.4, "po", "sleep_apnoea")
    assert cohort.report.refused == 0


def test_an_unreadable_rate_refuses_the_row_only_where_nothing_else_says_how_long():
    closed, opened = {"rate": "fast", "end_day": "2"}, {"rate": "fast"}
    cohort = exposed(closed, opened)
    assert cohort.exposures.select("end", "rate").rows() == [(2 * DAY, None)]
    assert cohort.report.refused == 2


def test_a_blank_route_is_counted_in_the_notes():
    cohort = exposed({"route": None}, {"route": "iv", "start_day": "2"}, {"name": "ondansetron"})
    assert any(note.startswith("1 drug rows give no route") for note in cohort.report.notes)


def test_equal_doses_are_kept_and_noted():
    cohort = exposed({}, {})
    assert cohort.exposures.height == 2
    assert any("exact copies" in note for note in cohort.report.notes)
