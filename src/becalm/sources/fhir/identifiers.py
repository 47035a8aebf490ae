"""A second look at the Patients of a file: whose identifiers are those that other resources refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from becalm.sources.fhir.bundle import decode_bundle
from becalm.sources.fhir.finding import File
from becalm.sources.fhir.ndjson import blocks
from becalm.sources.fhir.patients import Patients
from becalm.sources.fhir.person import identity
from becalm.sources.fhir.resources import ENTRY, KNOWN, Bundle, Patient
from becalm.sources.fhir.salvage import entries_of
from becalm.sources.fhir.taking import BROKEN

_Raw = tuple[bytes | msgspec.Raw, str | None]


def index_identifiers(file: File, patients: Patients) -> None:
    """Adds the identifiers of the Patients of a file that are wanted."""
    for resource, url in _decoded(_in_lines(file) if file.lines else _in_bundle(file)):
        patient_id = identity(resource, url)
        if patient_id:
            patients.add_identifiers(resource.identifier or [], patient_id)


def _in_lines(file: File) -> Iterator[_Raw]:
    with file.open() as stream:
        for block in blocks(stream):
            for line in block.split(b"\n"):
                if b'"Patient"' in line:
                    yield line, None


def _in_bundle(file: File) -> Iterator[_Raw]:
    content = file.content()
    try:
        bundle = decode_bundle(content)
    except BROKEN:
        bundle = Bundle(entry=[msgspec.Raw(entry) for entry in entries_of(content) or content.split(b"\n")])
    if bundle is None:
        yield content, None
        return
    for raw in bundle.entry or []:
        try:
            entry = ENTRY.decode(raw)
        except BROKEN:
            continue
        yield entry.resource or raw, entry.full_url


def _decoded(raws: Iterable[_Raw]) -> Iterator[tuple[Patient, str | None]]:
    for raw, url in raws:
        try:
            resource = KNOWN.decode(raw)
        except BROKEN:
            continue
        if isinstance(resource, Patient):
            yield resource, url
