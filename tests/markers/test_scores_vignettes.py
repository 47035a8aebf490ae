"""The small patients of tests/vignettes/scores: each score at its borders, worked out by hand."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from becalm.markers import installed_scores, scores
from becalm.sources import read_folder

FOLDER = Path(__file__).resolve().parents[1] / "vignettes" / "scores"
EXPECTED = pl.read_csv(FOLDER / "expected.csv", infer_schema_length=None).to_dicts()


@cache
def cohort():
    return read_folder(FOLDER)


@cache
def table(at):
    return scores(cohort(), at=at)


def name(row):
    parts = [row["patient_id"], row["score"], row["moment"], row["day"], row["at"]]
    return "-".join(str(part) for part in parts if part is not None)


@pytest.mark.parametrize("expected", EXPECTED, ids=map(name, EXPECTED))
def test_vignette(expected):
    wanted = {key: expected[key] for key in ("patient_id", "score", "moment")}
    if expected["day"] is not None:
        wanted["day"] = float(expected["day"])
    found = table(expected["at"]).filter(**wanted).to_dicts()
    assert len(found) == 1, found
    got = found[0]
    for side in ("value_min", "value_max"):
        number = None if expected[side] is None else pytest.approx(expected[side], rel=1e-12)
        assert got[side] == number, f"{side} {got[side]}: {expected['why']} ({got['because']})"
    assert (got["class_min"], got["class_max"]) == (expected["class_min"], expected["class_max"]), got
    exact = got["value_min"] is not None and got["value_min"] == got["value_max"]
    assert exact == (got["missing"] is None), f"open without a word of what is missing: {got}"


@pytest.mark.parametrize("score", installed_scores())
def test_every_score_has_ten_patients(score):
    assert len({row["patient_id"] for row in EXPECTED if row["score"] == score}) >= 10


def test_a_day_without_a_dose_has_no_row():
    days = table(None).filter(patient_id="steroid-dexamethasone", moment="in one day")["day"].to_list()
    assert days == [3, 4]
