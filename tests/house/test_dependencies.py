"""The lock files are whole, hashed and free of addresses; every dependency has its reason written down."""

import re

import pytest
from tests.house.repository import ROOT, project, toml

LOCKS = ("requirements.lock", "requirements-dev.lock")


def names(requirements):
    return {re.split(r"[\s<>=!~;\[]", text, maxsplit=1)[0].lower().replace("_", "-") for text in requirements}


def pins(lock):
    """name -> (version, number of hashes)."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            match = re.fullmatch(r"([a-z0-9.-]+)==(\S+)((?:\s+--hash=sha256:[0-9a-f]{64})+)\s*", line)
            assert match, f"{lock}: not a pinned, hashed requirement: {line[:100]}"
            found[match.group(1)] = (match.group(2), match.group(3).count("--hash"))
    return found


def groups():
    table = toml(ROOT / "pyproject.toml")["dependency-groups"]
    return {name: [entry for entry in entries if isinstance(entry, str)] for name, entries in table.items()}


def extras():
    return [entry for entries in project()["optional-dependencies"].values() for entry in entries]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pinned_hashed_requirements_and_no_address(lock):
    assert len(pins(lock)) > 15
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


def test_the_locks_agree_and_hold_every_direct_dependency():
    runtime, development = (pins(lock) for lock in LOCKS)
    assert names(project()["dependencies"] + extras()) <= runtime.keys()
    assert names(groups()["build"]) <= runtime.keys()
    assert names([entry for entries in groups().values() for entry in entries]) <= development.keys()
    assert {name: pin for name, pin in development.items() if name in runtime} == runtime


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locked_versions_satisfy_the_project(lock):
    locked = pins(lock)
    wanted = project()["dependencies"] + extras() + groups()["build"]
    if lock != LOCKS[0]:
        wanted += groups()["test"] + groups()["dev"]
    for requirement in wanted:
        name, floor = requirement.split(">=")
        assert _numbers(locked[name][0]) >= _numbers(floor), requirement


def _numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def test_every_direct_dependency_has_its_reason():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    direct = names(
        project()["dependencies"] + extras() + [entry for entries in groups().values() for entry in entries]
    )
    unexplained = [name for name in sorted(direct) if f"| `{name}` |" not in page]
    assert not unexplained, f"docs/dependencies.md does not say why: {unexplained}"


def test_every_system_package_has_its_reason():
    lines = [
        line
        for line in (ROOT / "system-packages.txt").read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    packages = [line for line in lines if not line.startswith("#")]
    assert packages
    assert all(re.fullmatch(r"[a-z0-9.+-]+\s+# \S.*", line) for line in packages)
