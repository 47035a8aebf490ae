"""Which patient a resource is of: literal references, `urn:uuid`, absolute addresses and identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Raw

from becalm.sources.fhir.elements import Identifier, reference
from becalm.sources.fhir.outcome import AsideError, LaterError, RefusedError

_MOST_REMEMBERED = 100_000
_LITERAL = re.compile(r"(?P<base>[a-z]+://.+/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[^/\s?#|]+)(/_history/.+)?")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CONDITIONAL = re.compile(r"Patient\?identifier=(?P<token>[^&]+)")


class Patients:
    """The patients of a source by every name they are referred to with.

    `Patient/x` needs no Patient resource to be read. A `urn:uuid` is looked up among the `fullUrl`s, an
    identifier among the identifiers; a resource that names one not seen yet is kept for `later` (raises
    LaterError), until `last` is set.
    """

    def __init__(self) -> None:
        self.last = False
        self.keep_identifiers = False
        self.wanted: set[str] = set()
        self.seen: dict[bytes, str] = {}
        self._by_url: dict[str, str] = {}
        self._by_uuid: dict[str, str] = {}
        self._by_token: dict[str, str | None] = {}
        self._base: str | None = None

    def of(self, raw: Raw) -> str:
        """The patient id behind a reference.

        Raises RefusedError where there is none, AsideError where the subject is no patient, LaterError where
        it may come.
        """
        key = bytes(raw)
        found = self.seen.get(key)
        if found is None:
            found = self._find(key)
            if len(self.seen) >= _MOST_REMEMBERED:
                self.seen.clear()
            self.seen[key] = found
        return found

    def forget(self) -> None:
        """Between two files: a `fullUrl` may mean another patient there, unless it is a real uuid."""
        self.seen.clear()
        self._by_url.clear()

    def add_url(self, url: str, patient_id: str) -> None:
        """The `fullUrl` of a Patient."""
        self._by_url[url] = patient_id
        if _UUID.fullmatch(url):
            self._by_uuid[url] = patient_id

    def add_identifiers(self, identifiers: Iterable[Identifier], patient_id: str) -> None:
        """The identifiers of a Patient, where any resource asks for them; one of two patients is none's."""
        for one in identifiers:
            token = _token(one.system, one.value)
            if token and (self.keep_identifiers or token in self.wanted):
                before = self._by_token.setdefault(token, patient_id)
                if before != patient_id:
                    self._by_token[token] = None

    def _find(self, raw: bytes) -> str:
        if raw in (b"", b"null"):
            raise RefusedError("It names no patient; a subject such as Patient/123 is expected.")
        given = reference(raw)
        if given.reference:
            return self._by_reference(given.reference)
        if given.identifier:
            return self._by_identifier(_token(given.identifier.system, given.identifier.value))
        raise RefusedError(
            "Its subject is a name alone, which cannot be told from another of that name.",
            given.display,
        )

    def _by_reference(self, text: str) -> str:
        found = self._by_url.get(text) or self._by_uuid.get(text)
        if found:
            return found
        conditional = _CONDITIONAL.fullmatch(text)
        if conditional:
            return self._by_identifier(conditional["token"])
        if text.startswith("urn:"):
            if not self.last:
                raise LaterError
            raise RefusedError(
                "No Patient of the source has this fullUrl. Export the Patient in the same Bundle, or refer "
                "to it as Patient/id.",
                text,
            )
        literal = _LITERAL.fullmatch(text)
        if literal is None:
            raise RefusedError("The subject cannot be read; a reference as Patient/123 is expected.", text)
        if literal["type"] != "Patient":
            raise AsideError(f"Its subject is a {literal['type']}, not a patient.")
        base = literal["base"]
        if base:
            self._base = self._base or base
            if base != self._base:
                raise RefusedError(
                    f"Its patient lies on another server than the others ({self._base}): the same id "
                    "there may be another person. Import each server's resources apart.",
                    text,
                )
        return literal["id"]

    def _by_identifier(self, token: str | None) -> str:
        if token is None:
            raise RefusedError("The identifier of its subject has no value.")
        if not self.last:
            self.wanted.add(token)
            raise LaterError
        found = self._by_token.get(token, "")
        if found:
            return found
        if found is None:
            raise RefusedError("Two patients of the source have this identifier.", token)
        raise RefusedError("No Patient of the source has this identifier.", token)


def _token(system: str | None, value: str | None) -> str | None:
    return f"{system or ''}|{value}" if value else None
