"""The BWH sheet as rows of text, its courses, and where its second block begins."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from becalm.record import InputError
from becalm.record.numbers import number
from becalm.sources._bwh_mapping import Mapping

_NEXT = (
    "Give the sheet as published (AllBWH_5days_deID.xlsx); if it was published anew in another form, "
    "this reader does not know that form."
)


def read_sheet(path: Path, mapping: Mapping) -> tuple[str, pl.DataFrame]:
    """The name of the file and its first sheet: `row` (1 is the first data row), each column as text.

    A folder stands for the one .xlsx file in it. Raises InputError when there is no such file, when it is
    no workbook, or when a column of the published sheet is missing.
    """
    file = _workbook(path)
    try:
        sheet = fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_polars()
    except (fastexcel.FastExcelError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{file.name} cannot be read as an Excel workbook: {reason}. A file of the format .xlsx is "
            "expected. Check that the download is whole."
        ) from error
    names = {column: column.strip() for column in sheet.columns}
    sheet = sheet.rename(names) if len(set(names.values())) == len(names) else sheet
    missing = [column for column in mapping.columns if column not in sheet.columns]
    if missing or not sheet.height:
        lacks = f"lacks the column {', '.join(missing)}" if missing else "has no row"
        raise InputError(
            f"The first sheet of {file.name} {lacks}; it has {', '.join(sheet.columns)[:300]}. "
            f"The columns {', '.join(mapping.columns)} are expected. {_NEXT}"
        )
    texts = sheet.select(pl.all().cast(pl.String).str.strip_chars()).select(
        pl.when(pl.all() != "").then(pl.all()).name.keep()
    )
    return file.name, texts.with_row_index("row", offset=1).cast({"row": pl.Int64})


def _workbook(path: Path) -> Path:
    found = sorted(path.glob("*.xlsx")) if path.is_dir() else [path]
    if len(found) == 1 and found[0].is_file():
        return found[0]
    held = f"holds {len(found)} files that end in .xlsx" if path.is_dir() else "is not there"
    raise InputError(f"{path} {held}. One Excel workbook is expected. {_NEXT}")


def placed(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Adds patient_id, day (i64) and course: the number of each run of rows of one patient.

    A row without a patient or a whole day has nulls there.
    """
    day, patient = number(mapping.day), number(mapping.patient)
    whole = pl.when(day == day.floor()).then(day).cast(pl.Int64)
    as_id = pl.when(patient == patient.floor()).then(patient.cast(pl.Int64).cast(pl.String))
    frame = rows.with_columns(patient_id=as_id.fill_null(pl.col(mapping.patient)), day=whole)
    frame = frame.with_columns(pl.when(pl.col("day").is_not_null()).then("patient_id"))
    before = pl.col("patient_id").forward_fill()
    return frame.with_columns(course=(before != before.shift(1)).fill_null(True).cum_sum().cast(pl.Int64))


def second_block(frame: pl.DataFrame, mapping: Mapping, file: str) -> int:
    """The first row of the second block, found by its values: a course that begins in Fahrenheit.

    Raises InputError when the values do not show the two blocks of the published sheet: Celsius before
    Fahrenheit with no course in both, and CRS fields in the laboratory cells of day 0 of the second block.
    """
    blocks, value = mapping.blocks, number(mapping.blocks.column)
    celsius = frame.filter(value.is_between(*blocks.first))["row"]
    fahrenheit = frame.filter(value.is_between(*blocks.second))
    if celsius.is_empty() or fahrenheit.is_empty():
        raise InputError(
            f"{file} has {celsius.len()} temperatures in degrees Celsius and {fahrenheit.height} in degrees "
            f"Fahrenheit. A first block in Celsius and a second in Fahrenheit are expected. {_NEXT}"
        )
    course = frame.filter(pl.col("course") == fahrenheit["course"][0])
    begin, last = int(course["row"][0]), int(celsius.to_list()[-1])
    if last >= begin:
        raise InputError(
            f"{file} has a temperature in degrees Celsius in line {last + 1}, after Fahrenheit began with "
            f"the patient of line {begin + 1}. All Celsius before all Fahrenheit is expected. {_NEXT}"
        )
    _check_overwritten(frame.filter(pl.col("row") >= begin), mapping, file)
    return begin


def _check_overwritten(second: pl.DataFrame, mapping: Mapping, file: str) -> None:
    rule = mapping.overwritten
    column, field = next(iter(rule.columns.items()))
    both = (
        second.filter(pl.col("day") == rule.day).select(cell=number(column), field=number(field)).drop_nulls()
    )
    equal = both.filter(pl.col("cell") == pl.col("field")).height
    if not both.height or equal < rule.at_least * both.height:
        raise InputError(
            f"In {equal} of the {both.height} rows of day {rule.day} of the second block of {file} the cell "
            f"of {column} equals {field}. At least {rule.at_least:.0%} are expected: in the published sheet "
            f"these cells hold the recorded CRS fields. {_NEXT}"
        )
