"""The editions that becalm ships in a folder, and finding one by its id or its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from becalm.record.errors import InputError
from becalm.rules.edition import Edition
from becalm.rules.wording import nearest

EditionType = TypeVar("EditionType", bound=Edition)


def shipped(folder: Traversable, load: Callable[[Path], EditionType]) -> dict[str, EditionType]:
    """Every edition of a folder of TOML files, by id, in the order of the file names.

    Raises:
        EditionError: a file does not fit.
    """
    out: dict[str, EditionType] = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            with as_file(entry) as path:
                edition = load(path)
            out[edition.id] = edition
    return out


def found(name: str, known: Mapping[str, EditionType], what: str, told_by: str) -> EditionType:
    """An edition by its id.

    Args:
        name: the id asked for.
        known: the editions by id.
        what: what it is, for the error, such as `grading system`.
        told_by: the command that describes them, for the error.

    Raises:
        InputError: no such edition; the message names the nearest and lists all.
    """
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near}? " if near else ""
        raise InputError(
            f"There is no {what} {name!r}; {hint}Installed: {', '.join(known)}. "
            f"{told_by}; your own is given as a path ending in .toml."
        )
    return known[name]
