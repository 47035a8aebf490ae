"""What a user installs is whole, and the commands that the pages name exist."""

import re
import runpy
import subprocess
import sys
import zipfile

from tests.house.repository import PACKAGE, ROOT, files, relative


def test_the_wheel_holds_the_code_the_data_files_and_the_licence(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.relative_to(PACKAGE.parent).as_posix() for path in files() if PACKAGE in path.parents}
    assert "becalm/py.typed" in wanted
    assert not wanted - held, f"not in the wheel: {sorted(wanted - held)}"
    ends = {name.rpartition("/")[2] for name in held}
    assert {"LICENSE", "NOTICE", "entry_points.txt"} <= ends
    assert not any(name.startswith(("tests/", "scripts/")) for name in held)


def test_every_make_target_that_a_page_names_exists():
    targets = set(
        re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {"report", "test", "test-long", "lint", "lock", "system"} <= targets
    unknown = [
        f"{relative(path)}: make {target}"
        for path in files()
        if path.suffix in (".md", ".txt", ".yaml") or path.parent.name in (".ci", "scripts")
        for target in _named_targets(path.read_text(encoding="utf-8"))
        if target not in targets
    ]
    assert not unknown, "\n".join(unknown)


def _named_targets(text: str) -> list[str]:
    """The targets of `make` in code: between backticks, or on a line of its own in a fenced block."""
    fenced = "\n".join(re.findall(r"```.*?```", text, re.DOTALL))
    return re.findall(r"`make ([a-z][a-z-]*)", text) + re.findall(
        r"^make ([a-z][a-z-]*)", fenced, re.MULTILINE
    )


def test_targets_are_found_in_code_and_not_in_prose():
    assert _named_targets("run `make report`\n```\nmake lint\n```\nto\nmake it right") == ["report", "lint"]


def test_continuous_integration_runs_what_a_person_runs():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert commands[-2:] == ["make test", "make bench-quick"]


def test_the_page_of_commands_is_what_the_command_line_says():
    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "scripts" / "write_commands_page.py"), run_name="page")["page"]()
    assert written == page, "docs/commands.md is out of date: run `make docs`"
