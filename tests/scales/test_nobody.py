"""Every grading system on a cohort without patients, and on a patient of whom nothing is recorded."""

import polars as pl
import pytest

from becalm import grade, installed_scales, per_patient, read_tables

IDS = tuple(installed_scales())


def cohort(*patients: str):
    return read_tables(
        {"patients": pl.DataFrame({"patient_id": list(patients)}, schema={"patient_id": pl.String})}
    )


@pytest.mark.parametrize("scale", IDS)
def test_without_patients_the_tables_are_empty(scale: str) -> None:
    assert grade(cohort(), scale).is_empty()
    assert grade(cohort(), scale, at=[3]).is_empty()
    assert per_patient(cohort(), scale).is_empty()


@pytest.mark.parametrize("scale", IDS)
def test_a_patient_of_whom_nothing_is_recorded_has_no_certain_toxicity(scale: str) -> None:
    found = grade(cohort("a"), scale, at=[3.0]).row(0, named=True)
    assert found["grade_min"] == 0
    assert found["because"]
    assert (found["grade_max"] > 0) == bool(found["missing"])
    assert per_patient(cohort("a"), scale).height == 1
