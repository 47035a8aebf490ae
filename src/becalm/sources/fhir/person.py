"""Patient: a person, and the death where one is stated."""

from __future__ import annotations

from becalm.sources.fhir.context import Context, modified, statement
from becalm.sources.fhir.outcome import RefusedError
from becalm.sources.fhir.resources import Patient

DEATH = ("becalm|death",)
"""The code of a death statement."""
_WHOLE_DATE = len("2024-03-01")


def patient(one: Patient, row: int, record: str | None, context: Context, url: str | None = None) -> None:
    """A person; `deceasedDateTime` or `deceasedBoolean` makes a death (its time perhaps unknown).

    A Patient without an id goes by the uuid of its `fullUrl`.
    """
    if one.modifier_extension:
        raise modified(one.modifier_extension)
    patient_id = identity(one, url)
    if patient_id is None:
        raise RefusedError(
            "The Patient has neither an id nor a fullUrl, so nothing can refer to it. Give it an id."
        )
    sheet = context.sheet
    sheet.persons.append(
        {
            "patient_id": patient_id,
            "birth_date": one.birth_date,
            "sex": one.gender,
            "file": sheet.file,
            "row": row,
        }
    )
    context.patients.add_identifiers(one.identifier or [], patient_id)
    if one.deceased_date_time is not None or one.deceased_boolean:
        death = context.words.coded(DEATH)
        moment = one.deceased_date_time
        if moment is not None and len(moment) < _WHOLE_DATE:
            sheet.refuse(
                "The date of death is only a year or a month; the death is kept without a time. Give the day "
                "at its source.", row, record, moment, count=0,
            )  # fmt: skip
            moment = None
        sheet.rows.append(statement(patient_id, "death", death.key, row, record, text="death", start=moment))


def identity(one: Patient, url: str | None) -> str | None:
    """The id that a Patient goes by."""
    if one.id:
        return one.id
    return url.rpartition(":")[2].rpartition("/")[2] if url else None
