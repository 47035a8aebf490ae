"""Statements in any order of patients, kept on disk in buckets of whole patients: memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from becalm.record.hashing import text_words
from becalm.sources._partition import Part
from becalm.sources.coded.statements import (
    OUTCOME,
    PERSON,
    SET_ASIDE,
    STATEMENT,
    UNMAPPED,
    Chunk,
    conformed,
)

BUCKETS = 256
"""Into how many files at most the patients of a source are divided."""

ROWS = 200_000
"""Statements that are gathered before they are written, and about how many make a batch."""


def spool(chunks: Iterable[Chunk], folder: Path, part: Part | None = None) -> None:
    """Read all chunks into `folder`: statements by bucket, persons, outcomes, counts and notes.

    Args:
        chunks: what a reader yields.
        folder: an empty folder; it holds `done.json` when, and only when, everything was read.
        part: only the statements and persons of this part of the patients; rows of the others are set aside.
    """
    read: dict[str, int] = {}
    notes: dict[str, None] = {}
    persons, outcomes, unmapped, held = [], [], [], []
    waiting = written = 0
    for chunk in chunks:
        people, said = conformed(chunk.persons, PERSON), conformed(chunk.statements, STATEMENT)
        outcomes.append(conformed(chunk.outcomes, OUTCOME))
        if part is not None:
            people, said, others = _of_part(people, said, part)
            outcomes.append(others)
        persons.append(people)
        unmapped.append(conformed(chunk.unmapped, UNMAPPED))
        notes.update(dict.fromkeys(chunk.notes))
        for file, count in chunk.read.items():
            read[file] = read.get(file, 0) + count
        held.append(said)
        waiting += held[-1].height
        if waiting >= ROWS:
            _write(pl.concat(held), folder, written)
            written, waiting, held = written + 1, 0, []
    _write(pl.concat([conformed([], STATEMENT), *held]), folder, written)
    everyone = with_bucket(pl.concat([conformed([], PERSON), *persons]))
    everyone.write_parquet(folder / "persons.parquet")
    pl.concat([conformed([], OUTCOME), *outcomes]).write_parquet(folder / "outcomes.parquet")
    pl.concat([conformed([], UNMAPPED), *unmapped]).write_parquet(folder / "unmapped.parquet")
    (folder / "done.json").write_text(json.dumps({"read": read, "notes": list(notes)}), encoding="utf-8")


OTHERS = "Its patient is in another part."


def _of_part(
    people: pl.DataFrame, said: pl.DataFrame, part: Part
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The persons and statements of a part of the patients, and the rows of the others, counted."""
    here = ["file", "row"]
    everyone = pl.concat([people.select("patient_id", *here), said.select("patient_id", *here)])
    mine = part.chosen(everyone["patient_id"].drop_nulls().unique()).to_frame("patient_id")
    kept = everyone.join(mine, on="patient_id", how="semi")
    rows = everyone.select(here).unique(maintain_order=True).join(kept, on=here, how="anti")
    others = rows.group_by("file", maintain_order=True).agg(count=pl.len(), row=pl.col("row").first())
    others = others.with_columns(outcome=pl.lit(SET_ASIDE), reason=pl.lit(OTHERS))
    people, said = (
        frame.join(mine, on="patient_id", how="semi", maintain_order="left") for frame in (people, said)
    )
    return people, said, conformed(others, OUTCOME)


def with_bucket(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the `bucket` of each row's patient: the same on every machine, whoever else is there."""
    return frame.with_columns(bucket=(text_words(frame["patient_id"]) % BUCKETS).cast(pl.Int64))


def _write(rows: pl.DataFrame, folder: Path, number: int) -> None:
    parts = with_bucket(rows).partition_by("bucket", as_dict=True, include_key=False)
    for (bucket,), part in parts.items():
        part.write_parquet(folder / f"{bucket:03d}-{number:06d}.parquet")


def batches(folder: Path) -> list[list[int]]:
    """The buckets of a spool in batches of about ROWS statements: always the same for the same spool."""
    sizes = dict.fromkeys(range(BUCKETS), 0)
    for bucket in pl.read_parquet(folder / "persons.parquet")["bucket"].unique().to_list():
        sizes[bucket] += 1
    for file in folder.glob("[0-9]*-*.parquet"):
        sizes[int(file.name[:3])] += pl.scan_parquet(file, glob=False).select(pl.len()).collect().item()
    out: list[list[int]] = [[]]
    size = 0
    for bucket, count in sizes.items():
        if not count:
            continue
        if size and size + count > ROWS:
            out.append([])
            size = 0
        out[-1].append(bucket)
        size += count
    return out


def read_batch(folder: Path, buckets: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The statements and the persons of some buckets, ordered by patient, file and row."""
    files = [file for bucket in buckets for file in sorted(folder.glob(f"{bucket:03d}-*.parquet"))]
    parts = [conformed([], STATEMENT), *(pl.read_parquet(file, glob=False) for file in files)]
    statements = pl.concat(parts).sort("patient_id", "file", "row", maintain_order=True)
    persons = pl.read_parquet(folder / "persons.parquet").filter(pl.col("bucket").is_in(buckets))
    return statements, persons.drop("bucket")


@dataclass(frozen=True)
class Rest:
    """What a source held beside the statements: OUTCOME, UNMAPPED, the rows read by file, the notes."""

    outcomes: pl.DataFrame
    unmapped: pl.DataFrame
    read: Mapping[str, int]
    notes: tuple[str, ...]


def read_rest(folder: Path) -> Rest:
    """What a spool holds beside the statements."""
    done = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    notes = (*done["notes"], *_conflicts(pl.read_parquet(folder / "persons.parquet", glob=False)))
    return Rest(
        outcomes=pl.read_parquet(folder / "outcomes.parquet", glob=False),
        unmapped=pl.read_parquet(folder / "unmapped.parquet", glob=False),
        read=done["read"],
        notes=notes,
    )


def _conflicts(persons: pl.DataFrame) -> list[str]:
    """A note on every id under which two people may be: another birth date or sex in another row."""
    told = persons.group_by("patient_id").agg(
        (pl.col(name).drop_nulls().n_unique() > 1).alias(name) for name in ("birth_date", "sex")
    )
    ids = told.filter(pl.col("birth_date") | pl.col("sex"))["patient_id"].sort().to_list()
    more = f" and {len(ids) - 20} more" if len(ids) > 20 else ""
    if not ids:
        return []
    return [
        f"Two birth dates or sexes under one id, so perhaps two people: {', '.join(ids[:20])}{more}. Import "
        "their sources apart, or give them ids of their own."
    ]
