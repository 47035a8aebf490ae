"""Marks: shapes that differ in outline, so that they can be told apart without colour."""

from __future__ import annotations

from becalm.report.markup import Markup, el, number
from becalm.report.svg.palette import PAPER, on


def _points(*pairs: tuple[float, float]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def shape(
    kind: str,
    x: float,
    y: float,
    size: float,
    fill: str,
    *,
    hint: str | None = None,
    hollow: bool = False,
    outlined: bool = False,
) -> Markup:
    """A mark of a kind (circle, square, diamond, triangle, down, cross) around (x, y), `size` wide."""
    r = size / 2
    title = el("title", hint) if hint else None
    look: dict[str, str | float | bool | None] = {
        "fill": PAPER if hollow else fill,
        "stroke": PAPER if outlined else fill,
        "stroke_width": 1.4 if hollow else 0.8,
    }
    if kind == "circle":
        return el("circle", title, cx=x, cy=y, r=r, **look)
    if kind == "square":
        return el("rect", title, x=x - r, y=y - r, width=size, height=size, **look)
    if kind == "cross":
        corners = [(x - r, y - r), (x + r, y + r), (x - r, y + r), (x + r, y - r)]
        nw, se, sw, ne = (f"{number(a)} {number(b)}" for a, b in corners)
        d = f"M{nw}L{se}M{sw}L{ne}"
        return el("path", title, d=d, stroke=fill, stroke_width=1.8, fill="none")
    outline = {
        "diamond": ((x, y - r), (x + r, y), (x, y + r), (x - r, y)),
        "triangle": ((x, y - r), (x + r, y + r), (x - r, y + r)),
        "down": ((x - r, y - r), (x + r, y - r), (x, y + r)),
    }[kind]
    return el("polygon", title, points=_points(*outline), **look)


_LETTER_SHIFT = {"down": -1.6, "triangle": 1.8}


def lettered(kind: str, x: float, y: float, size: float, fill: str, letter: str, hint: str) -> Markup:
    """A mark with a letter or number in it."""
    grown = size * (1.3 if kind in ("down", "triangle", "diamond") else 1.0)
    return el(
        "g",
        el("title", hint),
        shape(kind, x, y, grown, fill, outlined=True),
        el(
            "text",
            letter,
            x=x,
            y=y + 3.2 + _LETTER_SHIFT.get(kind, 0),
            font_size=9,
            text_anchor="middle",
            font_weight="bold",
            fill=on(fill),
        )
        if letter
        else None,
    )
