"""A mapping file: which code or name of a source means what in the record, and which unit is which.

Mappings are data. becalm ships one for each format it reads (`mappings/*.toml`); `becalm map` drafts one for
another source, a person corrects it, and `becalm import --mapping` reads it. What a mapping file says goes
before what the vocabulary says.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from becalm.record import vocabulary
from becalm.record.errors import EditionError, InputError
from becalm.rules.documents import Document, Strict, load_document
from becalm.rules.wording import nearest

TARGETS = (
    "observation",
    "drug",
    "fluid",
    "procedure",
    "oxygen",
    "ventilation",
    "support",
    "event",
    "stay",
    "ignore",
)
"""What a statement can become; exactly one of these keys stands in an entry."""

_NAMED_IN = {
    "observation": "concept",
    "oxygen": "oxygen",
    "ventilation": "oxygen",
    "event": "event",
}


class Meaning(Strict):
    """What a code or a name means. Exactly one of the target keys is given; the others refine it."""

    observation: str | None = Field(default=None, description="A concept of the vocabulary.")
    drug: str | None = Field(default=None, description="A drug, by its vocabulary name or any other name.")
    fluid: str | None = Field(default=None, description="A fluid.")
    procedure: str | None = Field(default=None, description="A procedure.")
    oxygen: str | None = Field(default=None, description="A way of giving oxygen.")
    ventilation: str | None = Field(default=None, description="A way of ventilating.")
    support: Literal["device", "flow_l_min", "fio2"] | None = Field(
        default=None,
        description="A reading about oxygen support: its device (the value names it), flow or FiO2.",
    )
    event: str | None = Field(default=None, description="An event of the vocabulary.")
    stay: Literal["hospital", "icu"] | None = Field(
        default=None, description="A stay: its start and end become admission and discharge."
    )
    ignore: str | None = Field(default=None, description="Why statements of this code are set aside.")

    value: str | None = Field(default=None, description="The value to write, in place of the source's.")
    unit: str | None = Field(default=None, description="The unit where the source gives none.")
    axis: str | None = Field(default=None, description="Column of the event.")
    cause: str | None = Field(default=None, description="Column of the event.")
    site: str | None = Field(default=None, description="Column of the observation or event.")
    severity: str | None = Field(default=None, description="Column of the event.")
    route: str | None = Field(default=None, description="Route where the source gives none.")
    indication: str | None = Field(default=None, description="Indication where the source gives none.")
    start_only: bool = Field(
        default=False, description="Its end is that of the procedure, not of the support that it begins."
    )
    verified: bool = Field(
        default=True, description="False: recalled or suggested, not confirmed by a person or a source."
    )
    says: str = Field(default="", description="The source's own wording, for the person who proof-reads.")

    @model_validator(mode="after")
    def _one_target(self) -> Meaning:
        given = [name for name in TARGETS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"names {' and '.join(given) or 'no target'}; exactly one of {', '.join(TARGETS)} is expected"
            )
        group = _NAMED_IN.get(given[0])
        name = getattr(self, given[0])
        if group and vocabulary().resolve(group, name) is None:
            near = vocabulary().suggest(group, name)
            hint = f"; did you mean {near}?" if near else ""
            raise ValueError(f"{given[0]} = {name!r} is not in the vocabulary{hint}")
        return self

    @property
    def target(self) -> str:
        """Which of TARGETS this is."""
        return next(name for name in TARGETS if getattr(self, name) is not None)

    @property
    def name(self) -> str:
        """The name behind the target, canonical where the vocabulary knows it."""
        given: str = getattr(self, self.target)
        group = _NAMED_IN.get(self.target) or ("drug" if self.target == "drug" else None)
        return (vocabulary().resolve(group, given) if group else None) or given


class CodeEntry(Meaning):
    """One code of a source."""

    system: str = Field(description="The code system, by its short name (see `systems`).")
    code: str = Field(description="The code.")


class NameEntry(Meaning):
    """One name of a source, where no code decides; matched whole, without regard to case."""

    text: str = Field(description="The name as the source writes it.")
    domain: str | None = Field(default=None, description="Only in this domain (drug, measurement ...).")


class UnitEntry(Strict):
    """One unit of a source."""

    given: str = Field(description="As the source writes it.")
    unit: str = Field(description="The UCUM code.")
    concept: str | None = Field(default=None, description="Only for this concept.")


class ValueEntry(Strict):
    """One word that a source writes as a value."""

    given: str = Field(description="As the source writes it.")
    oxygen: str | None = Field(default=None, description="The device it names.")
    sex: str | None = Field(default=None, description="The sex it names.")
    route: str | None = Field(default=None, description="The route it names.")
    indication: str | None = Field(default=None, description="The indication it names.")
    ignore: str | None = Field(default=None, description="Why it is set aside.")


class FormEntry(Strict):
    """A word in a drug's name that tells its route where the source gives none."""

    word: str = Field(description="A whole word of the name, such as cream.")
    route: str = Field(description="The route that it means.")


class NeedEntry(Strict):
    """What a record must hold for a part of a grade to be decided."""

    any: tuple[str, ...] = Field(description="Concepts, drug classes or event names; one of them is enough.")
    kind: Literal["observation", "exposure", "event"] = Field(
        description="In which table they are looked for."
    )
    says: str = Field(description="What cannot be decided without them.")


class Mapping(Document):
    """A mapping file."""

    id: str
    title: str
    source: str = Field(description="Where the meanings were read.")
    systems: dict[str, str] = Field(
        default_factory=dict, description="How a source writes a code system, to the short name used here."
    )
    code: tuple[CodeEntry, ...] = ()
    name: tuple[NameEntry, ...] = ()
    unit: tuple[UnitEntry, ...] = ()
    value: tuple[ValueEntry, ...] = ()
    form: tuple[FormEntry, ...] = ()
    need: tuple[NeedEntry, ...] = ()
    options: dict[str, Any] = Field(
        default_factory=dict, description="Settings of the reader of this format."
    )


def load_mapping(path: str | Path) -> Mapping:
    """A mapping from a TOML file.

    Raises:
        EditionError: the file does not fit; every misfit is told with its place.
    """
    return load_document(path, Mapping)


def shipped_mapping(name: str) -> Mapping:
    """A mapping that becalm ships, by its id (`fhir`, `omop`, `sdtm`, `mimic`, `common`).

    Raises:
        InputError: there is none of this id.
    """
    folder = resources.files("becalm.sources.coded").joinpath("mappings")
    known = sorted(
        file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")
    )
    if name not in known:
        near = nearest(name, known)
        hint = f" Did you mean {near}?" if near else ""
        raise InputError(f"No mapping {name!r} is shipped; expected one of {', '.join(known)}.{hint}")
    with resources.as_file(folder.joinpath(f"{name}.toml")) as path:
        try:
            return load_mapping(path)
        except EditionError as error:
            raise EditionError(f"The shipped mapping {name} does not fit: {error}") from error
