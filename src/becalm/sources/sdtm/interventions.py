"""CM, EX and PR: drugs and procedures, from a start to an end."""

from __future__ import annotations

import polars as pl

from becalm.sources.coded.statements import REFUSED, SET_ASIDE, Chunk
from becalm.sources.sdtm.parts import BAD_END, BAD_START, chunk, noted, with_columns
from becalm.sources.sdtm.times import timed

_PARTS = [
    "SEQ",
    "TRT",
    "DECOD",
    "CLAS",
    "CLASCD",
    "DOSE",
    "DOSTXT",
    "DOSU",
    "DOSFRQ",
    "ROUTE",
    "INDC",
    "STDTC",
    "ENDTC",
    "STDY",
    "ENDY",
    "ENRF",
    "ENRTPT",
    "OCCUR",
    "STAT",
    "REASND",
    "TPT",
    "LOC",
]
_UNCODED = ("UNCODED", "NOT CODED", "MULTIPLE", "UNKNOWN")
_ONGOING = ("ONGOING", "AFTER", "DURING/AFTER", "CONTINUING")
_VAGUE = r"^\d{4}(-\d{2})?$"
_ATC = r"^[A-Z]\d{2}[A-Z]{2}\d{2}$"
DOMAINS = {"CM": "drug", "EX": "drug", "PR": "procedure"}


def interventions(file: str, domain: str, rows: pl.DataFrame) -> Chunk:
    """Rows of an interventions domain as drugs or procedures.

    The name is the coded one (`--DECOD`), or the reported one where that is blank or says that it was not
    coded. A treatment that goes on (`--ENRF`, `--ENRTPT`) has no end. Doses of 0 are kept as they are. A
    start of which only the year or the month is known is no reason to lose a treatment, which would then
    read as not given: its time is unknown, and the note says what was written.

    Args:
        file: the file's name.
        domain: one of DOMAINS.
        rows: a batch with `RFSTDTC`.
    """
    frame = with_columns(rows, *(f"{domain}{part}" for part in _PARTS), "VISIT")
    frame = frame.rename({f"{domain}{part}": part for part in _PARTS})
    frame = timed(timed(frame, "start", "STDTC", "STDY"), "end", "ENDTC", "ENDY")
    vague = (pl.col("start_bad") & pl.col("STDTC").str.contains(_VAGUE)).fill_null(False)
    frame = frame.with_columns(
        start_bad=pl.col("start_bad") & ~vague,
        began=pl.when(vague).then("STDTC"),
    )
    coded = pl.when(~pl.col("DECOD").str.to_uppercase().is_in(_UNCODED)).then("DECOD")
    ongoing = pl.any_horizontal(
        pl.col(name).str.to_uppercase().is_in(_ONGOING).fill_null(False) for name in ("ENRF", "ENRTPT")
    )
    atc = pl.when(pl.col("CLASCD").str.contains(_ATC)).then(pl.format("ATC|{}", "CLASCD"))
    frame = frame.with_columns(
        ongoing=pl.when(ongoing).then(pl.lit("ongoing")),
        end=pl.when(~ongoing).then("end"),
        reported=pl.when(coded.is_not_null() & (pl.col("TRT") != coded)).then("TRT"),
    )
    frame = frame.with_columns(
        domain=pl.lit(DOMAINS[domain]),
        codes=pl.concat_list(atc).list.drop_nulls(),
        text=pl.coalesce(coded, "TRT"),
        dose=pl.coalesce("DOSE", "DOSTXT"),
        dose_unit="DOSU",
        route="ROUTE",
        indication="INDC",
        site="LOC",
        note=noted(
            ("reported as", "reported"),
            ("began in", "began"),
            ("", "DOSFRQ"),
            ("", "ongoing"),
            ("", "VISIT"),
            ("", "TPT"),
        ),
        record="SEQ",
        backwards=(pl.col("end").str.slice(0, 10) < pl.col("start").str.slice(0, 10)).fill_null(False),
        given=pl.when(pl.col("start_bad"))
        .then(pl.coalesce("STDTC", "STDY"))
        .when(pl.col("end_bad"))
        .then(pl.coalesce("ENDTC", "ENDY"))
        .otherwise(pl.coalesce("REASND", coded, "TRT")),
    )
    occurred = pl.col("OCCUR").str.to_uppercase()
    fates = (
        (
            pl.col("STAT").str.to_uppercase() == "NOT DONE",
            SET_ASIDE,
            "Not done: it was not asked or not given.",
        ),
        (occurred == "N", SET_ASIDE, "It did not occur."),
        (pl.col("text").is_null(), SET_ASIDE, "It names no treatment."),
        (pl.col("start_bad"), REFUSED, BAD_START),
        (pl.col("end_bad"), REFUSED, BAD_END),
        (pl.col("backwards"), REFUSED, "It ends before it starts. An end at or after the start is expected."),
    )
    return chunk(file, frame, fates)
