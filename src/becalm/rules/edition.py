"""Editions: versioned, hashed, sourced files of rules, one concept for scales, guidelines and scores.

An edition is a TOML file that a person who knows the paper can proof-read. Its engine declares what the
file may hold as a subclass of `Edition`, with subclasses of `Rule` for the rules in it:

```python
class Level(Rule):
    grade: int

class Scale(Edition):
    level: tuple[Level, ...]

scale = load_toml_edition("astct-2019.toml", Scale)
compiled = compile_rules(scale, facts)
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field

from becalm.record.errors import EditionError
from becalm.rules.documents import Document, Strict, load_document
from becalm.rules.facts import Fact
from becalm.rules.predicate import Predicate, compile_predicate


class Rule(Strict):
    """One rule: a machine's condition beside the words of its source."""

    when: str = Field(description="The condition: one SQL boolean expression over fact names.")
    says: str = Field(min_length=1, description="The wording for a reader, close to the source.")
    cites: str = Field(min_length=1, description="Where the source says so: table, page or section.")
    verified: bool = Field(description="True if the wording was checked against the source itself.")


class Edition(Document):
    """What every edition has; its engine adds the rules as further fields."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", description="The name used on the command line.")
    title: str = Field(min_length=1, description="The full title.")
    kind: str = Field(min_length=1, description="What it is, such as scale or guideline.")
    source: str = Field(min_length=1, description="The publication, with its DOI or PMID.")
    policy: Mapping[str, bool | int | float | str | tuple[str, ...]] = Field(
        default_factory=dict, description="Settings that this edition fixes, by the name of the policy."
    )

    def every_rule(self) -> Iterator[tuple[str, Rule]]:
        """Each rule with its place in the file, such as `level[3]` for the third level."""
        for name in type(self).model_fields:
            yield from _rules(name, getattr(self, name))


EditionType = TypeVar("EditionType", bound=Edition)


def load_toml_edition(path: Path | str, model: type[EditionType]) -> EditionType:
    """Read an edition from a TOML file, with `hash` (SHA-256 of the bytes) and `path` attached.

    Raises:
        EditionError: the file does not fit the model; the message names the file, the place in it, what
            was given, what was expected and the next step.
    """
    return load_document(path, model)


def compile_rules(edition: Edition, facts: Mapping[str, Fact]) -> dict[str, Predicate]:
    """The compiled condition of every rule of an edition, by its place in the file.

    Raises:
        EditionError: conditions are refused; each message begins with the file and the place, and all
            are told at once.
    """
    compiled: dict[str, Predicate] = {}
    problems: list[str] = []
    for place, rule in edition.every_rule():
        try:
            compiled[place] = compile_predicate(rule.when, facts)
        except EditionError as error:
            file = edition.path if edition.hash else edition.id
            problems.append(f"{file}: {place}.when: {error}")
    if problems:
        raise EditionError("\n".join(problems))
    return compiled


def _rules(place: str, value: object) -> Iterator[tuple[str, Rule]]:
    if isinstance(value, Rule):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _rules(f"{place}.{name}", getattr(value, name))
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _rules(f"{place}.{name}", part)
    elif isinstance(value, tuple | list):
        for number, part in enumerate(value, start=1):
            yield from _rules(f"{place}[{number}]", part)
