"""Measurements and observations: numbers, comparators, coded values, units, and what is no value."""

import pytest

from tests.sources.omop.cdm import measurement, write_cdm
from tests.sources.omop.reading import read_all


def read_measurement(folder, **cells):
    return read_all(write_cdm(folder / "cdm", {"measurement": [measurement(**cells)]}))


def test_a_measurement_is_a_statement(tmp_path):
    row = read_measurement(tmp_path).only("measurement")
    assert {name: value for name, value in row.items() if value is not None} == {
        "patient_id": "1",
        "domain": "measurement",
        "codes": ["LOINC|8310-5", "OMOP|3020891"],
        "text": "Body temperature",
        "start": "2024-03-01T08:30:00",
        "value": "38.4",
        "unit": "Cel",
        "file": "measurement",
        "row": 1,
        "record": "1",
    }


@pytest.mark.parametrize(
    ("concept", "comparator"),
    [
        (4171756, "<"),
        (4171754, "<="),
        (4172703, None),
        (4172704, ">"),
        (4171755, ">="),
        (0, None),
        ("", None),
    ],
)
def test_operators_become_comparators(tmp_path, concept, comparator):
    row = read_measurement(tmp_path, operator_concept_id=concept).only("measurement")
    assert (row["comparator"], row["value"]) == (comparator, "38.4")


def test_an_unknown_operator_is_refused(tmp_path):
    found = read_measurement(tmp_path, operator_concept_id=12345)
    assert found.of("measurement") == []
    ((outcome, reason, count),) = found.reasons("measurement")
    assert (outcome, count) == ("refused", 1)
    assert "operator concept is not known" in reason


@pytest.mark.parametrize(
    ("number", "written", "value"),
    [
        ("1.1", "1.10", "1.10"),
        ("120.0", " 120 ", "120"),
        ("1.1", "1.2", "1.1"),
        ("1.1", "about 1.1", "1.1"),
        ("1.1", "", "1.1"),
    ],
)
def test_a_number_stays_as_the_source_wrote_it(tmp_path, number, written, value):
    row = read_measurement(tmp_path, value_as_number=number, value_source_value=written).only("measurement")
    assert (row["value"], row["comparator"]) == (value, None)


def test_a_comparator_of_the_text_is_not_lost(tmp_path):
    """Many sites fill the number of "<5" and leave the operator out."""
    row = read_measurement(tmp_path / "a", value_as_number="5", value_source_value="<5.0").only("measurement")
    assert (row["value"], row["comparator"]) == ("5.0", "<")
    for operator, comparator in ((4171754, "<="), (4172703, "<")):
        cells = {"value_as_number": "5", "value_source_value": "<5.0", "operator_concept_id": operator}
        row = read_measurement(tmp_path / str(operator), **cells).only("measurement")
        assert (row["value"], row["comparator"]) == ("5.0", comparator)


@pytest.mark.parametrize(
    ("number", "written", "operator", "value", "comparator"),
    [
        ("5000", ">5000 pg/mL", 0, "5000", ">"),
        ("5000", "> 5,000", 0, "5000", ">"),
        ("5000", "> 5,000 pg/mL", 4172703, "5000", ">"),
        ("92", "<92%", 0, "92", "<"),
        ("0", "<2", 0, "2", "<"),
        ("1.4", "≤ 2 (L)", "", "2", "<="),
        ("5001", ">5000", 0, "5000", ">"),
        ("4", "<0.4 mg/dL", 4171756, "4", "<"),
        ("", ">5000 pg/mL", 0, "5000", ">"),
        ("5", "<5 10^3/uL", 0, "5", "<"),
        ("38.4", "38.4 C", 0, "38.4", None),
    ],
)
def test_a_bound_in_the_text_never_becomes_a_bare_number(
    tmp_path, number, written, operator, value, comparator
):
    cells = {"value_as_number": number, "value_source_value": written, "operator_concept_id": operator}
    cells |= {"unit_concept_id": 0, "unit_source_value": ""}
    row = read_measurement(tmp_path, **cells).only("measurement")
    assert (row["value"], row["comparator"]) == (value, comparator)


@pytest.mark.parametrize(
    ("number", "written", "unit"),
    [("7", "<5.0", ""), ("4", ">5", ""), ("0", "<LOD", ""), ("4", "<5 mg/dL", "mg/L"), ("7", "<5-10", "")],
)
def test_a_bound_that_contradicts_its_number_or_unit_is_refused(tmp_path, number, written, unit):
    cells = {"value_as_number": number, "value_source_value": written}
    cells |= {"unit_concept_id": 0, "unit_source_value": unit}
    found = read_measurement(tmp_path, **cells)
    assert found.of("measurement") == []
    ((outcome, reason, count),) = found.reasons("measurement")
    assert (outcome, count) == ("refused", 1)
    assert reason.startswith("Its source value is a bound")


