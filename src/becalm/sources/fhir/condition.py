"""Condition and AdverseEvent: diagnoses and events, with grade, severity and place where they are given."""

from __future__ import annotations

import re

from becalm.sources.fhir.context import Context, modified, statement
from becalm.sources.fhir.elements import NONE, Extension
from becalm.sources.fhir.outcome import AsideError, RefusedError, unusable
from becalm.sources.fhir.resources import AdverseEvent, Condition
from becalm.sources.fhir.statuses import ACTUALITY

_NOT_SO = frozenset({"refuted", "entered-in-error"})
_SURE = "confirmed"
_GRADE_URL = re.compile(r"ctc.*grade", re.IGNORECASE)
_CTCAE = re.compile(r"ctc", re.IGNORECASE)
_GRADE = re.compile(r"(?:grade\s*)?([0-5])", re.IGNORECASE)


def condition(one: Condition, row: int, record: str | None, context: Context) -> None:
    """A diagnosis: from its onset, else from when it was recorded."""
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    words = context.words
    verified = words.concept(one.verification_status).first
    if verified in _NOT_SO:
        raise AsideError(f"Condition with verificationStatus {verified}: it says of nothing that happened.")
    patient, code = context.patients.of(one.subject), words.concept(one.code)
    start, end, notes = _times(one)
    if verified and verified != _SURE:
        notes.append(f"verificationStatus {verified}")
    state = words.concept(one.clinical_status).first
    if state:
        notes.append(f"clinicalStatus {state}")
    context.sheet.rows.append(
        statement(
            patient, "condition", code.key, row, record, text=code.text, start=start, end=end,
            site=words.listed(one.body_site).known, severity=words.concept(one.severity).known,
            note="; ".join(notes) or None,
        )
    )  # fmt: skip


def _times(one: Condition) -> tuple[str | None, str | None, list[str]]:
    start = end = None
    notes: list[str] = []
    if one.onset_date_time is not None:
        start = one.onset_date_time
    elif one.onset_period is not None:
        start, end = one.onset_period.start, one.onset_period.end
    elif any(given is not NONE for given in (one.onset_age, one.onset_range, one.onset_string)):
        raise RefusedError("Its onset is a text or an age; onsetDateTime or onsetPeriod is expected.")
    elif one.recorded_date is not None:
        start = one.recorded_date
        notes.append("no onset given: the time is that of recording")
    if one.abatement_date_time is not None:
        end = one.abatement_date_time
    elif one.abatement_period is not None:
        end = one.abatement_period.end or one.abatement_period.start
    return start, end, notes


def adverse_event(one: AdverseEvent, row: int, record: str | None, context: Context) -> None:
    """An adverse event; its value is a CTCAE grade where one is given."""
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    if one.actuality != "actual":
        raise unusable("AdverseEvent", one.actuality, ACTUALITY)
    words = context.words
    patient, code = context.patients.of(one.subject), words.concept(one.event)
    severity, outcome = words.concept(one.severity), words.concept(one.outcome)
    grade = _extension_grade(one.extension or [])
    if grade is None:
        graded = [given.rpartition("|") for given in words.codes(severity)]
        grade = next((_grade(value) for system, _, value in graded if _CTCAE.search(system)), None)
    notes = [f"outcome: {outcome.text or outcome.first}"] if outcome.text or outcome.first else []
    if one.date is None and one.detected:
        notes.append("no date given: the time is that of detection")
    context.sheet.rows.append(
        statement(
            patient, "adverse_event", code.key, row, record, text=code.text, start=one.date or one.detected,
            value=grade, value_codes=severity.key, severity=severity.known, note="; ".join(notes) or None,
        )
    )  # fmt: skip


def _extension_grade(extensions: list[Extension]) -> str | None:
    for one in extensions:
        if not _GRADE_URL.search(one.url):
            continue
        concept = one.value_codeable_concept
        codings = [one.value_coding, *((concept.coding or []) if concept else [])]
        given = [one.value_code, one.value_string, *(coding.code for coding in codings if coding)]
        if one.value_integer is not None:
            given.append(str(one.value_integer))
        found = next(filter(None, map(_grade, filter(None, given))), None)
        if found:
            return found
    return None


def _grade(text: str) -> str | None:
    found = _GRADE.fullmatch(text.strip())
    return found[1] if found else None
