"""Reading scores from files, and those that becalm ships."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from becalm.markers.scoring.edition import Score, compiled, problems
from becalm.record.errors import EditionError, InputError
from becalm.rules import load_toml_edition
from becalm.rules.wording import nearest


def load_score(path: Path | str) -> Score:
    """Read and check one score from a file, for instance an institution's own.

    Raises:
        EditionError: the file, a condition or a reference does not fit; the message names the place.
    """
    score = load_toml_edition(path, Score)
    compiled(score)
    if found := [f"{path}: {problem}" for problem in problems(score)]:
        raise EditionError("\n".join(found))
    return score


@cache
def installed_scores() -> dict[str, Score]:
    """Every score that becalm ships, by id."""
    folder = files("becalm.markers").joinpath("scores")
    out: dict[str, Score] = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            with as_file(entry) as path:
                score = load_score(path)
            out[score.id] = score
    return out


def find_score(name: str | Score | Path) -> Score:
    """A score by its id, or from a file (a path that ends in .toml).

    Raises:
        InputError: no such score; the message names the nearest and lists all.
    """
    if isinstance(name, Score):
        return name
    if str(name).endswith(".toml"):
        return load_score(name)
    known = installed_scores()
    if str(name) not in known:
        near = nearest(str(name), known)
        hint = f"did you mean {near}? " if near else ""
        raise InputError(
            f"There is no score {str(name)!r}; {hint}Installed: {', '.join(known)}. "
            "`becalm cite ID` tells each; your own is given as a path ending in .toml."
        )
    return known[str(name)]
