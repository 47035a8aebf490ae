"""Tables of the page: a caption, scoped headings, a container that scrolls on a narrow screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from becalm.report.markup import Child, Markup, el, join


@dataclass(frozen=True)
class Column:
    """One column: its heading, and whether it holds numbers (set to the right) or long text."""

    heading: str
    kind: str = "text"


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Child]],
    *,
    row_ids: Sequence[str | None] = (),
    row_classes: Sequence[str | None] = (),
    drop_empty: bool = False,
) -> Markup:
    """One table; the first cell of each row is the row's heading.

    Args:
        caption: what the table shows.
        columns: in order.
        rows: one child for each column.
        row_ids: an id for each row, where something links to it.
        row_classes: a class for each row.
        drop_empty: leave out columns in which every cell is empty.
    """
    if drop_empty and rows:
        kept = [at for at in range(len(columns)) if at == 0 or any(join(row[at]) for row in rows)]
        columns = [columns[at] for at in kept]
        rows = [[row[at] for at in kept] for row in rows]
    head = el("thead", el("tr", [el("th", c.heading, scope="col", class_=_class(c)) for c in columns]))
    body = []
    for place, row in enumerate(rows):
        cells = [
            el("td" if at else "th", child, scope=None if at else "row", class_=_class(column))
            for at, (column, child) in enumerate(zip(columns, row, strict=True))
        ]
        body.append(
            el(
                "tr",
                cells,
                id=row_ids[place] if row_ids else None,
                class_=row_classes[place] if row_classes else None,
            )
        )
    made = el("table", el("caption", caption), head, el("tbody", body))
    return el("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _class(column: Column) -> str | None:
    return None if column.kind == "text" else column.kind


def twin(summary: str, *children: Child) -> Markup:
    """What stands behind a figure, folded on a screen with scripts, open in print and without them."""
    return el("details", el("summary", summary), children, open=True, class_="twin")


def facts(pairs: Sequence[tuple[str, Child]]) -> Markup:
    """Short facts: a list of names and values."""
    return el("dl", [el("div", el("dt", name), el("dd", value)) for name, value in pairs], class_="facts")
