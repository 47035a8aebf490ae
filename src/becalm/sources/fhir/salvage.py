"""A Bundle whose JSON is broken somewhere: its entries told apart one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_ENTRIES = re.compile(r'"entry"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_NEXT = re.compile(r',\s*(?=\{\s*"(?:fullUrl|resource|link|search|request|response)"\s*:)')
_AFTER = re.compile(r"\s*,\s*\{")
_END = re.compile(r"\s*\]")
_BUNDLE = re.compile(r'"resourceType"\s*:\s*"Bundle"')


def entries_of(content: bytes) -> list[bytes] | None:
    """The entries of a Bundle with broken JSON, broken ones among them as they stand; None where it is none.

    A number that JSON has not (`NaN`, `Infinity`), a file that breaks off, a byte gone wrong: each costs the
    entry that it is in. Reading goes on where the next entry begins.
    """
    text = content.decode("utf-8", "surrogateescape")
    begin = _ENTRIES.search(text)
    if begin is None or not _BUNDLE.search(text):
        return None
    return [one.encode("utf-8", "surrogateescape") for one in _entries(text, begin.end())]


def _entries(text: str, place: int) -> Iterator[str]:
    decoder = json.JSONDecoder(parse_constant=_not_json)
    while True:
        between = _BETWEEN.match(text, place)
        place = between.end() if between else place
        if place >= len(text) or _ends(text, place):
            return
        try:
            _, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place
        if end == place or not (_AFTER.match(text, end) or _ends(text, end)):
            following = _NEXT.search(text, place)
            end = following.start() if following else len(text)
        yield text[place:end]
        place = end


def _ends(text: str, place: int) -> bool:
    """Whether the list of entries ends here, with none after it."""
    return bool(_END.match(text, place)) and not _NEXT.search(text, place)


def _not_json(name: str) -> None:
    raise ValueError(name)
