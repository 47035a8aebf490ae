"""The slow reference grader, imported from the data folder beside the checkout.

`load` gives one patient of the reference for each patient of a record. Where a sentence of the design shows
the reference to be wrong or short, it can be told that sentence: see `mends` and `differences.toml`. The
reference itself is never edited, and `load(record, folder)` without mends is the reference as it is.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .drafts import Rows

SHARED = Path(os.environ.get("BECALM_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
PATH = SHARED / "reference" / "grade_astct_2019.py"
MISSING = f"the reference grader is not at {PATH}: it lies beside the checkout, in ../shared/reference"
ALWAYS = {"events": ("value", "axis", "cause")}
FILES = ("patients", "observations", "exposures", "events", "coverage")


def available() -> bool:
    """Whether the reference lies where it should."""
    return PATH.exists()


@cache
def module() -> Any:
    """The reference as a module, its `Patient` able to be told mends."""
    from .mends import mendable

    spec = importlib.util.spec_from_file_location("grade_astct_2019_reference", PATH)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    loaded.Patient = mendable(loaded)  # type: ignore[attr-defined]
    return loaded


def write(record: Mapping[str, Rows], folder: Path) -> None:
    """The record as plain CSV files: a column for each key that occurs in any row.

    Events always have their columns `value`, `axis` and `cause`: without a column the reference takes an
    attribution for one to another cause, where a blank cell is an unknown cause.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        rows = record.get(name, [])
        if not rows:
            continue
        columns = list(dict.fromkeys([*(key for row in rows for key in row), *ALWAYS.get(name, ())]))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def load(record: Mapping[str, Rows], folder: Path, mends: Iterable[str] = ()) -> dict[str, Any]:
    """The reference's patients by id, read from `record` as written to `folder`, with these mends told."""
    write(record, folder)
    patients = {patient_id: patient for patient_id, patient, _ in module().load(f"{folder}/")}
    for patient in patients.values():
        patient.tell(frozenset(mends))
    return patients
