"""Counting the concepts of every table, and deciding which are read."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlglot import exp

from becalm.sources.coded.lookup import Lookup
from becalm.sources.omop.concepts import Concept, set_rows, sets_from
from becalm.sources.omop.plan import KEY, Deciding, Plan
from becalm.sources.omop.queries import counting, extraction, of_persons
from becalm.sources.omop.settings import Settings
from becalm.sources.omop.site import Site
from becalm.sources.omop.tables import CONCEPT, TABLES

_COUNTED = {
    "concept_id": pl.Int64,
    "source_concept_id": pl.Int64,
    "key_value": pl.String,
    "n": pl.Int64,
    "row_id": pl.Int64,
}


def plans_of(
    site: Site, lookup: Lookup, chosen: Settings, only: Sequence[int] | None = None
) -> tuple[list[Plan], list[str]]:
    """The plan of each table of the site, and notes on what it lacks. `only`: count these persons' rows."""
    here = [table for table in TABLES if table.name in site.columns]
    counts = {table.name: _counted(site, table.name, only) for table in here}
    occurring = {
        concept
        for frame in counts.values()
        for column in ("concept_id", "source_concept_id")
        for concept in frame[column].unique().to_list()
    } - {0}
    codes = {"becalm_set": set_rows(lookup, chosen.vocabularies)}
    sets = sets_from(site.rows(extraction("concept_sets"), codes), lookup, occurring)
    deciding = Deciding(lookup, sets, sets.roots, _named(site, occurring), chosen.rows == "all")
    return [deciding.plan(table, counts[table.name]) for table in here], _notes(site)


def _counted(site: Site, name: str, only: Sequence[int] | None) -> pl.DataFrame:
    tree = counting(name)
    frame = site.frame(tree if only is None else of_persons(tree, only))
    whole = frame.select(
        pl.col(column).cast(kind, strict=False).fill_null("" if kind is pl.String else 0)
        for column, kind in _COUNTED.items()
    )
    return whole.group_by(KEY).agg(pl.col("n").sum(), pl.col("row_id").min())


def _named(site: Site, concepts: set[int]) -> dict[int, Concept]:
    if not concepts:
        return {}
    wanted: dict[str, list[tuple[object, ...]]] = {"becalm_concept": [(one,) for one in sorted(concepts)]}
    out = {}
    for frame in site.rows(extraction("concepts"), wanted):
        texts = frame.select(
            pl.col("concept_id").cast(pl.Int64),
            pl.col("concept_name", "vocabulary_id", "concept_code").cast(pl.String),
        )
        for concept, name, vocabulary, code in texts.iter_rows():
            out[concept] = Concept(name, vocabulary, code)
    return out


def _notes(site: Site) -> list[str]:
    """What the site lacks, and what that means."""
    out = []
    if not _has_rows(site, "concept_ancestor"):
        out.append(
            "concept_ancestor is absent or empty: a concept is found by its own code or name only, not as a "
            "descendant (a drug product by its ingredient). Export the vocabulary whole."
        )
    if not _has_rows(site, "concept_relationship"):
        out.append(
            "concept_relationship is absent or empty: a code of another vocabulary is not followed to the "
            "standard concept that it maps to. Export the vocabulary whole."
        )
    out += [
        f"There is no table {table.name}: nothing of it is read."
        for table in TABLES
        if table.name not in site.columns and table.name != "visit_detail"
    ]
    if not _has_rows(site, CONCEPT):
        out.append("concept is empty: only codes that are OMOP concept ids themselves are found.")
    return out


def _has_rows(site: Site, name: str) -> bool:
    if name not in site.columns:
        return False
    first = next(iter(site.columns[name]))
    tree = exp.select(exp.column(first)).from_(exp.to_table(name)).limit(1)
    return site.frame(tree).height > 0
