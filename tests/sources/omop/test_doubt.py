"""Treatments whose times are none: given perhaps, and never read as not given."""

import pytest

from tests.sources.omop.cdm import drug, write_cdm
from tests.sources.omop.reading import read_all

PRESCRIBED = 32838


def device(number, **cells):
    return {"device_exposure_id": number, "person_id": 1, "device_concept_id": 731} | cells


@pytest.mark.parametrize(("start", "end"), [("03/01/2024", "2024-03-02"), ("2024-03-01", "2024-03")])
def test_a_time_that_is_none_leaves_a_doubt_of_what_was_given(tmp_path, start, end):
    dates = {"drug_exposure_start_date": start, "drug_exposure_end_date": end}
    dates |= {"drug_exposure_start_datetime": "", "drug_exposure_end_datetime": ""}
    tables = {
        "drug_exposure": [
            drug(1, **dates),
            drug(2, **dates, drug_type_concept_id=PRESCRIBED),
            drug(3, **dates, person_id=9),
        ],
        "device_exposure": [
            device(1, device_exposure_start_date=start, device_exposure_end_date=end),
            device(2, device_exposure_start_date="2024-03-01"),
        ],
        "procedure_occurrence": [
            {
                "procedure_occurrence_id": 6,
                "person_id": 1,
                "procedure_concept_id": 730,
                "procedure_date": "March",
            }
        ],
    }
    found = read_all(write_cdm(tmp_path, tables))
    given = found.only("drug_exposure")
    used, plain = found.of("device_exposure")
    kept = [text if len(text) == 10 and "/" not in text else None for text in (start, end)]
    for row in (given, used, found.only("procedure_occurrence")):
        assert row["doubt"].startswith("Its date or time is not one.")
    assert [given["start"], given["end"]] == [used["start"], used["end"]] == kept
    assert found.only("procedure_occurrence")["start"] is None
    assert (plain["start"], plain["doubt"]) == ("2024-03-01", None)
    assert [outcome for outcome, _, _ in found.reasons("drug_exposure")] == ["refused", "refused"]
    assert found.accounted() == found.read
