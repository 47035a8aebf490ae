"""Markdown from data: tables, code, and templates whose `{{names}}` stand for generated parts."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""
TEMPLATES = Path(__file__).resolve().parent / "pages"
"""Where the hand-written parts of generated pages are."""

_MARK = re.compile(r"\{\{([a-z_]+)\}\}")


def notice(source: str) -> str:
    """The comment at the top of a generated page: where to change what it says."""
    return f"<!-- Written by `make docs`; edit {source}. -->\n\n"


def code(*names: object) -> str:
    """Names in code letters, separated by commas; nothing for none."""
    return ", ".join(f"`{name}`" for name in names)


def verified(read: bool) -> str:
    """Whether a source was read, in one word."""
    return "yes" if read else "**no**"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def sentences(file: str, section: str, names: Sequence[str]) -> Mapping[str, str]:
    """Hand-written sentences by name; a name without a sentence, or the reverse, is a ValueError."""
    written: dict[str, str] = tomllib.loads((TEMPLATES / file).read_text(encoding="utf-8"))[section]
    if set(written) != set(names):
        raise ValueError(
            f"{file}, {section}: without a sentence or a name: {sorted(set(written) ^ set(names))}"
        )
    return written


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template of a page with its parts put in; a part too many or too few is a ValueError."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    named = set(_MARK.findall(text))
    if named != set(parts):
        raise ValueError(f"{template} names {sorted(named)}, the script gives {sorted(parts)}")
    return _MARK.sub(lambda mark: parts[mark.group(1)], text)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
