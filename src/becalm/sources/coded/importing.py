"""One batch of a coded source as tables of the folder format, and the account of all batches together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from becalm.sources.coded.account import CODES, FILES, REASONS, Account, lacking_text, who_has
from becalm.sources.coded.day_zero import day_zero, infusions, local_times
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.matching import NOT_MAPPED, translated
from becalm.sources.coded.persons import patients_table
from becalm.sources.coded.spool import Rest
from becalm.sources.coded.statements import REFUSED, SET_ASIDE, conformed
from becalm.sources.coded.tables import Converted, converted

UNPLACED = (
    "The patient has no day zero: nothing was found to count its days from. Map the code of the infusion, "
    "or give --day-zero."
)

COUNTS: dict[str, pl.DataType] = {"file": pl.String(), "outcome": pl.String(), "count": pl.Int64()}


@dataclass(frozen=True)
class Batch:
    """Some whole patients of a source.

    `tables`: `patients`, `observations`, `exposures`, `events` of the folder format, all texts. `counts`
    (COUNTS), `reasons` (REASONS), `codes` (CODES): this batch's part of the account. `held`: for each need of
    the mapping how many patients meet it, then how many patients there are.
    """

    tables: dict[str, pl.DataFrame]
    counts: pl.DataFrame
    reasons: pl.DataFrame
    codes: pl.DataFrame
    held: tuple[int, ...]


def convert(
    statements: pl.DataFrame,
    persons: pl.DataFrame,
    lookup: Lookup,
    *,
    anchor: str = "infusion",
    zone: str | None = None,
) -> Batch:
    """STATEMENT and PERSON of whole patients -> a Batch.

    Args:
        statements: frame of STATEMENT.
        persons: frame of PERSON.
        lookup: what codes and names mean.
        anchor: what day zero is (`becalm.sources.coded.day_zero.day_zero`).
        zone: the hospital's time zone, to write times with an offset as local times.

    Raises:
        InputError: the anchor or the zone is not known.
    """
    found = converted(statements, lookup)
    tables = dict(found.tables)
    doses = infusions(tables["exposures"]).select("patient_id", "time", event=pl.lit("infusion"))
    tables["events"] = pl.concat([tables["events"], doses], how="diagonal").unique(
        maintain_order=True, subset=[name for name in tables["events"].columns if name not in ("file", "row")]
    )
    zeros = day_zero(anchor, persons, tables["exposures"], found.tables["events"])
    known = pl.concat([persons["patient_id"], statements["patient_id"]]).unique()
    zeros = zeros.filter(pl.col("patient_id").is_in(known.to_list()))
    placed = pl.col("patient_id").is_in(zeros["patient_id"].to_list())
    tables = {name: frame.filter(placed) for name, frame in tables.items()}
    tables["patients"] = patients_table(persons, zeros, lookup)
    if zone:
        local = local_times(zone)
        tables = {name: local(frame, zeros) for name, frame in tables.items()}
    counts, reasons = _outcomes(statements, found, persons, placed)
    return Batch(
        {name: tables[name].drop("file", "row", strict=False) for name in ("patients", *found.tables)},
        counts,
        reasons,
        _codes(found.meanings, lookup),
        (*(len(who_has(need, tables)) for need in lookup.needs), zeros.height),
    )


def _outcomes(
    statements: pl.DataFrame, found: Converted, persons: pl.DataFrame, placed: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What became of the rows behind a batch: each row once, used where any statement of it was."""
    here = ["file", "row"]
    made = statements.group_by(here).agg(made=pl.len(), placed=placed.any())
    lost = found.outcomes.group_by(here, maintain_order=True).agg(
        pl.col("outcome", "reason", "given", "record").first(), lost=pl.len()
    )
    person_rows = persons.group_by(here).agg(made=pl.lit(1, dtype=pl.UInt32), placed=placed.any())
    alone = person_rows.join(made, on=here, how="anti")
    rows = pl.concat([made, alone], how="diagonal_relaxed").join(lost, on=here, how="left")
    rows = rows.join(person_rows.select(*here, person=pl.lit(True)), on=here, how="left")
    whole = (pl.col("lost").fill_null(0) >= pl.col("made")) & pl.col("person").is_null()
    rows = rows.with_columns(
        outcome=pl.when(~pl.col("placed"))
        .then(pl.lit(SET_ASIDE))
        .when(whole)
        .then("outcome")
        .otherwise(pl.lit("used")),
        reason=pl.when(~pl.col("placed")).then(pl.lit(UNPLACED)).otherwise("reason"),
    )
    counts = rows.group_by("file", "outcome").agg(count=pl.len().cast(pl.Int64))
    reasons = (
        rows.filter(pl.col("outcome") != "used")
        .sort(here)
        .group_by("file", "outcome", "reason", maintain_order=True)
        .agg(count=pl.len().cast(pl.Int64), example=pl.coalesce("given", "record").drop_nulls().first())
    )
    return conformed(counts, COUNTS), conformed(reasons, REASONS)


