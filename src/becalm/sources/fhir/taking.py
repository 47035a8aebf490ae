"""From one decoded resource to its statements or its outcome, whatever may be wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from becalm.sources.fhir.condition import adverse_event, condition
from becalm.sources.fhir.context import Context
from becalm.sources.fhir.doubtful import doubted
from becalm.sources.fhir.encounter import encounter
from becalm.sources.fhir.links import LINKED
from becalm.sources.fhir.medication import administration, reported, request
from becalm.sources.fhir.observation import observation
from becalm.sources.fhir.outcome import AsideError, LaterError, RefusedError
from becalm.sources.fhir.person import patient
from becalm.sources.fhir.procedure import device_use, procedure
from becalm.sources.fhir.resources import (
    HEAD,
    KNOWN,
    READ,
    AdverseEvent,
    Condition,
    DeviceUseStatement,
    Encounter,
    Known,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Procedure,
)

_READERS: dict[type, Callable[[Any, int, str | None, Context], None]] = {
    Observation: observation,
    MedicationAdministration: administration,
    MedicationRequest: request,
    MedicationStatement: reported,
    Procedure: procedure,
    DeviceUseStatement: device_use,
    Encounter: encounter,
    Condition: condition,
    AdverseEvent: adverse_event,
}
BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ArithmeticError)
"""What decoding a bad resource can raise."""


class Taker:
    """Takes the resources of a source one by one.

    `later`: rows that must wait for another resource, by file. `once`: ids taken so far, where a resource may
    come twice (on two pages of a server whose data change); None where it is not looked for.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.later: dict[str, set[int]] = {}
        self.with_patients: set[str] = set()
        self.once: set[str] | None = None

    def take(self, resource: Known, row: int, url: str | None = None) -> None:
        """The statements of a resource into the sheet, or its outcome."""
        sheet = self.context.sheet
        rows = sheet.rows
        before = len(rows)
        kind = resource.__class__
        record = f"{kind.__name__}/{resource.id}" if resource.id else None
        read = _READERS.get(kind)
        try:
            if self.once is not None and record is not None:
                self._first_time(record, self.once)
            if read is not None:
                read(resource, row, record, self.context)
            else:
                self._other(resource, row, record, url)
        except AsideError as aside:
            del rows[before:]
            sheet.aside(str(aside), row, record)
        except LaterError:
            del rows[before:]
            self.later.setdefault(sheet.file, set()).add(row)
        except RefusedError as refusal:
            del rows[before:]
            self._refused(resource, refusal, row, record)
        except BROKEN as error:
            del rows[before:]
            sheet.refuse(_does_not_fit(error), row, record)

    def _refused(self, resource: Known, refusal: RefusedError, row: int, record: str | None) -> None:
        """A doubt where the resource is a treatment that may have been given, else its refusal."""
        sheet = self.context.sheet
        try:
            made = doubted(resource, refusal, row, record, self.context)
        except LaterError:
            self.later.setdefault(sheet.file, set()).add(row)
            return
        except BROKEN:
            made = None
        if made is None:
            sheet.refuse(str(refusal), row, record, refusal.given)
        else:
            sheet.rows.append(made)

    def take_raw(self, raw: bytes | msgspec.Raw, row: int, url: str | None = None) -> None:
        """The same from JSON that may be broken, of any type."""
        try:
            resource = KNOWN.decode(raw)
        except BROKEN as error:
            self.misfit(raw, row, error)
        else:
            self.take(resource, row, url)

    def misfit(self, raw: bytes | msgspec.Raw, row: int, error: Exception) -> None:
        """JSON that is no resource that becalm reads: set aside by its type, or refused."""
        sheet = self.context.sheet
        try:
            head = HEAD.decode(raw)
        except BROKEN:
            head = None
        kind = head.resource_type if head else None
        if head is None or kind is None:
            reason = (
                _does_not_fit(error) if head is None else "It has no resourceType, so it is no FHIR resource."
            )
            sheet.refuse(reason, row, None, bytes(raw)[:80].decode("utf-8", "replace"))
            return
        record = f"{kind}/{head.id}" if head.id else None
        if kind in READ:
            sheet.refuse(_does_not_fit(error), row, record)
        elif kind == "OperationOutcome":
            said = issues(raw)
            sheet.aside(f"OperationOutcome: {said}", row, record)
            sheet.notes.append(f"{sheet.file}: an OperationOutcome of the server says: {said}")
        else:
            sheet.aside(f"{kind}: this type of resource is not read.", row, record)

    def _first_time(self, record: str, once: set[str]) -> None:
        if record in once:
            raise AsideError("It came on an earlier page already.")
        once.add(record)

    def _other(self, resource: Known, row: int, record: str | None, url: str | None) -> None:
        if isinstance(resource, Patient):
            self.with_patients.add(self.context.sheet.file)
            patient(resource, row, record, self.context, url)
        elif isinstance(resource, LINKED):
            self.context.links.add(resource, url)
            raise AsideError(f"{type(resource).__name__}: read for the resources that refer to it.")


class _Issue(msgspec.Struct, gc=False):
    severity: str | None = None
    code: str | None = None
    diagnostics: str | None = None


class _OperationOutcome(msgspec.Struct, gc=False):
    issue: list[_Issue] | None = None


_OUTCOME = msgspec.json.Decoder(_OperationOutcome)


def issues(raw: bytes | msgspec.Raw) -> str:
    """What an OperationOutcome says, in one line of at most 300 characters."""
    try:
        found = _OUTCOME.decode(raw).issue or []
    except BROKEN:
        return "nothing that can be read"
    texts = [": ".join(filter(None, (one.severity, one.code, one.diagnostics))) for one in found]
    return ("; ".join(texts) or "nothing")[:300]


def _does_not_fit(error: Exception) -> str:
    said = str(error).strip().rstrip(".")
    return f"It does not fit FHIR R4: {said}. Correct it at its source."
