"""Procedure and DeviceUseStatement: what was done, and what was in use."""

from __future__ import annotations

from becalm.sources.fhir.context import Context, modified, statement, times
from becalm.sources.fhir.elements import NONE
from becalm.sources.fhir.outcome import RefusedError, unusable
from becalm.sources.fhir.resources import DeviceUseStatement, Procedure
from becalm.sources.fhir.statuses import DEVICE_USE, PROCEDURE


def procedure(one: Procedure, row: int, record: str | None, context: Context) -> None:
    """A procedure."""
    if one.status not in PROCEDURE.used:
        raise unusable("Procedure", one.status, PROCEDURE)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    patient, code = context.patients.of(one.subject), context.words.concept(one.code)
    for given in (one.performed_string, one.performed_age, one.performed_range):
        if given is not NONE:
            raise RefusedError(
                "Its time is a text or an age; performedDateTime or performedPeriod is expected.",
                str(given, "utf-8"),
            )
    start, end = times(one.performed_date_time, one.performed_period)
    note = f"status {one.status}" if one.status in ("stopped", "on-hold") else None
    context.sheet.rows.append(
        statement(
            patient, "procedure", code.key, row, record, text=code.text, start=start, end=end, note=note,
            site=context.words.listed(one.body_site).known,
            indication=context.words.listed(one.reason_code).known,
        )
    )  # fmt: skip


def device_use(one: DeviceUseStatement, row: int, record: str | None, context: Context) -> None:
    """A device in use, by the type of its Device."""
    if one.status not in DEVICE_USE.used:
        raise unusable("DeviceUseStatement", one.status, DEVICE_USE)
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    patient, device = context.patients.of(one.subject), context.links.of(one.device, one.contained)
    if not (device.key or device.text):
        raise RefusedError("It names no device: a reference to a Device is expected.")
    site = context.words.concept(one.body_site).known
    reason = context.words.listed(one.reason_code).known
    for start, end in _moments(one):
        context.sheet.rows.append(
            statement(
                patient,
                "device",
                device.key,
                row,
                record,
                text=device.text,
                start=start,
                end=end,
                site=site,
                indication=reason,
            )
        )


def _moments(one: DeviceUseStatement) -> list[tuple[str | None, str | None]]:
    timing = one.timing_timing
    if timing is None:
        return [times(one.timing_date_time, one.timing_period)]
    if timing.event:
        return [(moment, None) for moment in timing.event]
    bounds = timing.repeat.bounds_period if timing.repeat else None
    if bounds is None:
        raise RefusedError("Its timing has neither events nor a period as bounds; timingPeriod is expected.")
    return [(bounds.start, bounds.end)]
