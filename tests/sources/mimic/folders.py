"""Small invented MIMIC-IV folders, and a reader's chunks as one."""

import csv
import gzip
from pathlib import Path

import polars as pl

from becalm.sources import lookup_for
from becalm.sources.coded.statements import OUTCOME, PERSON, STATEMENT, Chunk
from becalm.sources.mimic import read_mimic

LABELS = (
    ("50889", "C-Reactive Protein", "Blood"),
    ("51265", "Platelet Count", "Blood"),
    ("51464", "Bilirubin", "Urine"),
    ("50971", "Potassium", "Blood"),
)
ITEMS = (
    ("221906", "Norepinephrine"),
    ("222315", "Vasopressin"),
    ("225158", "NaCl 0.9%"),
    ("228315", "Acetaminophen-IV"),
    ("225792", "Invasive Ventilation"),
    ("224385", "Intubation"),
    ("223761", "Temperature Fahrenheit"),
    ("226732", "O2 Delivery Device(s)"),
    ("223834", "O2 Flow"),
    ("220001", "Problem List"),
)
COLUMNS = {
    "patients": "subject_id gender anchor_age anchor_year anchor_year_group dod",
    "admissions": "subject_id hadm_id admittime dischtime deathtime admission_type discharge_location",
    "icustays": "subject_id hadm_id stay_id first_careunit last_careunit intime outtime los",
    "labevents": "labevent_id subject_id itemid charttime value valuenum valueuom comments",
    "chartevents": "subject_id stay_id charttime itemid value valuenum valueuom warning",
    "inputevents": "subject_id starttime endtime itemid amount amountuom rate rateuom orderid "
    "ordercategoryname ordercategorydescription statusdescription",
    "emar": "subject_id emar_id charttime medication event_txt",
    "emar_detail": "subject_id emar_id emar_seq parent_field_ordinal dose_given dose_given_unit route",
    "procedureevents": "subject_id starttime endtime itemid location orderid ordercategorydescription "
    "statusdescription",
    "d_items": "itemid label",
    "d_labitems": "itemid label fluid",
}


def folder(path: Path, *, compressed: bool = False, **tables: list[dict[str, str]]) -> Path:
    """A folder with the dictionaries and the given tables as CSV."""
    path.mkdir(parents=True, exist_ok=True)
    tables.setdefault("d_items", [dict(zip(("itemid", "label"), one, strict=True)) for one in ITEMS])
    tables.setdefault(
        "d_labitems", [dict(zip(("itemid", "label", "fluid"), one, strict=True)) for one in LABELS]
    )
    for name, rows in tables.items():
        file = path / (f"{name}.csv.gz" if compressed else f"{name}.csv")
        with gzip.open(file, "wt", newline="") if compressed else file.open("w", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS[name].split(), restval="")
            writer.writeheader()
            writer.writerows(rows)
    return path


def whole(source: Path, **options: str) -> Chunk:
    """Everything that the reader gives, as one chunk."""
    chunks = list(read_mimic(str(source), lookup_for("mimic"), options))
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
