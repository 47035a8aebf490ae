"""From a statement's codes and name to its meaning: mapping files, then the vocabulary, then its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from becalm.record import Code, vocabulary
from becalm.record.names import fold
from becalm.sources.coded import mapping as files
from becalm.sources.coded.mapping import Meaning

_WORD = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_SHORTEST_WORD = 4


@dataclass(frozen=True)
class Found:
    """The meaning of a statement, and how it was found.

    `how`: `mapping` (a mapping file names the code or the name), `code` (the vocabulary knows the code),
    `name` (the vocabulary knows the name, or one drug is named in it). `by`: the code or name that decided.
    """

    meaning: Meaning
    how: str
    by: str


@dataclass(frozen=True)
class Lookup:
    """Every code and name with a meaning, mapping files before the vocabulary."""

    systems: Mapping[str, str]
    codes: Mapping[tuple[str, str], tuple[Meaning, str]] = field(repr=False)
    names: Mapping[tuple[str, str], Meaning] = field(repr=False)
    units: Mapping[tuple[str, str], str] = field(repr=False)
    values: Mapping[str, files.ValueEntry] = field(repr=False)
    drug_words: Mapping[str, str] = field(repr=False)
    forms: Mapping[str, str] = field(repr=False)
    needs: Sequence[files.NeedEntry] = field(repr=False)
    options: Mapping[str, Any] = field(repr=False)

    def system(self, given: str) -> str:
        """The short name of a code system, or the given one where none is known."""
        return self.systems.get(given.casefold(), given)

    def split(self, code: str) -> tuple[str, str]:
        """`SYSTEM|code` -> the short name of the system, the code."""
        system, _, value = code.rpartition("|")
        return self.system(system), value

    def find(self, domain: str, codes: Sequence[str], text: str | None) -> Found | None:
        """What a statement means, or None. Codes decide in their order, before names."""
        for given in codes:
            found = self.codes.get(self.split(given))
            if found:
                return Found(found[0], found[1], given)
        if not text or (domain in ("measurement", "observation") and self._said_by_code(codes)):
            return None
        folded = fold(text)
        by_name = self.names.get((domain, folded)) or self.names.get(("", folded))
        if by_name:
            return Found(by_name, "mapping", text)
        return self._by_vocabulary(domain, text)

    def _said_by_code(self, codes: Sequence[str]) -> bool:
        """Whether a code of a system made for measurements says what it is, so that its name does not."""
        systems = self.options.get("measured_by_code", ())
        return any(self.split(code)[0] in systems for code in codes)

    def _by_vocabulary(self, domain: str, text: str) -> Found | None:
        vocab = vocabulary()
        if domain in ("drug", "order"):
            drug = self.drug_named(text)
            return Found(Meaning(drug=drug, verified=False), "name", text) if drug else None
        if domain in ("measurement", "observation"):
            concept = vocab.resolve("concept", text)
            return Found(Meaning(observation=concept, verified=False), "name", text) if concept else None
        if domain in ("device", "procedure"):
            vague = fold(text) in self.options.get("not_by_name", ())
            device = None if vague else vocab.resolve("oxygen", text)
            return Found(Meaning(oxygen=device, verified=False), "name", text) if device else None
        if domain == "event":
            event = vocab.resolve("event", text)
            return Found(Meaning(event=event, verified=False), "name", text) if event else None
        return Found(Meaning(fluid=text, verified=False), "name", text) if domain == "fluid" else None

    def drug_named(self, text: str) -> str | None:
        """The drug of the vocabulary with which a text begins; None where it names several, or what is none.

        Only the beginning counts: "lidocaine with epinephrine" and "no dexamethasone" name no such dose.
        Words such as antagonist or level say that it is something else.
        """
        exact = vocabulary().resolve("drug", text)
        if exact:
            return exact
        words = [word.replace("-", "_") for word in _WORD.findall(fold(text).replace("_", " "))]
        if set(words) & set(self.options.get("not_the_drug", ())):
            return None
        runs = {"_".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}
        found = {self.drug_words[run] for run in runs if run in self.drug_words}
        leads = any("_".join(words[:n]) in self.drug_words for n in (1, 2, 3))
        return found.pop() if leads and len(found) == 1 else None

    def route(self, word: str | None, text: str | None) -> str | None:
        """The route that a source's word means, or else the one that the drug's name tells, or the word."""
        if word:
            entry = self.values.get(fold(word))
            known = (entry.route if entry else None) or vocabulary().resolve("route", word)
            if known:
                return known
        words = _WORD.findall(fold(text or "").replace("_", " "))
        return next((self.forms[one] for one in words if one in self.forms), None) or word

    def unit(self, given: str | None, concept: str | None = None) -> str | None:
        """The UCUM code of a unit, or the unit as given."""
        if given is None:
            return None
        return self.units.get((concept or "", given)) or self.units.get(("", given)) or given


def lookup(mappings: Iterable[files.Mapping]) -> Lookup:
    """A lookup from mapping files, the first deciding before the next, and the vocabulary after them."""
    mappings = list(mappings)
    systems: dict[str, str] = {}
    codes: dict[tuple[str, str], tuple[Meaning, str]] = {}
    names: dict[tuple[str, str], Meaning] = {}
    units: dict[tuple[str, str], str] = {}
    values: dict[str, files.ValueEntry] = {}
    forms: dict[str, str] = {}
    needs: list[files.NeedEntry] = []
    options: dict[str, Any] = {}
    for one in mappings:
        for given, short in one.systems.items():
            systems.setdefault(given.casefold(), short)
        for entry in one.name:
            names.setdefault((entry.domain or "", fold(entry.text)), entry)
        for unit in one.unit:
            units.setdefault((unit.concept or "", unit.given), unit.unit)
        for value in one.value:
            values.setdefault(fold(value.given), value)
        for form in one.form:
            forms.setdefault(fold(form.word), form.route)
        needs.extend(one.need)
        options = one.options | options
    for one in mappings:
        for code in one.code:
            system = systems.get(code.system.casefold(), code.system)
            codes.setdefault((system, code.code), (code, "mapping"))
    for key, meaning in _vocabulary_codes():
        codes.setdefault(key, (meaning, "code"))
    return Lookup(systems, codes, names, units, values, _drug_words(), forms, needs, options)


def _vocabulary_codes() -> Iterable[tuple[tuple[str, str], Meaning]]:
    vocab = vocabulary()
    for concept in vocab.concepts.values():
        yield from _meant(concept.codes, "observation", concept.name)
        yield from _left(concept.excluded_codes)
    for drug in vocab.drugs.values():
        yield from _meant(drug.codes, "drug", drug.name)
    for device in vocab.devices.values():
        yield from _meant(device.codes, "oxygen", device.name)
        yield from _left(device.excluded_codes)
    for part, measured in vocab.measurement_codes.items():
        yield from _meant(measured, "support", part)


def _meant(codes: Iterable[Code], target: str, name: str) -> Iterable[tuple[tuple[str, str], Meaning]]:
    for code in codes:
        fields = {target: name, "verified": code.verified, "says": code.says}
        yield (code.system, code.code), Meaning.model_validate(fields)


def _left(codes: Iterable[Code]) -> Iterable[tuple[tuple[str, str], Meaning]]:
    for code in codes:
        yield (code.system, code.code), Meaning(ignore=code.says, verified=code.verified)


def _drug_words() -> dict[str, str]:
    """Names and synonyms of drugs that are safe to find inside a longer text."""
    index = vocabulary().indexes["drug"]
    return {word: name for word, name in index.items() if len(word) >= _SHORTEST_WORD}
