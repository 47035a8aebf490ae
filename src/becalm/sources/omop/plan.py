"""What to read of each event table: the concepts that mean something, and a count of those that do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import SET_ASIDE, UNKNOWN, UNMAPPED, conformed, outcomes
from becalm.sources.omop.concepts import Concept, Reached, Sets
from becalm.sources.omop.tables import SOURCE_SYSTEM, Table

KEY = ["concept_id", "source_concept_id", "key_value"]
"""What decides about a row: its concept, its source concept and, without a concept, its source value."""

WANTED: dict[str, pl.DataType] = {
    "concept_id": pl.Int64(),
    "source_concept_id": pl.Int64(),
    "key_value": pl.String(),
    "codes": pl.List(pl.String()),
    "text": pl.String(),
    "reading": pl.Boolean(),
}


@dataclass(frozen=True)
class Plan:
    """What becomes of the rows of one table.

    `wanted`: WANTED; a key stands twice where a drug holds two of the drugs asked for. `reading`: the row is
    nothing without a value. `rows`: how many rows the wanted keys have. `left`: OUTCOME of all others,
    `left_rows` of them; `unmapped`: UNMAPPED of those whose concept means nothing. `telling`: the first
    columns of KEY, as many as tell the wanted keys from each other and from the rest; empty where a key makes
    several statements.
    """

    table: Table
    wanted: pl.DataFrame = field(repr=False)
    rows: int
    left: pl.DataFrame = field(repr=False)
    unmapped: pl.DataFrame = field(repr=False)
    left_rows: int
    telling: tuple[str, ...]

    @property
    def concepts(self) -> list[int]:
        """The concepts to extract."""
        both = pl.concat([self.wanted["concept_id"], self.wanted["source_concept_id"]])
        return sorted(set(both.to_list()) - {0})

    @property
    def source_values(self) -> list[str]:
        """The source values without a concept to extract."""
        return sorted(set(self.wanted["key_value"].to_list()) - {""})


@dataclass(frozen=True)
class Deciding:
    """Decides for each distinct key of a table."""

    lookup: Lookup
    sets: Sets
    roots: Mapping[str, set[int]]
    concepts: Mapping[int, Concept]
    everything: bool = False

    def plan(self, table: Table, counts: pl.DataFrame) -> Plan:
        """The plan of one table from the counts of its keys (KEY, `n`, `row_id`)."""
        wanted, left = [], []
        rows = 0
        for concept, source, value, n, row in counts.select(*KEY, "n", "row_id").sort(KEY).iter_rows():
            chains, reason = self._decide(table, concept, source, value)
            if reason is not None:
                left.append((concept, value, reason, n, row))
                continue
            rows += n
            text = self._text(concept, source, value)
            for codes in chains:
                wanted.append((concept, source, value, codes, text, self._reading(table, codes, text)))
        frame = pl.DataFrame(
            {name: [row[i] for row in wanted] for i, name in enumerate(WANTED)}, schema=WANTED
        )
        telling = _telling(frame, pl.concat([counts.select(KEY), frame.select(KEY)]).unique(keep="none"))
        return Plan(table, frame, rows, *self._left(table, left), sum(one[3] for one in left), telling)

    def _decide(
        self, table: Table, concept: int, source: int, value: str
    ) -> tuple[list[list[str]], str | None]:
        """The codes of each statement that a row makes, or why it makes none."""
        reached = self._reach(table, concept)
        origin = self._reach(table, source)
        own = self._own(table, concept, value)
        theirs = self._own(table, source, "") if source and source != concept else []
        if origin.ignore and origin.exact:
            return [], origin.ignore
        for one in (reached, origin):
            if one.ignore:
                return [], one.ignore
            if one.codes:
                return [_unique([code, *own, *theirs]) for code in one.codes], None
        codes = _unique([*own, *theirs])
        found = self.lookup.find(table.domain, codes, self._text(concept, source, value))
        if found and found.meaning.ignore is not None:
            return [], f"{found.meaning.ignore} ({found.by})"
        if found or (self.everything and codes):
            return [codes], None
        return [], ""

    def _reach(self, table: Table, concept: int) -> Reached:
        return self.sets.reach(concept, table.domain, self.roots) if concept else Reached()

    def _own(self, table: Table, concept: int, value: str) -> list[str]:
        if not concept:
            return [f"{SOURCE_SYSTEM}|{value}"] if value else []
        held = self.concepts.get(concept)
        known = held is not None and held.vocabulary and held.code
        return [f"{table.system}|{concept}", *([f"{held.vocabulary}|{held.code}"] if held and known else [])]

    def _text(self, concept: int, source: int, value: str) -> str | None:
        held = self.concepts.get(concept) if concept else self.concepts.get(source)
        return (held.name if held else None) or value or None

    def _reading(self, table: Table, codes: list[str], text: str | None) -> bool:
        if table.domain not in ("measurement", "observation"):
            return False
        found = self.lookup.find(table.domain, codes, text)
        if found is None:
            return False
        return found.meaning.target in ("observation", "support") and found.meaning.value is None

    def _left(
        self, table: Table, left: list[tuple[int, str, str, int, int]]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """OUTCOME and UNMAPPED: a line for each concept, or each source value without one."""
        counted: dict[tuple[str | None, str, str | None], list[int]] = {}
        for concept, value, reason, n, row in left:
            code = f"{table.system}|{concept}" if concept else f"{SOURCE_SYSTEM}|{value}" if value else None
            key = (code, reason or UNKNOWN, self._text(concept, 0, value))
            total = counted.setdefault(key, [0, row])
            total[0] += n
            total[1] = min(total[1], row)
        lost = [
            {
                "file": table.name,
                "row": row,
                "record": str(row),
                "outcome": SET_ASIDE,
                "reason": reason,
                "given": " ".join(filter(None, (code, text))) or None,
                "count": n,
            }
            for (code, reason, text), (n, row) in counted.items()
        ]
        unmapped = [
            {"domain": table.domain, "code": code, "text": text, "count": n}
            for (code, reason, text), (n, _) in counted.items()
            if reason == UNKNOWN
        ]
        return outcomes(lost), conformed(unmapped, UNMAPPED)


def _telling(wanted: pl.DataFrame, left: pl.DataFrame) -> tuple[str, ...]:
    """As few columns of KEY as tell wanted keys from each other and from the keys that are left."""
    for columns in (KEY[:1], KEY[:2], KEY):
        keys = wanted.select(columns)
        if keys.is_unique().all() and left.join(keys, on=columns, how="semi").is_empty():
            return tuple(columns)
    return ()


def _unique(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))
