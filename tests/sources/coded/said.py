"""Statements of a made-up source, for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

import polars as pl

from becalm.sources import lookup_for
from becalm.sources.coded.importing import Batch, convert
from becalm.sources.coded.lookup import Lookup, lookup
from becalm.sources.coded.mapping import Mapping, shipped_mapping
from becalm.sources.coded.statements import persons, statements


def said(*rows: dict[str, Any]) -> pl.DataFrame:
    """Statements of patient p in file `f`, each of a row of its own."""
    numbers = count(1)
    return statements(
        [
            {"patient_id": "p", "domain": "measurement", "file": "f", "row": next(numbers)} | row
            for row in rows
        ]
    )


def own(**content: Any) -> Lookup:
    """The meanings in force with a person's own mapping before the shipped ones."""
    head = {"format_version": 1, "id": "own", "title": "own", "source": "a test"}
    return lookup([Mapping.model_validate(head | content, strict=False), shipped_mapping("common")])


INFUSION = {"domain": "drug", "codes": ["ATC|L01XL03"], "text": "Yescarta", "start": "2024-03-01T10:00:00"}


def batch(*rows: dict[str, Any], with_lookup: Lookup | None = None, **options: Any) -> Batch:
    """Statements of patient p, infused on 1 March 2024 at 10, as tables."""
    people = persons(
        [{"patient_id": "p", "file": "people", "row": 1, "birth_date": "1960-03-02", "sex": "F"}]
    )
    return convert(said(INFUSION, *rows), people, with_lookup or lookup_for("fhir"), **options)


def table(name: str, *rows: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The rows of one table without the infusion, blanks left out."""
    found = batch(*rows, **options).tables[name]
    return [
        {key: value for key, value in row.items() if value is not None and key != "patient_id"}
        for row in found.iter_rows(named=True)
        if row.get("name") != "axicabtagene_ciloleucel" and row.get("event") != "infusion"
    ]
