"""Numbers with units, as written: comparators, ranges and ratios apart."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from typing import NamedTuple

from msgspec import Raw

from becalm.sources.fhir.elements import Quantity, Range, Ratio
from becalm.sources.fhir.outcome import RefusedError

UCUM = "http://unitsofmeasure.org"
DIGITS = frozenset("-0123456789")
"""What a JSON number begins with."""
_SIGNS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">="}
_SIGNED = re.compile(r"\s*(<=|>=|<|>|≤|≥)\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*")


class Amount(NamedTuple):
    """A number as text, its comparator, the upper end of a range, and its unit."""

    value: str | None
    comparator: str | None = None
    high: str | None = None
    unit: str | None = None


def number(raw: Raw) -> str | None:
    """The digits of a JSON number as written; None for none.

    Raises RefusedError for another JSON value.
    """
    text = str(raw, "utf-8")
    if not text or text == "null":
        return None
    if text[0] not in DIGITS:
        raise RefusedError("A number is expected in value, without quotation marks.", text)
    return text


def unit(quantity: Quantity) -> str | None:
    """The unit: its UCUM code where it has one, else as written."""
    if quantity.system == UCUM:
        return quantity.code or quantity.unit
    return quantity.unit or quantity.code


def sign(comparator: str | None) -> str | None:
    """A comparator of FHIR R4. Raises RefusedError for another text."""
    if comparator and comparator not in _SIGNS:
        raise RefusedError(f"The comparator {comparator!r} is none of <, <=, >=, >. Correct it.", comparator)
    return _SIGNS[comparator] if comparator else None


def amount(quantity: Quantity) -> Amount:
    """A Quantity."""
    return Amount(number(quantity.value), sign(quantity.comparator), None, unit(quantity))


def span(given: Range) -> Amount:
    """A Range: two ends, or one end with a comparator."""
    low = amount(given.low) if given.low else Amount(None)
    high = amount(given.high) if given.high else Amount(None)
    if low.value and high.value and low.unit and high.unit and low.unit != high.unit:
        raise RefusedError("The two ends of the range have different units.", f"{low.unit}, {high.unit}")
    if low.comparator or high.comparator:
        raise RefusedError("An end of a range has a comparator; FHIR allows none there.")
    if low.value and high.value:
        return Amount(low.value, None, high.value, low.unit or high.unit)
    if low.value:
        return Amount(low.value, ">=", None, low.unit)
    return Amount(high.value, "<=" if high.value else None, None, high.unit)


def signed(text: str) -> tuple[str, str | None]:
    """A text such as `<5` as number and comparator; another text as it is."""
    found = _SIGNED.fullmatch(text)
    return (found[2], _SIGNS[found[1]]) if found else (text, None)


def rate(ratio: Ratio) -> tuple[str | None, str | None]:
    """A Ratio as a rate and its unit: 10 mL in 8 h is 1.25 mL/h."""
    if ratio.numerator is None or ratio.denominator is None:
        return None, None
    above, below = amount(ratio.numerator), amount(ratio.denominator)
    if above.comparator or below.comparator:
        raise RefusedError("A rate has a comparator; an exact rate is expected.", above.comparator)
    if above.value is None:
        return None, None
    bottom = Decimal(below.value or 1)
    if bottom <= 0:
        raise RefusedError("The denominator of a rate is not above zero.", below.value)
    joined = f"{above.unit or '1'}/{below.unit}" if below.unit else above.unit
    return (above.value if bottom == 1 else _quotient(Decimal(above.value), bottom)), joined


def ratio_text(ratio: Ratio) -> str | None:
    """A Ratio as a text, `1:128`, for a titre; one over 1 as its number."""
    above = amount(ratio.numerator).value if ratio.numerator else None
    below = amount(ratio.denominator).value if ratio.denominator else None
    if above is None or below is None:
        return above
    return above if below == "1" else f"{above}:{below}"


def _quotient(above: Decimal, below: Decimal) -> str:
    with localcontext() as context:
        context.prec = 15
        return f"{(above / below).normalize():f}"
