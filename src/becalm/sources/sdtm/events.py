"""AE, CE, HO and DS: adverse and clinical events, stays in hospital, and deaths among dispositions."""

from __future__ import annotations

import polars as pl

from becalm.sources.coded.fates import Fate, with_columns
from becalm.sources.coded.statements import REFUSED, SET_ASIDE, Chunk
from becalm.sources.sdtm.parts import BAD_END, BAD_START, chunk, noted
from becalm.sources.sdtm.times import timed

_PARTS = [
    "SEQ",
    "TERM",
    "DECOD",
    "PTCD",
    "LLTCD",
    "TOXGR",
    "SEV",
    "REL",
    "OUT",
    "SER",
    "STDTC",
    "ENDTC",
    "STDY",
    "ENDY",
    "DTC",
    "DY",
    "ENRF",
    "ENRTPT",
    "OCCUR",
    "STAT",
    "REASND",
    "LOC",
]
DOMAINS = ("AE", "CE", "HO", "DS")
_DEATH = ("DEATH", "DIED")


def events(file: str, domain: str, rows: pl.DataFrame, deaths: set[str]) -> Chunk:
    """Rows of an events domain.

    AE and CE are adverse events: the preferred term as name, its MedDRA code, the toxicity grade as value. HO
    are stays, by the code `SDTM HODECOD|...`. Of DS only deaths are used, and only of subjects of whose death
    DM says nothing.

    Args:
        file: the file's name.
        domain: one of DOMAINS.
        rows: a batch with `RFSTDTC` and perhaps `qualifiers`.
        deaths: subjects of whose death DM tells.
    """
    frame = with_columns(rows, *(f"{domain}{part}" for part in _PARTS), "qualifiers")
    frame = frame.rename({f"{domain}{part}": part for part in _PARTS})
    frame = timed(timed(frame, "start", "STDTC", "STDY"), "end", "ENDTC", "ENDY")
    name = pl.coalesce("DECOD", "TERM")
    reported = pl.when(pl.col("TERM").str.to_lowercase() != name.str.to_lowercase()).then("TERM")
    frame = frame.with_columns(reported=reported)
    frame = frame.with_columns(
        text=name,
        value=pl.col("TOXGR").str.strip_prefix("GRADE ").str.strip_prefix("Grade "),
        severity="SEV",
        site="LOC",
        record="SEQ",
        note=noted(
            ("reported as", "reported"),
            ("relation", "REL"),
            ("outcome", "OUT"),
            ("serious", "SER"),
            ("", "qualifiers"),
        ),
        given=pl.when(pl.col("start_bad"))
        .then(pl.coalesce("STDTC", "STDY"))
        .when(pl.col("end_bad"))
        .then(pl.coalesce("ENDTC", "ENDY"))
        .otherwise(name),
    )
    frame, more = _by_domain(frame, domain, deaths)
    occurred = pl.col("OCCUR").str.to_uppercase()
    fates = (
        (pl.col("STAT").str.to_uppercase() == "NOT DONE", SET_ASIDE, "Not done: it was not asked."),
        (occurred == "N", SET_ASIDE, "It did not occur."),
        *more,
        (pl.col("text").is_null() & (pl.col("domain") != "death"), SET_ASIDE, "It names no event."),
        (pl.col("start_bad"), REFUSED, BAD_START),
        (pl.col("end_bad"), REFUSED, BAD_END),
    )
    return chunk(file, frame, fates)


def _by_domain(frame: pl.DataFrame, domain: str, deaths: set[str]) -> tuple[pl.DataFrame, tuple[Fate, ...]]:
    if domain == "DS":
        died = pl.col("text").str.to_uppercase().is_in(_DEATH).fill_null(False)
        told = pl.col("USUBJID").is_in(list(deaths))
        frame = frame.with_columns(
            domain=pl.lit("death"),
            codes=pl.lit(["becalm|death"]),
            value=pl.lit(None, dtype=pl.String),
            end=pl.lit(None, dtype=pl.String),
        )
        return frame, (
            (~died, SET_ASIDE, "A disposition that is no death."),
            (died & told, SET_ASIDE, "The death is told in DM."),
        )
    if domain == "HO":
        code = pl.format("SDTM HODECOD|{}", pl.col("text").str.to_uppercase())
        return frame.with_columns(domain=pl.lit("visit"), codes=pl.concat_list(code).list.drop_nulls()), ()
    term, lowest = pl.format("MedDRA|{}", "PTCD"), pl.format("MedDRA|{}", "LLTCD")
    codes = pl.concat_list(term, lowest).list.drop_nulls()
    return frame.with_columns(domain=pl.lit("adverse_event"), codes=codes), ()
