"""FHIR R4: Bundles, NDJSON of a bulk export, and live servers, as statements.

Needs the optional packages of the extra `fhir`: msgspec, and httpx for a live server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from becalm.record import InputError
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import Chunk


def read_fhir(source: str, lookup: Lookup, options: Mapping[str, str]) -> Iterator[Chunk]:
    """Statements, persons and outcomes of a FHIR R4 source, in chunks of flat memory.

    Args:
        source: a Bundle (`.json`), NDJSON (`.ndjson`, `.jsonl`), either with `.gz`, a folder of such
            files, or the base address of a live server (`https://server/fhir`).
        lookup: used for the words of routes and indications only.
        options: for a live server only, see `becalm.sources.fhir.server`: `patients`, `token_file`,
            `page_size`, `timeout_s`, `retries`, `types`.

    Raises:
        InputError: the source cannot be used as a whole, or msgspec or httpx is not installed.
        WorkError: a live server stopped answering, so that the record would be incomplete.
    """
    try:
        from becalm.sources.fhir.read import chunks
    except ModuleNotFoundError as error:
        if error.name != "msgspec":
            raise
        raise InputError(
            "Reading FHIR needs the package msgspec, which is not installed. "
            "Install it: pip install becalm[fhir]."
        ) from error
    return chunks(source, lookup, options)


__all__ = ["read_fhir"]