@pytest.mark.parametrize(
    ("written", "value", "comparator"),
    [
        ("<5.0", "5.0", "<"),
        (">= 200", "200", ">="),
        ("7", "7", None),
        ("= 7", "7", None),
        ("-1.5e2", "-1.5e2", None),
    ],
)
def test_a_text_with_a_number_is_a_value(tmp_path, written, value, comparator):
    row = read_measurement(tmp_path, value_as_number="", value_source_value=written).only("measurement")
    assert (row["value"], row["comparator"]) == (value, comparator)


@pytest.mark.parametrize("written", ["", "pending", "5 to 7", "<", "n/a"])
def test_no_value_is_never_a_normal_one(tmp_path, written):
    found = read_measurement(
        tmp_path, value_as_number="", value_source_value=written, range_low="36", range_high="37.5"
    )
    assert found.of("measurement") == []
    ((outcome, reason, count),) = found.reasons("measurement")
    assert (outcome, count) == ("set aside", 1)
    assert reason.startswith("no value:")


def test_a_coded_value_comes_with_its_codes(tmp_path):
    row = read_measurement(tmp_path, value_as_number="", value_as_concept_id=9191).only("measurement")
    assert (row["value"], row["value_codes"]) == ("Positive", ["SNOMED|10828004", "OMOP|9191"])


@pytest.mark.parametrize(
    ("concept", "written", "unit"),
    [(586323, "C", "Cel"), (0, "degF", "degF"), ("", "", None), (9191, "x", "x"), (99, "y", "y")],
)
def test_the_unit_is_the_ucum_concept_else_the_text(tmp_path, concept, written, unit):
    row = read_measurement(tmp_path, unit_concept_id=concept, unit_source_value=written).only("measurement")
    assert row["unit"] == unit


@pytest.mark.parametrize(
    ("date", "moment", "start"),
    [
        ("2024-03-01", "2024-03-01 08:30:00", "2024-03-01T08:30:00"),
        ("2024-03-01", "2024-03-01T08:30", "2024-03-01T08:30"),
        ("2024-03-01", "2024-03-01 08:30:00.250", "2024-03-01T08:30:00.250"),
        ("2024-03-01", "2024-03-01 00:00:00", "2024-03-01"),
        ("2024-03-01", "2024-03-01T00:00", "2024-03-01"),
        ("2024-03-01", "2024-03-01 00:00:00.000", "2024-03-01"),
        ("2024-03-01", "2024-03-01 00:00:01", "2024-03-01T00:00:01"),
        ("2024-03-01", "2024-03-01", "2024-03-01"),
        ("2024-03-01", "", "2024-03-01"),
        ("2024-03-01 00:00:00", "", "2024-03-01"),
        ("", "", None),
    ],
)
def test_midnight_and_a_bare_date_are_a_whole_day(tmp_path, date, moment, start):
    row = read_measurement(tmp_path, measurement_date=date, measurement_datetime=moment).only("measurement")
    assert row["start"] == start


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("03/01/2024", ""),
        ("2024-03", ""),
        ("2024-02-30", ""),
        ("20240301", ""),
        ("2024-03-01", "8:30"),
        ("x", ""),
    ],
)
def test_a_date_that_is_none_is_refused(tmp_path, date, moment):
    found = read_measurement(tmp_path, measurement_date=date, measurement_datetime=moment)
    assert found.of("measurement") == []
    ((outcome, reason, _),) = found.reasons("measurement")
    assert outcome == "refused"
    assert "YYYY-MM-DD" in reason


def test_a_row_of_an_unknown_person_is_refused(tmp_path):
    for person in ("2", "", "x"):
        found = read_measurement(tmp_path / f"p{person}", person_id=person)
        assert found.of("measurement") == []
        ((outcome, reason, _),) = found.reasons("measurement")
        assert outcome == "refused"
        assert "is expected" in reason
        assert found.accounted() == found.read


def test_rows_without_an_id_stay_apart(tmp_path):
    rows = [measurement(number, value_as_number="37.0") for number in ("", "", "a-b", 4)]
    found = read_all(write_cdm(tmp_path, {"measurement": rows}))
    assert sorted(row["row"] for row in found.of("measurement")) == [-3, -2, -1, 4]
    assert found.accounted() == found.read


def test_an_observation_may_hold_a_word(tmp_path):
    rows = [
        {
            "observation_id": number,
            "person_id": 1,
            "observation_concept_id": 3020891,
            "observation_date": "2024-03-01",
            "observation_datetime": "2024-03-01 08:30:00",
            "qualifier_source_value": "at rest",
            **cells,
        }
        for number, cells in enumerate(
            [{"value_as_string": "warm"}, {"value_as_number": "38.4", "value_as_string": "warm"}, {}], start=1
        )
    ]
    found = read_all(write_cdm(tmp_path, {"observation": rows}))
    first, second = found.of("observation")
    assert (first["value"], first["note"]) == ("warm", "qualifier at rest")
    assert second["value"] == "38.4"
    assert found.accounted() == found.read
