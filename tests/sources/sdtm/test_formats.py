"""SAS transport, Dataset-JSON and its NDJSON of the same data say the same; what cannot be read is told."""

import json
from typing import Any

import polars as pl
import pytest

from becalm.record import InputError
from becalm.sources.sdtm.dataset_json import rows_of
from tests.sources.sdtm.studies import FORMATS, accounted, study, whole

DOMAINS: Any = {
    "dm": [
        {"RFSTDTC": "2024-03-01T10:00", "AGE": 41, "AGEU": "YEARS", "SEX": "F", "ARM": "CAR-T"},
        {"USUBJID": "S-002", "AGE": 30.5, "AGEU": "MONTHS", "SEX": "M", "DTHFL": "Y"},
    ],
    "vs": [
        {"VSTESTCD": "TEMP", "VSTEST": "Temperature", "VSORRES": "101.30", "VSORRESU": "F", "VSSTRESN": 38.5,
         "VSSTRESU": "C", "VSDTC": "2024-03-02T08:30", "VSDY": 2},
        {"VSTESTCD": "SYSBP", "VSTEST": "Systolic", "VSORRES": "88", "VSORRESU": "mmHg", "VSDY": -1},
    ],
    "ae": [{"AESEQ": 1, "AETERM": "crs", "AEDECOD": "Cytokine release syndrome", "AESTDTC": "2024-03-03"}],
    "suppae": [{"IDVAR": "AESEQ", "IDVARVAL": "1", "QNAM": "AETOXGR", "QVAL": "2"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    return {form: whole(study(folder / form, form, **DOMAINS)) for form in FORMATS}


@pytest.mark.parametrize("form", FORMATS[1:])
def test_every_format_gives_the_same_statements_and_persons(read, form):
    for part in ("statements", "persons"):
        first, other = (getattr(read[one], part).drop("file") for one in (FORMATS[0], form))
        assert first.equals(other), (first, other)
        assert first.height == (4 if part == "statements" else 2)


@pytest.mark.parametrize("form", FORMATS)
def test_every_row_is_accounted_for_in_every_format(read, form):
    assert accounted(read[form]) == read[form].read
    assert sum(read[form].read.values()) == 6


def test_a_qualifier_fills_the_column_that_it_names_and_its_row_is_counted(read):
    found = read["json"]
    event = found.statements.filter(pl.col("domain") == "adverse_event")
    assert event.select("value", "start").row(0) == ("2", "2024-03-03")
    counted = found.outcomes.filter(pl.col("file") == "suppae.json")
    assert counted.select("outcome", "count", "given").rows() == [("set aside", 1, "AETOXGR")]


def test_a_qualifier_of_no_row_is_refused(tmp_path):
    lost = [{"IDVAR": "AESEQ", "IDVARVAL": "9", "QNAM": "AETOXGR", "QVAL": "2"}]
    found = whole(study(tmp_path, **(DOMAINS | {"suppae": lost})))
    assert found.outcomes.filter(pl.col("outcome") == "refused")["reason"].item().startswith("No row has")
    assert accounted(found) == found.read


def test_a_data_set_is_read_by_its_domain_not_by_its_name(tmp_path):
    study(tmp_path, vs=DOMAINS["vs"])
    (tmp_path / "vs.json").rename(tmp_path / "vsbaseline.json")
    assert whole(tmp_path).read == {"vsbaseline.json": 2}


def test_large_json_is_read_row_by_row_with_its_digits(tmp_path):
    rows = [
        {"VSTESTCD": "TEMP", "VSORRES": "38.10", "VSSTRESN": 38.1, "VSNOTE": "x" * 400} for _ in range(9000)
    ]
    study(tmp_path, vs=rows)
    text = (tmp_path / "vs.json").read_text().replace("38.1,", "38.100,")
    (tmp_path / "vs.json").write_text(text)
    names, *found = rows_of(tmp_path / "vs.json")
    assert len(found) == 9000
    assert {row[names.index("VSSTRESN")] for row in found} == {"38.100"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[: len(text) // 2], "no whole JSON"),
        (lambda text: text.replace('"1.1.0"', '"2.0"'), "no Dataset-JSON 1.1"),
        (lambda text: text.replace('"rows": [', '"rows": [[1], '), "row 1, has 1 values"),
    ],
)
def test_a_broken_dataset_json_is_told(tmp_path, change, told):
    study(tmp_path, vs=DOMAINS["vs"])
    file = tmp_path / "vs.json"
    file.write_text(change(file.read_text()))
    with pytest.raises(InputError, match=told):
        whole(tmp_path)


def test_a_broken_transport_file_is_told(tmp_path):
    (tmp_path / "vs.xpt").write_bytes(b"HEADER RECORD" * 10)
    with pytest.raises(InputError, match=r"vs\.xpt cannot be read"):
        whole(tmp_path)


def test_text_of_another_encoding_is_told_and_read_with_its_name(tmp_path):
    study(tmp_path, "xpt5", cm=[{"CMTRT": "Pr\u00e4parat", "CMSTDTC": "2024-03-02"}])
    file = tmp_path / "cm.xpt"
    old, new = ("Pr\u00e4parat".encode(code) for code in ("utf-8", "windows-1252"))
    file.write_bytes(file.read_bytes().replace(old, new + b" "))
    with pytest.raises(InputError, match="the option encoding"):
        whole(tmp_path)
    assert whole(tmp_path, encoding="windows-1252").statements["text"].to_list() == ["Pr\u00e4parat"]


def test_domains_that_are_not_read_are_named(tmp_path):
    study(tmp_path, vs=DOMAINS["vs"], mh=[{"MHTERM": "x"}], supplb=DOMAINS["suppae"])
    assert whole(tmp_path).notes[0] == "Not read: MH, SUPPLB."


def test_other_json_files_are_left_alone_and_an_empty_folder_is_told(tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(InputError, match="holds no data set"):
        whole(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        whole(tmp_path / "nothing")


def test_one_data_set_in_two_formats_is_refused(tmp_path):
    study(tmp_path, "json", vs=DOMAINS["vs"])
    study(tmp_path, "xpt5", vs=DOMAINS["vs"])
    with pytest.raises(InputError, match="twice"):
        whole(tmp_path)


@pytest.mark.parametrize("form", ["xpt5", "xpt8"])
def test_a_transport_file_that_was_cut_off_is_refused_and_not_read_in_part(tmp_path, form):
    rows = [{"VSTESTCD": "TEMP", "VSORRES": "38", "VSDTC": f"2024-03-{day:02d}"} for day in range(1, 29)]
    folder = study(tmp_path, form, vs=rows)
    (file,) = folder.glob("vs.xpt")
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(InputError, match="cut off"):
        whole(folder)
