"""The settings of the reader: what `mappings/omop.toml` says, and what the caller says instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from becalm.record.errors import InputError
from becalm.rules.wording import nearest
from becalm.sources.coded.mapping import shipped_mapping

_CHOICES = {
    "midnight": ("whole_day", "as_given"),
    "unknown_drug_type": ("set_aside", "drug", "order"),
    "rows": ("mapped", "all"),
    "only_infused": ("no", "yes"),
}
_TEXTS = ("schema", "vocabulary_schema", "dialect", "driver", "drug_types")
_COUNTS = ("persons_per_batch",)


@dataclass(frozen=True)
class Settings:
    """How a CDM is read.

    `midnight`: `whole_day` reads a time of exactly midnight as a date; `as_given` keeps it.
    `unknown_drug_type`: what a drug record of an unknown type is: `set_aside` (no dose, but a doubt whether
    the drug was given), `drug` (given) or `order`.
    `rows`: `mapped` reads the rows whose concept means something, `all` every row (to draft a mapping).
    `only_infused`: only persons with a CAR-T or T-cell engager infusion. `comparators`: operator concept
    -> comparator. `drug_types`: type concept -> `drug` or `order`. `vocabularies`: short system name
    -> vocabulary_id of the CDM.
    """

    midnight: str = "whole_day"
    unknown_drug_type: str = "set_aside"
    rows: str = "mapped"
    only_infused: bool = False
    persons_per_batch: int = 50_000
    schema: str = ""
    vocabulary_schema: str = ""
    dialect: str = ""
    driver: str = ""
    comparators: Mapping[int, str] = field(default_factory=dict)
    drug_types: Mapping[int, str] = field(default_factory=dict)
    vocabularies: Mapping[str, str] = field(default_factory=dict)


def settings(options: Mapping[str, str]) -> Settings:
    """The settings from the shipped mapping and a caller's options.

    Raises:
        InputError: an option is unknown, or its value is none of those expected.
    """
    shipped: Mapping[str, Any] = shipped_mapping("omop").options
    known = (*_CHOICES, *_TEXTS, *_COUNTS)
    for name in options:
        if name not in known:
            near = nearest(name, known)
            hint = f"Did you mean {near}?" if near else "See docs/omop.md."
            raise InputError(
                f"The OMOP reader has no option {name!r}; it has {', '.join(sorted(known))}. {hint}"
            )
    given = {name: str(options.get(name, shipped.get(name, ""))) for name in known}
    for name, choices in _CHOICES.items():
        if given[name] not in choices:
            raise InputError(
                f"Option {name} is {given[name]!r}; one of {', '.join(choices)} is expected. "
                "Give one of these."
            )
    types = {int(entry["concept_id"]): str(entry["is"]) for entry in shipped["drug_type"]}
    return Settings(
        midnight=given["midnight"],
        unknown_drug_type=given["unknown_drug_type"],
        rows=given["rows"],
        only_infused=given["only_infused"] == "yes",
        persons_per_batch=_count("persons_per_batch", given["persons_per_batch"]),
        schema=given["schema"],
        vocabulary_schema=given["vocabulary_schema"] or given["schema"],
        dialect=given["dialect"],
        driver=given["driver"],
        comparators={int(entry["concept_id"]): str(entry["is"]) for entry in shipped["operator"]},
        drug_types=types | _drug_types(given["drug_types"]),
        vocabularies={str(short): str(name) for short, name in shipped["vocabularies"].items()},
    )


def _count(name: str, given: str) -> int:
    if not given.isascii() or not given.isdigit() or int(given) < 1:
        raise InputError(
            f"Option {name} is {given!r}; a whole number from 1 is expected. Give one, such as 50000."
        )
    return int(given)


def _drug_types(given: str) -> dict[int, str]:
    """`32817=drug,32833=order` as a table."""
    out = {}
    for part in filter(None, (one.strip() for one in given.split(","))):
        concept, _, meaning = (one.strip() for one in part.partition("="))
        if not concept.isdigit() or meaning not in ("drug", "order"):
            raise InputError(
                f"Option drug_types holds {part!r}; CONCEPT=drug or CONCEPT=order is expected, with commas "
                "between them. Write for example drug_types=32817=drug."
            )
        out[int(concept)] = meaning
    return out
