"""The same patient as an OMOP CDM and in the folder format: the same grade at every moment."""

import polars as pl
import pytest

import becalm
from becalm.sources import Plan, import_folder
from tests.sources.omop.cdm import drug, measurement, person, vocabulary, write_cdm

# concept of the record: its OMOP concept, name, LOINC code, unit; then the readings by day and hour
READINGS = {
    ("temperature", 3020891, "Body temperature", "8310-5", "Cel"): {
        (1, 8): "36.8",
        (2, 8): "38.6",
        (3, 4): "39.1",
        (4, 8): "37.4",
        (5, 8): "36.9",
    },
    ("spo2", 40762499, "Oxygen saturation by pulse oximetry", "59408-5", "%"): {
        (1, 8): "97",
        (2, 8): "96",
        (3, 7): "88",
        (4, 14): "95",
        (5, 8): "97",
    },
    ("sbp", 3004249, "Systolic blood pressure", "8480-6", "mm[Hg]"): {
        (1, 8): "118",
        (2, 8): "108",
        (3, 6): "82",
        (3, 10): "101",
        (5, 8): "112",
    },
    ("il6", 3023091, "Interleukin 6", "26881-3", "pg/mL"): {(1, 6): "<5", (3, 6): "1520.5"},
}
UNITS = {"Cel": 586323, "%": 8554, "mm[Hg]": 8876, "pg/mL": 8845, "L/min": 8698}
LESS = 4171756


def at(day, hour=0):
    return f"2024-05-{day:02} {hour:02}:00:00"


def readings():
    for (name, concept, _, _, unit), values in READINGS.items():
        for (day, hour), value in values.items():
            yield name, concept, unit, at(day, hour), value.removeprefix("<"), value.startswith("<")


def as_tables():
    """The patient in the folder format."""
    rows = [
        {
            "patient_id": "1",
            "time": time,
            "concept": name,
            "value": value,
            "comparator": "<" if less else None,
            "unit": unit,
        }
        for name, _, unit, time, value, less in readings()
    ]
    columns = ("kind", "name", "start_time", "end_time", "dose", "dose_unit", "route", "flow_l_min")
    given = [
        ("drug", "norepinephrine", at(3, 7), at(3, 20), None, None, "iv", None),
        ("drug", "tocilizumab", at(3, 9), at(3, 10), "560", "mg", "iv", None),
        ("oxygen", "high_flow_nasal_cannula", at(3, 8), at(4, 12), None, None, None, "40"),
    ]
    stays = [("admission", at(1, 7)), ("infusion", at(1, 10)), ("discharge", at(15, 12))]
    tables = {
        "patients": [{"patient_id": "1", "infusion_time": at(1, 10), "sex": "female", "age_years": "64"}],
        "observations": rows,
        "exposures": [{"patient_id": "1", **dict(zip(columns, one, strict=True))} for one in given],
        "events": [{"patient_id": "1", "time": time, "event": event} for event, time in stays],
    }
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}


def as_cdm():
    """The patient as the tables of a CDM: a product by its ingredient, oxygen as a device."""
    tables = vocabulary()
    concepts = [(concept, name, "LOINC", code) for _, concept, name, code, _ in READINGS]
    concepts += [(number, unit, "UCUM", unit) for unit, number in UNITS.items()]
    concepts += [
        (3005629, "Inhaled oxygen flow rate", "LOINC", "3151-8"),
        (900, "Introduction of CAR-T into a vein", "ICD10PCS", "XW033C3"),
        (901, "norepinephrine", "RxNorm", "7512"),
        (902, "a pressor 1 MG/ML Injection", "RxNorm", "000902"),
    ]
    known = {row["concept_id"] for row in tables["concept"]}
    keys = ("concept_id", "concept_name", "vocabulary_id", "concept_code")
    tables["concept"] += [dict(zip(keys, one, strict=True)) for one in concepts if one[0] not in known]
    tables["concept_ancestor"].append(
        {"ancestor_concept_id": 901, "descendant_concept_id": 902, "min_levels_of_separation": 2}
    )

    def reading(number, concept, unit, time, value, less):
        return measurement(
            number,
            measurement_concept_id=concept,
            measurement_date=time[:10],
            measurement_datetime=time,
            operator_concept_id=LESS if less else 0,
            value_as_number=value,
            unit_concept_id=UNITS[unit],
        )

    def given(number, concept, start, end, **more):
        return drug(
            number,
            drug_concept_id=concept,
            drug_exposure_start_date=start[:10],
            drug_exposure_start_datetime=start,
            drug_exposure_end_date=end[:10],
            drug_exposure_end_datetime=end,
            route_concept_id=4112223,
            **more,
        )

    rows = [reading(n, *one[1:]) for n, one in enumerate(readings(), start=1)]
    return tables | {
        "person": [person(month_of_birth=1, day_of_birth=20)],
        "measurement": [*rows, reading(99, 3005629, "L/min", at(3, 8), "40", False)],
        "drug_exposure": [
            given(1, 902, at(3, 7), at(3, 20)),
            given(2, 711, at(3, 9), at(3, 10), quantity="560", dose_unit_source_value="mg"),
            # A prescription is no dose.
            given(3, 711, at(2, 9), at(2, 10), drug_type_concept_id=38000177),
        ],
        "device_exposure": [
            {
                "device_exposure_id": 1,
                "person_id": 1,
                "device_concept_id": 731,
                "device_exposure_start_datetime": at(3, 8),
                "device_exposure_end_datetime": at(4, 12),
            }
        ],
        "procedure_occurrence": [
            {
                "procedure_occurrence_id": 1,
                "person_id": 1,
                "procedure_concept_id": 900,
                "procedure_datetime": at(1, 10),
            }
        ],
        "visit_occurrence": [
            {
                "visit_occurrence_id": 1,
                "person_id": 1,
                "visit_concept_id": 9201,
                "visit_start_datetime": at(1, 7),
                "visit_end_datetime": at(15, 12),
            }
        ],
    }


@pytest.mark.parametrize("scale", sorted(becalm.installed_scales()))
def test_the_same_grade(tmp_path, scale):
    write_cdm(tmp_path / "cdm", as_cdm())
    told = import_folder(Plan("omop", str(tmp_path / "cdm")), tmp_path / "cohort")
    assert told.account.files["refused"].sum() == 0
    columns = ["start_day", "end_day", "grade_min", "grade_max", "because"]
    from_omop = becalm.grade(becalm.read_folder(tmp_path / "cohort"), scale).select(columns)
    from_tables = becalm.grade(becalm.read_tables(as_tables()), scale).select(columns)
    assert max(from_tables["grade_max"]) >= min(3, becalm.installed_scales()[scale].highest)
    assert from_omop.rows() == from_tables.rows()
