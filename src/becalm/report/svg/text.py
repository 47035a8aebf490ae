"""Text in a figure: how wide it may be drawn, and whether it fits."""

from __future__ import annotations

from becalm.report.markup import Markup, el
from becalm.report.svg.palette import INK

_NARROW, _WIDE = frozenset("iljtfr.,:;'|!()[] "), frozenset("mwMWO@%—…×±≥≤")


def width(said: str, size: float, *, bold: bool = False) -> float:
    """An upper estimate of the drawn width in units of the figure, for any common sans-serif font."""
    em = sum(
        0.42 if c in _NARROW else 1.0 if c in _WIDE else 0.72 if c.isupper() else 0.64 for c in said
    )
    return em * size * (1.1 if bold else 1.0)


def shortened(said: str, room: float, size: float) -> str:
    """The text, cut with an ellipsis where it is wider than the room."""
    if width(said, size) <= room:
        return said
    while said and width(said + "…", size) > room:
        said = said[:-1]
    return said.rstrip() + "…"


def label(
    x: float,
    y: float,
    said: str,
    *,
    size: float = 11,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
    hint: str | None = None,
) -> Markup:
    """One line of text with its baseline at y."""
    title = el("title", hint) if hint else None
    return el(
        "text",
        title,
        said,
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        fill=None if fill == INK else fill,
        font_weight="bold" if bold else None,
    )
