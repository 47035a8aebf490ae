"""NDJSON: a block of whole lines at a time, decoded at once; a block with a bad line, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from becalm.sources.fhir.resources import KNOWN
from becalm.sources.fhir.taking import BROKEN, Taker

BLOCK = 1 << 19
"""Bytes of a block: what it decodes to stays in the processor's cache."""
_MARK = b"\xef\xbb\xbf"


def blocks(stream: IO[bytes], size: int = BLOCK) -> Iterator[bytes]:
    """A stream in blocks that end with a line."""
    held: list[bytes] = []
    first = True
    while part := stream.read(size):
        if first:
            part, first = part.removeprefix(_MARK), False
        cut = part.rfind(b"\n") + 1
        if cut:
            yield b"".join((*held, part[:cut]))
            held = []
        held.append(part[cut:])
    rest = b"".join(held)
    if rest.strip():
        yield rest


def take_block(block: bytes, row: int, taker: Taker) -> int:
    """Every resource of a block; rows are counted on from `row`. The number of the last row."""
    try:
        resources = KNOWN.decode_lines(block)
    except BROKEN:
        for line in block.split(b"\n"):
            if line.strip():
                row += 1
                taker.take_raw(line, row)
        return row
    context = taker.context
    for number, resource in context.sheet.plain.take(resources, row, context.patients):
        taker.take(resource, number)
    return row + len(resources)


def take_rows(stream: IO[bytes], wanted: set[int], taker: Taker) -> None:
    """Only the rows wanted."""
    row = 0
    for block in blocks(stream):
        for line in block.split(b"\n"):
            if line.strip():
                row += 1
                if row in wanted:
                    taker.take_raw(line, row)
