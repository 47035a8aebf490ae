"""Importing a coded source into a folder: in batches, whole or not at all, resumed where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from becalm.record.errors import InputError, WorkError
from becalm.sources._atomic import claimed
from becalm.sources._folder import read_tables
from becalm.sources._partition import Part
from becalm.sources.coded.account import Account
from becalm.sources.coded.importing import Batch, account, convert
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.spool import batches, read_batch, read_rest, spool
from becalm.sources.kinds import CODED, lookup_for

Format = Literal["csv", "parquet"]

_TABLES = ("patients", "observations", "exposures", "events")
_PARTS = ("counts", "reasons", "codes")

DOUBTED: dict[str, pl.DataType] = {
    "table": pl.String(),
    "column": pl.String(),
    "expected": pl.String(),
    "next_step": pl.String(),
    "example": pl.String(),
    "count": pl.Int64(),
}
"""Columns of the reasons for which the format did not accept rows."""


@dataclass(frozen=True)
class Plan:
    """What to import and how.

    `kind`: a coded format. `source`: its file, folder or address. `mapping`: a person's own mapping file.
    `anchor`: what day zero is counted from. `zone`: the hospital's time zone. `options`: settings of the
    reader. `partition`: only this part of the patients. `file_format`: of the tables written.
    """

    kind: str
    source: str
    mapping: Path | None = None
    anchor: str = "infusion"
    zone: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    partition: Part | None = None
    file_format: Format = "csv"


@dataclass(frozen=True)
class Imported:
    """What an import wrote: the account of the source, and rows written and not accepted, by table.

    `doubted`: one line for each reason of those: table, column, what was expected and the next step, with how
    many and an example. `resumed`: how many batches a stopped run had finished before.
    """

    account: Account
    written: Mapping[str, int]
    not_accepted: Mapping[str, int]
    doubted: pl.DataFrame
    resumed: int


def import_folder(plan: Plan, folder: Path) -> Imported:
    """Import a source into `folder`, in the folder format.

    All is written into a hidden folder beside it first, which is renamed at the end: a reader never sees half
    an import. A run that was stopped leaves the hidden folder; the same import of the same files goes on
    after its last finished batch, another one starts again. So does one of a server or a database, which may
    have changed since.

    Raises:
        InputError: the source, the mapping or the anchor cannot be used, or `folder` holds other things.
        WorkError: the folder cannot be written, or another run writes it now.
    """
    check_target(folder)
    lookup = lookup_for(plan.kind, plan.mapping)
    with claimed(folder):
        try:
            return _import(plan, folder, lookup)
        except OSError as error:
            raise WorkError(
                f"{folder} cannot be written: {error.strerror}. A folder that this user may write, with "
                "room, is expected. The same command goes on where this run stopped."
            ) from error


def _import(plan: Plan, folder: Path, lookup: Lookup) -> Imported:
    work = folder.parent / f".{folder.name}.importing"
    if not Path(plan.source).exists():
        shutil.rmtree(work, ignore_errors=True)
    _begin(work, _fingerprint(plan))
    if not (work / "spool" / "done.json").exists():
        shutil.rmtree(work / "spool", ignore_errors=True)
        (work / "spool").mkdir()
        chunks = CODED[plan.kind].reader()(plan.source, lookup, plan.options)
        spool(chunks, work / "spool", plan.partition)
    groups = batches(work / "spool")
    resumed = 0
    for number, buckets in enumerate(groups, start=1):
        if (work / f"batch-{number:04d}.json").exists():
            resumed += 1
            continue
        batch = convert(*read_batch(work / "spool", buckets), lookup, anchor=plan.anchor, zone=plan.zone)
        _save(batch, work, number, len(groups), plan.file_format)
    result = _result(work, len(groups), lookup, resumed)
    _finish(work, folder)
    return result


def check_target(folder: Path) -> None:
    """Refuse a folder in which other files would mix with those written.

    Raises:
        InputError: it is a file, or it holds something.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"The output {folder} is a file. A folder is expected. Give another name.")
    if not folder.absolute().parent.is_dir():
        raise InputError(
            f"The folder {folder.parent} for the output does not exist. Create it, or name another."
        )
    held = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
    if held:
        raise InputError(
            f"The folder {folder} holds {', '.join(held[:5])}. A new or empty folder is expected, so that "
            "nothing else mixes with the import. Give another name or empty the folder first."
        )


