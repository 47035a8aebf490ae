"""VS and LB: vital signs and laboratory results."""

from __future__ import annotations

import polars as pl

from becalm.sources.coded.fates import with_columns
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import REFUSED, SET_ASIDE, Chunk
from becalm.sources.sdtm.parts import BAD_START, chunk, has_word, noted, words
from becalm.sources.sdtm.times import timed

_PARTS = [
    "SEQ",
    "TESTCD",
    "TEST",
    "CAT",
    "SCAT",
    "ORRES",
    "ORRESU",
    "STRESC",
    "STRESN",
    "STRESU",
    "STAT",
    "REASND",
    "DTC",
    "DY",
    "SPEC",
    "LOC",
    "POS",
    "TPT",
    "LOINC",
    "METHOD",
    "LLOQ",
]
_SIGN = r"^\s*(<=|>=|<|>|≤|≥)\s*([0-9]*\.?[0-9]+)\s*$"
_NUMBER = r"^\s*[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?\s*$"
_RANGE = r"^\s*([0-9]*\.?[0-9]+)\s*(?:-|TO|to)\s*([0-9]*\.?[0-9]+)\s*$"


def findings(file: str, domain: str, rows: pl.DataFrame, lookup: Lookup) -> Chunk:
    """Rows of a findings domain as measurements.

    The original result and unit go before the standardised ones, unless only the standardised result can be
    read as a number. A specimen other than blood, serum or plasma (or, with no specimen, a category or
    subcategory whose name holds the word of another one, such as URINE CHEMISTRY) stands in `site`, in the
    name and in the code (`SDTM LBTESTCD|INTLK6@CSF`), so that such a result means nothing unless a mapping
    names it so.

    Args:
        file: the file's name.
        domain: `VS` or `LB`.
        rows: a batch with `RFSTDTC`.
        lookup: gives the words of the mapping's options `sdtm_blood`, `sdtm_other_categories`, `sdtm_below`.
    """
    frame = with_columns(rows, *(f"{domain}{part}" for part in _PARTS), "VISIT")
    frame = frame.rename({f"{domain}{part}": part for part in _PARTS})
    frame = timed(frame, "start", "DTC", "DY")
    frame = _resulted(frame, words(lookup, "sdtm_below"))
    elsewhere = _elsewhere(lookup)
    test = pl.format(f"SDTM {domain}TESTCD|{{}}", pl.col("TESTCD"))
    frame = frame.with_columns(
        domain=pl.lit("measurement"),
        site=pl.coalesce(elsewhere, "LOC"),
        codes=pl.when(elsewhere.is_null())
        .then(pl.concat_list(pl.format("LOINC|{}", "LOINC"), test).list.drop_nulls())
        .otherwise(pl.concat_list(pl.format("{}@{}", test, elsewhere)).list.drop_nulls()),
        text=pl.when(elsewhere.is_null())
        .then(pl.coalesce("TEST", "TESTCD"))
        .otherwise(pl.format("{} ({})", pl.coalesce("TEST", "TESTCD"), elsewhere)),
        note=noted(("", "VISIT"), ("", "TPT"), ("position", "POS"), ("method", "METHOD")),
        record="SEQ",
        given=pl.when(pl.col("STAT").is_not_null())
        .then("REASND")
        .when(pl.col("start_bad"))
        .then(pl.coalesce("DTC", "DY"))
        .otherwise("TESTCD"),
    )
    fates = (
        (pl.col("STAT").str.to_uppercase() == "NOT DONE", SET_ASIDE, "Not done."),
        (pl.col("value").is_null(), SET_ASIDE, "No value: the result is blank."),
        (pl.col("start_bad"), REFUSED, BAD_START),
    )
    return chunk(file, frame, fates)


def _elsewhere(lookup: Lookup) -> pl.Expr:
    """The specimen of a result that is not of the blood, else null."""
    spec = pl.col("SPEC").str.to_uppercase()
    other = spec.is_not_null() & ~spec.is_in(words(lookup, "sdtm_blood"))
    named = words(lookup, "sdtm_other_categories")
    by_name = (
        pl.when(spec.is_null() & has_word(category, named)).then(category)
        for category in (pl.col(name).str.to_uppercase() for name in ("CAT", "SCAT"))
    )
    return pl.coalesce(pl.when(other).then(spec), *by_name)


def _resulted(frame: pl.DataFrame, below: list[str]) -> pl.DataFrame:
    """The frame with `value`, `value_high`, `comparator` and `unit`."""
    original, standard = pl.col("ORRES"), pl.coalesce("STRESC", "STRESN")
    readable = {
        name: text.str.contains(_SIGN) | text.str.contains(_NUMBER) | text.str.contains(_RANGE)
        for name, text in (("original", original), ("standard", standard))
    }
    no_unit = pl.col("ORRESU").is_null() & pl.col("STRESU").is_not_null() & (original != standard)
    use_standard = original.is_null() | (
        readable["standard"] & (~readable["original"] | no_unit.fill_null(False))
    ).fill_null(False)
    limit = pl.coalesce(original, standard).str.to_uppercase().is_in(below).fill_null(False)
    limit = limit & ~readable["standard"].fill_null(False) & pl.col("LLOQ").is_not_null()
    frame = frame.with_columns(
        chosen=pl.when(limit)
        .then(pl.format("<{}", "LLOQ"))
        .when(use_standard)
        .then(standard)
        .otherwise(original),
        unit=pl.when(limit | use_standard)
        .then("STRESU")
        .when(original == standard)
        .then(pl.coalesce("ORRESU", "STRESU"))
        .otherwise("ORRESU"),
    )
    chosen = pl.col("chosen")
    sign = chosen.str.extract(_SIGN, 1).replace(["≤", "≥"], ["<=", ">="])
    low, high = chosen.str.extract(_RANGE, 1), chosen.str.extract(_RANGE, 2)
    return frame.with_columns(
        comparator=sign,
        value=pl.coalesce(chosen.str.extract(_SIGN, 2), low, chosen),
        value_high=high,
    )
