"""SDTM as statements: every domain that is read, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from becalm.record import InputError
from becalm.sources.coded.fates import with_columns
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import Chunk
from becalm.sources.sdtm import events as happenings
from becalm.sources.sdtm import interventions as treatments
from becalm.sources.sdtm.demographics import Subjects, demographics, moments, subjects
from becalm.sources.sdtm.findings import findings
from becalm.sources.sdtm.qualifiers import accounted, identifying, qualified
from becalm.sources.sdtm.tables import DataSet, batches, find_data_sets, whole

FINDINGS = ("VS", "LB")
READ = ("DM", *FINDINGS, *treatments.DOMAINS, *happenings.DOMAINS)
INFUSION = ("RFSTDTC", "RFXSTDTC", "EX")


def read_sdtm(source: str, lookup: Lookup, options: Mapping[str, str]) -> Iterator[Chunk]:
    """SDTM -> statements, persons and outcomes, in batches.

    Args:
        source: a folder of data sets (XPT version 5 or 8, SAS7BDAT, Dataset-JSON 1.1 as .json or .ndjson).
            Read where present: DM, VS, LB, CM, EX, PR, AE, CE, HO, DS and their SUPP--.
        lookup: gives the words of the mapping's options.
        options: `infusion`: what day zero is, where the product is not in the vocabulary: `RFSTDTC` or
            `RFXSTDTC` of DM, `EX` (the first exposure of a subject) or `EX:NAME` (the first of that EXTRT).
            `encoding`: of the texts of SAS files that do not tell it, such as `windows-1252`.

    Raises:
        InputError: no such folder, no data set or two of one, a file that cannot be read, an option that is
            not known.

    Source: CDISC SDTM Implementation Guide 3.4; Dataset-JSON 1.1.
    """
    sets = find_data_sets(source, options.get("encoding"))
    main = [one for one in sets if not one.domain.startswith("SUPP")]
    known = _subjects(main, options.get("infusion"))
    notes = _notes(sets)
    for one in sorted(main, key=lambda one: READ.index(one.domain) if one.domain in READ else len(READ)):
        if one.domain not in READ:
            continue
        extra = [other for other in sets if other.domain == f"SUPP{one.domain}"]
        for part in _with_qualifiers(one, extra, known, lookup):
            yield replace(part, notes=notes)
            notes = ()


def _with_qualifiers(one: DataSet, extra: list[DataSet], known: Subjects, lookup: Lookup) -> Iterator[Chunk]:
    tables = {other.path.name: whole(other) for other in extra}
    together = pl.concat([table.drop("row") for table in tables.values()], how="diagonal") if tables else None
    keys = []
    for batch in batches(one):
        rows = with_columns(batch, "USUBJID")
        if together is not None:
            keys.append(identifying(rows, together))
            rows = qualified(rows, together)
        if one.domain != "DM":
            rows = rows.drop("RFSTDTC", strict=False)
            rows = rows.join(known.reference, on="USUBJID", how="left", maintain_order="left")
        yield _domain(one, rows, known, lookup)
    for name, table in tables.items():
        yield accounted(name, table, keys)


def _domain(one: DataSet, rows: pl.DataFrame, known: Subjects, lookup: Lookup) -> Chunk:
    file = one.path.name
    if one.domain == "DM":
        return demographics(file, rows, known)
    if one.domain in FINDINGS:
        return findings(file, one.domain, rows, lookup)
    if one.domain in treatments.DOMAINS:
        return treatments.interventions(file, one.domain, rows, lookup)
    return happenings.events(file, one.domain, rows, known.deaths)


def _subjects(sets: list[DataSet], infusion: str | None) -> Subjects:
    tables = [whole(one) for one in sets if one.domain == "DM"]
    rows = pl.concat(tables, how="diagonal") if tables else pl.DataFrame(schema={"USUBJID": pl.String})
    if infusion is None:
        return subjects(rows, {})
    kind, _, name = infusion.partition(":")
    if kind not in INFUSION or (name and kind != "EX"):
        raise InputError(
            f"The option infusion was given {infusion!r}; expected one of {', '.join(INFUSION)} or EX:NAME "
            "with the name of the product in EXTRT."
        )
    if kind != "EX":
        return subjects(rows, moments(rows, kind))
    first: dict[str, str] = {}
    for one in (one for one in sets if one.domain == "EX"):
        frame = with_columns(whole(one), "USUBJID", "EXTRT", "EXSTDTC")
        if name:
            frame = frame.filter(pl.col("EXTRT").str.to_uppercase() == name.upper())
        for subject, at in moments(frame.sort("EXSTDTC", descending=True), "EXSTDTC").items():
            first[subject] = min(at, first.get(subject, at))
    return subjects(rows, first)


def _notes(sets: list[DataSet]) -> tuple[str, ...]:
    there = {one.domain for one in sets}
    read = {*READ, *(f"SUPP{domain}" for domain in READ if domain in there)}
    left = sorted(there - read)
    notes = (f"Not read: {', '.join(left)}.",) if left else ()
    lacking = [domain for domain in ("DM", "VS", "LB", "CM", "EX") if domain not in there]
    return (*notes, *((f"The source has no domain {', '.join(lacking)}.",) if lacking else ()))
