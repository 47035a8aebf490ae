"""Text in a figure: how wide it may be drawn, and whether it fits."""

from __future__ import annotations

from functools import cache

from becalm.report.markup import Markup, el
from becalm.report.svg.palette import INK

_EM: dict[int, str] = {
    320: "ijlIJ' ,.",
    400: "/:;|f-()[]t!⁹⁶³",
    520: 'r"*_`°–s',
    590: "z?cLFkvxy\u03b3",
    640: "PToaYeEhnuSbdgpq0123456789${}µ",
    700: "K\u03b1AVXZBRC",
    780: "UNHDG&OQ",
    850: "w#+<=>^~×±≥≤−M",
    1000: "%mW@—…",
}
"""Thousandths of the font's size that a character is wide, at most, in the common sans-serif fonts (DejaVu
Sans is the widest of them); other characters are taken as 1000."""


@cache
def _widths() -> dict[str, int]:
    return {character: em for em, characters in _EM.items() for character in characters}


def width(said: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is drawn at most, in units of the figure."""
    known = _widths()
    return sum(known.get(c, 1000) for c in said) / 1000 * size * (1.12 if bold else 1.0)


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
    return el(
        "text",
        el("title", hint) if hint else None,
        said,
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        fill=None if fill == INK else fill,
        font_weight="bold" if bold else None,
    )
