"""Medications, devices and places that other resources refer to, contained or apart."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Raw

from becalm.sources.fhir.elements import NONE, reference
from becalm.sources.fhir.outcome import LaterError, RefusedError
from becalm.sources.fhir.resources import CONTAINED, KNOWN, Device, Known, Location, Medication
from becalm.sources.fhir.words import NOTHING, Concept, Words

Linked = Medication | Device | Location
LINKED = (Medication, Device, Location)


class Links:
    """What is known of referred resources, by reference and by `fullUrl`.

    `fetch`: asks a live server for a reference, or None where the source is files. A reference not seen yet
    raises LaterError until `last` is set; then its display name stands in for it.
    """

    def __init__(self, words: Words) -> None:
        self.last = False
        self.fetch: Callable[[str], Known | None] | None = None
        self._words = words
        self._known: dict[str, Concept] = {}

    def add(self, resource: Linked, url: str | None = None) -> None:
        """A Medication, Device or Location of the source."""
        concept = self._concept(resource)
        if resource.id:
            self._known[f"{type(resource).__name__}/{resource.id}"] = concept
        if url:
            self._known[url] = concept

    def of(self, raw: Raw, contained: Raw) -> Concept:
        """The codes and name of what a reference leads to.

        Raises RefusedError where it leads nowhere and has no name of its own, LaterError where it may come.
        """
        key = bytes(raw)
        if key in (b"", b"null"):
            return NOTHING
        given = reference(key)
        text = given.reference
        if text and text.startswith("#"):
            found = self._contained(text[1:], contained)
        elif text:
            found = self._known.get(text) or self._known.get(
                "/".join(text.split("/_history/")[0].split("/")[-2:])
            )
            if found is None and self.fetch is not None:
                fetched = self.fetch(text)
                if isinstance(fetched, LINKED):
                    found = self._known[text] = self._concept(fetched)
            elif found is None and not self.last:
                raise LaterError
        else:
            found = None
        if found is not None and (found.key or found.text):
            return found
        if given.display:
            return self._words.named(given.display)
        raise RefusedError(
            "What it refers to is not in the source, and the reference has no name. Export the resource "
            "referred to as well.",
            text,
        )

    def _contained(self, wanted: str, contained: Raw) -> Concept | None:
        if contained is NONE:
            return None
        for raw in CONTAINED.decode(bytes(contained)):
            try:
                resource = KNOWN.decode(raw)
            except (msgspec.ValidationError, msgspec.DecodeError):
                continue
            if resource.id == wanted and isinstance(resource, LINKED):
                return self._concept(resource)
        return None

    def _concept(self, resource: Linked) -> Concept:
        if isinstance(resource, Medication):
            return self._words.concept(resource.code)
        if isinstance(resource, Device):
            return self._words.concept(resource.type)
        listed = self._words.listed(resource.type)
        if listed.key or listed.text:
            return Concept(listed.key, resource.name or listed.text)
        return (
            self._words.named(resource.name) if resource.name else self._words.concept(resource.physical_type)
        )
