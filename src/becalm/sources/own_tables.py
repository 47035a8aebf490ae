"""Tables laid out as the folder format, in a hospital's own names, codes and units, as statements.

For a source that becalm does not know: export it into the columns of the folder format, each cell as the
source has it, draft a mapping with `becalm map tables`, correct it, and import with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from becalm.record import RawTable
from becalm.sources._layout import lay_out
from becalm.sources._raw import raw_chunks
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import (
    OUTCOME,
    PERSON,
    REFUSED,
    SET_ASIDE,
    STATEMENT,
    Chunk,
    conformed,
)

ROWS = 100_000
BYTES = 32_000_000

NO_PATIENT = "patient_id is blank: it is not known of whom this is. The identifier of a patient is expected."
BY_DAY = (
    "It is dated by a day of becalm's clock. A time (ISO 8601) is expected of a source in its own names: a "
    "table in days is read as it is, without an import, once its names are becalm's."
)
COVERAGE = "Coverage is in becalm's own words: copy the file into the imported folder."

_DOMAINS = {
    "drug": "drug",
    "oxygen": "device",
    "ventilation": "device",
    "fluid": "fluid",
    "procedure": "procedure",
}
_NEEDED = (
    *("patient_id", "time", "day", "start_time", "start_day", "end_time"),
    *("code", "code_system", "concept", "name", "kind", "event"),
)


def read_own_tables(source: str, lookup: Lookup, options: Mapping[str, str]) -> Iterator[Chunk]:
    """Statements of a folder of tables in a source's own names.

    Concepts, drugs, devices and events keep the names of the source (`text`) and its codes (`code_system`,
    `code`); times are ISO 8601 in `time`, `start_time` and `end_time`.

    Args:
        source: the folder.
        lookup: not used; every row makes a statement.
        options: none is known.

    Raises:
        InputError: the folder, or a file in it, cannot be used.
    """
    layout = lay_out(Path(source))
    notes = layout.notes
    for file in layout.files:
        for part in raw_chunks(file, notes, window=ROWS, block=BYTES):
            yield _chunk(part, tuple(notes))


def _chunk(part: RawTable, notes: tuple[str, ...]) -> Chunk:
    rows = _named(part)
    fates = [(pl.col("patient_id").is_null(), REFUSED, NO_PATIENT)]
    if part.table == "coverage":
        fates = [(pl.lit(True), SET_ASIDE, COVERAGE)]
    elif part.table != "patients":
        time, day = ("start_time", "start_day") if part.table == "exposures" else ("time", "day")
        fates.append((pl.col(time).is_null() & pl.col(day).is_not_null(), REFUSED, BY_DAY))
    rows = rows.with_columns(
        outcome=pl.coalesce(pl.when(where).then(pl.lit(what)) for where, what, _ in fates),
        reason=pl.coalesce(pl.when(where).then(pl.lit(why)) for where, _, why in fates),
    )
    kept = rows.filter(pl.col("outcome").is_null())
    people = part.table == "patients"
    return Chunk(
        statements=conformed(kept.clear() if people else kept, STATEMENT),
        persons=conformed(kept if people else kept.clear(), PERSON),
        outcomes=pl.concat(
            [conformed(rows.filter(pl.col("outcome").is_not_null()), OUTCOME), *_by_reader(part)]
        ).with_columns(pl.col("count").fill_null(1)),
        read={part.file: part.read},
        notes=notes,
    )


def _by_reader(part: RawTable) -> list[pl.DataFrame]:
    """The rows that the reader of the files refused or set aside itself: ragged and empty ones."""
    refused = part.refusals.select("file", "row", "given", reason="expected", outcome=pl.lit(REFUSED))
    aside = part.set_aside.filter(pl.col("row").is_not_null())
    aside = aside.select("file", "row", "reason", outcome=pl.lit(SET_ASIDE))
    return [conformed(refused, OUTCOME), conformed(aside, OUTCOME)]


def _named(part: RawTable) -> pl.DataFrame:
    """The rows of a table with the columns of a statement or of a person."""
    frame = part.frame
    lacking = [name for name in _NEEDED if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in lacking)
    code = pl.concat_str(pl.col("code_system").fill_null(""), pl.col("code"), separator="|")
    codes = pl.concat_list(code).list.drop_nulls()
    if part.table == "observations":
        return frame.with_columns(codes=codes, domain=pl.lit("measurement"), text="concept", start="time")
    if part.table == "exposures":
        kind = pl.col("kind").str.to_lowercase().replace_strict(_DOMAINS, default="drug")
        return frame.with_columns(codes=codes, domain=kind, text="name", start="start_time", end="end_time")
    if part.table == "events":
        return frame.with_columns(codes=codes, domain=pl.lit("event"), text="event", start="time")
    return frame
