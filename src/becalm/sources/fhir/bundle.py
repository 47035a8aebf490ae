"""A Bundle: every entry decoded apart, what entries refer to first."""

from __future__ import annotations

import msgspec

from becalm.sources.fhir.links import LINKED
from becalm.sources.fhir.person import identity
from becalm.sources.fhir.resources import BUNDLE, ENTRY, KNOWN, Bundle, Known, Patient
from becalm.sources.fhir.taking import BROKEN, Taker

_VERSIONS = "history"


def decode_bundle(raw: bytes) -> Bundle | None:
    """A Bundle with its entries raw, or None where the JSON is another resource.

    Raises msgspec.MsgspecError where it is no JSON object.
    """
    found = BUNDLE.decode(raw)
    return found if found.resource_type == "Bundle" else None


def take_bundle(bundle: Bundle, taker: Taker, first: int = 0, wanted: set[int] | None = None) -> int:
    """Every entry, as rows after `first`; only the `wanted` ones where given. The number of the last row."""
    entries = bundle.entry or []
    if bundle.type == _VERSIONS:
        reason = (
            "A Bundle of type history holds older versions of resources, which are no further readings. "
            "Export the current resources."
        )
        for row in range(first + 1, first + len(entries) + 1):
            taker.context.sheet.refuse(reason, row, None)
        return first + len(entries)
    read = [_entry(raw) for raw in entries]
    patients, links = taker.context.patients, taker.context.links
    patients.forget()
    for resource, url, _ in read:
        if not url:
            continue
        if isinstance(resource, Patient) and (patient_id := identity(resource, url)):
            patients.add_url(url, patient_id)
        elif isinstance(resource, LINKED):
            links.add(resource, url)
    row = first
    for raw, (resource, url, error) in zip(entries, read, strict=True):
        row += 1
        if wanted is not None and row not in wanted:
            continue
        if resource is not None:
            taker.take(resource, row, url)
        elif error is not None:
            taker.misfit(_inner(raw), row, error)
        else:
            taker.context.sheet.aside("An entry of a Bundle without a resource.", row, None)
    return row


def _entry(raw: msgspec.Raw) -> tuple[Known | None, str | None, Exception | None]:
    """The resource and `fullUrl` of an entry, or what is wrong with it."""
    try:
        entry = ENTRY.decode(raw)
        if not bytes(entry.resource):
            return None, entry.full_url, None
        return KNOWN.decode(entry.resource), entry.full_url, None
    except BROKEN as error:
        return None, None, error


def _inner(raw: msgspec.Raw) -> msgspec.Raw:
    try:
        return ENTRY.decode(raw).resource
    except BROKEN:
        return raw
