"""Concept sets: which concepts of a site the codes of a lookup reach, the nearest code winning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.mapping import Meaning

DIRECT = ("OMOP", "OMOP visit")
"""Systems whose codes are concept ids themselves."""


def set_rows(lookup: Lookup, vocabularies: Mapping[str, str]) -> list[tuple[object, ...]]:
    """The rows of `becalm_set`: set_code, vocabulary_id, concept_code, concept_id (0: found by code)."""
    rows: list[tuple[object, ...]] = []
    for system, code in sorted(lookup.codes):
        if system in DIRECT and code.isdigit():
            rows.append((f"{system}|{code}", "", "", int(code)))
        elif system in vocabularies:
            rows.append((f"{system}|{code}", vocabularies[system], code, 0))
    return rows


def key_of(meaning: Meaning) -> str:
    """Two meanings with the same key write the same row."""
    return meaning.model_dump_json(exclude={"verified", "says", "system", "code"}, exclude_none=True)


@dataclass(frozen=True)
class Concept:
    """A concept of the site's vocabulary."""

    name: str | None
    vocabulary: str | None
    code: str | None


@dataclass(frozen=True)
class Reached:
    """The sets that reach a concept: their codes (one of each meaning), or why none may be used.

    `codes` is empty where no set reaches it. `exact`: by its own code, not by descent or mapping.
    """

    codes: tuple[str, ...] = ()
    ignore: str | None = None
    exact: bool = False


@dataclass(frozen=True)
class Sets:
    """What `concept_sets.sql` found: concept id -> [(set code, distance)]."""

    lookup: Lookup
    found: Mapping[int, list[tuple[str, int]]] = field(repr=False)

    @property
    def roots(self) -> Mapping[str, set[int]]:
        """The concepts that a set code names itself."""
        out: dict[str, set[int]] = {}
        for concept, sets in self.found.items():
            for code, distance in sets:
                if distance == 0:
                    out.setdefault(code, set()).add(concept)
        return out

    def reach(self, concept: int, domain: str, roots: Mapping[str, set[int]]) -> Reached:
        """The nearest sets of a concept. Excluded codes win over included ones that are as near."""
        near = self.found.get(concept, [])
        if domain == "visit":
            near = [one for one in near if one[0].startswith("OMOP visit|")]
        if not near:
            return Reached()
        least = min(distance for _, distance in near)
        meanings: dict[str, list[str]] = {}
        for code, distance in near:
            if distance == least:
                meanings.setdefault(key_of(self._meaning(code)), []).append(code)
        best = [min(codes, key=_order) for codes in meanings.values()]
        best = self._by_mapping(self._nearest(best, roots))
        for code in best:
            ignored = self._meaning(code).ignore
            if ignored is not None:
                return Reached((), f"{ignored} ({code})", least == 0)
        if len(best) > 1 and domain != "drug":
            told = " and ".join(sorted(best))
            return Reached((), f"it lies equally near to {told}, which mean different things: map it", False)
        return Reached(tuple(sorted(best)), None, least == 0)

    def _meaning(self, code: str) -> Meaning:
        return self.lookup.codes[self.lookup.split(code)][0]

    def _nearest(self, codes: list[str], roots: Mapping[str, set[int]]) -> list[str]:
        """Without those whose set holds the very concept of another: an ingredient before its class."""
        if len(codes) < 2:
            return codes

        def holds(wide: str, narrow: str) -> bool:
            inside = roots.get(narrow, set()) - roots.get(wide, set())
            return any(code == wide for root in inside for code, _ in self.found.get(root, []))

        left = [code for code in codes if not any(holds(code, other) for other in codes if other != code)]
        return left or codes

    def _by_mapping(self, codes: list[str]) -> list[str]:
        """What a mapping file says goes before what the vocabulary says."""
        written = [code for code in codes if self.lookup.codes[self.lookup.split(code)][1] == "mapping"]
        return written if written and len(codes) > 1 else codes


def _order(code: str) -> tuple[bool, str]:
    return code.startswith(DIRECT), code


def sets_from(frames: Iterable[pl.DataFrame], lookup: Lookup, occurring: set[int]) -> Sets:
    """The sets of the concepts that occur in the events, and of those that a set code itself names."""
    rows = pl.concat(
        frame.select(
            pl.col("set_code"), pl.col("concept_id").cast(pl.Int64), pl.col("distance").cast(pl.Int64)
        ).drop_nulls()
        for frame in frames
    )
    own = rows.filter(pl.col("distance") == 0)["concept_id"]
    wanted = pl.Series([*occurring, *own.to_list()], dtype=pl.Int64).unique()
    found: dict[int, list[tuple[str, int]]] = {}
    for code, concept, distance in rows.filter(pl.col("concept_id").is_in(wanted.implode())).iter_rows():
        found.setdefault(concept, []).append((code, distance))
    return Sets(lookup, found)