def _fingerprint(plan: Plan) -> str:
    """What decides the result: another fingerprint starts an import again."""
    from becalm import __version__

    part = [plan.partition.number, plan.partition.count] if plan.partition else None
    files = []
    root = Path(plan.source)
    if root.exists():
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if file.is_file():
                files.append((str(file), file.stat().st_size, file.stat().st_mtime_ns))
    named = [one.removeprefix("@") for one in plan.options.values()]
    own = [Path(one) for one in (plan.mapping, plan.anchor, *named) if one and Path(one).is_file()]
    said = {
        "becalm": __version__,
        "plan": [plan.kind, plan.source, plan.anchor, plan.zone, sorted(plan.options.items()), part],
        "format": plan.file_format,
        "files": files,
        "own": [hashlib.sha256(one.read_bytes()).hexdigest() for one in own],
    }
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _begin(work: Path, fingerprint: str) -> None:
    """An empty working folder, or that of the same import, stopped."""
    mark = work / "import.txt"
    if work.exists() and (not mark.exists() or mark.read_text(encoding="utf-8") != fingerprint):
        shutil.rmtree(work)
    (work / "out").mkdir(parents=True, exist_ok=True)
    mark.write_text(fingerprint, encoding="utf-8")


def _save(batch: Batch, work: Path, number: int, of: int, file_format: Format) -> None:
    """Write a batch; its small file comes last and says that it is finished."""
    part = f"-{number:04d}" if of > 1 else ""
    for name in _TABLES:
        file = work / "out" / f"{name}{part}.{file_format}"
        if file_format == "csv":
            batch.tables[name].write_csv(file)
        else:
            batch.tables[name].write_parquet(file)
    report = read_tables(batch.tables).report
    for name in _PARTS:
        getattr(batch, name).write_parquet(work / f"{name}-{number:04d}.parquet")
    _doubted(report.refusals).write_parquet(work / f"doubted-{number:04d}.parquet")
    said = {
        "held": batch.held,
        "written": {name: frame.height for name, frame in batch.tables.items()},
        "not_accepted": {count.file: count.refused for count in report.files},
    }
    (work / f"batch-{number:04d}.json").write_text(json.dumps(said), encoding="utf-8")


def _doubted(refusals: pl.DataFrame) -> pl.DataFrame:
    """The reasons behind the refusals of one batch, counted: DOUBTED."""
    by = refusals.group_by(
        pl.col("file").alias("table"), "column", "expected", "next_step", maintain_order=True
    )
    return by.agg(example=pl.col("given").first(), count=pl.len()).select(
        pl.col(name).cast(dtype) for name, dtype in DOUBTED.items()
    )


def _result(work: Path, groups: int, lookup: Lookup, resumed: int) -> Imported:
    doubted: list[pl.DataFrame] = []
    parts, written, not_accepted = [], dict.fromkeys(_TABLES, 0), dict.fromkeys(_TABLES, 0)
    for number in range(1, groups + 1):
        said = json.loads((work / f"batch-{number:04d}.json").read_text(encoding="utf-8"))
        frames = {name: pl.read_parquet(work / f"{name}-{number:04d}.parquet", glob=False) for name in _PARTS}
        doubted.append(pl.read_parquet(work / f"doubted-{number:04d}.parquet", glob=False))
        parts.append(Batch(tables={}, held=tuple(said["held"]), **frames))
        for name in _TABLES:
            written[name] += said["written"].get(name, 0)
            not_accepted[name] += said["not_accepted"].get(name, 0)
    told = account(parts, lookup, read_rest(work / "spool"))
    reasons = (
        pl.concat([pl.DataFrame(schema=DOUBTED), *doubted])
        .group_by([name for name in DOUBTED if name not in ("count", "example")], maintain_order=True)
        .agg(pl.col("example").first(), pl.col("count").sum())
        .sort("count", "table", "column", "expected", descending=[True, False, False, False])
    )
    return Imported(told, written, not_accepted, reasons.select(list(DOUBTED)), resumed)


def _finish(work: Path, folder: Path) -> None:
    """Give the finished folder its name, and remove the working folder."""
    if folder.exists():
        folder.rmdir()
    (work / "out").rename(folder)
    shutil.rmtree(work)
