"""inputevents and emar: what was given, as infusions and doses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from becalm.record import vocabulary
from becalm.sources.coded.fates import BACKWARDS, DOUBT, Fate
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import SET_ASIDE, UNKNOWN, Chunk
from becalm.sources.mimic.parts import chunk, codes, means_nothing
from becalm.sources.mimic.tables import batches, moment

ITEM = "MIMIC item"
INFUSION = (
    "subject_id",
    "itemid",
    "starttime",
    "endtime",
    "amount",
    "amountuom",
    "rate",
    "rateuom",
    "ordercategoryname",
    "ordercategorydescription",
    "statusdescription",
)
EMAR = ("subject_id", "charttime", "medication", "event_txt")

NOT_GIVEN_STATUS = ("Rewritten", "Cancelled", "Canceled")
"""Rows that document a mistake and no administration (MIMIC documentation of inputevents)."""

DOSE_WORDS = ("Drug Push", "Bolus", "Non Iv Meds")
"""Order categories of single doses, which MIMIC ends one minute after their start."""

EMAR_GIVEN = (
    "Administered",
    "Administered in Other Location",
    "Administered Bolus from IV Drip",
    "Delayed Administered",
    "Partial Administered",
    "Applied",
    "Applied in Other Location",
    "Removed Existing / Applied New",
)
EMAR_STARTED = ("Started", "Started in Other Location", "Delayed Started", "Restarted")


def infusions(path: Path, labels: pl.DataFrame, lookup: Lookup, *, keep_unmapped: bool) -> Iterator[Chunk]:
    """The rows of inputevents as drugs: an infusion with start, end and rate, or a single dose.

    A row that ends before it starts is a statement with a doubt, without its times. One without a rate that
    MIMIC ends a minute after its start is a single dose and has no end. The order category is a code system
    of its own before the item, so that a mapping can tell a bolus of a fluid from the same fluid as a
    carrier.

    Args:
        path: the table.
        labels: d_items: itemid, label.
        lookup: decides which rows are worth a statement.
        keep_unmapped: make statements also of rows that the mapping does not know.
    """
    for batch in batches(path, INFUSION, ("orderid",)):
        named = batch.join(labels, on="itemid", how="left", maintain_order="left")
        frame = named.with_columns(
            codes((pl.format("MIMIC {}", "ordercategoryname"), "itemid"), (ITEM, "itemid")),
            text=pl.col("label"),
        )
        unknown = means_nothing(frame, lookup, "drug", by_name=True)
        frame = _running(frame.with_columns(unmapped=unknown & (not keep_unmapped)))
        yield chunk("inputevents", frame, _infusion_fates())


def _running(frame: pl.DataFrame) -> pl.DataFrame:
    start, end = moment("starttime"), moment("endtime")
    minute = end.str.to_datetime(strict=False) - start.str.to_datetime(strict=False) <= pl.duration(minutes=1)
    single = pl.col("rate").is_null() & (
        minute.fill_null(False) | pl.col("ordercategorydescription").is_in(DOSE_WORDS)
    )
    backwards = (end < start).fill_null(False)
    return frame.with_columns(
        domain=pl.lit("drug"),
        start=pl.when(~backwards).then(start),
        end=pl.when(~single & ~backwards).then(end),
        dose="amount",
        dose_unit="amountuom",
        rate_unit="rateuom",
        note="ordercategoryname",
        record="orderid",
        backwards=backwards,
        given=pl.when("unmapped").then(pl.coalesce("text", "itemid")).otherwise("statusdescription"),
    )


def _infusion_fates() -> tuple[Fate, ...]:
    return (
        (
            pl.col("statusdescription").is_in(NOT_GIVEN_STATUS),
            SET_ASIDE,
            "Its status says that it documents a mistake: it was not given.",
        ),
        (pl.col("unmapped"), SET_ASIDE, UNKNOWN),
        (pl.col("backwards"), DOUBT, BACKWARDS),
    )


def administrations(
    path: Path, lookup: Lookup, stays: pl.DataFrame, details: pl.DataFrame, *, keep_unmapped: bool
) -> Iterator[Chunk]:
    """The rows of emar as doses, by the name of the medication.

    The start of an infusion counts as a dose outside intensive care. Inside it the infusion itself is in
    inputevents, with its rates and its end, but only of a drug that an item of inputevents maps to: of
    another one the start is all that is told, and counts.

    Args:
        path: the table.
        lookup: decides which rows are worth a statement.
        stays: intensive care: subject_id, intime, outtime (ISO 8601).
        details: route and dose of administrations (`becalm.sources.mimic.details`).
        keep_unmapped: make statements also of rows that the mapping does not know.
    """
    charted = _charted_drugs(lookup)
    for batch in batches(path, EMAR, ("emar_id",)):
        frame = _named(batch, lookup)
        frame = _inside(frame.with_columns(charted=_among(frame, lookup, charted)), stays).join(
            details, on="emar_id", how="left", maintain_order="left"
        )
        frame = frame.with_columns(
            domain=pl.lit("drug"),
            record=pl.col("emar_id"),
            note=pl.col("happened"),
            unmapped=pl.col("unknown") & (not keep_unmapped),
            given=pl.when(pl.col("happened").is_in([*EMAR_GIVEN, *EMAR_STARTED]))
            .then("text")
            .otherwise(pl.col("happened").replace("", "(blank)")),
        )
        yield chunk("emar", frame, _emar_fates())


def administered(path: Path, lookup: Lookup) -> pl.DataFrame:
    """`emar_id` of every administration that the mapping knows."""
    found = [pl.DataFrame(schema={"emar_id": pl.String})]
    for batch in batches(path, EMAR, ("emar_id",)):
        known = _named(batch, lookup).filter(
            ~pl.col("unknown") & pl.col("happened").is_in([*EMAR_GIVEN, *EMAR_STARTED])
        )
        found.append(known.select("emar_id"))
    return pl.concat(found).drop_nulls()


def _named(batch: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    frame = batch.with_columns(
        codes=pl.lit([], dtype=pl.List(pl.String)),
        text=pl.col("medication").str.strip_chars().replace("", None),
        start=moment("charttime"),
        happened=pl.col("event_txt").str.strip_chars().fill_null(""),
    )
    return frame.with_columns(unknown=means_nothing(frame, lookup, "drug", by_name=True))


def _charted_drugs(lookup: Lookup) -> set[str]:
    """The drugs that an item of inputevents maps to, by the names of the vocabulary."""
    said = {meaning.drug for (system, _), (meaning, _) in lookup.codes.items() if system == ITEM}
    return {vocabulary().resolve("drug", drug) or drug for drug in said if drug}


def _among(frame: pl.DataFrame, lookup: Lookup, drugs: set[str]) -> pl.Series:
    """For each row whether `text` names one of these drugs."""

    def named(text: str | None) -> bool:
        found = lookup.find("drug", [], text)
        drug = found.meaning.drug if found else None
        return drug is not None and (vocabulary().resolve("drug", drug) or drug) in drugs

    known = {text: named(text) for text in frame["text"].unique().to_list()}
    return frame["text"].replace_strict(known, return_dtype=pl.Boolean)


def _inside(frame: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The frame with `inside`: whether `start` lies in a stay of the patient in intensive care."""
    pairs = frame.filter(pl.col("happened").is_in(EMAR_STARTED)).select("row", "subject_id", "start")
    hit = pairs.join(stays, on="subject_id").filter(
        pl.col("start").is_between(pl.col("intime"), pl.col("outtime"))
    )
    return frame.with_columns(inside=pl.col("row").is_in(hit["row"].unique().to_list()))


def _emar_fates() -> tuple[Fate, ...]:
    given, started = pl.col("happened").is_in(EMAR_GIVEN), pl.col("happened").is_in(EMAR_STARTED)
    return (
        (~given & ~started, SET_ASIDE, "Its event is no administration: no dose."),
        (pl.col("text").is_null(), SET_ASIDE, "It does not name its medication."),
        (pl.col("unmapped"), SET_ASIDE, UNKNOWN),
        (
            started & pl.col("inside") & pl.col("charted"),
            SET_ASIDE,
            "The start of an infusion in intensive care, where inputevents has the infusion itself.",
        ),
    )
