"""Help, usage and exit codes, and the program as its users start it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import becalm as package

from .running import BAD, DONE, becalm, teaches

OPTIONS = {
    "report": ["COHORT", "--output", "-o", "--scale", "--guideline", "--patient", "--set", "--strict"],
    "grade": [
        "COHORT",
        "--scale",
        "--at",
        "--per",
        "--output",
        "-o",
        "--set",
        "--strict",
        "interval",
        "patient",
    ],
    "compare": [
        "COHORT",
        "--scale",
        "--output",
        "-o",
        "--interval",
        "--seed",
        "--set",
        "--strict",
        "recorded",
    ],
    "markers": ["COHORT", "--output", "-o", "--set", "--strict"],
    "scores": ["COHORT", "--score", "--at", "--output", "-o", "--set", "--strict"],
    "advise": ["COHORT", "--guideline", "--at", "--output", "-o", "--set", "--strict"],
    "scales": ["check"],
    "scales check": ["FILE"],
    "guidelines": ["check"],
    "guidelines check": ["FILE"],
    "cite": ["NAME", "policies"],
    "import": ["KIND", "SOURCE", "--output", "-o", "bwh", "--mapping", "--day-zero", "--partition"],
    "map": ["KIND", "SOURCE", "--output", "-o", "--mapping"],
}
"""Every command with what its help must mention."""
FOLDER_COMMANDS = ("report", "grade", "markers", "scores", "advise")


def test_every_command_is_known_here():
    listed = becalm("--help").out
    assert [name for name in OPTIONS if " " not in name and name not in listed] == []
    assert set(re.findall(r"^│ ([a-z]+) ", listed, re.MULTILINE)) <= set(OPTIONS), "a command without a test"


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_help_of_every_command_mentions_its_options(name, flag):
    result = becalm(*name.split(), flag)
    assert result.code == DONE
    assert result.err == ""
    assert [word for word in OPTIONS[name] if word not in result.out] == []
    assert "Traceback" not in result.out


@pytest.mark.parametrize("name", FOLDER_COMMANDS)
def test_the_help_shows_examples(name):
    assert f"becalm {name} COHORT" in becalm(name, "--help").out


def test_the_help_is_shown_without_any_word_and_the_version_on_request():
    assert "Usage" in becalm().out
    assert becalm().code == DONE
    assert becalm("--version").out.strip() == package.__version__


@pytest.mark.parametrize(
    ("given", "meant"), [("grad", "grade"), ("marker", "markers"), ("advice", "advise"), ("reprot", "report")]
)
def test_a_command_nearly_right_is_met_with_the_right_one(given, meant):
    result = becalm(given, "x")
    teaches(result, given, f'"{meant}"', "becalm --help")


@pytest.mark.parametrize("name", FOLDER_COMMANDS)
def test_a_missing_or_a_second_folder_is_bad_usage(ward, name):
    teaches(becalm(name), "cohort", "--help")
    teaches(becalm(name, ward, ward), "--help")


@pytest.mark.parametrize("name", FOLDER_COMMANDS)
def test_an_unknown_option_is_bad_usage(ward, name):
    teaches(becalm(name, ward, "--nonsense"), "--nonsense")
    teaches(becalm(name, ward, "--strickt"), "--strict")


@pytest.mark.parametrize("name", FOLDER_COMMANDS)
def test_a_folder_that_is_not_there_is_bad_input(tmp_path: Path, name):
    teaches(becalm(name, tmp_path / "nothing"), "nothing", "does not exist")
    (tmp_path / "file.csv").write_text("patient_id\na\n")
    teaches(becalm(name, tmp_path / "file.csv"), "file.csv", str(tmp_path))
    (tmp_path / "empty").mkdir()
    teaches(becalm(name, tmp_path / "empty"), "empty", "patients.csv")


def test_citing_says_wording_source_and_verification():
    for name in ("astct-2019", "scale:astct-2019", "il6-guided-2022", "guideline:il6-guided-2022"):
        result = becalm("cite", name)
        assert result.code == DONE
        assert "Source:" in result.out
        assert "verified" in result.out
    policies = becalm("cite", "policies").out
    assert "resolution_hours = 24.0 h" in policies
    assert "markers" in becalm("cite", "markers").out.lower()


@pytest.mark.parametrize(
    "name", ["astct", "scale:il6-guided-2022", "guideline:astct-2019", "", ":", "polices"]
)
def test_citing_what_is_not_there_names_what_is(name):
    teaches(becalm("cite", name), "astct-2019", "il6-guided-2022", "policies")


def test_what_is_installed_is_listed():
    assert "astct-2019\tCRS\t" in becalm("scales").out
    assert "il6-guided-2022\tastct-2019\t" in becalm("guidelines").out


def _python(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(w) for w in words], capture_output=True, timeout=120, check=False, cwd=cwd)


def program() -> Path:
    """The installed program beside the interpreter that runs the tests."""
    path = Path(sys.executable).with_name("becalm")
    if not path.exists():
        pytest.skip(f"needs the installed program, and {path} is not there: `pip install --no-deps -e .`")
    return path


def test_the_installed_program_keeps_the_exit_codes(ward, tmp_path):
    done = _python(program(), "grade", ward)
    assert done.returncode == DONE
    assert done.stdout.decode() == becalm("grade", ward).out
    assert b"all files:" in done.stderr
    bad = _python(program(), "grade", tmp_path / "nothing")
    assert (bad.returncode, bad.stdout) == (BAD, b"")
    assert bad.stderr.startswith(b"becalm: ")
    assert _python(program(), "grad").returncode == BAD


def test_the_module_runs_as_the_program(ward):
    done = _python(sys.executable, "-m", "becalm", "grade", ward, "--per", "patient")
    assert done.returncode == DONE, done.stderr
    assert done.stdout.decode() == becalm("grade", ward, "--per", "patient").out


def test_a_reader_that_stops_early_meets_no_traceback(ward):
    line = f"{program()} grade {ward} 2>&1 >/dev/full || echo code $?"
    full = subprocess.run(["sh", "-c", line], capture_output=True, timeout=120, check=False)
    assert b"Traceback" not in full.stdout + full.stderr
    assert b"code 1" in full.stdout
    line = f"{program()} grade {ward} 2>/dev/null | head -c 10; {program()} --help | head -n 1"
    cut = subprocess.run(["sh", "-c", line], capture_output=True, timeout=120, check=False)
    assert b"Traceback" not in cut.stderr
    assert cut.stdout.startswith(b"patient_id")
