"""The CDISC pilot study: every row is accounted for, and what is mapped is what its domains say."""

import polars as pl
import pytest

from becalm.sources import Plan, import_folder
from tests.sources.sdtm.studies import accounted, whole

ROWS = {"ae.xpt": 207, "cm.xpt": 1086, "dm.xpt": 40, "ex.xpt": 79, "lb.xpt": 7914, "vs.xpt": 3984}


@pytest.fixture(scope="module")
def pilot(shared_data):
    return shared_data / "cdisc-pilot"


def test_every_row_makes_a_statement_or_is_told_with_its_reason(pilot):
    found = whole(pilot)
    assert found.read == ROWS
    assert accounted(found) == ROWS
    assert found.outcomes["reason"].null_count() == 0
    refused = found.outcomes.filter(pl.col("outcome") == "refused")
    assert set(refused["given"].str.len_chars()) == {4, 7}


def test_the_import_adds_up_and_counts_days_from_the_first_exposure(pilot, tmp_path):
    made = import_folder(Plan("sdtm", str(pilot), options={"infusion": "RFXSTDTC"}), tmp_path / "out")
    files = made.account.files
    assert dict(files.select("file", "read").iter_rows()) == ROWS
    assert files.filter(pl.col("read") != pl.col("used") + pl.col("set_aside") + pl.col("refused")).is_empty()
    assert sum(made.not_accepted.values()) == 0
    observed = pl.read_csv(tmp_path / "out" / "observations.csv", infer_schema=False)
    assert observed.filter(pl.col("concept") == "temperature")["unit"].unique().to_list() == ["[degF]"]
    assert observed.filter(pl.col("comparator") == "<").select("concept", "value", "unit").rows() == [
        ("bilirubin", "0.2", "mg/dL")
    ]
    assert set(observed.filter(pl.col("concept") == "platelets")["unit"]) == {"10*3/uL"}


def test_without_an_infusion_nobody_is_placed(pilot, tmp_path):
    made = import_folder(Plan("sdtm", str(pilot)), tmp_path / "out")
    assert made.written["patients"] == 0
