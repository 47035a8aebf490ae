"""What a reader has gathered so far, column-wise frames of it at the end of each chunk."""

from __future__ import annotations

from typing import Any

import polars as pl

from becalm.sources.coded.statements import (
    REFUSED,
    SET_ASIDE,
    STATEMENT,
    Chunk,
    conformed,
    outcomes,
    persons,
)
from becalm.sources.fhir.plain import Plain
from becalm.sources.fhir.words import Words

ROW = (
    "patient_id", "domain", "codes", "text", "start", "end", "value", "value_high", "comparator", "unit",
    "value_codes", "dose", "dose_unit", "rate", "rate_unit", "route", "site", "indication", "severity",
    "note", "row", "record", "doubt",
)  # fmt: skip
"""The order of a row of `Sheet.rows`: `codes` and `value_codes` by `Concept.key`."""

_CODED = ("codes", "value_codes")
_TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_PART = r"^[0-9]{4}(-[0-9]{2})?$"
_ONLY_A_PART = (
    "The time is only a year or a month; a date (2024-03-01) or an instant is expected. Give the day at its "
    "source."
)
_NO_TIME = "The time is no ISO 8601 date or instant. Write it as 2024-03-01T14:30:00+01:00."
_TREATMENTS = ("drug", "device", "procedure")


class Sheet:
    """Rows of one chunk; `file` is the file that is being read."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.file = ""
        self._clear()

    def _clear(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.persons: list[dict[str, Any]] = []
        self.read: dict[str, int] = {}
        self.notes: list[str] = []
        self._frames: list[pl.DataFrame] = []
        self._asides: dict[tuple[str, str, int], list[Any]] = {}
        self._refused: list[dict[str, Any]] = []
        self._done = 0
        self.plain = Plain(self.words)

    def open(self, file: str) -> None:
        """From here on rows are of `file`."""
        if file != self.file:
            self._settle()
            self.file = file

    def aside(self, reason: str, row: int, record: str | None, count: int = 1) -> None:
        """A resource set aside (`count` 0: a part of one that is used otherwise)."""
        entry = self._asides.setdefault((self.file, reason, min(count, 1)), [row, record, 0])
        entry[2] += count

    def refuse(
        self, reason: str, row: int, record: str | None, given: str | None = None, count: int = 1
    ) -> None:
        """A resource refused (`count` 0: a part of one that is used otherwise)."""
        shown = given if given is None or len(given) <= 200 else given[:200] + " ..."
        self._refused.append(
            {"file": self.file, "row": row, "record": record, "outcome": REFUSED, "reason": reason}
            | {"given": shown, "count": count}
        )

    @property
    def size(self) -> int:
        """Statements, persons and refused rows gathered since the last chunk."""
        return self._done + len(self.rows) + len(self.plain) + len(self.persons) + len(self._refused)

    def chunk(self) -> Chunk:
        """The chunk gathered so far; the sheet is empty afterwards."""
        self._settle()
        frames = self._frames or [pl.DataFrame(schema=dict(STATEMENT))]
        asides = [
            {
                "file": file,
                "row": row,
                "record": record,
                "outcome": SET_ASIDE,
                "reason": reason,
                "count": count,
            }
            for (file, reason, _), (row, record, count) in self._asides.items()
        ]
        made = Chunk(
            pl.concat(frames),
            persons(self.persons),
            outcomes(asides + self._refused),
            dict(self.read),
            tuple(self.notes),
        )
        self._clear()
        return made

    def _settle(self) -> None:
        """Rows of the open file into frames."""
        if len(self.plain):
            self._add(self.plain.frame())
            self.plain = Plain(self.words)
        if self.rows:
            columns: dict[str, pl.Series] = {}
            for name, cells in zip(ROW, zip(*self.rows, strict=True), strict=True):
                columns[name] = (
                    self.words.column(list(cells))
                    if name in _CODED
                    else pl.Series(cells, dtype=STATEMENT[name])
                )
            self.rows = []
            self._add(pl.DataFrame(columns))

    def _add(self, frame: pl.DataFrame) -> None:
        """A frame of the open file; rows whose times cannot be read are refused, treatments doubted."""
        good = frame.select(_is_time("start") & _is_time("end")).to_series()
        if not good.all() and "doubt" in frame.columns:
            frame = _doubted(frame)
            good = frame.select(_is_time("start") & _is_time("end")).to_series()
        if not good.all():
            self._refuse_times(frame.filter(~good), set(frame.filter(good)["row"]))
            frame = frame.filter(good)
        self._done += len(frame)
        self._frames.append(conformed(frame.with_columns(file=pl.lit(self.file)), STATEMENT))

    def _refuse_times(self, bad: pl.DataFrame, used: set[int]) -> None:
        persons_here = {one["row"] for one in self.persons if one["file"] == self.file}
        for row, record, start, end in (
            bad.unique("row", maintain_order=True).select("row", "record", "start", "end").iter_rows()
        ):
            ends = pl.Series([start, end], dtype=pl.String)
            wrong = ends.filter(~ends.str.contains(_TIME).fill_null(True)).to_list()
            reason = _ONLY_A_PART if pl.Series(wrong).str.contains(_PART).any() else _NO_TIME
            whole = 0 if row in used or row in persons_here else 1
            self.refuse(reason, row, record, ", ".join(wrong), count=whole)


def _is_time(name: str) -> pl.Expr:
    return pl.col(name).str.contains(_TIME).fill_null(True)


def _doubted(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a doubt, and without the times that cannot be read, where a treatment has such."""
    treatment = pl.col("domain").is_in(_TREATMENTS)
    part = pl.any_horizontal(pl.col(name).str.contains(_PART).fill_null(False) for name in ("start", "end"))
    reason = pl.when(part).then(pl.lit(_ONLY_A_PART)).otherwise(pl.lit(_NO_TIME))
    wrong = treatment & ~(_is_time("start") & _is_time("end"))
    return frame.with_columns(
        *(pl.when(~treatment | _is_time(name)).then(name).alias(name) for name in ("start", "end")),
        doubt=pl.coalesce("doubt", pl.when(wrong).then(reason)),
    )
