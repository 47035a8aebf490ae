"""The tables of the folder format (design section 4) and the typed frames of a Cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

FrameSchema: TypeAlias = Mapping[str, pl.DataType]
"""Column name -> type, in the order of the columns."""


@dataclass(frozen=True)
class TableFormat:
    """One table of the folder format.

    `required`: groups of columns, of each of which a file needs at least one. `optional`: the others that
    it knows.
    """

    name: str
    required: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the format knows, required ones first."""
        return tuple(column for group in self.required for column in group) + self.optional


def _table(name: str, required: str, optional: str) -> TableFormat:
    groups = tuple(tuple(group.split("|")) for group in required.split())
    return TableFormat(name, groups, tuple(optional.split()))


TABLES: Mapping[str, TableFormat] = {
    table.name: table
    for table in (
        _table(
            "patients",
            "patient_id",
            "infusion_time age_years sex weight_kg disease disease_pattern product costimulation "
            "blasts_percent tumour_diameter_cm baseline_sbp home_cpap followup_day note",
        ),
        _table(
            "observations",
            "patient_id time|day concept value unit",
            "value_high comparator lower_limit upper_limit assay site code code_system note",
        ),
        _table(
            "exposures",
            "patient_id start_time|start_day kind name",
            "end_time end_day dose dose_unit rate rate_unit flow_l_min fio2 route indication "
            "code code_system note",
        ),
        _table("events", "patient_id time|day event", "value axis cause site severity note"),
        _table("coverage", "class", "patient_id start_day end_day"),
    )
}

_TYPES: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "instant": pl.Int64(),
    "row": pl.Int64(),
    "flag": pl.Boolean(),
    "texts": pl.List(pl.String()),
}

TYPED: FrameSchema = {"time": pl.Datetime("us"), "value": pl.Float64()}
"""The columns of raw observations that stay as they are where they have this type; all others are text."""

ISO_FORMAT = "%Y-%m-%dT%H:%M:%S%.6f"
"""A time without an offset as text."""


def _schema(columns: str) -> FrameSchema:
    pairs = (column.split(":") for column in columns.split())
    return {name: _TYPES[kind] for name, kind in pairs}


PATIENTS = _schema(
    """
    patient_id:text infusion:instant infusion_known:flag day0:text age_years:number sex:text weight_kg:number
    disease:text disease_pattern:text product:text costimulation:text blasts_percent:number
    tumour_diameter_cm:number baseline_sbp:number home_cpap:flag followup_day:number note:text
    """
)

OBSERVATIONS = _schema(
    """
    patient_id:text time:instant whole_day:flag concept:text lo:number hi:number unit:text value_given:text
    unit_given:text comparator:text lower_limit:number upper_limit:number assay:text site:text code:text
    code_system:text note:text refused:flag file:text row:row
    """
)

EXPOSURES = _schema(
    """
    patient_id:text start:instant end:instant start_whole_day:flag end_whole_day:flag kind:text name:text
    classes:texts dose:number dose_unit:text rate:number rate_unit:text flow_l_min:number fio2:number
    route:text indication:text code:text code_system:text note:text file:text row:row
    """
)

EVENTS = _schema(
    """
    patient_id:text time:instant whole_day:flag event:text value:text axis:text cause:text site:text
    severity:text note:text file:text row:row
    """
)

COVERAGE = _schema("class:text patient_id:text start:instant end:instant")

REFUSALS = _schema("file:text row:row column:text given:text expected:text next_step:text patient_id:text")

SET_ASIDE = _schema("file:text row:row column:text reason:text")

DOUBTS = _schema("patient_id:text class:text file:text row:row")


def conform(frame: pl.DataFrame, schema: FrameSchema) -> pl.DataFrame:
    """The frame with exactly the columns of `schema`, in its order and types; one it lacks is all null.

    Times become text in ISO 8601.
    """
    there = frame.schema
    return frame.select(
        _cast(pl.col(name), there[name], dtype).alias(name)
        if name in there
        else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )


def typed(table: str, column: str, dtype: pl.DataType) -> bool:
    """Whether a raw column stays as it is."""
    return table == "observations" and TYPED.get(column) == dtype


def _cast(column: pl.Expr, given: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    if given == wanted:
        return column
    if isinstance(given, pl.Datetime) and wanted == pl.String:
        return column.dt.strftime(ISO_FORMAT)
    return column.cast(wanted)


def empty(schema: FrameSchema) -> pl.DataFrame:
    """A frame of `schema` without rows."""
    return pl.DataFrame(schema=dict(schema))
