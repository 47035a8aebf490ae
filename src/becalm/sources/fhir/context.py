"""What the readers of the resources share: the words, patients and links of a source, and the open sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from becalm.sources.coded.lookup import Lookup
from becalm.sources.fhir.elements import Extension, Period
from becalm.sources.fhir.links import Links
from becalm.sources.fhir.outcome import RefusedError
from becalm.sources.fhir.patients import Patients
from becalm.sources.fhir.sheet import Sheet
from becalm.sources.fhir.words import Words


@dataclass(frozen=True)
class Context:
    """The state of reading one source."""

    words: Words
    patients: Patients
    links: Links
    sheet: Sheet

    @classmethod
    def of(cls, lookup: Lookup) -> Context:
        """An empty context."""
        words = Words(lookup)
        return cls(words, Patients(), Links(words), Sheet(words))


def times(moment: str | None, period: Period | None) -> tuple[str | None, str | None]:
    """`[x]DateTime` or `[x]Period` as start and end."""
    if moment is not None:
        return moment, None
    return (period.start, period.end) if period else (None, None)


def statement(
    patient_id: str,
    domain: str,
    codes: int,
    row: int,
    record: str | None,
    *,
    text: str | None = None,
    start: str | None = None,
    end: str | None = None,
    value: str | None = None,
    value_codes: int = 0,
    dose: str | None = None,
    dose_unit: str | None = None,
    rate: str | None = None,
    rate_unit: str | None = None,
    route: str | None = None,
    site: str | None = None,
    indication: str | None = None,
    severity: str | None = None,
    note: str | None = None,
    doubt: str | None = None,
) -> tuple[Any, ...]:
    """A row of `Sheet.rows` for resources that are no observations."""
    return (
        patient_id, domain, codes, text, start, end, value, None, None, None, value_codes, dose, dose_unit,
        rate, rate_unit, route, site, indication, severity, note, row, record, doubt,
    )  # fmt: skip


def modified(extensions: list[Extension]) -> RefusedError:
    """What to raise for a resource with a modifier extension."""
    urls = ", ".join(one.url for one in extensions)
    return RefusedError(
        "It has a modifierExtension that becalm does not know and that may turn its meaning round. Leave the "
        "resource out, or ask for the extension to be read.",
        urls,
    )
