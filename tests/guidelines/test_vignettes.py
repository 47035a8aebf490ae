"""The small patients of tests/vignettes/flowchart: what must be said, written from the design alone."""

from pathlib import Path

import polars as pl
import pytest

from becalm.guidelines import advise
from becalm.sources import read_folder

FOLDER = Path(__file__).resolve().parents[1] / "vignettes" / "flowchart"
EXPECTED = pl.read_csv(FOLDER / "expected.csv", infer_schema_length=None)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    cohort = read_folder(FOLDER)
    frames = [
        advise(cohort, guideline, at=rows["day"].unique().to_list())
        for (guideline,), rows in EXPECTED.group_by("guideline")
    ]
    return pl.concat(frames)


@pytest.mark.parametrize(
    "expected",
    EXPECTED.to_dicts(),
    ids=[f"{row['patient_id']}-{row['rule']}" for row in EXPECTED.to_dicts()],
)
def test_vignette(expected, table):
    keys = ("patient_id", "guideline", "rule", "day")
    found = table.filter(*(pl.col(key) == expected[key] for key in keys)).to_dicts()
    assert len(found) == 1
    got = found[0]
    assert got["verdict"] == expected["verdict"], f"{expected['why']}: {got['because']}"
    if expected["dose"]:
        amount, _, rest = (got["dose"] or "").partition(" (")
        assert amount == expected["dose"], expected["why"]
        assert rest
    else:
        assert not got["dose"]
    assert bool(got["missing"]) == (got["verdict"] == "unknown") or "weight" in got["missing"]
