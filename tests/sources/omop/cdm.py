"""Small CDMs for the tests: rows of invented patients, and the types of the CDM's columns."""

import csv
import io

COLUMNS = {
    "person": "person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime "
    "person_source_value gender_source_value",
    "death": "person_id death_date death_datetime cause_concept_id cause_source_value",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date "
    "visit_start_datetime visit_end_date visit_end_datetime visit_source_value visit_source_concept_id",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date measurement_datetime "
    "operator_concept_id value_as_number value_as_concept_id unit_concept_id range_low range_high "
    "measurement_source_value measurement_source_concept_id unit_source_value value_source_value",
    "observation": "observation_id person_id observation_concept_id observation_date observation_datetime "
    "value_as_number value_as_string value_as_concept_id unit_concept_id observation_source_value "
    "observation_source_concept_id unit_source_value qualifier_source_value value_source_value",
    "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date "
    "drug_exposure_start_datetime drug_exposure_end_date drug_exposure_end_datetime drug_type_concept_id "
    "refills quantity days_supply sig route_concept_id drug_source_value drug_source_concept_id "
    "route_source_value dose_unit_source_value",
    "device_exposure": "device_exposure_id person_id device_concept_id device_exposure_start_date "
    "device_exposure_start_datetime device_exposure_end_date device_exposure_end_datetime "
    "device_source_value device_source_concept_id",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date "
    "procedure_datetime procedure_end_date procedure_end_datetime procedure_source_value "
    "procedure_source_concept_id modifier_source_value",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date "
    "condition_start_datetime condition_end_date condition_end_datetime condition_source_value "
    "condition_source_concept_id condition_status_source_value",
    "concept": "concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept "
    "concept_code valid_start_date valid_end_date invalid_reason",
    "concept_ancestor": "ancestor_concept_id descendant_concept_id min_levels_of_separation "
    "max_levels_of_separation",
    "concept_relationship": "concept_id_1 concept_id_2 relationship_id valid_start_date valid_end_date "
    "invalid_reason",
}

CONCEPTS = (
    (8507, "MALE", "Gender", "M"),
    (8532, "FEMALE", "Gender", "F"),
    (9201, "Inpatient Visit", "Visit", "IP"),
    (32037, "Intensive Care", "Visit", "OMOP4822460"),
    (9202, "Outpatient Visit", "Visit", "OP"),
    (3020891, "Body temperature", "LOINC", "8310-5"),
    (3020460, "C reactive protein [Mass/volume] in Serum or Plasma", "LOINC", "1988-5"),
    (586323, "degree Celsius", "UCUM", "Cel"),
    (8751, "milligram per liter", "UCUM", "mg/L"),
    (4112223, "Intravenous route", "SNOMED", "47625008"),
    (9191, "Positive", "SNOMED", "10828004"),
    # Invented ids, real codes.
    (700, "dexamethasone", "RxNorm", "3264"),
    (701, "dexamethasone 4 MG/ML Injectable Solution", "RxNorm", "000701"),
    (702, "corticosteroids for systemic use, plain", "ATC", "H02A"),
    (703, "dexamethasone; systemic", "ATC", "H02AB02"),
    (710, "tocilizumab", "RxNorm", "612865"),
    (711, "a monoclonal antibody 20 MG/ML Injection", "RxNorm", "000711"),
    (720, "tisagenlecleucel", "ATC", "L01XL04"),
    (721, "CTL019 infusion product", "RxNorm Extension", "OMOP721"),
    (730, "high flow oxygen nasal cannula", "SNOMED", "426854004"),
    (731, "a make of cannula", "SNOMED", "000731"),
    (740, "Body height", "LOINC", "8302-2"),
)
ANCESTORS = (
    (700, 701, 2),
    (703, 700, 1),
    (703, 701, 3),
    (702, 700, 2),
    (702, 701, 4),
    (710, 711, 2),
    (730, 731, 1),
)
MAPS_TO = ((720, 721),)


def vocabulary():
    """The rows of the vocabulary's tables."""
    keys = ("concept_id", "concept_name", "vocabulary_id", "concept_code")
    relations = [*MAPS_TO, *((b, b) for _, b in MAPS_TO)]
    return {
        "concept": [dict(zip(keys, row, strict=True)) for row in CONCEPTS],
        "concept_ancestor": [
            {"ancestor_concept_id": a, "descendant_concept_id": b, "min_levels_of_separation": n}
            for a, b, n in ANCESTORS
        ],
        "concept_relationship": [
            {"concept_id_1": a, "concept_id_2": b, "relationship_id": "Maps to"} for a, b in relations
        ],
    }


def person(number=1, **more):
    return {"person_id": number, "gender_concept_id": 8532, "year_of_birth": 1960, **more}


def measurement(number=1, **more):
    return {
        "measurement_id": number,
        "person_id": 1,
        "measurement_concept_id": 3020891,
        "measurement_date": "2024-03-01",
        "measurement_datetime": "2024-03-01 08:30:00",
        "value_as_number": "38.4",
        "unit_concept_id": 586323,
        **more,
    }


def drug(number=1, **more):
    return {
        "drug_exposure_id": number,
        "person_id": 1,
        "drug_concept_id": 701,
        "drug_exposure_start_date": "2024-03-01",
        "drug_exposure_start_datetime": "2024-03-01 09:00:00",
        "drug_exposure_end_date": "2024-03-01",
        "drug_type_concept_id": 32818,
        **more,
    }


def write_cdm(folder, tables, separator=",", suffix=".csv", upper=False):
    """A folder of CSV files: `tables` beside a person and the small vocabulary, where not given otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ({"person": [person()]} | vocabulary() | tables).items():
        if rows is None:
            continue
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS[name].split(), delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{name.upper() if upper else name}{suffix}").write_text(text.getvalue(), encoding="utf-8")
    return folder


_WORDS = (
    "vocabulary_id",
    "domain_id",
    "concept_class_id",
    "relationship_id",
    "unique_device_id",
    "production_id",
)


def sql_type(column, number="NUMERIC"):
    """The type of a column in a database, as the CDM's own scripts create it."""
    if column in _WORDS or column.endswith(("_value", "_code", "_name", "_reason")):
        return "VARCHAR"
    if column.endswith(("_id", "_id_1", "_id_2", "_of_birth", "_separation")):
        return "BIGINT"
    if column.endswith("_datetime"):
        return "TIMESTAMP"
    if column.endswith("_date"):
        return "DATE"
    return number if column in ("value_as_number", "quantity", "range_low", "range_high") else "VARCHAR"
