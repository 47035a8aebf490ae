"""Every grading vignette gets its grade, and what is said to settle a range settles it."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from becalm import grade, installed_scales, read_tables
from tests.vignettes import folders

FOLDERS = (
    "shared-grading",
    "grading",
    "grading-uncovered",
    "grading-partial",
    "grading-no-patients",
    "grading-clock",
    "crs-editions",
    "crs-editions-partial",
    "icans",
    "iec-hs",
    "icaht",
    "t-icaht",
    "local",
    "infection",
)
CASES = [
    (folder, row)
    for folder in FOLDERS
    for row in folders.expected(folder)
    if row["scale"] in installed_scales()
]
SETTLED = [(folder, row) for folder, row in CASES if row.get("settles")]


@cache
def answers(folder: str, scale: str) -> dict[tuple[str, float], tuple[int | None, int | None, str]]:
    """The grade range and the reason at every expected instant of a folder."""
    days = sorted({float(str(row["day"])) for f, row in CASES if f == folder})
    frame = grade(read_tables(folders.tables(folder)), scale, at=days)
    columns = ("patient_id", "start_day", "grade_min", "grade_max", "because")
    return {(p, d): (low, high, why) for p, d, low, high, why in frame.select(columns).iter_rows()}


def name(case: tuple[str, dict[str, str | None]]) -> str:
    folder, row = case
    return f"{folder}:{row['patient_id']}@{row['day']}"


@pytest.mark.parametrize("case", CASES, ids=map(name, CASES))
def test_grade(case: tuple[str, dict[str, str | None]]) -> None:
    folder, row = case
    low, high, why = answers(folder, str(row["scale"]))[str(row["patient_id"]), float(str(row["day"]))]
    wanted = tuple(None if not row[c] else int(str(row[c])) for c in ("grade_min", "grade_max"))
    assert (low, high) == wanted, f"{row['why']}\nbecalm: {why}"


@pytest.mark.parametrize("case", SETTLED, ids=map(name, SETTLED))
def test_settles(case: tuple[str, dict[str, str | None]]) -> None:
    folder, row = case
    patient = str(row["patient_id"])
    default = folders.with_rows(folders.tables(folder), patient, []).covered_by_default
    for rows, wanted in folders.settlements(str(row["settles"])):
        days = {float(cells["day"]) for _, cells in rows if "day" in cells} | {float(str(row["day"]))}
        cohort = folders.with_rows(folders.tables(folder), patient, rows)
        assert default <= cohort.covered_by_default
        frame = grade(cohort, str(row["scale"]), at=[max(days)]).filter(pl.col("patient_id") == patient)
        assert frame.select("grade_min", "grade_max").row(0) == (wanted, wanted), frame["because"][0]


def test_enough_vignettes() -> None:
    own = {(f, r["patient_id"]) for f, r in CASES if f != "shared-grading"}
    assert len(own) >= 40
    assert len(SETTLED) >= 20


@pytest.mark.parametrize("scale", installed_scales())
def test_every_system_has_vignettes_of_its_own(scale: str) -> None:
    own = {(f, r["patient_id"]) for f, r in CASES if f != "shared-grading" and r["scale"] == scale}
    assert len(own) >= 10
