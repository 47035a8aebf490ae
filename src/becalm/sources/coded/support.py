"""Oxygen from its pieces: devices, flows and inspired fractions charted apart become one track of rows.

A flow or a fraction charted at the instant of a device row belongs to it; one charted later is a new row of
the device then in force (`becalm.sources.coded.in_force`). Without one it is oxygen by a device that the
source does not name (`unspecified_oxygen`), or none where the flow is 0 or the fraction that of air.
"""

from __future__ import annotations

import polars as pl

from becalm.record import vocabulary
from becalm.record.names import fold
from becalm.sources.coded.in_force import of_the_device_in_force
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.matching import translated
from becalm.sources.coded.stays import with_moment

NOT_PLAIN = (
    "A flow in L/min or an inspired fraction (of 1, or in %) as one plain number, with its time, is expected "
    "of a reading about oxygen."
)
STALE = (
    "It is too long since the device was charted (option in_force_hours): whether this flow or fraction is "
    "still of that device is not known."
)
_NUMBER = r"^\s*([0-9]+(?:\.[0-9]+)?)\s*$"
_ROW = ["patient_id", "start", "end", "name", "kind", "file", "row"]


def devices_named(statements: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Statements of the target `support` whose value names a device, as statements of that device.

    Adds the target `oxygen` and the device as `name`; a value that names none gives the target `not mapped`,
    a value that a mapping sets aside the target `ignore`.
    """

    def device(word: str | None, codes: str | None) -> str | None:
        for code in (codes or "").split("\x1e") if codes else []:
            found = lookup.find("device", [code], None)
            if found and found.meaning.target in ("oxygen", "ventilation"):
                return found.meaning.name
        entry = lookup.values.get(fold(word or ""))
        if entry and entry.ignore:
            return "!" + entry.ignore
        return (entry.oxygen if entry else None) or (vocabulary().resolve("oxygen", word) if word else None)

    rows = statements.with_columns(given_codes=pl.col("value_codes").list.join("\x1e"))
    rows = translated(rows, ("value", "given_codes"), "device", device).drop("given_codes")
    ignored = pl.col("device").str.starts_with("!").fill_null(False)
    return rows.with_columns(
        target=pl.when(pl.col("device").is_null())
        .then(pl.lit("not mapped"))
        .when(ignored)
        .then(pl.lit("ignore"))
        .otherwise(pl.lit("oxygen")),
        reason=pl.when(ignored).then(pl.col("device").str.slice(1)),
        name=pl.when(~ignored).then("device"),
        value=pl.when(pl.col("device").is_null()).then("value"),
    ).drop("device")


def oxygen_rows(statements: pl.DataFrame, lookup: Lookup) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of oxygen and ventilation, and the readings that could not be used.

    Args:
        statements: matched statements of the targets `oxygen`, `ventilation` and `support` (`flow_l_min` in
            L/min, `fio2` as a fraction or in percent).
        lookup: the units of flows and fractions, and what is no oxygen (options of the mapping).

    Returns:
        exposures in the folder format (start_time, end_time, kind, name, flow_l_min, fio2, indication, note,
        file, row), and the statements left over with a `reason`.
    """
    readings, lost = _readings(statements.filter(pl.col("target") == "support"), lookup)
    moments = _moments(readings)
    given = with_moment(statements.filter(pl.col("target") != "support"), "start").with_columns(kind="target")
    given = with_moment(given, "end")
    on = ["patient_id", "start_moment"]
    at_once = given.join(moments.select(*on, "flow", "fraction"), on=on, how="left", maintain_order="left")
    at_once = at_once.with_columns(
        flow=pl.coalesce("flow", pl.col("flow_l_min").str.extract(_NUMBER).cast(pl.Float64)),
        fraction=pl.coalesce("fraction", pl.col("fio2").str.extract(_NUMBER).cast(pl.Float64)),
    )
    alone = moments.join(given.select(on), on=on, how="anti")
    later, stale = of_the_device_in_force(alone, given, lookup.options)
    columns = [*_ROW, "flow", "fraction", "indication", "note"]
    rows = pl.concat([at_once.select(columns), later.select(columns)])
    exposures = rows.select(
        "patient_id",
        "kind",
        "name",
        "indication",
        "note",
        "file",
        "row",
        start_time="start",
        end_time="end",
        flow_l_min=_written("flow"),
        fio2=_written("fraction"),
    )
    old = readings.join(stale, on=on, how="semi").with_columns(reason=pl.lit(STALE))
    return exposures, pl.concat([lost, old.select(lost.columns)]).select(statements.columns)


def _readings(support: pl.DataFrame, lookup: Lookup) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Flows in L/min and fractions of 1 as `number`, and the readings that are neither.

    A flow beyond a limit or between two values is no plain number: its device alone then speaks, as a range.
    """
    rows = translated(support, ("unit", "mapped_unit"), "unit", lambda unit, own: lookup.unit(unit or own))
    options = {name: list(lookup.options.get(name, ())) for name in ("flow_units", "percents", "fractions")}
    number = pl.col("value").str.extract(_NUMBER).cast(pl.Float64)
    plain = pl.col("comparator").is_null() & pl.col("value_high").is_null()
    bare = pl.col("unit").is_null()
    flow = (pl.col("name") == "flow_l_min") & (bare | pl.col("unit").is_in(options["flow_units"]))
    percent = (pl.col("name") == "fio2") & pl.col("unit").is_in(options["percents"])
    fraction = (pl.col("name") == "fio2") & (
        (bare & (number <= 1)) | pl.col("unit").is_in(options["fractions"])
    )
    rows = with_moment(rows, "start").with_columns(
        number=pl.when(flow | fraction).then(number).when(percent).then((number / 100).round(6))
    )
    usable = plain & pl.col("number").is_not_null() & pl.col("start_moment").is_not_null()
    usable = usable & ~pl.col("start_date_only").fill_null(True)
    lost = rows.filter(~usable.fill_null(False)).with_columns(reason=pl.lit(NOT_PLAIN))
    return rows.filter(usable.fill_null(False)), lost


def _written(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_suffix(".0")


def _moments(readings: pl.DataFrame) -> pl.DataFrame:
    """Readings of one patient at one instant side by side: `flow` (L/min) and `fraction` (of 1)."""
    number = pl.col("number")
    return readings.group_by("patient_id", "start_moment", maintain_order=True).agg(
        pl.col("start", "file", "row", "note").first(),
        flow=number.filter(pl.col("name") == "flow_l_min").last(),
        fraction=number.filter(pl.col("name") == "fio2").last(),
    )
