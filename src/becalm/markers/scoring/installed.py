"""Reading scores from files, and those that becalm ships."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from becalm.markers.scoring.edition import Score, compiled, problems
from becalm.record.errors import EditionError
from becalm.rules import found, load_toml_edition, shipped


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
    return shipped(files("becalm.markers").joinpath("scores"), load_score)


def find_score(name: str | Score | Path) -> Score:
    """A score by its id, or from a file (a path that ends in .toml).

    Raises:
        InputError: no such score; the message names the nearest and lists all.
    """
    if isinstance(name, Score):
        return name
    if str(name).endswith(".toml"):
        return load_score(name)
    return found(str(name), installed_scores(), "score", "`becalm cite ID` tells each")