def _codes(meanings: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """CODES of a batch, each code with the short name of its system."""
    decided = pl.col("how").is_in(["mapping", "code"]) & pl.col("by").str.contains("|", literal=True)
    coded = meanings.with_columns(code=pl.coalesce(pl.when(decided).then("by"), pl.col("codes").list.first()))
    coded = translated(coded, ("code",), "code", lambda code: "|".join(lookup.split(code)) if code else None)
    keys = [name for name in CODES if name != "count"]
    return conformed(coded.group_by(keys).agg(count=pl.len()), CODES)


def account(
    parts: Sequence[Batch],
    lookup: Lookup,
    rest: Rest,
) -> Account:
    """The account of a whole source: what the reader counted and every batch's part."""
    by_reader = rest.outcomes.group_by("file", "outcome", "reason", maintain_order=True).agg(
        pl.col("count").sum(), example=pl.coalesce("given", "record").drop_nulls().first()
    )
    reasons = (
        pl.concat([conformed(by_reader, REASONS), *(part.reasons for part in parts)])
        .group_by("file", "outcome", "reason", maintain_order=True)
        .agg(pl.col("count").sum(), pl.col("example").drop_nulls().first())
        .sort("outcome", "count", "file", "reason", descending=[False, True, False, False])
    )
    keys = [name for name in CODES if name != "count"]
    unmapped = conformed(rest.unmapped.with_columns(target=pl.lit(NOT_MAPPED)), CODES)
    codes = pl.concat([unmapped, *(part.codes for part in parts)])
    codes = codes.group_by(keys).agg(pl.col("count").sum()).sort(keys, nulls_last=True)
    held = [sum(numbers) for numbers in zip(*(part.held for part in parts), strict=True)]
    needs = zip(lookup.needs, held, strict=False)
    return Account(
        files=_files(rest.read, pl.concat([conformed(by_reader, COUNTS), *(part.counts for part in parts)])),
        reasons=conformed(reasons, REASONS),
        refused=rest.outcomes.filter(pl.col("outcome") == REFUSED).sort("file", "row", nulls_last=True),
        codes=conformed(codes, CODES),
        lacking=tuple(text for need, have in needs if (text := lacking_text(need, have, held[-1]))),
        notes=rest.notes,
    )


def _files(read: Mapping[str, int], counts: pl.DataFrame) -> pl.DataFrame:
    """Rows read, used, set aside and refused, by file."""
    by: dict[tuple[str, str], int] = {}
    for file, outcome, count in counts.iter_rows():
        by[file, outcome] = by.get((file, outcome), 0) + count
    rows = [
        (file, number, *(by.get((file, outcome), 0) for outcome in ("used", SET_ASIDE, REFUSED)))
        for file, number in sorted(read.items())
    ]
    return pl.DataFrame(rows, schema=FILES, orient="row")
