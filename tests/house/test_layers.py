"""Each room of the house imports only from the rooms below it."""

import pytest
from tests.house.imports import imported
from tests.house.repository import PACKAGE, relative, sources

# The table: from the ground up. A room may import from itself and from the rooms before it.
ROOMS = (
    "record",
    "rules",
    "sources",
    "synthetic",
    "timeline",
    "markers",
    "scales",
    "guidelines",
    "study",
    "model",
    "report",
    "service",
    "cli",
)
# `becalm/__init__.py` and `becalm/__main__.py` are the doors: they import any room, no room imports them.
DOORS = ("becalm", "becalm.__main__")
# A private module beside the rooms, such as `becalm._version`, is the ground: every room may import it, it
# imports none. The version itself is ground too: outputs of every room carry it.


def _is_ground(part: str) -> bool:
    return part == "__version__" or (part.startswith("_") and not part.startswith("__"))


def _height(module: str) -> int | None:
    """How high a module of becalm lies: 0 is the ground; None: no such room."""
    if module in DOORS:
        return len(ROOMS) + 1
    part = module.split(".")[1]
    if part in ROOMS:
        return ROOMS.index(part) + 1
    return 0 if _is_ground(part) else None


def _target(name: str) -> str:
    """What an import reaches: `becalm.grade` is a name of the door, `becalm.record.Cohort` of a room."""
    parts = name.split(".")
    return name if len(parts) > 1 and (parts[1] in ROOMS or _is_ground(parts[1])) else "becalm"


def upward(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Every import in `source` that breaks the table, as sentences."""
    here = _height(module)
    if here is None:
        return [f"{module} lies in no room of the table"]
    broken = []
    for line, name in imported(source, module, is_package=is_package):
        if name.split(".")[0] != "becalm":
            continue
        there = _height(_target(name))
        if there is None or there > here:
            broken.append(f"{module}, line {line}: imports {name}, which lies above it")
    return broken


def test_every_module_imports_downward_only():
    modules = sources()
    assert len(modules) > 10, "the test did not find the package"
    broken = []
    for path in modules:
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if is_package else parts)
        broken += upward(path.read_text(encoding="utf-8"), module, is_package=is_package)
    assert not broken, "\n".join(broken)


def test_every_folder_of_the_package_is_a_room_of_the_table():
    folders = {path.relative_to(PACKAGE).parts[0] for path in sources() if path.parent != PACKAGE}
    assert folders <= set(ROOMS), f"not in the table: {sorted(folders - set(ROOMS))}"
    assert {"record", "rules", "timeline", "scales"} <= folders, f"found only {sorted(folders)}"


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("becalm.record.cohort", "import becalm.rules"),
        ("becalm.record.cohort", "import becalm.rules.predicate as p"),
        ("becalm.record.cohort", "from becalm.scales import grade"),
        ("becalm.timeline.fever", "from becalm import scales"),
        ("becalm.timeline.fever", "from becalm import grade"),
        ("becalm.timeline.fever", "import becalm"),
        ("becalm.timeline.fever", "from ..scales import grade"),
        ("becalm.timeline.fever", "from .. import scales"),
        ("becalm.timeline.deep.fever", "from ...report.html import page"),
        ("becalm.scales.grade", "def f():\n    from becalm.report import write\n    return write"),
        ("becalm.scales.grade", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import becalm.cli"),
        ("becalm.scales.grade", "import importlib\nimportlib.import_module('becalm.guidelines')"),
        ("becalm.scales.grade", "from importlib import import_module\nimport_module('..guidelines')"),
        ("becalm.scales.grade", "__import__('becalm.report')"),
        ("becalm.scales.grade", "import becalm.unheard_of"),
        ("becalm.scales.grade", "from becalm.__main__ import run"),
        ("becalm._version", "from becalm.record import Cohort"),
        ("becalm.helpers.text", "import json"),
    ],
)
def test_a_planted_upward_import_is_found(module, line):
    assert upward(line, module)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("becalm.scales.grade", "from becalm.timeline import states"),
        ("becalm.scales.grade", "from .edition import Edition"),
        ("becalm.scales.grade", "from becalm.record.errors import InputError"),
        ("becalm.scales.grade", "from becalm import record"),
        ("becalm.scales.grade", "from becalm._version import __version__"),
        ("becalm.scales.grade", "import polars as pl\nimport becalming.report"),
        ("becalm.cli.main", "def run():\n    from becalm.report import write\n    return write"),
        ("becalm.__main__", "from becalm.cli import main"),
    ],
)
def test_a_downward_import_is_allowed(module, line):
    assert upward(line, module) == []


def test_a_package_resolves_its_own_relative_imports():
    assert upward("from . import engine", "becalm.rules", is_package=True) == []
    assert upward("from ..scales import grade", "becalm.rules", is_package=True)


# becalm reads health records: nothing leaves the machine. The exceptions are the service, which answers
# requests, and the reader of a FHIR server, which asks the one address that a person gives it.
ASKS = "fhir"
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "httpx", "requests", "aiohttp", "urllib3"}


def test_no_room_below_the_service_can_reach_the_network():
    broken = [
        f"{relative(path)}, line {line}: imports {name}"
        for path in sources()
        if not {"service", ASKS} & set(path.relative_to(PACKAGE).parts)
        for line, name in imported(path.read_text(encoding="utf-8"), "becalm.x")
        if name.split(".")[0] in NETWORK and not name.startswith(("http.HTTPStatus", "urllib.parse"))
    ]
    assert not broken, "\n".join(broken)
