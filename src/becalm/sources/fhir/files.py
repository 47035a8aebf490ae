"""FHIR in files: each read once in order, then what had to wait for a later file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from becalm.sources.coded.statements import Chunk
from becalm.sources.fhir.bundle import decode_bundle, take_bundle
from becalm.sources.fhir.finding import File
from becalm.sources.fhir.identifiers import index_identifiers
from becalm.sources.fhir.ndjson import blocks, take_block, take_rows
from becalm.sources.fhir.resources import Bundle
from becalm.sources.fhir.salvage import entries_of
from becalm.sources.fhir.taking import BROKEN, Taker

ENOUGH = 50_000
"""Rows gathered after which a chunk is handed on."""


def file_chunks(files: list[File], notes: list[str], taker: Taker) -> Iterator[Chunk]:
    """Chunks of all files; resources that refer to one further on are read again at the end."""
    sheet, patients = taker.context.sheet, taker.context.patients
    sheet.notes.extend(notes)
    for file in files:
        yield from _one(file, taker)
    by_name = {file.name: file for file in files}
    if patients.wanted:
        for name in sorted(taker.with_patients):
            index_identifiers(by_name[name], patients)
    patients.last = taker.context.links.last = True
    waiting, taker.later = taker.later, {}
    for name, rows in waiting.items():
        yield from _one(by_name[name], taker, rows)
    yield sheet.chunk()


def _one(file: File, taker: Taker, wanted: set[int] | None = None) -> Iterator[Chunk]:
    """Chunks of one file; where it cannot be read to its end, what came before is kept."""
    sheet = taker.context.sheet
    sheet.open(file.name)
    taker.context.patients.forget()
    last = 0
    try:
        for rows in _lines(file, taker, wanted) if file.lines else _whole(file, taker, wanted):
            last += rows
            if wanted is None:
                sheet.read[file.name] = sheet.read.get(file.name, 0) + rows
            if sheet.size >= ENOUGH:
                yield sheet.chunk()
    except (OSError, EOFError) as error:
        if wanted is None:
            sheet.refuse(f"The file cannot be read to its end: {error}. Copy it again.", last + 1, None)
            sheet.read[file.name] = sheet.read.get(file.name, 0) + 1


def _lines(file: File, taker: Taker, wanted: set[int] | None) -> Iterator[int]:
    """Takes the rows block by block; yields how many each block had."""
    with file.open() as stream:
        if wanted is not None:
            take_rows(stream, wanted, taker)
            return
        row = 0
        for block in blocks(stream):
            last = take_block(block, row, taker)
            yield last - row
            row = last


def _whole(file: File, taker: Taker, wanted: set[int] | None) -> Iterator[int]:
    """Takes a Bundle, one resource, or lines in a file that is not named so; yields the number of rows."""
    content = file.content()
    try:
        bundle = decode_bundle(content)
    except BROKEN as error:
        lines = [line for line in content.split(b"\n") if line.strip()]
        if len(lines) > 1 and _is_object(lines[0]):
            yield take_block(content, 0, taker) if wanted is None else _rows(lines, wanted, taker)
        elif entries := entries_of(content):
            bundle = Bundle(entry=[msgspec.Raw(entry) for entry in entries])
            yield take_bundle(bundle, taker, wanted=wanted)
            _tell(taker, file, error, wanted)
        else:
            taker.misfit(content, 1, error)
            yield 1
        return
    if bundle is None:
        taker.take_raw(content, 1)
        yield 1
    else:
        yield take_bundle(bundle, taker, wanted=wanted)


def _tell(taker: Taker, file: File, error: Exception, wanted: set[int] | None) -> None:
    if wanted is None:
        taker.context.sheet.notes.append(
            f"{file.name} is broken JSON ({error}); its entries were read one by one, and the broken ones "
            "refused. "
            "Export it again: entries may be lacking."
        )


def _rows(lines: list[bytes], wanted: set[int], taker: Taker) -> int:
    for row in sorted(wanted):
        taker.take_raw(lines[row - 1], row)
    return len(lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except BROKEN:
        return False
