"""`becalm map`: a first mapping for a source, for a person to correct."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.imports import MappingFile, ReaderOptions, Source, check_kind, settings_of
from becalm.cli.output import write_whole
from becalm.record.errors import InputError
from becalm.sources import CODED, draft_mapping

EXAMPLES = (
    "Examples:\n\n"
    "becalm map fhir export/ -o site.toml\n\n"
    "becalm import fhir export/ -o cohort --mapping site.toml"
)


@app.command(name="map", help_epilogue=EXAMPLES)
def map_command(
    kind: Annotated[str, Parameter(help=f"What the source is. One of: {', '.join(CODED)}.")],
    source: Source,
    *,
    output: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="The TOML file to write. Standard output if not given."),
    ] = None,
    mapping: MappingFile = None,
    options: ReaderOptions = (),
) -> None:
    """Draft a mapping for a source: every code and name that becalm does not know, the commonest first.

    Proposals carry `verified = false`; what resembles nothing stands as a comment. Correct the file, then
    give it to `becalm import --mapping`.
    """
    check_kind(kind)
    if kind not in CODED:
        raise InputError(
            f"The kind {kind!r} is one published data set with its own mapping. "
            f"Expected one of: {', '.join(CODED)}."
        )
    text, counts = draft_mapping(kind, source, mapping, settings_of(options))
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text.encode())
    print(
        f"{counts['mapped']} statements are mapped by code, {counts['named']} by name alone, "
        f"{counts['unmapped']} not at all",
        file=sys.stderr,
    )
