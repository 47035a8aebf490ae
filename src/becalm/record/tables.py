"""Raw tables: what a source hands to the checks, before any cell is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from becalm.record.names import fold
from becalm.record.report import put_aside
from becalm.record.schema import REFUSALS, SET_ASIDE, TABLES, conform, empty, typed
from becalm.record.vocabulary import Vocabulary


@dataclass(frozen=True)
class RawTable:
    """One file of one table of the folder format.

    `frame`: the known columns as stripped text (blank is null) or as `typed` leaves them, with `file` and
    `row` (1 is the first data row). `read`: rows read, those refused or set aside by the reader included.
    `refusals` and `set_aside`: what the reader itself could not use (ragged rows, empty rows, unknown
    columns).
    """

    table: str
    file: str
    frame: pl.DataFrame
    read: int
    refusals: pl.DataFrame
    set_aside: pl.DataFrame


def raw_table(
    table: str,
    file: str,
    frame: pl.DataFrame,
    *,
    rows: pl.Series | None = None,
    refusals: pl.DataFrame | None = None,
) -> RawTable:
    """A raw table from a frame of texts whose headers are already the format's.

    Typed columns become text, but for those of `becalm.record.schema.typed`. Strips cells, makes blanks null,
    sets empty rows and unknown columns aside. `rows`: the row numbers (1, 2, 3 ... where not given).
    `refusals`: rows that the reader refused and left out of `frame`; they count as read.
    """
    known = [column for column in frame.columns if column in TABLES[table].columns]
    unknown = [column for column in frame.columns if column not in known]
    numbers = rows if rows is not None else pl.int_range(1, frame.height + 1, eager=True)
    refused = refusals if refusals is not None else empty(REFUSALS)
    texts = [name for name in known if not typed(table, name, frame.schema[name])]
    stripped = frame.select(known).with_columns(pl.col(texts).cast(pl.String).str.strip_chars())
    cells = stripped.with_columns(pl.when(pl.col(texts) != "").then(pl.col(texts)).name.keep()).with_columns(
        pl.lit(file).alias("file"), numbers.cast(pl.Int64).alias("row")
    )
    blank = cells.select(pl.all_horizontal(pl.col(known).is_null())).to_series()
    reasons = [(file, None, column, f"becalm does not use this column of {table}.") for column in unknown]
    columns = pl.DataFrame(reasons, schema=dict(SET_ASIDE), orient="row")
    return RawTable(
        table=table,
        file=file,
        frame=cells.filter(~blank) if blank.any() else cells,
        read=frame.height + refused.height,
        refusals=refused,
        set_aside=pl.concat([put_aside(cells, pl.lit(blank), "", "The row is empty."), columns]),
    )


def join_parts(name: str, parts: Sequence[RawTable]) -> pl.DataFrame:
    """All rows of one table, every column of the format present as text.

    A column that may stay typed does where every part has it so.
    """
    own = [part for part in parts if part.table == name]
    schema: dict[str, pl.DataType] = {column: pl.String() for column in (*TABLES[name].columns, "file")}
    for column, dtype in own[0].frame.schema.items() if own else ():
        if typed(name, column, dtype) and all(part.frame.schema.get(column) == dtype for part in own):
            schema[column] = dtype
    schema["row"] = pl.Int64()
    return pl.concat([empty(schema), *(conform(part.frame, schema) for part in own)])


def resolve_names(texts: pl.Series, group: str, vocab: Vocabulary) -> pl.DataFrame:
    """One row for each distinct text: `text`, `name` (canonical, null when unknown), `meant`.

    `meant` is the known name nearest to an unknown one, null when nothing is near; at most 500 unknown
    texts get such a suggestion.
    """
    distinct = sorted(texts.drop_nulls().unique().to_list())
    names = [vocab.resolve(group, text) for text in distinct]
    unknown = [text for text, name in zip(distinct, names, strict=True) if name is None][:500]
    meant = {text: vocab.suggest(group, text) for text in unknown}
    return pl.DataFrame(
        {"text": distinct, "name": names, "meant": [meant.get(text) for text in distinct]},
        schema={"text": pl.String, "name": pl.String, "meant": pl.String},
    )


def fold_column(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with a free name in one spelling (lower case, underscores), null where nothing is left."""
    distinct = frame.get_column(column).drop_nulls().unique().to_list()
    names = {text: fold(text) or None for text in distinct}
    return frame.with_columns(pl.col(column).replace_strict(names, default=None, return_dtype=pl.String))
