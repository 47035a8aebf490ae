"""Oxygen from its pieces: devices, flows and inspired fractions charted apart become one track of rows.

A flow or a fraction charted at the instant of a device row belongs to it; one charted later is a new row of
the device then in force. Without a device in force it is oxygen by a device that the source does not name
(`unspecified_oxygen`), or none where the flow is 0 or the fraction that of air.
"""

from __future__ import annotations

import polars as pl

from becalm.record import DAY, vocabulary
from becalm.record.names import fold
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.matching import translated
from becalm.sources.coded.stays import with_moment

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
        value=pl.lit(None, dtype=pl.String),
    ).drop("device")


def oxygen_rows(statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of oxygen and ventilation, and the readings that could not be used.

    Args:
        statements: matched statements of the targets `oxygen`, `ventilation` and `support` (`flow_l_min` in
            L/min, `fio2` as a fraction or in percent).

    Returns:
        exposures in the folder format (start_time, end_time, kind, name, flow_l_min, fio2, indication, note,
        file, row), and the statements left over with a `reason`.
    """
    numbers = pl.col("value").str.extract(_NUMBER).cast(pl.Float64)
    readings = with_moment(statements.filter(pl.col("target") == "support"), "start").with_columns(
        number=numbers
    )
    usable = pl.col("number").is_not_null() & pl.col("start_moment").is_not_null()
    lost = readings.filter(~usable).with_columns(
        reason=pl.lit("A flow or an inspired fraction needs a time and a plain number.")
    )
    moments = _moments(readings.filter(usable))
    given = with_moment(statements.filter(pl.col("target") != "support"), "start").with_columns(kind="target")
    given = with_moment(given, "end").with_columns(ranked=pl.int_range(pl.len()))
    on = ["patient_id", "start_moment"]
    at_once = given.join(moments.select(*on, "flow", "fraction"), on=on, how="left", maintain_order="left")
    alone = moments.join(given.select(on), on=on, how="anti")
    later = _of_the_device_in_force(alone, given)
    at_once = at_once.with_columns(
        flow=pl.coalesce("flow", pl.col("flow_l_min").str.extract(_NUMBER).cast(pl.Float64)),
        fraction=pl.coalesce("fraction", pl.col("fio2").str.extract(_NUMBER).cast(pl.Float64)),
    )
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
    return exposures, lost.select(statements.columns)


def _written(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_suffix(".0")


def _moments(readings: pl.DataFrame) -> pl.DataFrame:
    """Readings of one patient at one instant side by side: `flow` (L/min) and `fraction` (of 1)."""
    percent = (pl.col("unit") == "%").fill_null(False) | (
        (pl.col("mapped_unit") == "%") & pl.col("unit").is_null()
    ).fill_null(False)
    number = pl.when(percent).then((pl.col("number") / 100).round(6)).otherwise("number")
    flow, fraction = pl.col("name") == "flow_l_min", pl.col("name") == "fio2"
    return readings.group_by("patient_id", "start_moment", maintain_order=True).agg(
        pl.col("start", "file", "row", "note").first(),
        flow=number.filter(flow).last(),
        fraction=number.filter(fraction).last(),
    )


def _of_the_device_in_force(moments: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """Readings at instants without a device row, each as a row of the device then in force."""
    far = 2**62
    named = given.filter(pl.col("start_moment").is_not_null()).select(
        "patient_id",
        "start_moment",
        began="start_moment",
        device="name",
        device_kind="kind",
        until=pl.col("end_moment").fill_null(far),
        until_text="end",
        why="indication",
    )
    seen = moments.sort("patient_id", "start_moment").join_asof(
        named.sort("patient_id", "start_moment"),
        on="start_moment",
        by="patient_id",
        strategy="backward",
        check_sortedness=False,
    )
    here = pl.col("start_moment")
    in_force = (
        (pl.col("until") > here) & ((here - pl.col("began")) <= DAY) & (pl.col("device") != "room_air")
    ).fill_null(False)
    none = ((pl.col("flow") == 0) | (pl.col("flow").is_null() & (pl.col("fraction") <= 0.21))).fill_null(
        False
    )
    plain = pl.col("device").is_in(["nasal_cannula", "low_flow_nasal_cannula"]).fill_null(False)
    off = none & (~in_force | plain)
    return seen.with_columns(
        name=pl.when(off)
        .then(pl.lit("room_air"))
        .when(in_force)
        .then("device")
        .otherwise(pl.lit("unspecified_oxygen")),
        kind=pl.when(in_force & ~off).then("device_kind").otherwise(pl.lit("oxygen")),
        end=pl.when(in_force & ~off).then("until_text"),
        indication=pl.when(in_force & ~off).then("why"),
        flow=pl.when(~off).then("flow"),
        fraction=pl.when(~off).then("fraction"),
    )
