"""Commands that make tables of a cohort, batch by batch: memory for one, the same bytes as at once."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from becalm import __version__
from becalm.cli.options import tell
from becalm.cli.output import check_suffix, csv_of, stamped, write_table
from becalm.cli.parts import Parts, resumable
from becalm.record import Cohort
from becalm.record.errors import InputError, WorkError
from becalm.sources import Part, Source, Tally, Unfinished, check_strict, claimed, open_cohort


@dataclass(frozen=True)
class Tables:
    """How tables of a Cohort are made: `count` tables with a column patient_id, of the same columns."""

    make: Callable[[Cohort], Sequence[pl.DataFrame]]
    count: int


def each(tables: Sequence[Callable[[Cohort], pl.DataFrame]]) -> Tables:
    """Tables that are made one by one."""
    return Tables(lambda cohort: [table(cohort) for table in tables], len(tables))


@dataclass(frozen=True)
class Work:
    """What a command does with a cohort.

    `command`: its name. `tables`: how they are made; the output is one after the other. `settings`: the
    policies that the user changed. `options`: all that besides decides the output, as plain data (with the
    hash of each file of rules). `tell`: prints what is in force, once, before the first table is made.
    """

    command: str
    tables: Tables
    settings: Mapping[str, Any]
    options: Mapping[str, Any]
    tell: Callable[[], None] = field(default=lambda: None)

    def done_with(self, cohort: Cohort) -> list[pl.DataFrame]:
        """The tables of a cohort, with what produced them."""
        return [stamped(table, cohort, self.settings) for table in self.tables.make(cohort)]


@dataclass(frozen=True)
class Share:
    """Which patients a run does: a number a batch, and one part of them all."""

    batch: int | None = None
    part: Part | None = None


def part_of(text: str | None) -> Part | None:
    """The part that a text such as 1/4 names.

    Raises:
        InputError: no such part can be.
    """
    if text is None:
        return None
    number, _, count = text.partition("/")
    if not (number.strip().isdecimal() and count.strip().isdecimal()):
        raise InputError(
            f"--partition was given {text!r}; expected i/n with i from 1 to n, such as 1/4 for the first of "
            "four."
        )
    return Part(int(number), int(count))


def run(path: Path, work: Work, share: Share, output: Path | None, *, strict: bool) -> None:
    """Read a cohort in batches, make the tables of each, and write them as one.

    A cohort of one batch is read, told of and graded at once. Of more, each finished batch is kept beside the
    output, and a run that was broken off goes on after the last of them.

    Raises:
        InputError: the cohort or the output cannot be used; with `strict`, a row was refused.
        WorkError: another run writes the same output now.
    """
    check_suffix(output)
    with ExitStack() as stack:
        spool = None if output is None else stack.enter_context(claimed(output))
        source = stack.enter_context(open_cohort(path, spool=spool))
        plan = source.plan(share.batch, share.part)
        if len(plan) <= 1:
            _at_once(source, work, share, output, strict)
            return
        if strict:
            check_strict(source.report(share.batch, share.part))
        work.tell()
        if output is None:
            _to_standard_output(source, work, share)
            return
        identity = _identity(source, work, share, plan)
        with resumable(output, identity, len(plan), work.tables.count) as parts:
            tell(_fill(parts, source, work, share, plan))
            if source.fingerprint() != identity["input"]:
                raise WorkError(
                    f"{path} changed while it was read. An input that stays as it is is expected. "
                    "Run the command again: it starts anew."
                )
            rows = parts.write(output)
            print(f"{rows} rows written to {output}", file=sys.stderr)


def _at_once(source: Source, work: Work, share: Share, output: Path | None, strict: bool) -> None:
    cohort = next(source.batches(share.batch, share.part))
    tally = source.tally(share.part).plus(Tally.of(cohort.report))
    if strict:
        check_strict(tally)
    tell(tally)
    work.tell()
    write_table(pl.concat(work.done_with(cohort)), output)


def _fill(parts: Parts, source: Source, work: Work, share: Share, plan: Sequence[pl.Series]) -> Tally:
    """Make the parts that are not there; returns the account of all."""
    tally = source.tally(share.part)
    for batch, ids in enumerate(plan):
        if not parts.finished(batch):
            parts.add(batch, *_batch(source, work, ids))
            _progress(batch + 1, len(plan))
        tally = tally.plus(parts.tally(batch))
    return tally


def _batch(source: Source, work: Work, ids: pl.Series) -> tuple[list[pl.DataFrame], Tally]:
    """The tables of a batch and its account; its record is forgotten."""
    cohort = source.cohort(ids)
    return work.done_with(cohort), Tally.of(cohort.report)


def _progress(done: int, batches: int) -> None:
    if sys.stderr.isatty():
        print(f"{done} of {batches} batches", file=sys.stderr)


def _to_standard_output(source: Source, work: Work, share: Share) -> None:
    """The first table as it is made; the others, which come after it, from temporary files."""
    tally = source.tally(share.part)
    plan = source.plan(share.batch, share.part)
    with tempfile.TemporaryDirectory(prefix="becalm-") as folder:
        parts = Parts(Unfinished(Path(folder), 0, False), len(plan), work.tables.count)
        for batch, ids in enumerate(plan):
            (first, *others), account = _batch(source, work, ids)
            csv_of([first], sys.stdout, header=batch == 0)
            if others:
                parts.add(batch, [first.clear(), *others], account)
            tally = tally.plus(account)
        tell(tally)
        csv_of(parts.frames(range(1, work.tables.count)), sys.stdout, header=False)


def _identity(source: Source, work: Work, share: Share, plan: Sequence[pl.Series]) -> dict[str, Any]:
    """What decides the bytes of an output, as plain data."""
    ends = "\0".join(f"{len(ids)} {ids[-1]}" for ids in plan)
    return {
        "becalm": __version__,
        "command": work.command,
        "settings": {name: str(value) for name, value in sorted(work.settings.items())},
        "options": dict(work.options),
        "partition": None if share.part is None else [share.part.number, share.part.count],
        "batches": hashlib.sha256(ends.encode()).hexdigest(),
        "input": source.fingerprint(),
    }
