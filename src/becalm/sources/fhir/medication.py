"""Drugs: administrations become doses; requests and statements are intent and report, never doses."""

from __future__ import annotations

from becalm.sources.fhir.context import Context, modified, statement, times
from becalm.sources.fhir.elements import NONE, Quantity
from becalm.sources.fhir.outcome import AsideError, RefusedError, unusable
from becalm.sources.fhir.quantities import amount, rate
from becalm.sources.fhir.resources import (
    Dosage,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from becalm.sources.fhir.statuses import ADMINISTRATION, REQUEST, STATEMENT
from becalm.sources.fhir.words import Concept

Medicated = MedicationAdministration | MedicationRequest | MedicationStatement

_GOING_ON = ("in-progress", "on-hold")


def administration(one: MedicationAdministration, row: int, record: str | None, context: Context) -> None:
    """A dose or an infusion that was given, or is being given at a rate."""
    if one.status not in ADMINISTRATION.used:
        raise unusable("MedicationAdministration", one.status, ADMINISTRATION)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    patient, drug = context.patients.of(one.subject), drug_of(one, context)
    start, end = times(one.effective_date_time, one.effective_period)
    dose = dose_unit = speed = speed_unit = route = note = None
    dosage = one.dosage
    if dosage is not None:
        if dosage.dose is not None:
            dose, dose_unit = _dose(dosage.dose)
        if dosage.rate_quantity is not None or dosage.rate_ratio is not None:
            speed, speed_unit = _rate(dosage)
        route = context.words.concept(dosage.route).known
        note = f"dosage: {dosage.text}" if dosage.text else None
    going_on = one.status in _GOING_ON and one.effective_period is not None
    if going_on and start and not end and speed is None:
        raise RefusedError(
            f"It has the status {one.status} and a start, and neither an end nor a rate, so it is not known "
            "what was given. Give its rate, or its end.",
            start,
        )
    if one.status == "on-hold":
        note = "; ".join(filter(None, (note, "status on-hold")))
    indication = None if one.reason_code is NONE else context.words.listed(one.reason_code).known
    context.sheet.rows.append((
        patient, "drug", drug.key, drug.text, start, end, None, None, None, None, 0, dose, dose_unit, speed,
        speed_unit, route, None, indication, None, note, row, record, None,
    ))  # fmt: skip


def request(one: MedicationRequest, row: int, record: str | None, context: Context) -> None:
    """A prescription: an order."""
    if one.status not in REQUEST.used:
        raise unusable("MedicationRequest", one.status, REQUEST)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    if one.do_not_perform:
        raise AsideError("MedicationRequest with doNotPerform: it asks for a drug not to be given.")
    _order(one, (one.authored_on, None), row, record, context, f"{one.intent or 'intent not given'}")


def reported(one: MedicationStatement, row: int, record: str | None, context: Context) -> None:
    """A drug that somebody says was taken: counted with the orders, since no dose was seen given."""
    if one.status not in STATEMENT.used:
        raise unusable("MedicationStatement", one.status, STATEMENT)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    moments = times(one.effective_date_time, one.effective_period)
    _order(one, moments, row, record, context, "reported, not administered")


def _order(
    one: MedicationRequest | MedicationStatement,
    moments: tuple[str | None, str | None],
    row: int,
    record: str | None,
    context: Context,
    note: str,
) -> None:
    patient, drug = context.patients.of(one.subject), drug_of(one, context)
    reason = context.words.listed(one.reason_code)
    context.sheet.rows.append(
        statement(
            patient, "order", drug.key, row, record, text=drug.text, start=moments[0], end=moments[1],
            indication=reason.known, note=f"{note}; status {one.status}",
        )
    )  # fmt: skip


def drug_of(one: Medicated, context: Context) -> Concept:
    """The drug that a resource names, itself or by a reference. Raises RefusedError where it names none."""
    concept = context.words.concept(one.medication_codeable_concept)
    if one.medication_reference is not NONE:
        concept = context.links.of(one.medication_reference, one.contained)
    if not (concept.key or concept.text):
        raise RefusedError("It names no drug: medicationCodeableConcept or medicationReference is expected.")
    return concept


def _dose(dose: Quantity) -> tuple[str | None, str | None]:
    found = amount(dose)
    if found.comparator:
        raise RefusedError("A dose has a comparator; an exact dose is expected.", found.comparator)
    return found.value, found.unit


def _rate(dosage: Dosage) -> tuple[str | None, str | None]:
    if dosage.rate_ratio is not None:
        return rate(dosage.rate_ratio)
    if dosage.rate_quantity is None:
        return None, None
    found = amount(dosage.rate_quantity)
    if found.comparator:
        raise RefusedError("A rate has a comparator; an exact rate is expected.", found.comparator)
    return found.value, found.unit
