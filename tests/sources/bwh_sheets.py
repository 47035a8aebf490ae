"""Small Excel workbooks in the form of the BWH sheet, written by hand: a zip of five XML files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

COLUMNS = (
    *("SID", "Age", "Sex", "Diagnosis", "Subtype", "Aggressive", "HospitalDay"),
    *("Temp", "CRP", "Ferritin", "meanscore", "Procalcitonin", "IL_6", "WBC"),
    *("CRS Peak Severity", "CRS Onset Day", "CRS Peak Day", "Toci doses", "From DR"),
)

Cell = str | int | float | None
Row = Mapping[str, Cell]

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}/relationships">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_xlsx(path: Path, rows: Iterable[Iterable[Cell]]) -> Path:
    """A workbook with one sheet: numbers as numbers, text as text, None as no cell."""
    lines = []
    for number, cells in enumerate(rows, start=1):
        filled = "".join(
            _cell(f"{_letters(i)}{number}", cell) for i, cell in enumerate(cells) if cell is not None
        )
        lines.append(f'<row r="{number}">{filled}</row>')
    sheet = f"<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (*_PARTS.items(), ("xl/worksheets/sheet1.xml", sheet)):
            file.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else _letters(index // 26 - 1) + chr(65 + index % 26)


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def write_sheet(path: Path, rows: Iterable[Row], columns: Iterable[str] = COLUMNS) -> Path:
    """A sheet of rows given by column name."""
    names = list(columns)
    return write_xlsx(path, [names, *([row.get(name) for name in names] for row in rows)])


def day(sid: Cell, number: Cell, **cells: Cell) -> dict[str, Cell]:
    """One row: patient and day, a person of one kind, and the cells given."""
    person: dict[str, Cell] = {"SID": sid, "Age": 60, "Sex": "M", "Subtype": "DLBCL", "HospitalDay": number}
    return person | cells


def crs(severity: Cell, onset: Cell = None, peak: Cell = None, doses: Cell = 0) -> dict[str, Cell]:
    """The recorded fields of day 0."""
    return {
        "CRS Peak Severity": severity,
        "CRS Onset Day": onset,
        "CRS Peak Day": peak,
        "Toci doses": doses,
    }


def over(severity: Cell, onset: Cell = None, peak: Cell = None) -> dict[str, Cell]:
    """The laboratory cells of day 0 in the second block, which hold the recorded fields."""
    return {"Procalcitonin": severity, "IL_6": onset, "WBC": peak}


FIRST = [
    day(1, 0, Temp=37.2, CRP=15.2, IL_6=3.1, WBC=4.1, meanscore=0, **crs(1, 2, 3, doses=2)),
    day(1, 1, Temp=38.4, CRP=60.3, meanscore=0.5),
    day(1, 2, CRP=301, IL_6=401, meanscore=1),
]
SECOND = [
    day(2, -1, CRP=37, meanscore=0),
    day(2, 0, Temp=98.6, CRP=621, meanscore=0, **over(0, None, 0), **crs(0, None, -1)),
    day(2, 1, Temp=101.3, CRP=3000, IL_6=400, WBC=0.5, meanscore=0),
]
