"""CodeableConcepts, Codings and lists of them, each distinct JSON text read once and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
import polars as pl
from msgspec import Raw

from becalm.record.names import fold
from becalm.sources.coded.lookup import Lookup
from becalm.sources.fhir.elements import CodeableConcept, codeable_concept, coding

_MOST_REMEMBERED = 100_000
_LISTED = msgspec.json.Decoder(list[CodeableConcept])


class Concept(NamedTuple):
    """What a CodeableConcept says.

    `key`: the index of its codes among `Words.codes`. `text`: the name a person reads. `first`: its first
    code alone. `known`: that of its codes and names that the mapping can translate, or `text`.
    """

    key: int
    text: str | None
    first: str | None = None
    known: str | None = None


NOTHING = Concept(0, None)


class Words:
    """The concepts of a source.

    Codes are `SYSTEM|code` in the order of the source. Memory stays flat: what is remembered of texts is
    forgotten when it grows, and lists of codes are few.
    """

    def __init__(self, lookup: Lookup) -> None:
        self._values: Mapping[str, object] = lookup.values
        self._seen: dict[bytes, Concept] = {}
        self._keys: dict[tuple[str, ...], int] = {(): 0}
        self._codes: list[list[str] | None] = [None]
        self._column: pl.Series | None = None

    def concept(self, raw: Raw) -> Concept:
        """A CodeableConcept."""
        key = bytes(raw)
        return self._seen.get(key) or self._read(b"", key, codeable_concept)

    def coding(self, raw: Raw) -> Concept:
        """A Coding alone."""
        key = bytes(raw)
        return self._seen.get(b"1" + key) or self._read(b"1", key, coding)

    def listed(self, raw: Raw) -> Concept:
        """A list of CodeableConcepts as one: the codes of all, the name of the first."""
        key = bytes(raw)
        return self._seen.get(b"*" + key) or self._read(b"*", key, _joined)

    def named(self, name: str) -> Concept:
        """A name without a code."""
        return self._of(CodeableConcept(None, name))

    def coded(self, codes: tuple[str, ...]) -> Concept:
        """Codes as `SYSTEM|code`, without a name."""
        return Concept(self._key(codes), None)

    def together(self, one: Concept, other: Concept) -> Concept:
        """The codes of two concepts, those of `one` first."""
        if not other.key:
            return one
        return Concept(self._key((*self.codes(one), *self.codes(other))), one.text or other.text)

    def column(self, keys: list[int]) -> pl.Series:
        """The lists of codes behind `Concept.key`."""
        if self._column is None or len(self._column) != len(self._codes):
            self._column = pl.Series(self._codes, dtype=pl.List(pl.String))
        return self._column.gather(pl.Series(keys, dtype=pl.UInt32))

    def codes(self, concept: Concept) -> list[str]:
        """The codes of a concept."""
        return self._codes[concept.key] or []

    def _read(self, mark: bytes, raw: bytes, read: Callable[[bytes], CodeableConcept]) -> Concept:
        found = NOTHING if raw in (b"", b"null") else self._of(read(raw))
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[mark + raw] = found
        return found

    def _of(self, concept: CodeableConcept) -> Concept:
        codings = concept.coding or []
        codes = tuple(f"{one.system or ''}|{one.code}" for one in codings if one.code)
        displays = [one.display for one in codings if one.display]
        text = concept.text or (displays[0] if displays else None)
        bare = [one.code for one in codings if one.code]
        candidates = [*codes, *bare, *([concept.text] if concept.text else []), *displays]
        known = next((one for one in candidates if fold(one) in self._values), None)
        key = self._key(codes)
        return Concept(key, text, bare[0] if bare else None, known or text or (bare[0] if bare else None))

    def _key(self, codes: tuple[str, ...]) -> int:
        key = self._keys.setdefault(codes, len(self._codes))
        if key == len(self._codes):
            self._codes.append(list(codes))
        return key


def _joined(raw: bytes) -> CodeableConcept:
    concepts = _LISTED.decode(raw)
    codings = [one for concept in concepts for one in concept.coding or []]
    texts = [concept.text for concept in concepts if concept.text]
    return CodeableConcept(codings, texts[0] if texts else None)
