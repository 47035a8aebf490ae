"""Sizes of files, sources of data files, the version everywhere the same, the interface documented."""

import ast
import importlib
import inspect
import re

import pytest
from tests.house.repository import PACKAGE, ROOT, files, project, relative, sources, toml

LONGEST = 300
# A longer file needs a reason here: "path": "why it is one idea".
LONG_ON_PURPOSE: dict[str, str] = {}


def test_no_source_file_holds_two_ideas():
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    long = {
        name: length for name, length in lengths.items() if length > LONGEST and name not in LONG_ON_PURPOSE
    }
    assert not long, f"over {LONGEST} lines, so probably two ideas: {long}"
    stale = [name for name in LONG_ON_PURPOSE if lengths.get(name, 0) <= LONGEST]
    assert not stale, f"no longer long, take them off the list: {stale}"


def data_files():
    return [path for path in files() if path.suffix == ".toml" and PACKAGE in path.parents]


def test_every_data_file_names_its_format_and_its_source():
    assert {"record", "scales"} <= {path.relative_to(PACKAGE).parts[0] for path in data_files()}
    lacking = []
    for path in data_files():
        content = toml(path)
        source = content.get("source", content.get("sources"))
        if not source:
            lacking.append(f"{relative(path)}: no `source`: the paper, document or standard that it restates")
        if not isinstance(content.get("format_version"), int):
            lacking.append(f"{relative(path)}: no `format_version` (a whole number)")
    assert not lacking, "\n".join(lacking)


# Numbers that decide about a patient. They belong into a data file with their source; the list is of those
# that the field's scales and guidelines use and that nothing else has a reason to hold.
DECIDING = {37.5, 37.8, 38, 38.3, 38.5, 65, 70, 72, 88, 90, 92, 94, 1.83, 100.4, 800}
DECIDING_ROOMS = ("timeline", "markers", "scales", "guidelines", "report", "cli")


def deciding_numbers(source: str) -> list[tuple[int, object]]:
    """(line, number) of each literal in `source` that looks like a clinical threshold or dose."""
    return [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value in DECIDING
    ]


def test_no_clinical_threshold_hides_in_python():
    hidden = [
        f"{relative(path)}, line {line}: {number}"
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] in DECIDING_ROOMS
        for line, number in deciding_numbers(path.read_text(encoding="utf-8"))
        if not _draws(path)
    ]
    assert not hidden, "thresholds and doses live in data files with a source:\n" + "\n".join(hidden)


def _draws(path):
    """Files that draw: their numbers are lengths on paper."""
    return path.relative_to(PACKAGE).parts[0] == "report"


def test_a_planted_threshold_is_found():
    assert deciding_numbers("x = 1\nfever = temperature >= 38.0") == [(2, 38.0)]
    assert deciding_numbers("day = 24 * HOUR") == []


def test_the_version_is_the_same_everywhere():
    version = project()["version"]
    citation = re.search(
        r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert citation is not None
    assert citation.group(1) == version
    assert importlib.import_module("becalm").__version__ == version


def test_the_changelog_has_an_entry_for_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entry = re.search(
        rf"^## {re.escape(project()['version'])}\b.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert entry is not None
    assert re.search(r"^- \S", entry.group(1), re.MULTILINE), "the entry says nothing"


def public():
    becalm = importlib.import_module("becalm")
    return {name: getattr(becalm, name) for name in becalm.__all__ if not name.startswith("_")}


def test_the_public_interface_is_there_and_documented():
    names = public()
    assert "grade" in names
    undocumented = [
        name
        for name, thing in names.items()
        if (inspect.isroutine(thing) or inspect.isclass(thing)) and len(inspect.getdoc(thing) or "") < 40
    ]
    assert not undocumented, f"public, but their docstrings do not say what they do: {undocumented}"


def test_public_functions_are_fully_typed():
    untyped = [
        name
        for name, thing in public().items()
        if inspect.isfunction(thing)
        and any(
            parameter.annotation is inspect.Parameter.empty
            for parameter in inspect.signature(thing).parameters.values()
        )
    ]
    assert not untyped


@pytest.mark.parametrize("page", sorted(path.name for path in ROOT.glob("*.md")) or ["README.md"])
def test_links_between_the_pages_lead_somewhere(page):
    _assert_links(ROOT / page)


def test_links_in_the_documentation_lead_somewhere():
    pages = [path for path in files() if path.suffix == ".md" and path.parent != ROOT]
    assert pages
    for path in pages:
        _assert_links(path)


def _assert_links(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    dead = [link for link in links if link and "://" not in link and not (path.parent / link).exists()]
    assert not dead, f"{relative(path)} links to {dead}"
