"""One patient as SDTM, as MIMIC-IV and in the folder format: the same grade at every moment.

The like tests for FHIR and OMOP stand beside their readers.
"""

from __future__ import annotations

import polars as pl
import pytest

from becalm import grade, read_folder, read_tables
from becalm.sources import Plan, import_folder
from tests.sources.mimic.folders import folder as mimic_folder
from tests.sources.sdtm.studies import study

VITALS = {
    "temperature": {(1, 12): "36.8", (2, 8): "38.6", (3, 4): "39.1", (4, 8): "37.4", (5, 8): "36.9"},
    "sbp": {(1, 12): "118", (2, 8): "108", (3, 6): "82", (3, 10): "101", (5, 8): "112"},
    "spo2": {(1, 12): "97", (2, 8): "96", (3, 7): "88", (4, 14): "95", (5, 8): "97"},
}
UNITS = {"temperature": "Cel", "sbp": "mm[Hg]", "spo2": "%"}
INFUSED = (1, 10)
PRESSOR = ((3, 7), (3, 20))
TUBE = ((3, 8), (4, 12))
DRUG = (3, 9)


def at(day, hour=0, between="T"):
    return f"2124-05-{day:02}{between}{hour:02}:00:00"


def expected(patient, *stays):
    """The grades of the patient in the folder format."""
    readings = [
        {"patient_id": patient, "time": at(*when), "concept": name, "value": value, "unit": UNITS[name]}
        for name, values in VITALS.items()
        for when, value in values.items()
    ]
    given = [
        ("drug", "norepinephrine", at(*PRESSOR[0]), at(*PRESSOR[1])),
        ("drug", "acetaminophen", at(*DRUG), None),
        ("ventilation", "invasive_ventilation", at(*TUBE[0]), at(*TUBE[1])),
    ]
    columns = ("kind", "name", "start_time", "end_time")
    tables = {
        "patients": [{"patient_id": patient, "infusion_time": at(*INFUSED), "age_years": "60"}],
        "observations": readings,
        "exposures": [
            {"patient_id": patient, **dict(zip(columns, row, strict=True)), "route": "iv"} for row in given
        ],
        "events": [{"patient_id": patient, "time": time, "event": event} for event, time in stays],
    }
    return graded(read_tables({name: pl.DataFrame(rows) for name, rows in tables.items() if rows}))


def graded(cohort):
    columns = ("start_day", "end_day", "grade_min", "grade_max", "because", "missing")
    return grade(cohort).select(columns)


def test_sdtm(tmp_path):
    codes = {"temperature": ("TEMP", "C"), "sbp": ("SYSBP", "mmHg"), "spo2": ("OXYSAT", "%")}
    signs = [
        {"VSTESTCD": code, "VSORRES": value, "VSORRESU": unit, "VSDTC": at(*when)}
        for name, (code, unit) in codes.items()
        for when, value in VITALS[name].items()
    ]
    cells = {"EXTRT": "AXICABTAGENE CILOLEUCEL", "EXSTDTC": at(*INFUSED), "EXROUTE": "INTRAVENOUS"}
    drugs = [
        {
            "CMTRT": "Levophed",
            "CMDECOD": "NOREPINEPHRINE",
            "CMSTDTC": at(*PRESSOR[0]),
            "CMENDTC": at(*PRESSOR[1]),
        },
        {"CMTRT": "Tylenol", "CMDECOD": "ACETAMINOPHEN", "CMSTDTC": at(*DRUG)},
    ]
    source = study(
        tmp_path / "study",
        dm=[{"RFSTDTC": at(*INFUSED), "AGE": 60, "AGEU": "YEARS", "SEX": "F"}],
        vs=signs,
        ex=[cells],
        cm=[row | {"CMROUTE": "INTRAVENOUS"} for row in drugs],
        pr=[{"PRTRT": "Mechanical ventilation", "PRSTDTC": at(*TUBE[0]), "PRENDTC": at(*TUBE[1])}],
    )
    import_folder(Plan("sdtm", str(source)), tmp_path / "cohort")
    found = graded(read_folder(tmp_path / "cohort"))
    assert found["grade_min"].max() == 4
    assert found.equals(expected("S-001"))


@pytest.mark.parametrize("compressed", [False, True])
def test_mimic(tmp_path, compressed):
    items = {"temperature": "223762", "sbp": "220179", "spo2": "220277"}
    charted = [
        {
            "subject_id": "1",
            "charttime": at(*when, " "),
            "itemid": items[name],
            "value": value,
            "valuenum": value,
        }
        for name, values in VITALS.items()
        for when, value in values.items()
    ]
    running = {
        "subject_id": "1",
        "ordercategorydescription": "Continuous Med",
        "statusdescription": "FinishedRunning",
    }
    pressor = {"itemid": "221906", "rate": "0.05", "rateuom": "mcg/kg/min"}
    pressor |= {"starttime": at(*PRESSOR[0], " "), "endtime": at(*PRESSOR[1], " ")}
    single = {
        "itemid": "228315",
        "ordercategorydescription": "Drug Push",
        "amount": "1000",
        "amountuom": "mg",
    }
    single |= {"starttime": at(*DRUG, " "), "endtime": at(*DRUG, " ").replace(":00:00", ":01:00")}
    tube = {"itemid": "225792", "starttime": at(*TUBE[0], " "), "endtime": at(*TUBE[1], " ")}
    stay = (at(1, 7), at(15, 12))
    source = mimic_folder(
        tmp_path / "mimic",
        compressed=compressed,
        patients=[{"subject_id": "1", "gender": "F", "anchor_age": "60", "anchor_year": "2124"}],
        admissions=[{"subject_id": "1", "admittime": stay[0], "dischtime": stay[1]}],
        chartevents=charted,
        inputevents=[running | pressor, running | single],
        procedureevents=[{"subject_id": "1", "statusdescription": "FinishedRunning", **tube}],
    )
    zero = tmp_path / "zero.csv"
    zero.write_text(f"patient_id,infusion_time\n1,{at(*INFUSED)}\n")
    import_folder(Plan("mimic", str(source), anchor=str(zero)), tmp_path / "cohort")
    found = graded(read_folder(tmp_path / "cohort"))
    assert found["grade_min"].max() == 4
    assert found.equals(expected("1", ("admission", stay[0]), ("discharge", stay[1])))
