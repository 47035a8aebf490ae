"""The usual Observation, a plain number or components that are, column by column: most records are these.

What is decided here is what `becalm.sources.fhir.observation` decides, for the case that needs no thought;
any other resource is left to `Taker.take`. A test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import polars as pl
from msgspec import Raw

from becalm.sources.fhir.elements import NONE, Quantity
from becalm.sources.fhir.outcome import AsideError, LaterError, RefusedError
from becalm.sources.fhir.patients import Patients
from becalm.sources.fhir.quantities import DIGITS, UCUM
from becalm.sources.fhir.resources import Known, Observation
from becalm.sources.fhir.statuses import OBSERVATION
from becalm.sources.fhir.words import Concept, Words

_NOT_PLAIN = -1
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Plain:
    """Columns of the plain observations of one file."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._concepts: list[Concept] = []
        self._index: dict[bytes, int] = {}
        self._patients: list[str] = []
        self._codes: list[int] = []
        self._starts: list[str | None] = []
        self._values: list[str] = []
        self._units: list[str | None] = []
        self._rows: list[int] = []
        self._ids: list[str | None] = []

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, resources: Sequence[Known], row: int, patients: Patients) -> list[tuple[int, Known]]:
        """Takes those that are plain; the others, each with its row, are for `Taker.take`.

        Args:
            resources: in the order of the file.
            row: the number of the row before the first.
            patients: whom a subject refers to.
        """
        others: list[tuple[int, Known]] = []
        index, digits, used, known = self._index, DIGITS, OBSERVATION.used, patients.seen
        add_patient, add_code, add_start = self._patients.append, self._codes.append, self._starts.append
        add_value, add_unit = self._values.append, self._units.append
        add_row, add_id = self._rows.append, self._ids.append
        for one in resources:
            row += 1
            if (
                one.__class__ is Observation
                and one.status in used
                and one.body_site is NONE
                and one.method is NONE
                and one.data_absent_reason is NONE
                and one.effective_date_time is not None
                and one.modifier_extension is None
                and (patient := known.get(bytes(one.subject)) or _patient(one.subject, patients))
            ):
                quantity = one.value_quantity
                if quantity is not None and one.component is None and quantity.comparator is None:
                    raw = bytes(one.code)
                    code = index[raw] if raw in index else self._learn(raw)
                    value = str(quantity.value, "utf-8")
                    if code >= 0 and value and value[0] in digits:
                        add_patient(patient)
                        add_code(code)
                        add_start(one.effective_date_time)
                        add_value(value)
                        unit = quantity.code
                        add_unit(unit if unit and quantity.system == UCUM else _unit(quantity))
                        add_row(row)
                        add_id(one.id)
                        continue
                elif quantity is None and one.component and (parts := self._parts(one)):
                    for code, value, unit in parts:
                        add_patient(patient)
                        add_code(code)
                        add_start(one.effective_date_time)
                        add_value(value)
                        add_unit(unit)
                        add_row(row)
                        add_id(one.id)
                    continue
            others.append((row, one))
        return others

    def frame(self) -> pl.DataFrame:
        """The columns as a frame with some of the columns of STATEMENT."""
        codes = pl.Series(self._codes, dtype=pl.UInt32)
        texts = pl.Series([one.text for one in self._concepts], dtype=pl.String)
        return pl.DataFrame(
            {
                "patient_id": pl.Series(self._patients, dtype=pl.String),
                "codes": self._words.column([one.key for one in self._concepts]).gather(codes),
                "text": texts.gather(codes),
                "start": pl.Series(self._starts, dtype=pl.String),
                "value": pl.Series(self._values, dtype=pl.String),
                "unit": pl.Series(self._units, dtype=pl.String),
                "row": pl.Series(self._rows, dtype=pl.Int64),
                "record": pl.Series(self._ids, dtype=pl.String),
            }
        ).with_columns(
            domain=pl.lit("measurement"),
            end=pl.lit(None, dtype=pl.String),
            record="Observation/" + pl.col("record"),
        )

    def _parts(self, one: Observation) -> list[tuple[int, str, str | None]] | None:
        """Code, value and unit of each component, or None where not all are plain."""
        if _has_value(one):
            return None
        found = []
        index = self._index
        for part in one.component or ():
            quantity = part.value_quantity
            if quantity is None or quantity.comparator is not None or part.data_absent_reason is not NONE:
                return None
            raw = bytes(part.code)
            code = index[raw] if raw in index else self._learn(raw)
            value = str(quantity.value, "utf-8")
            if code < 0 or not value or value[0] not in DIGITS:
                return None
            unit = quantity.code
            found.append((code, value, unit if unit and quantity.system == UCUM else _unit(quantity)))
        return found

    def _learn(self, raw: bytes) -> int:
        try:
            concept = self._words.concept(Raw(raw))
        except _BROKEN:
            return _NOT_PLAIN
        self._index[raw] = len(self._concepts)
        self._concepts.append(concept)
        return self._index[raw]


def _patient(subject: Raw, patients: Patients) -> str | None:
    try:
        return patients.of(subject)
    except (AsideError, LaterError, RefusedError, *_BROKEN):
        return None


def _has_value(one: Observation) -> bool:
    """Whether an observation without a quantity has another value of its own."""
    return (
        one.value_codeable_concept is not NONE
        or one.value_string is not None
        or one.value_integer is not None
        or one.value_boolean is not None
        or one.value_range is not None
        or one.value_ratio is not None
        or one.value_date_time is not None
        or one.value_time is not None
        or one.value_period is not None
        or one.value_sampled_data is not NONE
    )


def _unit(quantity: Quantity) -> str | None:
    return (quantity.code or quantity.unit) if quantity.system == UCUM else (quantity.unit or quantity.code)
