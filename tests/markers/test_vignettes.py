"""The small patients of tests/vignettes/markers: what must be found, written from the design alone."""

from pathlib import Path

import polars as pl
import pytest

from becalm.markers import markers
from becalm.sources import read_folder

FOLDER = Path(__file__).resolve().parents[1] / "vignettes" / "markers"
EXPECTED = pl.read_csv(FOLDER / "expected.csv", infer_schema_length=None)
NUMBERS = [name for name in EXPECTED.columns if name not in ("patient_id", "marker", "why")]


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return markers(read_folder(FOLDER))


@pytest.mark.parametrize(
    "expected",
    EXPECTED.to_dicts(),
    ids=[f"{row['patient_id']}-{row['marker']}" for row in EXPECTED.to_dicts()],
)
def test_vignette(expected, table):
    found = table.filter(patient_id=expected["patient_id"], marker=expected["marker"]).to_dicts()
    assert len(found) == 1
    got = found[0]
    for name in NUMBERS:
        wanted = None if expected[name] is None else pytest.approx(float(expected[name]), rel=1e-9)
        assert got[name] == wanted, f"{name}: {got[name]}, expected {expected[name]}: {expected['why']}"
    assert got["because"]
