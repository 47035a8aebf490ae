"""The OMOP reader: plan by concept, then read every table in ranges of persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
from sqlglot import exp

from becalm.record.errors import WorkError
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import (
    REFUSED,
    UNMAPPED,
    Chunk,
    conformed,
    outcomes,
    persons,
    statements,
)
from becalm.sources.omop.infused import infused, other_persons, other_rows
from becalm.sources.omop.opening import opened
from becalm.sources.omop.people import death_rows, person_rows
from becalm.sources.omop.plan import Plan
from becalm.sources.omop.planning import plans_of
from becalm.sources.omop.queries import extraction, of_persons, within
from becalm.sources.omop.settings import Settings, settings
from becalm.sources.omop.shaping import shaped
from becalm.sources.omop.site import Site
from becalm.sources.omop.tables import DEATH, PERSON

_TYPED = ("date", "timestamp")
_PERSONS = 100_000


def read_omop(source: str, lookup: Lookup, options: Mapping[str, str]) -> Iterator[Chunk]:
    """Statements, persons and outcomes of an OMOP CDM 5.3 or 5.4.

    Args:
        source: a DuckDB file; a folder or zip of CSV or Parquet tables; an address such as
            `postgresql://user@host/database`.
        lookup: the meanings, whose codes decide which rows are extracted: by the site's own vocabulary, with
            descendants and mappings.
        options: see `docs/omop.md`: `schema`, `vocabulary_schema`, `dialect`, `driver`, `midnight`,
            `drug_types`, `unknown_drug_type`, `only_infused`, `rows`, `persons_per_batch`.

    Yields:
        Chunks of at most some 100,000 statements, by ranges of persons.

    Raises:
        InputError: the source or an option cannot be used.
        WorkError: the database cannot be reached, or changes while it is read.
    """
    chosen = settings(options)
    with opened(source, chosen) as site:
        yield from _chunks(site, lookup, chosen)


def _chunks(site: Site, lookup: Lookup, chosen: Settings) -> Iterator[Chunk]:
    made, lost = person_rows(site.frame(extraction(PERSON)))
    yield _chunk(lost=lost, read={PERSON: _total(lost)})
    known = made["patient_id"].cast(pl.Int64).sort()
    plans, notes = plans_of(site, lookup, chosen)
    only = None
    if chosen.only_infused:
        only, before = infused(site, lookup, plans), plans
        made, others = other_persons(made, only)
        yield _chunk(lost=others, read={PERSON: _total(others)})
        plans, _ = plans_of(site, lookup, chosen, only)
        for name, rows, count in other_rows(before, plans):
            yield _chunk(lost=rows, read={name: count})
    for part in made.iter_slices(_PERSONS):
        yield _chunk(people=part, read={PERSON: part.height})
    for name, lines in site.refused.items():
        yield _chunk(lost=_unreadable(name, lines), read={name: len(lines)})
    for plan in plans:
        yield _chunk(lost=plan.left, read={plan.table.name: plan.left_rows}, unmapped=plan.unmapped)
    if DEATH in site.columns:
        yield from _deaths(site, known, chosen, only)
    came: dict[str, int] = {}
    days: dict[str, tuple[int, int]] = {}
    for bounds in _ranges(made["patient_id"].cast(pl.Int64).sort(), chosen.persons_per_batch):
        for plan in plans:
            tree = within(extraction(plan.table.name), *bounds)
            tree = tree if only is None else of_persons(tree, only)
            yield from _events(site, plan, tree, known, chosen, came, days)
    for plan in plans:
        _same(plan, came.get(plan.table.name, 0), site)
    yield _chunk(notes=(*notes, *_dated(days, chosen)))


def _total(lost: pl.DataFrame) -> int:
    return int(lost["count"].sum())


def _events(
    site: Site,
    plan: Plan,
    tree: exp.Select,
    known: pl.Series,
    chosen: Settings,
    came: dict[str, int],
    days: dict[str, tuple[int, int]],
) -> Iterator[Chunk]:
    name = plan.table.name
    if plan.wanted.is_empty():
        return
    tables: dict[str, list[tuple[object, ...]]] = {
        "becalm_concept": [(one,) for one in plan.concepts],
        "becalm_source": [(one,) for one in plan.source_values],
    }
    check = text_times(site, name)
    for batch in site.rows(tree, tables):
        if batch.is_empty():
            continue
        out = shaped(batch, plan, known, chosen, check, came.get(name, 0))
        came[name] = came.get(name, 0) + out.rows
        whole, total = days.get(name, (0, 0))
        days[name] = (whole + out.days, total + out.statements.height)
        yield _chunk(out.statements, lost=out.outcomes, read={name: out.rows})


def text_times(site: Site, name: str) -> bool:
    """Whether a table holds its times as text, so that they may be anything."""
    held = site.columns.get(name, {})
    return any(
        not kind.startswith(_TYPED)
        for column, kind in held.items()
        if column.endswith(("_date", "_datetime"))
    )


def _deaths(site: Site, known: pl.Series, chosen: Settings, only: list[int] | None) -> Iterator[Chunk]:
    for batch in site.rows(extraction(DEATH)):
        made, lost = death_rows(batch, known, chosen.midnight, text_times(site, DEATH))
        if only is not None:
            made, others = other_persons(made, only, DEATH)
            lost = pl.concat([lost, others])
        yield _chunk(made, lost=lost, read={DEATH: batch.height})


def _ranges(known: pl.Series, size: int) -> list[tuple[int | None, int | None]]:
    """Ranges of person ids, each of so many persons; the first and the last are open."""
    cuts = known.gather_every(size)[1:].to_list()
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _same(plan: Plan, came: int, site: Site) -> None:
    if came != plan.rows:
        raise WorkError(
            f"{plan.table.name} of {site.label} was counted as {plan.rows} rows to read, and {came} came. "
            "The table must not change while it is read, and concept must hold each concept once. Read it "
            "again from a copy, or take out the repeated concepts."
        )


def _dated(days: Mapping[str, tuple[int, int]], chosen: Settings) -> Iterator[str]:
    for name, (whole, total) in days.items():
        if whole:
            why = (
                "without a time of day, or at exactly midnight" if chosen.midnight == "whole_day" else "dates"
            )
            yield (
                f"{name}: {whole} of {total} statements are dated by a whole day ({why}). They grade a day, "
                "not an hour."
            )


def _unreadable(name: str, rows: list[tuple[int, str, str]]) -> pl.DataFrame:
    return outcomes(
        [
            {
                "file": name,
                "row": line - 1,
                "outcome": REFUSED,
                "reason": f"The line cannot be read: {(message or '?').splitlines()[0].rstrip('. ')}. "
                "As many values as the header has are expected, and whole numbers as ids. Correct the line.",
                "given": given[:200],
            }
            for line, message, given in rows
        ]
    )


def _chunk(
    made: pl.DataFrame | None = None,
    people: pl.DataFrame | None = None,
    lost: pl.DataFrame | None = None,
    read: Mapping[str, int] | None = None,
    notes: tuple[str, ...] = (),
    unmapped: pl.DataFrame | None = None,
) -> Chunk:
    return Chunk(
        statements=statements([]) if made is None else made,
        persons=persons([]) if people is None else people,
        outcomes=outcomes([]) if lost is None else lost,
        read=read or {},
        notes=notes,
        unmapped=conformed([], UNMAPPED) if unmapped is None else unmapped,
    )
