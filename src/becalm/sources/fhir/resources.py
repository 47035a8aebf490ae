"""The resources of FHIR R4 that make statements, as typed structures, and their decoders."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from becalm.sources.fhir.elements import (
    NONE,
    Element,
    Extension,
    Identifier,
    Period,
    Quantity,
    Range,
    Ratio,
    Timing,
)


class Resource(Element, tag_field="resourceType"):
    """What all resources share. `modifier_extension` can turn a meaning round, so it is never passed over."""

    id: str | None = None
    modifier_extension: list[Extension] | None = None
    contained: Raw = NONE


class Patient(Resource, tag=True):
    """A person."""

    identifier: list[Identifier] | None = None
    birth_date: str | None = None
    gender: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Component(Element):
    """One of several values of an observation, such as the systolic of a blood pressure."""

    code: Raw = NONE
    value_quantity: Quantity | None = None
    value_codeable_concept: Raw = NONE
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: Raw = NONE
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    data_absent_reason: Raw = NONE


class Observation(Resource, tag=True):
    """A reading."""

    status: str | None = None
    code: Raw = NONE
    subject: Raw = NONE
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    effective_timing: Timing | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Raw = NONE
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: Raw = NONE
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    data_absent_reason: Raw = NONE
    body_site: Raw = NONE
    method: Raw = NONE
    component: list[Component] | None = None
    has_member: Raw = NONE


class Dosage(Element):
    """How much was given, by what route."""

    text: str | None = None
    route: Raw = NONE
    dose: Quantity | None = None
    rate_quantity: Quantity | None = None
    rate_ratio: Ratio | None = None


class MedicationAdministration(Resource, tag=True):
    """A drug given."""

    status: str | None = None
    medication_codeable_concept: Raw = NONE
    medication_reference: Raw = NONE
    subject: Raw = NONE
    effective_date_time: str | None = None
    effective_period: Period | None = None
    dosage: Dosage | None = None
    reason_code: Raw = NONE


class MedicationRequest(Resource, tag=True):
    """A prescription."""

    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: Raw = NONE
    medication_reference: Raw = NONE
    subject: Raw = NONE
    authored_on: str | None = None
    reason_code: Raw = NONE


class MedicationStatement(Resource, tag=True):
    """A drug that somebody says is or was taken."""

    status: str | None = None
    medication_codeable_concept: Raw = NONE
    medication_reference: Raw = NONE
    subject: Raw = NONE
    effective_date_time: str | None = None
    effective_period: Period | None = None
    reason_code: Raw = NONE


class Procedure(Resource, tag=True):
    """A procedure."""

    status: str | None = None
    code: Raw = NONE
    subject: Raw = NONE
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: Raw = NONE
    performed_age: Raw = NONE
    performed_range: Raw = NONE
    body_site: Raw = NONE
    reason_code: Raw = NONE


class DeviceUseStatement(Resource, tag=True):
    """A device in use (the R4 name of DeviceUse)."""

    status: str | None = None
    subject: Raw = NONE
    timing_timing: Timing | None = None
    timing_period: Period | None = None
    timing_date_time: str | None = None
    device: Raw = NONE
    reason_code: Raw = NONE
    body_site: Raw = NONE


class EncounterLocation(Element):
    """A place of a stay, with its own time."""

    location: Raw = NONE
    status: str | None = None
    physical_type: Raw = NONE
    period: Period | None = None


class Encounter(Resource, tag=True):
    """A contact or stay."""

    status: str | None = None
    encounter_class: Raw = msgspec.field(default=NONE, name="class")
    type: Raw = NONE
    subject: Raw = NONE
    period: Period | None = None
    location: list[EncounterLocation] | None = None


class Condition(Resource, tag=True):
    """A diagnosis."""

    clinical_status: Raw = NONE
    verification_status: Raw = NONE
    severity: Raw = NONE
    code: Raw = NONE
    body_site: Raw = NONE
    subject: Raw = NONE
    onset_date_time: str | None = None
    onset_period: Period | None = None
    onset_age: Raw = NONE
    onset_range: Raw = NONE
    onset_string: Raw = NONE
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    recorded_date: str | None = None


class AdverseEvent(Resource, tag=True):
    """An adverse event."""

    actuality: str | None = None
    event: Raw = NONE
    subject: Raw = NONE
    date: str | None = None
    detected: str | None = None
    severity: Raw = NONE
    outcome: Raw = NONE
    extension: list[Extension] | None = None


class Medication(Resource, tag=True):
    """A drug that other resources refer to."""

    code: Raw = NONE


class Device(Resource, tag=True):
    """A device that other resources refer to."""

    type: Raw = NONE


class Location(Resource, tag=True):
    """A place that other resources refer to."""

    type: Raw = NONE
    physical_type: Raw = NONE
    name: str | None = None


Known = (
    Observation
    | MedicationAdministration
    | MedicationRequest
    | MedicationStatement
    | Procedure
    | DeviceUseStatement
    | Encounter
    | Condition
    | AdverseEvent
    | Patient
    | Medication
    | Device
    | Location
)
"""A resource that is read."""


class Head(msgspec.Struct, rename="camel", gc=False):
    """What tells one resource from another."""

    resource_type: str | None = None
    id: str | None = None


class Entry(msgspec.Struct, rename="camel", gc=False):
    """One entry of a Bundle."""

    full_url: str | None = None
    resource: Raw = NONE


class Link(msgspec.Struct, gc=False):
    """A link of a Bundle, such as to its next page."""

    relation: str = ""
    url: str = ""


class Bundle(msgspec.Struct, rename="camel", gc=False):
    """A Bundle whose entries are still raw: one bad entry must not reject the others."""

    resource_type: str | None = None
    type: str | None = None
    total: int | None = None
    entry: list[Raw] | None = None
    link: list[Link] | None = None


KNOWN = msgspec.json.Decoder(Known)
HEAD = msgspec.json.Decoder(Head)
ENTRY = msgspec.json.Decoder(Entry)
BUNDLE = msgspec.json.Decoder(Bundle)
CONTAINED = msgspec.json.Decoder(list[Raw])
RAWS = msgspec.json.Decoder(list[Raw])
READ = tuple(kind.__name__ for kind in Known.__args__)
"""The types of resource that are read."""
