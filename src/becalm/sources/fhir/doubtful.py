"""Treatments that cannot be read, and may have been given: to leave them out would read as not given."""

from __future__ import annotations

from typing import Any

from becalm.sources.fhir.context import Context, statement, times
from becalm.sources.fhir.medication import drug_of
from becalm.sources.fhir.outcome import AsideError, RefusedError
from becalm.sources.fhir.resources import DeviceUseStatement, Known, MedicationAdministration, Procedure
from becalm.sources.fhir.statuses import NOT_GIVEN

_TREATMENTS = (MedicationAdministration, Procedure, DeviceUseStatement)
_MOST_SHOWN = 200


def doubted(
    one: Known, refusal: RefusedError, row: int, record: str | None, context: Context
) -> tuple[Any, ...] | None:
    """A row of `Sheet.rows` whose `doubt` is why the resource was refused; its note is the part that decided.

    None where the resource is no treatment, does not tell of whom or of what it is, or has a status that says
    that nothing was given. Raises LaterError as `Patients.of` does.
    """
    if not isinstance(one, _TREATMENTS) or one.status in NOT_GIVEN:
        return None
    try:
        if isinstance(one, MedicationAdministration):
            domain, code = "drug", drug_of(one, context)
            start, end = times(one.effective_date_time, one.effective_period)
        elif isinstance(one, Procedure):
            domain, code = "procedure", context.words.concept(one.code)
            start, end = times(one.performed_date_time, one.performed_period)
        else:
            domain, code = "device", context.links.of(one.device, one.contained)
            start, end = times(one.timing_date_time, one.timing_period)
        patient = context.patients.of(one.subject)
    except (AsideError, RefusedError):
        return None
    if not (code.key or code.text):
        return None
    note = f"refused for: {refusal.given[:_MOST_SHOWN]}" if refusal.given else None
    return statement(
        patient, domain, code.key, row, record, text=code.text, start=start, end=end, note=note,
        doubt=str(refusal),
    )  # fmt: skip
