"""Observation: one statement for its value and one for each component with a value."""

from __future__ import annotations

from msgspec import Raw

from becalm.sources.fhir.context import Context, modified
from becalm.sources.fhir.elements import NONE
from becalm.sources.fhir.outcome import AsideError, RefusedError, unusable
from becalm.sources.fhir.quantities import DIGITS, Amount, amount, ratio_text, sign, signed, span, unit
from becalm.sources.fhir.resources import Component, Observation
from becalm.sources.fhir.statuses import OBSERVATION


def observation(one: Observation, row: int, record: str | None, context: Context) -> None:
    """The statements of an Observation; parts without a value are set aside."""
    if one.status not in OBSERVATION.used:
        raise unusable("Observation", one.status, OBSERVATION)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    words = context.words
    patient = context.patients.of(one.subject)
    start, end = one.effective_date_time, None
    if start is None:
        start, end = _when(one)
    site = note = None
    if one.body_site is not NONE:
        site = words.concept(one.body_site).known
    if one.method is not NONE:
        method = words.concept(one.method).text
        note = f"method: {method}" if method else None
    quantity = one.value_quantity
    if quantity is not None and one.component is None and one.data_absent_reason is NONE:
        # The usual case, kept short: most of a record is plain numbers.
        value = str(quantity.value, "utf-8")
        if value and value[0] in DIGITS:
            key, text, _, _ = words.concept(one.code)
            context.sheet.rows.append((
                patient, "measurement", key, text, start, end, value, None,
                sign(quantity.comparator) if quantity.comparator else None, unit(quantity),
                0, None, None, None, None, None, site, None, None, note, row, record, None,
            ))  # fmt: skip
            return
    _general(one, (patient, start, end, site, note, row, record), context)


def _general(
    one: Observation,
    known: tuple[str, str | None, str | None, str | None, str | None, int, str | None],
    context: Context,
) -> None:
    """Any Observation: its own value, then its components."""
    patient, start, end, site, note, row, record = known
    sheet, words = context.sheet, context.words
    before = len(sheet.rows)
    parts: list[Observation | Component] = [one, *(one.component or ())]
    empty: list[str] = []
    own = ""
    for part in parts:
        try:
            read = _value(part, context)
        except RefusedError as refusal:
            if len(parts) == 1:
                raise
            sheet.refuse(f"A part of it: {refusal}", row, record, refusal.given, count=0)
            continue
        if isinstance(read, str):
            if part is one:
                own = read
            else:
                empty.append(read)
            continue
        domain, (value, comparator, high, unit_given), coded = read
        key, text, _, _ = words.concept(part.code)
        sheet.rows.append((
            patient, domain, key, text, start, end, value, high, comparator, unit_given,
            coded, None, None, None, None, None, site, None, None, note, row, record, None,
        ))  # fmt: skip
    if len(sheet.rows) > before:
        for reason in empty:
            sheet.aside(f"A part of an Observation: {reason}", row, record, count=0)
        return
    if one.has_member is not NONE and one.data_absent_reason is NONE:
        raise AsideError("Observation that is a panel (hasMember): its members carry the values.")
    if not (empty or own):
        raise RefusedError("None of its values can be read.")
    raise AsideError(f"Observation with {empty[0] if empty else own}")


def _value(part: Observation | Component, context: Context) -> tuple[str, Amount, int] | str:
    """The domain, the value and the codes of the value; or why there is none."""
    if part.data_absent_reason is not NONE:
        reason = context.words.concept(part.data_absent_reason)
        return f"no value: {reason.first or reason.text or 'dataAbsentReason'}."
    if part.value_codeable_concept is not NONE:
        return _coded(part.value_codeable_concept, context)
    number = _number(part)
    if number is not None:
        return ("measurement", number, 0) if number.value is not None else "no value: its value[x] is empty."
    text = _text(part)
    if text is not None:
        return ("observation", Amount(*signed(text)), 0) if text.strip() else "no value: its text is blank."
    if part.value_sampled_data is not NONE:
        return "no single value: a waveform (valueSampledData)."
    return "no value: value[x] and dataAbsentReason are both absent."


def _number(part: Observation | Component) -> Amount | None:
    """A value that is a number, perhaps empty; None where the value is of another kind."""
    if part.value_quantity is not None:
        return amount(part.value_quantity)
    if part.value_integer is not None:
        return Amount(str(part.value_integer))
    if part.value_range is not None:
        return span(part.value_range)
    if part.value_ratio is not None:
        return Amount(ratio_text(part.value_ratio))
    return None


def _text(part: Observation | Component) -> str | None:
    """A value that is a text, a yes or no, or a time."""
    if part.value_string is not None:
        return part.value_string
    if part.value_boolean is not None:
        return "true" if part.value_boolean else "false"
    if part.value_period is not None:
        return part.value_period.start
    return part.value_date_time or part.value_time


def _coded(raw: Raw, context: Context) -> tuple[str, Amount, int] | str:
    value = context.words.concept(raw)
    shown = value.text or value.first
    if shown is None:
        return "no value: its coded value is empty."
    return "observation", Amount(*signed(shown)), value.key


def _when(one: Observation) -> tuple[str | None, str | None]:
    """effectivePeriod, effectiveInstant or an effectiveTiming of one moment."""
    if one.effective_period is not None:
        return one.effective_period.start or one.effective_period.end, one.effective_period.end
    if one.effective_instant is not None:
        return one.effective_instant, None
    if one.effective_timing is not None:
        events = one.effective_timing.event or []
        if len(events) != 1:
            raise RefusedError(
                "Its effectiveTiming is not one moment; effectiveDateTime is expected.", str(events)
            )
        return events[0], None
    return None, None
