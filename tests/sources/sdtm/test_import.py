"""A small trial of a CAR-T product from data sets to the tables of the folder format."""

import polars as pl
import pytest

from becalm.record import vocabulary
from becalm.sources import Plan, import_folder
from becalm.sources.coded.mapping import shipped_mapping
from tests.sources.sdtm.studies import study

DAY = "2024-03-02"
TRIAL = {
    "dm": [{"RFSTDTC": "2024-03-01", "AGE": 41, "AGEU": "YEARS", "SEX": "F"}],
    "ex": [
        {"EXTRT": "FLUDARABINE", "EXDOSE": 30, "EXDOSU": "mg/m2", "EXSTDTC": "2024-02-25"},
        {"EXTRT": "AXICABTAGENE CILOLEUCEL", "EXROUTE": "INTRAVENOUS", "EXSTDTC": "2024-03-01T11:00"},
    ],
    "vs": [
        {"VSTESTCD": "TEMP", "VSORRES": "101.3", "VSORRESU": "F", "VSDTC": f"{DAY}T08:30"},
        {"VSTESTCD": "SYSBP", "VSORRES": "84", "VSORRESU": "mmHg", "VSDTC": f"{DAY}T09:00"},
        {"VSTESTCD": "OXYSAT", "VSORRES": "0.88", "VSORRESU": "FRACTION", "VSDTC": f"{DAY}T09:00"},
    ],
    "lb": [
        {"LBTESTCD": "INTLK6", "LBORRES": "<5", "LBORRESU": "pg/mL", "LBSPEC": "SERUM", "LBDTC": DAY},
        {"LBTESTCD": "INTLK6", "LBORRES": "900", "LBORRESU": "pg/mL", "LBSPEC": "CSF", "LBDTC": DAY},
        {"LBTESTCD": "CRP", "LBORRES": "500", "LBORRESU": "nmol/L", "LBDTC": DAY},
    ],
    "cm": [
        {
            "CMTRT": "Actemra",
            "CMDECOD": "TOCILIZUMAB",
            "CMDOSE": 8,
            "CMDOSU": "mg/kg",
            "CMROUTE": "INTRAVENOUS",
            "CMINDC": "CYTOKINE RELEASE SYNDROME",
            "CMSTDTC": f"{DAY}T10:00",
            "CMENDTC": f"{DAY}T11:00",
        },
    ],
    "ae": [{"AEDECOD": "Cytokine release syndrome", "AETOXGR": "2", "AESTDTC": DAY}],
}


@pytest.fixture(scope="module", params=["xpt5", "ndjson"])
def made(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param)
    result = import_folder(Plan("sdtm", str(study(path / "in", request.param, **TRIAL))), path / "out")
    tables = {file.stem: pl.read_csv(file, infer_schema=False) for file in (path / "out").glob("*.csv")}
    return result, tables


def test_days_count_from_the_cells_and_not_from_the_chemotherapy_before_them(made):
    assert made[1]["patients"].select("patient_id", "infusion_time", "age_years").rows() == [
        ("S-001", "2024-03-01T11:00", "41")
    ]


def test_measurements_keep_text_unit_and_bound_and_other_fluids_stay_out(made):
    seen = made[1]["observations"].select("concept", "value", "unit", "comparator").rows()
    assert sorted(seen, key=str) == [
        ("crp", "500", "nmol/L", None),
        ("crs_grade_recorded", "2", "{grade}", None),
        ("il6", "5", "pg/mL", "<"),
        ("sbp", "84", "mm[Hg]", None),
        ("spo2", "0.88", "1", None),
        ("temperature", "101.3", "[degF]", None),
    ]
    assert made[0].not_accepted["observations"] == 1, "a molar unit of CRP has no mass"


def test_treatments_keep_route_indication_and_interval(made):
    given = made[1]["exposures"].filter(pl.col("name") == "tocilizumab")
    assert given.select("route", "indication", "start_time", "end_time", "dose").rows() == [
        ("iv", "crs", "2024-03-02T10:00", "2024-03-02T11:00", "8")
    ]


def test_every_row_is_accounted_for(made):
    files = made[0].account.files
    assert files["read"].sum() == 11
    assert files.filter(pl.col("read") != pl.col("used") + pl.col("set_aside") + pl.col("refused")).is_empty()


def test_what_the_mapping_names_is_in_the_vocabulary():
    known = vocabulary()
    for value in shipped_mapping("sdtm").value:
        for group, name in (("route", value.route), ("sex", value.sex), ("indication", value.indication)):
            assert name is None or known.resolve(group, name) is not None, value
