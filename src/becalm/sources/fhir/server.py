"""A live server: a search for each type, overall or for each patient, page after page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

from becalm.record import InputError, WorkError
from becalm.sources.coded.statements import Chunk
from becalm.sources.fhir.bundle import take_bundle
from becalm.sources.fhir.client import Client, NotOffered, whole
from becalm.sources.fhir.files import ENOUGH
from becalm.sources.fhir.resources import BUNDLE, KNOWN, Bundle, Known
from becalm.sources.fhir.taking import BROKEN, Taker, issues

TYPES = (
    "Patient",
    "Encounter",
    "Observation",
    "MedicationAdministration",
    "MedicationRequest",
    "MedicationStatement",
    "Procedure",
    "DeviceUseStatement",
    "Condition",
    "AdverseEvent",
)
"""The types that are asked for, in this order."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_BY_PATIENT = {"Patient": "_id={0}", "AdverseEvent": "subject=Patient/{0}"}
_EMPTY_PAGES = 100


def server_chunks(source: str, options: Mapping[str, str], taker: Taker) -> Iterator[Chunk]:
    """Chunks of everything that the searches find.

    Options: `patients`, ids with commas between, or `@file` with an id in each line (without it the server is
    asked for all its patients); `types`, the types of resource to ask for; `page_size` (default 200);
    `token_file`, `timeout_s` and `retries`, see `Client`. The token may also stand in BECALM_FHIR_TOKEN.
    """
    parts = urlsplit(source)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise InputError(
            "The address of a FHIR server is expected as https://server/path, without a user name, a "
            "question "
            "mark or #. A token goes into BECALM_FHIR_TOKEN or token_file."
        )
    types = _types(options)
    patients = _patients(options)
    size = whole(options, "page_size", 200)
    return _searched(Client(source, options), types, patients, size, taker)


def _searched(
    client: Client, types: tuple[str, ...], patients: list[str] | None, size: int, taker: Taker
) -> Iterator[Chunk]:
    context = taker.context
    context.patients.last = context.links.last = context.patients.keep_identifiers = True
    context.links.fetch = _Fetcher(client).fetch
    taker.once = set()
    try:
        for kind in types:
            context.sheet.open(kind)
            yield from _one_type(client, kind, _queries(kind, patients, size), size, taker)
            taker.once.clear()
        yield context.sheet.chunk()
    finally:
        client.close()


def _one_type(client: Client, kind: str, queries: list[str], size: int, taker: Taker) -> Iterator[Chunk]:
    """Chunks of all searches for one type."""
    sheet = taker.context.sheet
    row = 0
    for query in queries:
        found = pages = 0
        total = None
        try:
            for page in _pages(client, f"{client.base}{kind}?{query}"):
                total = page.total if total is None else total
                last = take_bundle(page, taker, first=row)
                sheet.read[kind] = sheet.read.get(kind, 0) + last - row
                found, pages, row = found + last - row, pages + 1, last
                if sheet.size >= ENOUGH:
                    yield sheet.chunk()
        except NotOffered as answer:
            sheet.notes.append(f"The server does not offer {kind}, so none was read. It says: {answer}.")
            return
        if total is not None and found < total:
            sheet.notes.append(
                f"The server announced {total} {kind} and sent {found}, so the record is not whole. Ask "
                "again with "
                "a larger page_size, or for given patients."
            )
        if total is None and pages == 1 and found == size:
            sheet.notes.append(
                f"The server sent {found} {kind}, as many as asked for at a time, and no link to a "
                "further page: if "
                "it does not page, there may be more. Ask again with a larger page_size."
            )
        if kind == "Patient" and not found and query.startswith("_id="):
            sheet.notes.append(
                f"The server knows no Patient with the {query.split('&')[0].removeprefix('_')}."
            )


def _pages(client: Client, address: str) -> Iterator[Bundle]:
    """The pages of a search. Raises WorkError where they lead in a circle, away, or nowhere."""
    seen = {address}
    empty = 0
    first = True
    while True:
        try:
            body = client.get(address)
        except NotOffered as answer:
            if first:
                raise
            raise WorkError(f"A next page was lost (the server says: {answer}). Start again.") from answer
        page = _page(body)
        yield page
        first = False
        empty = 0 if page.entry else empty + 1
        link = next((link.url for link in page.link or [] if link.relation == "next"), None)
        if not link:
            return
        address = client.address(link, address)
        if address in seen or empty >= _EMPTY_PAGES:
            raise WorkError(
                "The pages of a search lead in a circle, so its end cannot be reached and the record "
                "would be "
                "incomplete. Report this to the server's keeper; a larger page_size may avoid it."
            )
        seen.add(address)


def _page(body: bytes) -> Bundle:
    try:
        page = BUNDLE.decode(body)
    except BROKEN as error:
        raise WorkError(
            f"The server's answer is no FHIR JSON: {error}. Check that the address is the base of a FHIR R4 "
            "server."
        ) from error
    if page.resource_type != "Bundle":
        said = issues(body) if page.resource_type == "OperationOutcome" else page.resource_type
        raise WorkError(f"A Bundle was expected as the answer to a search; the server says: {said}.")
    return page


class _Fetcher:
    """Resources that others refer to, asked for one at a time and once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._missing: set[str] = set()

    def fetch(self, reference: str) -> Known | None:
        """The resource behind a reference, or None where the server does not give it."""
        if reference in self._missing or reference.startswith("urn:"):
            return None
        try:
            address = self._client.address(reference, self._client.base)
            found: Known = KNOWN.decode(self._client.get(address))
            return found
        except (NotOffered, InputError, msgspec.MsgspecError):
            self._missing.add(reference)
        except WorkError:
            if "://" not in reference:
                raise
            self._missing.add(reference)
        return None


def _queries(kind: str, patients: list[str] | None, size: int) -> list[str]:
    if patients is None:
        return [f"_count={size}"]
    form = _BY_PATIENT.get(kind, "patient={0}")
    return [f"{form.format(quote(one, safe=''))}&_count={size}" for one in patients]


def _types(options: Mapping[str, str]) -> tuple[str, ...]:
    given = [one.strip() for one in options.get("types", ",".join(TYPES)).split(",") if one.strip()]
    unknown = [one for one in given if one not in TYPES]
    if unknown or not given:
        names = ", ".join(unknown) or "none"
        raise InputError(f"types names {names}; some of {', '.join(TYPES)} are expected.")
    return tuple(one for one in TYPES if one in given)


def _patients(options: Mapping[str, str]) -> list[str] | None:
    text = options.get("patients")
    if text is None:
        return None
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8-sig").replace("\n", ",")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"The list of patients {text[1:]} cannot be read: {error}.") from error
    ids = list(dict.fromkeys(one.strip().removeprefix("Patient/") for one in text.split(",") if one.strip()))
    wrong = [one for one in ids if not _ID.fullmatch(one)]
    if wrong or not ids:
        raise InputError(
            f"patients holds {wrong[0]!r}, which is no FHIR id." if wrong else "patients names no patient."
        )
    return ids
