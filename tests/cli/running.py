"""Running the command line inside this process, and small folders to run it on."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from becalm.cli import main

DONE, FAILED, BAD = 0, 1, 2


class Result(NamedTuple):
    """What a run of the program gave."""

    code: int
    out: str
    err: str


def becalm(*arguments: object) -> Result:
    """Run `becalm` with these words; an exception that escapes it is the test's failure."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(word) for word in arguments])
    return Result(code, out.getvalue(), err.getvalue())


PATIENTS = (
    "patient_id,infusion_time,age_years,weight_kg\na,2024-03-01T10:00,45,80\nb,2024-03-01T10:00,60,70\n"
)
OBSERVATIONS = (
    "patient_id,day,concept,value,unit\n"
    "a,0.5,temperature,36.8,Cel\na,1.25,temperature,38.6,Cel\na,1.25,sbp,84,mm[Hg]\na,1.25,spo2,97,%\n"
    "a,1.6,temperature,37.0,Cel\na,1.6,sbp,121,mm[Hg]\na,1.6,spo2,97,%\na,-1.3,il6,3,pg/mL\na,1.2,il6,60,pg/mL\n"
    "b,0.5,temperature,36.6,Cel\nb,0.9,temperature,36.9,Cel\n"
)
EXPOSURES = "patient_id,start_day,end_day,kind,name,route\na,1.3,,drug,tocilizumab,iv\n"
EVENTS = "patient_id,day,event,value\na,4.5,discharge,\n"
COVERAGE = "class\n" + "".join(
    f"{name}\n"
    for name in (
        "vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid",
        "organ_toxicity", "attribution", "local_sign", "death",
    )
)  # fmt: skip
WARD: Mapping[str, str] = {
    "patients.csv": PATIENTS,
    "observations.csv": OBSERVATIONS,
    "exposures.csv": EXPOSURES,
    "events.csv": EVENTS,
    "coverage.csv": COVERAGE,
}
"""A small ward of two patients: one with grade 2 on day 1, one without CRS."""


def lay(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder that holds just these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def second_scale(folder: Path) -> Path:
    """A grading system of one's own, named `our-2024`, in a file."""
    text = files("becalm.scales").joinpath("editions", "astct-2019.toml").read_text(encoding="utf-8")
    path = folder / "own.toml"
    path.write_text(
        text.replace('"astct-2019"', '"our-2024"').replace("crs AND hypotension", "crs AND NOT crs")
    )
    return path


def header(text: str) -> list[str]:
    """The columns of a table in CSV."""
    return text.splitlines()[0].split(",")


def teaches(result: Result, *words: str) -> None:
    """The run was refused with a message that says these things and shows no traceback."""
    assert result.code == BAD, (result.code, result.err)
    assert result.out == ""
    said = re.search(r"^becalm: (?s:.*)", result.err, re.MULTILINE)
    assert said, result.err
    assert "Traceback" not in result.err
    lacking = [word for word in words if word.lower() not in said.group().lower()]
    assert not lacking, (lacking, said.group())


PROMISED: Mapping[str, Sequence[str]] = {
    "grade": ("patient_id", "start_day", "end_day", "scale", "grade_min", "grade_max", "because"),
    "per patient": (
        "patient_id", "scale", "max_grade_min", "max_grade_max", "onset_day", "end_day", "duration_days",
    ),
    "markers": (
        "patient_id", "marker", "unit", "baseline_min", "baseline_max", "peak_min", "peak_max", "peak_day",
        "fold_min", "fold_max", "peak_window_end_day", "because",
    ),
    "scores": (
        "patient_id", "score", "day", "value_min", "value_max", "class_min", "class_max", "because",
        "missing", "source", "verified",
    ),
    "advise": (
        "patient_id", "day", "guideline", "rule", "verdict", "action", "drug", "dose", "because", "missing",
        "source", "verified",
    ),
}  # fmt: skip
"""The columns that users may rely on, in their order (design section 5)."""
