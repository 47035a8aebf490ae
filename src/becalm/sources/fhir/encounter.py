"""Encounter: the stay by its class and type, and each place of it that has a name or a code."""

from __future__ import annotations

from becalm.sources.fhir.context import Context, modified, statement
from becalm.sources.fhir.outcome import RefusedError, unusable
from becalm.sources.fhir.resources import Encounter, EncounterLocation
from becalm.sources.fhir.statuses import ENCOUNTER
from becalm.sources.fhir.words import NOTHING, Concept

_PLACE_NOT_USED = frozenset({"planned", "reserved"})


def encounter(one: Encounter, row: int, record: str | None, context: Context) -> None:
    """The stay itself (its class, then its types as codes), then its places with their own times."""
    if one.status not in ENCOUNTER.used:
        raise unusable("Encounter", one.status, ENCOUNTER)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    patient = context.patients.of(one.subject)
    places = [(place, _found(place, one, context)) for place in one.location or ()]
    code, kind = context.words.coding(one.encounter_class), context.words.listed(one.type)
    both = context.words.together(code, kind)
    start, end = (one.period.start, one.period.end) if one.period else (None, None)
    rows = context.sheet.rows
    rows.append(
        statement(patient, "visit", both.key, row, record, text=kind.text or code.text, start=start, end=end)
    )
    for place, found in places:
        if isinstance(found, RefusedError):
            context.sheet.refuse(f"A location of it: {found}", row, record, found.given, count=0)
        elif found.key or found.text:
            period = place.period or one.period
            start, end = (period.start, period.end) if period else (None, None)
            rows.append(
                statement(patient, "visit", found.key, row, record, text=found.text, start=start, end=end)
            )


def _found(place: EncounterLocation, one: Encounter, context: Context) -> Concept | RefusedError:
    """What a place is; one that cannot be told leaves the stay as it is."""
    if place.status in _PLACE_NOT_USED:
        return NOTHING
    try:
        return context.links.of(place.location, one.contained)
    except RefusedError as refusal:
        return refusal
