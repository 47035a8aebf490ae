"""The data types of FHIR R4 that resources are made of: only the fields that statements need.

Fields that repeat literally (codes, references) stay `Raw` JSON, are read once for each distinct text and
remembered; a number stays `Raw`, so that 1.10 is passed on as 1.10.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

NONE = Raw()
"""The default of a raw field: absent."""


class Element(msgspec.Struct, rename="camel", gc=False):
    """What all data types share: names as FHIR writes them, unknown fields passed over."""


class Period(Element):
    """A time from `start` to `end`; one may be lacking."""

    start: str | None = None
    end: str | None = None


class Quantity(Element):
    """A number with its unit."""

    value: Raw = NONE
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Element):
    """Two ends, one of which may be open."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element):
    """One quantity for another: a rate, a titre."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Coding(Element):
    """A code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    """Codes of one meaning, and its text."""

    coding: list[Coding] | None = None
    text: str | None = None


class Identifier(Element):
    """A business identifier."""

    system: str | None = None
    value: str | None = None


class Reference(Element):
    """A link to another resource: literal, by identifier, or by its name alone."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Repeat(Element):
    """The bounds of a Timing."""

    bounds_period: Period | None = None


class Timing(Element):
    """When something happened repeatedly."""

    event: list[str] | None = None
    repeat: Repeat | None = None


class Extension(Element):
    """An extension, with the types of value that carry a grade."""

    url: str = ""
    value_integer: int | None = None
    value_code: str | None = None
    value_string: str | None = None
    value_coding: Coding | None = None
    value_codeable_concept: CodeableConcept | None = None


_CODEABLE_CONCEPT = msgspec.json.Decoder(CodeableConcept)
_CODING = msgspec.json.Decoder(Coding)
_REFERENCE = msgspec.json.Decoder(Reference)


def codeable_concept(raw: bytes) -> CodeableConcept:
    """A CodeableConcept from its JSON."""
    return _CODEABLE_CONCEPT.decode(raw)


def coding(raw: bytes) -> CodeableConcept:
    """A CodeableConcept from the JSON of one Coding."""
    return CodeableConcept([_CODING.decode(raw)], None)


def reference(raw: bytes) -> Reference:
    """A Reference from its JSON."""
    return _REFERENCE.decode(raw)
