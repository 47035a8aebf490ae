"""Loading a vocabulary from its TOML file, and the vocabulary that becalm ships."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeAlias

from becalm.record.errors import EditionError
from becalm.record.names import index_of
from becalm.record.units import UnitRule, rational
from becalm.record.vocabulary import Code, Concept, Device, Drug, EventKind, NumberRule, Vocabulary, fold_unit

_Table: TypeAlias = dict[str, Any]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that becalm ships (`becalm/record/vocabulary.toml`)."""
    text = resources.files("becalm.record").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return load_vocabulary(text)


def load_vocabulary(text: str) -> Vocabulary:
    """A vocabulary from the text of a TOML file in the format of `vocabulary.toml`.

    Raises EditionError when the file breaks its format: no TOML, a missing entry, a spelling that means two
    things, an unknown drug class or list, a concept whose first unit is not its canonical one.
    """
    try:
        return _build(tomllib.loads(text))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise EditionError(
            f"The vocabulary file cannot be used: {type(error).__name__}: {error}. An entry for every part "
            "of vocabulary.toml is expected. Compare the file with the one that becalm ships."
        ) from error


def _build(data: _Table) -> Vocabulary:
    if data["format_version"] != 1:
        raise ValueError(f"format_version is {data['format_version']}, this becalm reads 1")
    spellings: dict[str, list[str]] = data["unit_spellings"]
    concepts = {name: _concept(name, raw, spellings) for name, raw in data["concept"].items()}
    drugs = {name: _drug(name, raw, set(data["drug_class"])) for name, raw in data["drug"].items()}
    devices = {name: _device(name, raw) for name, raw in data["oxygen"].items()}
    terms: dict[str, dict[str, list[str]]] = data["terms"]
    events = {name: _event(name, raw, set(terms)) for name, raw in data["event"].items()}
    named: dict[str, dict[str, Any]] = {
        "concept": {one.name: one.synonyms for one in concepts.values()},
        "drug": {one.name: one.synonyms for one in drugs.values()},
        "oxygen": {one.name: one.synonyms for one in devices.values()},
        "event": {one.name: one.synonyms for one in events.values()},
        **terms,
    }
    frozen = MappingProxyType
    return Vocabulary(
        source=data["source"],
        concepts=frozen(concepts),
        drugs=frozen(drugs),
        devices=frozen(devices),
        events=frozen(events),
        numbers=frozen({name: _number(name, raw) for name, raw in data["number"].items()}),
        drug_classes=frozen(data["drug_class"]),
        terms=frozen({name: tuple(entries) for name, entries in terms.items()}),
        systemic_routes=frozenset(data["lists"]["systemic_routes"]),
        measurement_codes=frozen({k: _codes("LOINC", v) for k, v in data["oxygen_measurement"].items()}),
        indexes=frozen({group: frozen(index_of(entries, group)) for group, entries in named.items()}),
    )


def _codes(system: str, entries: list[_Table]) -> tuple[Code, ...]:
    return tuple(Code(system, one["code"], one["verified"], one.get("says", "")) for one in entries)


def _concept(name: str, raw: _Table, spellings: dict[str, list[str]]) -> Concept:
    units = tuple(_unit(one) for one in raw["units"])
    if raw["unit"] != units[0].code or not units[0].identity:
        raise ValueError(f"the first unit of {name} must be its canonical unit")
    levels = tuple(raw.get("levels", ()))
    synonyms = raw.get("level_synonyms", {})
    level_names = index_of({level: synonyms.get(level, ()) for level in levels}, f"{name} level")
    return Concept(
        name=name,
        says=raw["says"],
        group=raw["group"],
        unit=raw["unit"],
        units=units,
        plausible_min=float(raw["plausible"][0]),
        plausible_max=float(raw["plausible"][1]),
        validity_hours=float(raw["validity_hours"]),
        dimensionless=raw.get("dimensionless", False),
        integer=raw.get("integer", False),
        levels=levels,
        synonyms=tuple(raw["synonyms"]),
        codes=_codes("LOINC", raw["loinc"]),
        excluded_codes=_codes("LOINC", raw.get("loinc_excluded", [])),
        unit_index=MappingProxyType(_unit_index(name, units, spellings)),
        level_index=MappingProxyType({text: levels.index(level) for text, level in level_names.items()}),
    )


def _unit(raw: _Table) -> UnitRule:
    return UnitRule(
        raw["code"], rational(raw.get("offset", 0)), rational(raw.get("factor", 1)), raw.get("says", "")
    )


def _unit_index(
    name: str, units: tuple[UnitRule, ...], spellings: dict[str, list[str]]
) -> dict[str, UnitRule]:
    index: dict[str, UnitRule] = {}
    for unit in units:
        for spelling in (unit.code, *spellings[unit.code]):
            for key in (spelling, fold_unit(spelling)):
                if index.setdefault(key, unit) != unit:
                    raise ValueError(f"unit '{spelling}' of {name} is both {index[key].code} and {unit.code}")
    return index


def _drug(name: str, raw: _Table, classes: set[str]) -> Drug:
    if unknown := set(raw["classes"]) - classes:
        raise ValueError(f"drug {name} has the unknown classes {sorted(unknown)}")
    codes = _codes("ATC", [raw["atc"]] if "atc" in raw else []) + _codes("RxNorm", raw.get("rxnorm", []))
    return Drug(name, tuple(raw["classes"]), tuple(raw["synonyms"]), codes)


def _device(name: str, raw: _Table) -> Device:
    codes, excluded = _codes("SNOMED", raw["snomed"]), _codes("SNOMED", raw.get("snomed_excluded", []))
    return Device(name, raw["says"], tuple(raw["synonyms"]), codes, excluded)


def _event(name: str, raw: _Table, lists: set[str]) -> EventKind:
    columns = [column for column in ("value", "axis", "cause", "severity") if column in raw]
    if unknown := {raw[column] for column in columns} - lists - {"grade"}:
        raise ValueError(f"event {name} names the unknown lists {sorted(unknown)}")
    return EventKind(
        name=name,
        says=raw["says"],
        synonyms=tuple(raw["synonyms"]),
        lists=MappingProxyType({column: raw[column] for column in columns}),
        required=tuple(column for column in columns if raw.get(f"{column}_required")),
        coverage_class=raw.get("coverage_class"),
        unknown_value_is_blank=raw.get("unknown_value_is_blank", False),
    )


def _number(name: str, raw: _Table) -> NumberRule:
    return NumberRule(
        name=name,
        says=raw["says"],
        unit=raw["unit"],
        minimum=float(raw["plausible"][0]),
        maximum=float(raw["plausible"][1]),
        integer=raw.get("integer", False),
        hint=raw.get("hint", "correct the number, or leave the cell blank"),
    )
