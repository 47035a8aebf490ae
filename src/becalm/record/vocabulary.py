"""What a record may name: concepts, drugs, devices, events and closed lists with their codes and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from becalm.record.names import fold, nearest
from becalm.record.units import UnitRule


@dataclass(frozen=True)
class Code:
    """A code of a published system. `verified`: a mapping table that states its meaning was read."""

    system: str
    code: str
    verified: bool
    says: str = ""


@dataclass(frozen=True)
class Concept:
    """One observed quantity: canonical UCUM unit, accepted units, plausible limits, validity and codes.

    `levels` are the names of an ordered scale, lowest first; their values are 0, 1, 2 ... `excluded_codes`
    look alike and mean something else (another specimen, moles, an order).
    """

    name: str
    says: str
    group: str
    unit: str
    units: tuple[UnitRule, ...]
    plausible_min: float
    plausible_max: float
    validity_hours: float
    dimensionless: bool
    integer: bool
    levels: tuple[str, ...]
    synonyms: tuple[str, ...]
    codes: tuple[Code, ...]
    excluded_codes: tuple[Code, ...]
    unit_index: Mapping[str, UnitRule] = field(repr=False)
    level_index: Mapping[str, int] = field(repr=False)

    def unit_rule(self, text: str) -> UnitRule | None:
        """The accepted unit that `text` spells, or None: an exact match first, then one without case."""
        return self.unit_index.get(text) or self.unit_index.get(fold_unit(text))


@dataclass(frozen=True)
class Drug:
    """One drug: its classes (design section 4) and codes."""

    name: str
    classes: tuple[str, ...]
    synonyms: tuple[str, ...]
    codes: tuple[Code, ...]


@dataclass(frozen=True)
class Device:
    """One way of giving oxygen or ventilation."""

    name: str
    says: str
    synonyms: tuple[str, ...]
    codes: tuple[Code, ...]
    excluded_codes: tuple[Code, ...]


@dataclass(frozen=True)
class EventKind:
    """One event: the closed lists of its `value`, `axis`, `cause` and `severity`, and which it must have.

    `unknown_value_is_blank`: a value outside its list leaves the event with a blank value.
    """

    name: str
    says: str
    synonyms: tuple[str, ...]
    lists: Mapping[str, str]
    required: tuple[str, ...]
    coverage_class: str | None
    unknown_value_is_blank: bool = False


@dataclass(frozen=True)
class NumberRule:
    """A number outside the observations (age, dose, flow): what it says, its unit and plausible limits."""

    name: str
    says: str
    unit: str
    minimum: float
    maximum: float
    integer: bool
    hint: str


@dataclass(frozen=True)
class Vocabulary:
    """Everything that a record may name. `vocabulary.toml` states the sources."""

    source: str
    concepts: Mapping[str, Concept]
    drugs: Mapping[str, Drug]
    devices: Mapping[str, Device]
    events: Mapping[str, EventKind]
    numbers: Mapping[str, NumberRule]
    drug_classes: Mapping[str, str]
    terms: Mapping[str, tuple[str, ...]]
    systemic_routes: frozenset[str]
    measurement_codes: Mapping[str, tuple[Code, ...]]
    indexes: Mapping[str, Mapping[str, str]] = field(repr=False)

    def resolve(self, group: str, text: str) -> str | None:
        """The canonical name of `text` in a group (`concept`, `drug`, `oxygen`, `event`, one of `terms`)."""
        return self.indexes[group].get(fold(text) or text.strip())

    def suggest(self, group: str, text: str) -> str | None:
        """The known name of the group nearest to `text`, or None."""
        index = self.indexes[group]
        found = nearest(text, index)
        return None if found is None else index[found]

    def names(self, group: str) -> tuple[str, ...]:
        """The canonical names of a group, in the order of the file."""
        return tuple(dict.fromkeys(self.indexes[group].values()))

    def drugs_of(self, drug_class: str) -> tuple[str, ...]:
        """The drugs of one class."""
        return tuple(drug.name for drug in self.drugs.values() if drug_class in drug.classes)


def fold_unit(text: str) -> str:
    """One spelling for a unit: lower case, micro as u, without spaces, slashes and hyphens."""
    return fold(text.replace("\u00b5", "u").replace("\u03bc", "u")).replace("_", "")
