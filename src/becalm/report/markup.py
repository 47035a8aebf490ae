"""HTML and SVG as text: one function builds an element; every text from a record is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TypeAlias

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_VOID = frozenset({"meta", "br", "hr", "col", "wbr"})


class Markup(str):
    """Text that is HTML already; a plain `str` is not and is escaped wherever it is put."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"
"""What may stand in an element: text (escaped), markup, several of these, or nothing."""


def text(value: str) -> Markup:
    """Plain text as markup: escaped; control and direction characters are shown as U+FFFD."""
    return value if isinstance(value, Markup) else Markup(escape(_NOT_TEXT.sub("\ufffd", value)))


def join(children: Child) -> Markup:
    """Children one after another."""
    if children is None:
        return Markup("")
    if isinstance(children, str):
        return text(children)
    return Markup("".join(join(child) for child in children))


def number(value: float) -> str:
    """A coordinate: two decimals at most, no trailing zeros."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short in ("-0", "") else short


def attributes(values: Mapping[str, str | float | bool | None]) -> str:
    """Attributes as text: `class_` is written class, `font_size` font-size; None and False are left out."""
    out = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        plain = name.rstrip("_").replace("_", "-")
        if value is True:
            out.append(f" {plain}")
        else:
            said = value if isinstance(value, str) else number(value)
            out.append(f' {plain}="{text(said)}"')
    return "".join(out)


def el(tag: str, *children: Child, **values: str | float | bool | None) -> Markup:
    """One element, for instance `el("td", "a < b", class_="note")`."""
    if tag in _VOID:
        return Markup(f"<{tag}{attributes(values)}>")
    return Markup(f"<{tag}{attributes(values)}>{join(children)}</{tag}>")


def breakable(name: str, least: int = 10) -> Markup:
    """A long name that may be broken after an underscore, into pieces of `least` characters or more."""
    pieces = [""]
    for part in re.split("(?<=_)", name):
        if len(pieces[-1]) >= least:
            pieces.append("")
        pieces[-1] += part
    if len(pieces) > 1 and len(pieces[-1]) < least:
        pieces[-2:] = ["".join(pieces[-2:])]
    return join([[el("wbr") if place else None, piece] for place, piece in enumerate(pieces)])
