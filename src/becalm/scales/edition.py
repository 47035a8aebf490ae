"""A grading system as a versioned data file: levels with the human wording beside the machine rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field

from becalm.record import HOUR, vocabulary
from becalm.record.errors import EditionError, InputError
from becalm.rules import (
    Edition,
    Fact,
    FactSet,
    Predicate,
    Rule,
    compile_predicate,
    compile_rules,
    found,
    load_toml_edition,
    shipped,
)
from becalm.timeline import Settings, default_settings
from becalm.timeline.families import Family, every_fact, families, family_of
from becalm.timeline.states import CRS


class Level(Rule):
    """One line of a grading table: the condition means "at least this grade" on its axis."""

    grade: int = Field(ge=1, le=5, description="The grade that this level reaches.")
    axis: str = Field(min_length=1, description="The axis of the table, such as hypotension or hypoxia.")
    lasting_hours: float | None = Field(
        default=None, gt=0, le=8784, description="The condition must have held without a break for this long."
    )
    lasting_when: str = Field(
        default="", description="What must have lasted, where it is not the whole condition."
    )
    doubt: str = Field(
        default="",
        description="Where the condition holds the grade may be reached; this says what would settle it.",
    )
    applies_if: str = Field(default="", description="A yes-or-no policy without which the level is left out.")
    applies_unless: str = Field(default="", description="A yes-or-no policy that leaves the level out.")

    @property
    def lasting(self) -> int | None:
        """`lasting_hours` in microseconds."""
        return None if self.lasting_hours is None else round(self.lasting_hours * HOUR)


class Scale(Edition):
    """A grading system. Its grade is the highest level reached on any axis; 0 if none."""

    kind: Literal["scale"]
    toxicity: str = Field(min_length=1, description="What is graded, such as CRS.")
    death_cause: str = Field(
        default="",
        description="The cause of death that is this toxicity; a death of another ends the record.",
    )
    notes: tuple[str, ...] = Field(default=(), description="What a reader should know beside the levels.")
    level: tuple[Level, ...] = Field(min_length=1)

    @property
    def highest(self) -> int:
        """The highest grade of the system."""
        return max(level.grade for level in self.level)

    @cached_property
    def compiled(self) -> tuple[tuple[Level, Predicate], ...]:
        """The levels with their conditions, in the order of the file."""
        found = compile_rules(self, scale_facts())
        rules = dict(self.every_rule())
        return tuple((rule, found[place]) for place, rule in rules.items() if isinstance(rule, Level))

    @cached_property
    def lasting(self) -> Mapping[int, Predicate]:
        """What must have lasted, by the position of its level."""
        return {
            number: compile_predicate(level.lasting_when, scale_facts()) if level.lasting_when else predicate
            for number, (level, predicate) in enumerate(self.compiled)
            if level.lasting_hours is not None
        }

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Every fact that the levels name, in the order of the file."""
        every = [predicate for _, predicate in self.compiled] + list(self.lasting.values())
        return tuple(dict.fromkeys(fact for predicate in every for fact in predicate.facts))

    @cached_property
    def reads_course(self) -> bool:
        """Whether the levels name a fact of the course of CRS, other than a death."""
        return any(family_of(name) is None and not name.startswith("death_from_") for name in self.facts)

    @property
    def fatal_cause(self) -> str:
        """The cause of death that is grade 5 here; empty: every death ends the record."""
        return self.death_cause or (CRS if "death_from_crs" in self.facts else "")

    def applied(self, settings: Settings) -> tuple[int, ...]:
        """The positions of the levels that apply under the policies."""
        return tuple(
            number
            for number, level in enumerate(self.level)
            if (not level.applies_if or settings.flag(level.applies_if))
            and not (level.applies_unless and settings.flag(level.applies_unless))
        )

    def own_facts(self, settings: Settings) -> tuple[Fact, ...]:
        """The facts of families that the levels name, as far as these apply under the policies."""
        mine = self.applied(settings)
        asked = [self.compiled[number][1] for number in mine]
        asked += [predicate for number, predicate in self.lasting.items() if number in mine]
        named = (name for predicate in asked for name in predicate.facts)
        return tuple(scale_facts()[name] for name in dict.fromkeys(named) if family_of(name) is not None)

    def families(self, settings: Settings) -> tuple[Family, ...]:
        """The families of `own_facts`."""
        found = [family_of(fact.name) for fact in self.own_facts(settings)]
        return tuple({family.name: family for family in found if family is not None}.values())

    def relevant(self, settings: Settings) -> Settings:
        """The policies that can change a grade: of the course, and of the families that the levels read."""
        mine = {family.name for name in self.facts if (family := family_of(name)) is not None}
        others = {p.name for name, one in families().items() if name not in mine for p in one.policies}
        asked = {name for level in self.level for name in (level.applies_if, level.applies_unless)}
        kept = {name: one for name, one in settings.policies.items() if name not in others or name in asked}
        return Settings(kept, settings.changed)

    def settings(self, base: Settings | None = None) -> Settings:
        """The policies with this edition's own changes.

        Raises:
            InputError: the edition names a policy that does not exist.
        """
        return (base or default_settings()).with_changes(self.policy, f"The edition {self.id}")


def scale_facts() -> FactSet:
    """The facts that a grading rule may use: those of the course of CRS, and those of every family."""
    return every_fact()


def load_scale(path: Path | str) -> Scale:
    """Read and check one grading system from a file, for instance an institution's own.

    Raises:
        EditionError: the file, a condition, a policy or a cause of death does not fit; the message names the
            place.
    """
    scale = load_toml_edition(path, Scale)
    compile_rules(scale, scale_facts())
    for number, level in enumerate(scale.level, start=1):
        if level.lasting_when and level.lasting_hours is None:
            raise EditionError(
                f"{path}: level[{number}] has lasting_when and no lasting_hours. Expected both, or neither. "
                "Add the hours."
            )
        if level.lasting_when:
            try:
                compile_predicate(level.lasting_when, scale_facts())
            except EditionError as error:
                raise EditionError(f"{path}: level[{number}].lasting_when: {error}") from error
    try:
        policies = scale.settings()
    except InputError as error:
        raise EditionError(f"{path}: {error}") from error
    for number, level in enumerate(scale.level, start=1):
        for name in filter(None, (level.applies_if, level.applies_unless)):
            if not isinstance(getattr(policies.policies.get(name), "value", None), bool):
                raise EditionError(
                    f"{path}: level[{number}] names the policy {name!r}. Expected a policy that is true or "
                    "false. `becalm cite policies` lists them all."
                )
    causes = vocabulary().names("death_cause")
    if scale.death_cause and scale.death_cause not in causes:
        raise EditionError(
            f"{path}: death_cause is {scale.death_cause!r}. Expected one of {', '.join(causes)}. Correct it."
        )
    return scale


@cache
def installed_scales() -> dict[str, Scale]:
    """Every grading system that becalm ships, by id."""
    return shipped(files("becalm.scales").joinpath("editions"), load_scale)


def find_scale(name: str | Scale | Path) -> Scale:
    """A grading system by its id, or from a file (a path that ends in .toml).

    Raises:
        InputError: no such system; the message names the nearest and lists all.
    """
    if isinstance(name, Scale):
        return name
    if str(name).endswith(".toml"):
        return load_scale(name)
    return found(str(name), installed_scales(), "grading system", "`becalm scales` describes them")


def predicates(scale: Scale) -> tuple[tuple[Level, Predicate], ...]:
    """The compiled condition of every level, in the order of the file."""
    return scale.compiled
