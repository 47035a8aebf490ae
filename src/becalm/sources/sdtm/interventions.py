"""CM, EX and PR: drugs and procedures, from a start to an end."""

from __future__ import annotations

import polars as pl

from becalm.sources.coded.fates import BACKWARDS, DOUBT, with_columns
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import REFUSED, SET_ASIDE, Chunk
from becalm.sources.sdtm.parts import BAD_END, BAD_START, chunk, has_word, noted, words
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


def interventions(file: str, domain: str, rows: pl.DataFrame, lookup: Lookup) -> Chunk:
    """Rows of an interventions domain as drugs or procedures.

    The name is the coded one (`--DECOD`), or the reported one where that is blank or says that it was not
    coded. A treatment that goes on (`--ENRF`, `--ENRTPT`) has no end. Doses of 0 are kept as they are. A
    start of which only the year or the month is known is no reason to lose a treatment, which would then read
    as not given: its time is unknown, and the note says what was written. For the same reason a row whose
    dates cannot be used, or end before they start, is a statement with a `doubt`, without those dates; but
    one of a placebo, or of a dose of 0, is refused, since nothing was given.

    Args:
        file: the file's name.
        domain: one of DOMAINS.
        rows: a batch with `RFSTDTC`.
        lookup: gives the words of the mapping's option `sdtm_placebo`.
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
    backwards = (pl.col("end").str.slice(0, 10) < pl.col("start").str.slice(0, 10)).fill_null(False)
    frame = frame.with_columns(
        start_written=pl.when(backwards | pl.col("start_bad")).then(pl.coalesce("STDTC", "STDY")),
        end_written=pl.when(backwards | pl.col("end_bad")).then(pl.coalesce("ENDTC", "ENDY")),
        backwards=backwards,
    )
    frame = frame.with_columns(
        domain=pl.lit(DOMAINS[domain]),
        start=pl.when(~pl.col("backwards")).then("start"),
        end=pl.when(~pl.col("backwards")).then("end"),
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
            ("start as written:", "start_written"),
            ("end as written:", "end_written"),
            ("", "DOSFRQ"),
            ("", "ongoing"),
            ("", "VISIT"),
            ("", "TPT"),
        ),
        record="SEQ",
        given=pl.when(pl.col("start_bad"))
        .then(pl.coalesce("STDTC", "STDY"))
        .when(pl.col("end_bad"))
        .then(pl.coalesce("ENDTC", "ENDY"))
        .otherwise(pl.coalesce("REASND", coded, "TRT")),
    )
    occurred = pl.col("OCCUR").str.to_uppercase()
    what = pl.concat_str("TRT", "DECOD", separator=" ", ignore_nulls=True)
    nothing = has_word(what, words(lookup, "sdtm_placebo")) | (
        pl.col("DOSE").cast(pl.Float64, strict=False) == 0
    )
    nothing = nothing.fill_null(False)
    wrong = ((pl.col("start_bad"), BAD_START), (pl.col("end_bad"), BAD_END), (pl.col("backwards"), BACKWARDS))
    fates = (
        (
            pl.col("STAT").str.to_uppercase() == "NOT DONE",
            SET_ASIDE,
            "Not done: it was not asked or not given.",
        ),
        (occurred == "N", SET_ASIDE, "It did not occur."),
        (pl.col("text").is_null(), SET_ASIDE, "It names no treatment."),
        *((nothing & where, REFUSED, why) for where, why in wrong),
        *((where, DOUBT, why) for where, why in wrong),
    )
    return chunk(file, frame, fates)
