"""`becalm report` from outside."""

from pathlib import Path

import pytest
from tests.report.conftest import EXAMPLE

from becalm.cli import BAD_INPUT, DONE, main
from becalm.report import write_report


def test_it_writes_the_page_and_says_where(tmp_path, capsys, case_page):
    target = tmp_path / "out.html"
    assert main(["report", str(EXAMPLE), "-o", str(target)]) == DONE
    told = capsys.readouterr()
    assert told.out == f"The report: {target}\n"
    assert "grading 1 patients" in told.err
    assert target.read_text(encoding="utf-8") == case_page
    assert [p.name for p in tmp_path.iterdir()] == ["out.html"]


def test_the_name_of_the_folder_is_told_and_not_its_path(tmp_path, monkeypatch, case_page):
    monkeypatch.chdir(EXAMPLE)
    assert main(["report", ".", "-o", str(tmp_path / "out.html")]) == DONE
    assert (tmp_path / "out.html").read_text(encoding="utf-8") == case_page


def test_options_reach_the_report(tmp_path, case):
    target = tmp_path / "out.html"
    options = ["--scale", "astct-2019", "--guideline", "il6-guided-2022", "--set", "resolution_hours=48"]
    assert main(["report", str(EXAMPLE), "-o", str(target), *options, "--patient", "luan-2021"]) == DONE
    expected = write_report(
        case, name="local-crs-case", settings={"resolution_hours": "48"}, patients=["luan-2021"]
    )
    assert target.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "out.pdf"], "expected .html"),
        (["-o", "nowhere/out.html"], "does not exist"),
        (["-o", "out.html", "--scale", "astct-2091"], "astct-2019"),
        (["-o", "out.html", "--guideline", "il6"], "Installed"),
        (["-o", "out.html", "--set", "resolution_hour=48"], "resolution_hours"),
        (["-o", "out.html", "--patient", "luan-2022"], "luan-2021"),
        (["-o", "out.html", "--patients", "-1"], "0 or more"),
    ],
)
def test_bad_usage_teaches_and_writes_nothing(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(EXAMPLE), *arguments]) == BAD_INPUT
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""
    assert not list(Path(tmp_path).iterdir())
