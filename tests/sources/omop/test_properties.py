"""Whatever stands in the cells: every row is used, set aside or refused, and no value is made up."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.sources.omop.cdm import drug, measurement, person, write_cdm
from tests.sources.omop.reading import read_all

words = st.text("<>=.,eE-+ 0123456789abcµ°\"'%/\t", max_size=8)
numbers = st.decimals(-999, 9999, places=2).map(str)
dates = st.one_of(st.dates().map(str), words, st.just(""))
moments = st.one_of(st.datetimes().map(lambda moment: moment.isoformat(sep=" ")), dates)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": st.sampled_from([1, 1, 1, 2, 3, ""]),
            "measurement_concept_id": st.sampled_from([3020891, 3020891, 3020460, 740, 0, "", 42]),
            "measurement_source_concept_id": st.sampled_from([0, "", 3020891, 740]),
            "measurement_source_value": st.sampled_from(["", "TEMP", "x"]),
            "measurement_date": dates,
            "measurement_datetime": moments,
            "operator_concept_id": st.sampled_from([0, "", 4171756, 4172704, 4172703, 7]),
            "value_as_number": st.one_of(numbers, st.just("")),
            "value_as_concept_id": st.sampled_from([0, "", 9191]),
            "value_source_value": st.one_of(numbers, words),
            "unit_concept_id": st.sampled_from([0, "", 586323, 8751, 5]),
            "unit_source_value": words,
        }
    ),
    max_size=25,
)
kinds = st.lists(st.sampled_from([32818, 38000177, 32817, 0, ""]), max_size=6)


@given(rows, kinds)
def test_every_row_is_accounted_for_and_no_value_is_made_up(cells, types):
    tables = {
        "person": [person(1), person(2)],
        "measurement": [measurement(number, **row) for number, row in enumerate(cells, start=1)],
        "drug_exposure": [
            drug(number, drug_type_concept_id=kind) for number, kind in enumerate(types, start=1)
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        found = read_all(write_cdm(Path(folder), tables))
    expected = {name: len(rows) for name, rows in tables.items() if rows}
    assert found.read == found.accounted() == expected
    for row in found.of("measurement"):
        given_cells = cells[row["row"] - 1]
        texts = (given_cells["value_as_number"], given_cells["value_source_value"], "Positive")
        assert any(row["value"] in text.replace(",", "") for text in texts)
        assert row["patient_id"] in ("1", "2")
    orders = [row for row in found.of("drug_exposure") if row["domain"] == "order"]
    assert len(orders) == types.count(38000177)
    doses = [row for row in found.of("drug_exposure") if row["domain"] == "drug" and row["doubt"] is None]
    assert len(doses) == types.count(32818)
