"""Infusions and procedures whose times contradict themselves, and starts that emar alone tells of."""

from typing import Any

import polars as pl
import pytest

from tests.sources.mimic.folders import accounted, folder, whole

DRIP = {"itemid": "221906", "rate": "0.05", "rateuom": "mcg/kg/min", "statusdescription": "FinishedRunning"}
TUBE = {"itemid": "225792", "ordercategorydescription": "ContinuousProcess"}
BACKWARDS = {"subject_id": "1", "starttime": "2150-01-02 03:00:00", "endtime": "2150-01-02 02:00:00"}


@pytest.mark.parametrize(
    ("table", "row", "domain"), [("inputevents", DRIP, "drug"), ("procedureevents", TUBE, "procedure")]
)
def test_a_row_that_ends_before_it_starts_leaves_a_doubt(tmp_path, table, row, domain):
    rows = [
        BACKWARDS | row,
        BACKWARDS | row | {"statusdescription": "Rewritten"},
        BACKWARDS | row | {"subject_id": ""},
        BACKWARDS | row | {"endtime": "2150-01-02 04:00:00"},
    ]
    tables: dict[str, Any] = {table: rows}
    found = whole(folder(tmp_path, **tables))
    first, last = found.statements.sort("row").to_dicts()
    assert (first["domain"], first["start"], first["end"]) == (domain, None, None)
    assert first["doubt"].startswith("It ends before it starts.")
    assert (last["row"], last["doubt"]) == (4, None)
    assert sorted(found.outcomes["outcome"]) == ["refused", "set aside"]
    assert accounted(found) == found.read


def test_the_start_of_a_drug_that_no_item_of_inputevents_means_counts_in_intensive_care(tmp_path):
    stay = {"subject_id": "1", "stay_id": "9"}
    stay |= {"intime": "2150-01-02 00:00:00", "outtime": "2150-01-03 00:00:00"}
    names = ("NORepinephrine", "Tocilizumab", "Angiotensin II")
    rows = [
        {"subject_id": "1", "charttime": "2150-01-02 12:00:00", "medication": name, "event_txt": "Started"}
        for name in names
    ]
    found = whole(folder(tmp_path, emar=rows, icustays=[stay], inputevents=[]))
    given = found.statements.filter(pl.col("file") == "emar")
    assert given.select("text", "doubt").rows() == [("Tocilizumab", None)]
    assert set(found.outcomes["given"]) == {"NORepinephrine", "Angiotensin II"}
    assert accounted(found) == found.read
