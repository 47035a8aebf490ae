"""Which way a FHIR source is read: as files or from a live server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from becalm.record import InputError
from becalm.rules.wording import nearest
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import Chunk
from becalm.sources.fhir.context import Context
from becalm.sources.fhir.files import file_chunks
from becalm.sources.fhir.finding import find_files
from becalm.sources.fhir.taking import Taker

OPTIONS = ("patients", "token_file", "page_size", "timeout_s", "retries", "types")
"""Options of a live server; files have none."""


def chunks(source: str, lookup: Lookup, options: Mapping[str, str]) -> Iterator[Chunk]:
    """See `becalm.sources.fhir.read_fhir`."""
    live = source.lower().startswith(("http://", "https://"))
    for name in options:
        if name not in OPTIONS:
            near = nearest(name, OPTIONS)
            hint = f" Did you mean {near}?" if near else ""
            raise InputError(
                f"{name} is no option of a FHIR source; one of {', '.join(OPTIONS)} is expected.{hint}"
            )
        if not live:
            raise InputError(f"The option {name} is for a live server, and {source} is a file. Leave it out.")
    taker = Taker(Context.of(lookup))
    if live:
        from becalm.sources.fhir.server import server_chunks

        return server_chunks(source, options, taker)
    return file_chunks(*find_files(Path(source)), taker)
