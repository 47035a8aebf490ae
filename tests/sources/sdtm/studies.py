"""Small invented SDTM folders in each format, and a reader's chunks as one."""

import json
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pyreadstat

from becalm.sources import lookup_for
from becalm.sources.coded.statements import OUTCOME, PERSON, STATEMENT, Chunk
from becalm.sources.sdtm import read_sdtm

SUBJECT = "S-001"
FORMATS = ("xpt5", "xpt8", "json", "ndjson")


def study(path: Path, form: str = "json", **domains: Any) -> Path:
    """A folder with the given domains, each row with its STUDYID, DOMAIN and USUBJID."""
    path.mkdir(parents=True, exist_ok=True)
    for name, rows in domains.items():
        code = name[:2].upper()
        first = {"STUDYID": "S", "USUBJID": SUBJECT} | ({} if name.startswith("supp") else {"DOMAIN": code})
        if name.startswith("supp"):
            first["RDOMAIN"] = name[4:].upper()
        write(path, name, form, [first | row for row in rows])
    return path


def write(path: Path, name: str, form: str, rows: list[dict]) -> None:
    """One data set in one format."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if form.startswith("xpt"):
        frame = pl.DataFrame(
            {key: [row.get(key) for row in rows] for key in columns}, infer_schema_length=None, strict=False
        )
        numbers = [key for key in columns if frame[key].dtype.is_numeric()]
        frame = frame.with_columns(pl.col(key).cast(pl.Float64) for key in numbers)
        texts = [key for key in columns if key not in numbers]
        frame = frame.with_columns(pl.col(key).cast(pl.String).fill_null("") for key in texts)
        target = path / f"{name}.xpt"
        version: Literal[5, 8] = 5 if form == "xpt5" else 8
        pyreadstat.write_xport(frame, str(target), table_name=name.upper(), file_format_version=version)
        return
    head = {
        "datasetJSONCreationDateTime": "2026-11-20T12:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name.upper()}",
        "records": len(rows),
        "name": name.upper(),
        "label": name,
        "columns": [
            {"itemOID": f"IT.{key}", "name": key, "label": key, "dataType": "string"} for key in columns
        ],
    }
    values = [[row.get(key) for key in columns] for row in rows]
    if form == "json":
        (path / f"{name}.json").write_text(json.dumps(head | {"rows": values}, indent=1), encoding="utf-8")
    else:
        lines = [json.dumps(head), *(json.dumps(row) for row in values)]
        (path / f"{name}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")


def whole(source: Path, **options: str) -> Chunk:
    """Everything that the reader gives, as one chunk."""
    chunks = list(read_sdtm(str(source), lookup_for("sdtm"), options))
    read: dict[str, int] = {}
    for one in chunks:
        for name, count in one.read.items():
            read[name] = read.get(name, 0) + count
    return Chunk(
        statements=pl.concat([pl.DataFrame(schema=dict(STATEMENT)), *(one.statements for one in chunks)]),
        persons=pl.concat([pl.DataFrame(schema=dict(PERSON)), *(one.persons for one in chunks)]),
        outcomes=pl.concat([pl.DataFrame(schema=dict(OUTCOME)), *(one.outcomes for one in chunks)]),
        read=read,
        notes=tuple(note for one in chunks for note in one.notes),
    )


def accounted(found: Chunk) -> dict[str, int]:
    """Rows that made a statement or a person, and rows in outcomes, by file."""
    made = pl.concat([found.statements.select("file", "row"), found.persons.select("file", "row")]).unique()
    told = found.outcomes.group_by("file").agg(pl.col("count").sum())
    counts = dict.fromkeys(found.read, 0)
    for file, count in [*made.group_by("file").agg(pl.len()).iter_rows(), *told.iter_rows()]:
        counts[file] += count
    return counts
