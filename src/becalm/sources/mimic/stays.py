"""patients, admissions, icustays and procedureevents: persons, stays, deaths and procedures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from becalm.sources.coded.fates import BACKWARDS, DOUBT
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import SET_ASIDE, UNKNOWN, Chunk, persons
from becalm.sources.mimic.parts import chunk, codes, means_nothing
from becalm.sources.mimic.tables import batches, moment

ITEM, TABLE, DEATH = "MIMIC item", "MIMIC table", "becalm|death"
PATIENTS = ("subject_id", "gender", "anchor_age", "anchor_year")
ADMISSIONS = ("subject_id", "hadm_id", "admittime", "dischtime", "deathtime")
ICU = ("subject_id", "stay_id", "intime", "outtime")
PROCEDURES = ("subject_id", "itemid", "starttime", "endtime", "ordercategorydescription", "statusdescription")
TASK = "Task"
"""The order category of procedures at one moment, which MIMIC ends one minute after their start."""


def patients(path: Path, died_in_hospital: set[str]) -> Iterator[Chunk]:
    """The rows of patients as persons, and their dates of death.

    The year of birth is the anchor's year less its age: MIMIC gives no more, and its years are shifted per
    patient. Ages above 89 are 91 in MIMIC. A date of death is left to admissions where that has the time.
    """
    for batch in batches(path, PATIENTS, ("dod",)):
        age, year = (pl.col(name).cast(pl.Int64, strict=False) for name in ("anchor_age", "anchor_year"))
        known = batch.filter(pl.col("subject_id").is_not_null())
        people = known.select(
            "row",
            patient_id="subject_id",
            birth_date=(year - age).cast(pl.String),
            sex="gender",
            file=pl.lit("patients"),
        )
        deaths = known.filter(
            pl.col("dod").is_not_null() & ~pl.col("subject_id").is_in(list(died_in_hospital))
        ).with_columns(
            domain=pl.lit("death"),
            codes=pl.lit([DEATH]),
            start=pl.col("dod").str.slice(0, 10),
            note=pl.lit("date of death"),
        )
        told = chunk("patients", deaths)
        lost = chunk("patients", batch.filter(pl.col("subject_id").is_null()))
        yield replace(told, persons=persons(people), outcomes=lost.outcomes, read={"patients": batch.height})


def admissions(path: Path) -> Iterator[Chunk]:
    """The rows of admissions as stays in hospital, and deaths in them.

    A stay in which the patient died after its written end (MIMIC has such ends at midnight) ends with the
    death.
    """
    for batch in batches(path, ADMISSIONS, ("admission_type", "discharge_location")):
        stays = batch.with_columns(
            domain=pl.lit("visit"),
            codes=pl.lit([f"{TABLE}|admissions"]),
            text=pl.col("admission_type"),
            start=moment("admittime"),
            end=pl.max_horizontal(moment("dischtime"), moment("deathtime")),
            record=pl.col("hadm_id"),
            note=pl.col("discharge_location"),
        )
        deaths = stays.filter(
            pl.col("deathtime").is_not_null() & pl.col("subject_id").is_not_null()
        ).with_columns(
            domain=pl.lit("death"),
            codes=pl.lit([DEATH]),
            text=pl.lit(None, dtype=pl.String),
            start=moment("deathtime"),
            end=pl.lit(None, dtype=pl.String),
        )
        here, died = chunk("admissions", stays), chunk("admissions", deaths)
        yield replace(here, statements=pl.concat([here.statements, died.statements]))


def intensive_care(path: Path) -> Iterator[Chunk]:
    """The rows of icustays as stays in intensive care."""
    for batch in batches(path, ICU, ("first_careunit",)):
        frame = batch.with_columns(
            domain=pl.lit("visit"),
            codes=pl.lit([f"{TABLE}|icustays"]),
            text=pl.col("first_careunit"),
            start=moment("intime"),
            end=moment("outtime"),
            record=pl.col("stay_id"),
        )
        yield chunk("icustays", frame)


def procedures(path: Path, labels: pl.DataFrame, lookup: Lookup, *, keep_unmapped: bool) -> Iterator[Chunk]:
    """The rows of procedureevents as procedures: a task at its moment, a process from its start to its end.

    Args:
        path: the table.
        labels: d_items: itemid, label.
        lookup: decides which rows are worth a statement.
        keep_unmapped: make statements also of rows that the mapping does not know.
    """
    for batch in batches(path, PROCEDURES, ("orderid", "location")):
        named = batch.join(labels, on="itemid", how="left", maintain_order="left")
        frame = named.with_columns(codes((ITEM, "itemid")), text=pl.col("label"))
        unknown = means_nothing(frame, lookup, "procedure", by_name=True) & (not keep_unmapped)
        start, end = moment("starttime"), moment("endtime")
        backwards = (end < start).fill_null(False)
        frame = frame.with_columns(
            domain=pl.lit("procedure"),
            start=pl.when(~backwards).then(start),
            end=pl.when((pl.col("ordercategorydescription") != TASK).fill_null(True) & ~backwards).then(end),
            record=pl.col("orderid"),
            site=pl.col("location"),
            unmapped=unknown,
            backwards=backwards,
            given=pl.when(unknown).then(pl.coalesce("text", "itemid")).otherwise("statusdescription"),
        )
        fates = (
            (
                pl.col("statusdescription").is_in(("Rewritten", "Cancelled", "Canceled")),
                SET_ASIDE,
                "Its status says that it documents a mistake: it was not done.",
            ),
            (pl.col("unmapped"), SET_ASIDE, UNKNOWN),
            (pl.col("backwards"), DOUBT, BACKWARDS),
        )
        yield chunk("procedureevents", frame, fates)
