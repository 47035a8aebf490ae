"""The option `only_infused`: persons with a CAR-T or T-cell engager infusion, and their rows alone."""

from __future__ import annotations

import polars as pl

from becalm.record import vocabulary
from becalm.sources.coded.day_zero import CELLS, ENGAGER
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import SET_ASIDE, outcomes
from becalm.sources.omop.plan import Plan
from becalm.sources.omop.queries import persons_of
from becalm.sources.omop.site import Site
from becalm.sources.omop.tables import PERSON

CLASSES = frozenset({CELLS, ENGAGER})
INFUSION = "infusion"
OTHERS = (
    "its person has no infusion of CAR-T cells or of a T-cell engager, and only such persons are asked for"
)


def infused(site: Site, lookup: Lookup, plans: list[Plan]) -> list[int]:
    """The ids of the persons with a row, in any table, that means an infusion of cells or of an engager."""
    found: set[int] = set()
    for plan in plans:
        wanted = [
            (concept, source, value)
            for concept, source, value, codes, text, _ in plan.wanted.iter_rows()
            if _is_infusion(lookup, plan.table.domain, codes, text)
        ]
        if not wanted:
            continue
        concepts = {one for concept, source, _ in wanted for one in (concept, source)} - {0}
        words = {value for _, _, value in wanted} - {""}
        tables: dict[str, list[tuple[object, ...]]] = {
            "becalm_concept": [(one,) for one in sorted(concepts)],
            "becalm_source": [(one,) for one in sorted(words)],
        }
        for frame in site.rows(persons_of(plan.table.name), tables):
            found |= set(frame["person_id"].cast(pl.Int64, strict=False).drop_nulls().to_list())
    return sorted(found)


def _is_infusion(lookup: Lookup, domain: str, codes: list[str], text: str | None) -> bool:
    found = lookup.find(domain, codes, text)
    if found is None:
        return False
    meaning = found.meaning
    if meaning.target == "drug":
        drug = vocabulary().drugs.get(meaning.name)
        return drug is not None and not CLASSES.isdisjoint(drug.classes)
    return meaning.target == "event" and meaning.name == INFUSION


def other_rows(before: list[Plan], after: list[Plan]) -> list[tuple[str, pl.DataFrame, int]]:
    """For each table the rows of the persons left out: its name, OUTCOME and their number."""
    out = []
    for old, new in zip(before, after, strict=True):
        count = old.rows + old.left_rows - new.rows - new.left_rows
        if count:
            line = {"file": old.table.name, "outcome": SET_ASIDE, "reason": OTHERS, "count": count}
            out.append((old.table.name, outcomes([line]), count))
    return out


def other_persons(
    made: pl.DataFrame, ids: list[int], file: str = PERSON
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the persons who were infused, and the OUTCOME of the others."""
    kept = pl.col("patient_id").is_in([str(one) for one in ids])
    others = made.filter(~kept)
    line = {"file": file, "outcome": SET_ASIDE, "reason": OTHERS, "count": others.height}
    return made.filter(kept), outcomes([line] if others.height else [])
