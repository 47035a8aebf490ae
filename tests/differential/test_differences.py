"""Each difference between becalm and the reference grader: both answers, on a small record."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import Any

import pytest

from . import records, reference
from .compare import becalm_grades, cohort_of, describe, reference_grade
from .drafts import STEPS, Rows
from .mends import MENDS

DIFFERENCES = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))[
    "difference"
]
DESIGN = reference.SHARED / "design.md"

needs_reference = pytest.mark.skipif(not reference.available(), reason=reference.MISSING)


def record_of(entry: dict[str, Any]) -> dict[str, Rows]:
    """The small record of one entry, as rows."""
    patient = {"patient_id": "p0", "age_years": "45", **entry.get("patient", {})}
    tables: dict[str, Rows] = {"patients": [patient]}
    for name in ("observations", "exposures", "events"):
        rows = csv.DictReader(io.StringIO(entry.get(name, "").strip()))
        tables[name] = [{"patient_id": "p0", **row} for row in rows]
    rows = csv.DictReader(io.StringIO(entry.get("coverage", "").strip()))
    tables["coverage"] = list(rows) or [{"class": name} for name in records.CLASSES]
    return tables


def grade_of(given: list[int]) -> tuple[int | None, int | None]:
    return (given[0], given[1]) if given else (None, None)


@needs_reference
@pytest.mark.parametrize("entry", DIFFERENCES, ids=[e["id"] for e in DIFFERENCES])
def test_both_answers(entry: dict[str, Any], tmp_path: Path) -> None:
    rows, step = record_of(entry), round(entry["day"] * STEPS)
    as_is = reference_grade(reference.load(rows, tmp_path / "as-is")["p0"], step)
    ours, because, _ = becalm_grades(cohort_of(rows), [step])["p0", step]
    told = reference_grade(reference.load(rows, tmp_path / "told", MENDS)["p0"], step)
    shown = f"\n{describe(rows, 'p0')}\nreference: {as_is}\ntold: {told}\nbecalm: {ours} {because}"
    assert as_is[0] == grade_of(entry["as_is"]), shown
    assert ours == grade_of(entry["right"]), shown
    if entry["mend"]:
        assert told[0] == ours, shown


def test_every_mend_has_its_sentence() -> None:
    assert [e["id"] for e in DIFFERENCES if e["mend"]] == list(MENDS)
    assert all(e["sentence"] and e["reference"] for e in DIFFERENCES)
    assert all(e.get("avoided") for e in DIFFERENCES if not e["mend"])


@needs_reference
@pytest.mark.parametrize("entry", DIFFERENCES, ids=[e["id"] for e in DIFFERENCES])
def test_a_mend_is_needed_where_it_says_so(entry: dict[str, Any], tmp_path: Path) -> None:
    patient = reference.load(record_of(entry), tmp_path)["p0"]
    assert not entry["mend"] or entry["id"] in patient.concerns()
