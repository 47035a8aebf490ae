"""Tables in a hospital's own names: drafted, corrected, imported."""

from __future__ import annotations

import pytest

from becalm import grade, read_folder
from becalm.sources import Plan, draft_mapping, import_folder

OBSERVATIONS = """patient_id,time,concept,value,unit,code_system,code
p,2024-03-03T08:00,Körpertemperatur axillär,39.1,°C,KIS,VIT01
p,2024-03-03T08:00,RR syst.,84,mmHg,KIS,VIT02
p,2024-03-03T08:00,spo2,95,%,,
p,2024-03-03T09:00,IL-6,<5,pg/mL,,
"""
EXPOSURES = """patient_id,start_time,end_time,kind,name,flow_l_min,indication
p,2024-03-01T10:00,,drug,Yescarta,,
p,2024-03-03T08:30,2024-03-03T14:00,drug,Noradrenalin Perfusor,,
p,2024-03-03T08:30,2024-03-03T14:00,oxygen,O2-Brille,3,
p,2024-03-03T08:30,,fluid,Ringer,,hypotension
"""
EVENTS = "patient_id,time,event,axis,cause\np,2024-03-03T10:00,attribution,fever,infection\n"
MAPPING = """format_version = 1
id = "own"
title = "own"
source = "our laboratory"
[[code]]
system = "KIS"
code = "VIT01"
observation = "temperature"
[[code]]
system = "KIS"
code = "VIT02"
observation = "sbp"
[[name]]
text = "Noradrenalin Perfusor"
drug = "norepinephrine"
[[name]]
text = "O2-Brille"
oxygen = "nasal_cannula"
"""


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "patients.csv").write_text("patient_id,age_years,baseline_sbp,home_cpap\np,60,130,yes\n")
    for name, text in (("observations", OBSERVATIONS), ("exposures", EXPOSURES), ("events", EVENTS)):
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_a_draft_names_what_is_not_known(source):
    text, counts = draft_mapping("tables", str(source), None, {})
    assert counts == {"mapped": 0, "named": 6, "unmapped": 3}
    assert '# code = "VIT01"' in text
    assert '# text = "O2-Brille"' in text


def test_a_corrected_mapping_makes_the_record(source, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(MAPPING)
    done = import_folder(Plan("tables", str(source), mapping=own), tmp_path / "out")
    assert done.account.files.filter(read=4)["used"].to_list() == [4, 4]
    cohort = read_folder(tmp_path / "out")
    person = cohort.patients.row(0, named=True)
    assert (person["age_years"], person["baseline_sbp"], person["home_cpap"]) == (60, 130, True)
    assert set(cohort.observations["concept"]) == {"temperature", "sbp", "spo2", "il6"}
    oxygen = cohort.exposures.filter(kind="oxygen").row(0, named=True)
    assert (oxygen["name"], oxygen["flow_l_min"]) == ("nasal_cannula", 3)
    event = cohort.events.filter(event="attribution").row(0, named=True)
    assert (event["axis"], event["cause"]) == ("fever", "infection")
    assert grade(cohort, at=[2.4])["grade_min"].item() == 3


def test_a_row_dated_by_a_day_is_refused_with_the_way_out(source, tmp_path):
    (source / "observations.csv").write_text("patient_id,day,concept,value,unit\np,2.4,Temp X,39,C\n")
    done = import_folder(Plan("tables", str(source)), tmp_path / "out")
    assert "read as it is" in done.account.refused["reason"].item()
