"""How a name in a record is matched: folded to one spelling, looked up, or answered with the nearest."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015_/]+")


def fold(text: str) -> str:
    """One spelling for a name: compatibility form, lower case, separators as single underscores.

    `"Angiotensin II"`, `"angiotensin-ii"` and `"ANGIOTENSIN_II"` all become `"angiotensin_ii"`.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _SEPARATORS.sub("_", plain.strip()).strip("_")


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that `text` most likely means, or None when nothing is near.

    A known name contained in the text wins (`norepinephrine_8_mg`), the longest first; else the closest
    spelling.
    """
    folded = fold(text)
    names = sorted(known)
    if not folded or len(folded) > 80:
        return None
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 3 and name in folded:
            return name
    found = difflib.get_close_matches(folded, names, n=1, cutoff=0.6)
    return found[0] if found else None


def index_of(terms: Mapping[str, Iterable[str]], what: str) -> dict[str, str]:
    """Folded name or synonym -> canonical name.

    Raises ValueError when one spelling stands for two names.
    """
    index: dict[str, str] = {}
    for name, synonyms in terms.items():
        for spelling in (name, *synonyms):
            key = fold(spelling) or spelling
            if index.setdefault(key, name) != name:
                raise ValueError(
                    f"The {what} spelling '{spelling}' stands for both '{index[key]}' and '{name}'."
                )
    return index
