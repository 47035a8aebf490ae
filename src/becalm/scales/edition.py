"""A grading system as a versioned data file: levels with the human wording beside the machine rule."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from pydantic import Field

from becalm.record.errors import EditionError, InputError
from becalm.rules import Edition, FactSet, Predicate, Rule, compile_rules, load_toml_edition
from becalm.rules.wording import nearest
from becalm.timeline import Settings, default_settings


class Level(Rule):
    """One line of a grading table: the condition means "at least this grade" on its axis."""

    grade: int = Field(ge=1, le=5, description="The grade that this level reaches.")
    axis: str = Field(min_length=1, description="The axis of the table, such as hypotension or hypoxia.")


class Scale(Edition):
    """A grading system. Its grade is the highest level reached on any axis; 0 if none."""

    kind: Literal["scale"]
    toxicity: str = Field(min_length=1, description="What is graded, such as CRS.")
    notes: tuple[str, ...] = Field(default=(), description="What a reader should know beside the levels.")
    level: tuple[Level, ...] = Field(min_length=1)

    @property
    def highest(self) -> int:
        """The highest grade of the system."""
        return max(level.grade for level in self.level)

    def settings(self, base: Settings | None = None) -> Settings:
        """The policies with this edition's own changes.

        Raises:
            InputError: the edition names a policy that does not exist.
        """
        return (base or default_settings()).with_changes(self.policy, f"The edition {self.id}")


@cache
def scale_facts() -> FactSet:
    """The facts that a grading rule may use, as the timeline delivers them."""
    with as_file(files("becalm.timeline").joinpath("facts.toml")) as path:
        return FactSet.load(path)


def load_scale(path: Path | str) -> Scale:
    """Read and check one grading system from a file, for instance an institution's own.

    Raises:
        EditionError: the file, a condition or a policy does not fit; the message names the place.
    """
    scale = load_toml_edition(path, Scale)
    compile_rules(scale, scale_facts())
    try:
        scale.settings()
    except InputError as error:
        raise EditionError(f"{path}: {error}") from error
    return scale


@cache
def installed_scales() -> dict[str, Scale]:
    """Every grading system that becalm ships, by id."""
    folder = files("becalm.scales").joinpath("editions")
    out: dict[str, Scale] = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            with as_file(entry) as path:
                scale = load_scale(path)
            out[scale.id] = scale
    return out


def find_scale(name: str | Scale | Path) -> Scale:
    """A grading system by its id, or from a file (a path that ends in .toml).

    Raises:
        InputError: no such system; the message names the nearest and lists all.
    """
    if isinstance(name, Scale):
        return name
    if str(name).endswith(".toml"):
        return load_scale(name)
    known = installed_scales()
    if str(name) not in known:
        near = nearest(str(name), known)
        hint = f"did you mean {near}? " if near else ""
        raise InputError(
            f"There is no grading system {str(name)!r}; {hint}Installed: {', '.join(known)}. "
            "`becalm scales` describes them; your own is given as a path ending in .toml."
        )
    return known[str(name)]


def predicates(scale: Scale) -> tuple[tuple[Level, Predicate], ...]:
    """The compiled condition of every level, in the order of the file."""
    compiled = compile_rules(scale, scale_facts())
    rules = dict(scale.every_rule())
    return tuple((rule, compiled[place]) for place, rule in rules.items() if isinstance(rule, Level))
