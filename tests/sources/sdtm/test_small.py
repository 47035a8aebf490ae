"""What one row of each SDTM domain says: results, dates, specimens, treatments, events, persons."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.record import InputError
from becalm.sources import lookup_for
from becalm.sources.sdtm.times import timed
from tests.sources.sdtm.studies import SUBJECT, accounted, study, whole

DM = [{"RFSTDTC": "2024-03-01T10:00", "SEX": "F", "AGE": 41, "AGEU": "YEARS"}]


def lab(**cells):
    return {"LBTESTCD": "INTLK6", "LBTEST": "Interleukin 6", "LBDTC": "2024-03-02"} | cells


@pytest.mark.parametrize(
    ("cells", "value", "comparator", "unit"),
    [
        (
            {"LBORRES": "5.30", "LBORRESU": "pg/mL", "LBSTRESC": "5.3", "LBSTRESU": "ng/L"},
            "5.30",
            None,
            "pg/mL",
        ),
        ({"LBORRES": "<5", "LBORRESU": "pg/mL", "LBSTRESC": "<5", "LBSTRESU": "ng/L"}, "5", "<", "pg/mL"),
        ({"LBORRES": ">= 400", "LBORRESU": "pg/mL"}, "400", ">=", "pg/mL"),
        ({"LBSTRESC": "7", "LBSTRESU": "ng/L"}, "7", None, "ng/L"),
        ({"LBSTRESN": 7.25, "LBSTRESU": "ng/L"}, "7.25", None, "ng/L"),
        ({"LBORRES": "BLQ", "LBSTRESC": "<2", "LBSTRESU": "ng/L"}, "2", "<", "ng/L"),
        ({"LBORRES": "BLQ", "LBLLOQ": 1.5, "LBSTRESU": "ng/L"}, "1.5", "<", "ng/L"),
        ({"LBORRES": "88", "LBSTRESC": "88", "LBSTRESU": "ng/L"}, "88", None, "ng/L"),
        ({"LBORRES": "1.2", "LBSTRESC": "120", "LBSTRESU": "ng/L"}, "120", None, "ng/L"),
        ({"LBORRES": "POSITIVE", "LBSTRESC": "POSITIVE"}, "POSITIVE", None, None),
    ],
)
def test_the_original_result_goes_first_unless_only_the_standard_one_is_a_number(
    tmp_path, cells, value, comparator, unit
):
    found = whole(study(tmp_path, lb=[lab(**cells)])).statements
    assert found.select("value", "comparator", "unit").row(0) == (value, comparator, unit)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"LBSTAT": "NOT DONE", "LBREASND": "SAMPLE LOST"}, "Not done."),
        ({"LBORRES": ""}, "No value: the result is blank."),
    ],
)
def test_what_has_no_result_is_set_aside(tmp_path, cells, reason):
    found = whole(study(tmp_path, lb=[lab(**cells)]))
    assert found.statements.is_empty()
    assert found.outcomes.select("outcome", "reason").rows() == [("set aside", reason)]


@pytest.mark.parametrize(
    ("cells", "code", "mapped"),
    [
        ({}, "SDTM LBTESTCD|INTLK6", True),
        ({"LBSPEC": "SERUM"}, "SDTM LBTESTCD|INTLK6", True),
        ({"LBSPEC": "CSF"}, "SDTM LBTESTCD|INTLK6@CSF", False),
        ({"LBCAT": "URINALYSIS"}, "SDTM LBTESTCD|INTLK6@URINALYSIS", False),
        ({"LBCAT": "Urine Chemistry"}, "SDTM LBTESTCD|INTLK6@URINE CHEMISTRY", False),
        ({"LBCAT": "CHEMISTRY", "LBSCAT": "CSF PANEL"}, "SDTM LBTESTCD|INTLK6@CSF PANEL", False),
        ({"LBCAT": "PURINE METABOLISM"}, "SDTM LBTESTCD|INTLK6", True),
        ({"LBCAT": "URINALYSIS", "LBSPEC": "BLOOD"}, "SDTM LBTESTCD|INTLK6", True),
        ({"LBSPEC": "CSF", "LBLOINC": "26881-3"}, "SDTM LBTESTCD|INTLK6@CSF", False),
        ({"LBLOINC": "26881-3"}, "LOINC|26881-3", True),
    ],
)
def test_a_specimen_other_than_blood_means_nothing_by_code_or_by_name(tmp_path, cells, code, mapped):
    row = whole(study(tmp_path, lb=[lab(LBORRES="5", **cells)])).statements.row(0, named=True)
    assert row["codes"][0] == code
    assert (lookup_for("sdtm").find("measurement", row["codes"], row["text"]) is not None) is mapped


@pytest.mark.parametrize(
    ("written", "day", "start"),
    [
        ("2024-03-02", None, "2024-03-02"),
        ("2024-03-02T08:30", 5, "2024-03-02T08:30"),
        ("2024-03-02T08:30:15+01:00", None, "2024-03-02T08:30:15+01:00"),
        ("2024-03-02T08", None, "2024-03-02"),
        ("", 1, "2024-03-01"),
        ("", 2, "2024-03-02"),
        ("", -1, "2024-02-29"),
        ("", None, None),
    ],
)
def test_a_date_is_taken_as_written_or_counted_from_the_reference_date(tmp_path, written, day, start):
    row = {"VSTESTCD": "TEMP", "VSORRES": "38", "VSORRESU": "C", "VSDTC": written, "VSDY": day}
    found = whole(study(tmp_path, dm=DM, vs=[row])).statements
    assert found["start"].to_list() == [start]


@pytest.mark.parametrize(
    "written", ["2024", "2024-03", "2024---02", "2024-02-31", "02MAR2024", "2024-03-02/2024-03-04"]
)
def test_a_partial_or_impossible_date_is_refused_and_not_guessed(tmp_path, written):
    row = {"VSTESTCD": "TEMP", "VSORRES": "38", "VSDTC": written}
    found = whole(study(tmp_path, dm=DM, vs=[row]))
    assert found.statements.is_empty()
    assert found.outcomes.select("outcome", "given").rows() == [("refused", written)]


def test_there_is_no_day_zero(tmp_path):
    row = {"VSTESTCD": "TEMP", "VSORRES": "38", "VSDY": 0}
    assert whole(study(tmp_path, dm=DM, vs=[row])).outcomes["outcome"].to_list() == ["refused"]


@given(st.dates().filter(lambda date: date.year > 1), st.integers(-300, 300).filter(bool))
def test_study_days_leave_no_gap_but_zero(reference, day):
    frame = pl.DataFrame({"RFSTDTC": [reference.isoformat()], "X": [None], "DY": [str(day)]}).cast(pl.String)
    start = timed(frame, "start", "X", "DY")["start"].str.to_date("%Y-%m-%d").item()
    assert (start - reference).days == (day - 1 if day > 0 else day)


def drug(**cells):
    return {"CMTRT": "Tylenol", "CMDECOD": "ACETAMINOPHEN", "CMSTDTC": "2024-03-02T08:00"} | cells


def test_a_treatment_keeps_its_words(tmp_path):
    row = drug(
        CMDOSE=1000, CMDOSU="mg", CMROUTE="ORAL", CMINDC="PYREXIA", CMENDTC="2024-03-03", CMDOSFRQ="Q6H"
    )
    found = whole(study(tmp_path, cm=[row])).statements
    assert found.select("domain", "text", "start", "end", "dose", "dose_unit", "route", "indication").row(
        0
    ) == (
        "drug",
        "ACETAMINOPHEN",
        "2024-03-02T08:00",
        "2024-03-03",
        "1000",
        "mg",
        "ORAL",
        "PYREXIA",
    )
    assert found["note"].item() == "reported as Tylenol; Q6H"


@pytest.mark.parametrize("cells", [{"CMENRTPT": "ONGOING"}, {"CMENRF": "AFTER"}])
def test_a_treatment_that_goes_on_has_no_end(tmp_path, cells):
    found = whole(study(tmp_path, cm=[drug(CMENDTC="2024-03-09", **cells)])).statements
    assert found.select("end", "note").row(0) == (None, "reported as Tylenol; ongoing")


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        ({"CMOCCUR": "N"}, "set aside"),
        ({"CMSTAT": "NOT DONE"}, "set aside"),
        ({"CMENDTC": "2024-03", "CMOCCUR": "N"}, "set aside"),
        ({"CMENDTC": "2024-03", "USUBJID": ""}, "refused"),
        ({"CMENDTC": "2024-03", "CMDOSE": "0"}, "refused"),
        ({"CMENDTC": "2024-03", "CMTRT": "Placebo of tocilizumab"}, "refused"),
    ],
)
def test_a_treatment_not_given_makes_no_dose_and_no_doubt(tmp_path, cells, outcome):
    found = whole(study(tmp_path, cm=[drug(**cells)]))
    assert found.statements.is_empty()
    assert found.outcomes["outcome"].to_list() == [outcome]


@pytest.mark.parametrize("written", ["2003", "2003-11"])
def test_a_treatment_begun_in_some_year_is_kept_without_a_time(tmp_path, written):
    found = whole(study(tmp_path, cm=[drug(CMSTDTC=written)])).statements
    assert found.select("start", "note").row(0) == (None, f"reported as Tylenol; began in {written}")


def test_an_uncoded_treatment_has_its_reported_name_and_an_atc_code_of_a_substance_is_a_code(
    tmp_path,
):
    rows = [drug(CMDECOD="UNCODED"), drug(CMCLASCD="N02BE01"), drug(CMCLASCD="N02B")]
    found = whole(study(tmp_path, cm=rows)).statements
    assert found["text"].to_list() == ["Tylenol", "ACETAMINOPHEN", "ACETAMINOPHEN"]
    assert found["codes"].to_list() == [[], ["ATC|N02BE01"], []]


def test_an_adverse_event_has_its_grade_and_its_medra_code(tmp_path):
    row = {"AETERM": "crs", "AEDECOD": "Cytokine release syndrome", "AEPTCD": 10052015, "AETOXGR": "GRADE 3"}
    row |= {"AESEV": "SEVERE", "AEREL": "RELATED", "AESTDTC": "2024-03-03"}
    found = whole(study(tmp_path, ae=[row])).statements
    assert found.select("text", "codes", "value", "severity", "note").row(0) == (
        "Cytokine release syndrome",
        ["MedDRA|10052015"],
        "3",
        "SEVERE",
        "reported as crs; relation RELATED",
    )


def test_a_stay_in_hospital_and_a_procedure(tmp_path):
    stay = {"HOTERM": "Hospitalization", "HOSTDTC": "2024-03-01", "HOENDTC": "2024-03-20"}
    vent = {"PRTRT": "Mechanical ventilation", "PRSTDTC": "2024-03-05T10:00"}
    found = whole(study(tmp_path, ho=[stay], pr=[vent])).statements
    assert found.select("domain", "codes", "text", "end").rows() == [
        ("procedure", [], "Mechanical ventilation", None),
        ("visit", ["SDTM HODECOD|HOSPITALIZATION"], "Hospitalization", "2024-03-20"),
    ]


@pytest.mark.parametrize(
    ("person", "start"),
    [
        ({"DTHDTC": "2024-04-01", "DTHFL": "Y"}, "2024-04-01"),
        ({"DTHDTC": "2024-04"}, None),
        ({"DTHFL": "Y"}, None),
    ],
)
def test_a_death_is_never_left_out_and_told_once(tmp_path, person, start):
    disposition = [{"DSDECOD": "DEATH", "DSSTDTC": "2024-04-01"}, {"DSDECOD": "COMPLETED"}]
    found = whole(study(tmp_path, dm=[DM[0] | person], ds=disposition))
    deaths = found.statements.filter(pl.col("domain") == "death")
    assert deaths.select("codes", "start").rows() == [(["becalm|death"], start)]
    assert accounted(found) == found.read


def test_a_death_told_only_as_a_disposition_counts(tmp_path):
    found = whole(study(tmp_path, dm=DM, ds=[{"DSDECOD": "DEATH", "DSSTDTC": "2024-04-01"}])).statements
    assert found.select("domain", "start").rows() == [("death", "2024-04-01")]


EX = [
    {"EXTRT": "FLUDARABINE", "EXSTDTC": "2024-02-25"},
    {"EXTRT": "XYZ-101", "EXSTDTC": "2024-03-01T10:00"},
    {"EXTRT": "XYZ-101", "EXSTDTC": "2024-06-01"},
]


@pytest.mark.parametrize(
    ("option", "time"),
    [("EX:xyz-101", "2024-03-01T10:00"), ("EX", "2024-02-25"), ("RFSTDTC", "2024-03-01T10:00"), (None, None)],
)
def test_day_zero_is_what_a_person_says_and_never_guessed(tmp_path, option, time):
    source = study(tmp_path, dm=DM, ex=EX)
    found = whole(source, **({"infusion": option} if option else {}))
    assert found.persons.select("patient_id", "infusion_time").rows() == [(SUBJECT, time)]


def test_an_option_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(InputError, match="infusion"):
        whole(study(tmp_path, dm=DM), infusion="AE")


def test_a_row_of_nobody_is_refused(tmp_path):
    found = whole(study(tmp_path, dm=[DM[0] | {"USUBJID": ""}], lb=[lab(LBORRES="5", USUBJID="")]))
    assert found.outcomes["outcome"].to_list() == ["refused", "refused"]
    assert accounted(found) == found.read
