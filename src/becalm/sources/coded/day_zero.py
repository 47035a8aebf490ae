"""Day zero of each patient: the infusion, or another moment where the source has none or a person says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from becalm.record import vocabulary
from becalm.record.errors import InputError
from becalm.sources.coded.stays import with_moment

ANCHORS: dict[str, tuple[str, ...]] = {
    "infusion": (),
    "first-admission": ("admission",),
    "first-icu-admission": ("icu_admission",),
}
"""What day zero can be counted from, besides a table of a person's own, and the events that tell it."""

CELLS, ENGAGER = "car_t", "t_cell_engager"


def infusions(exposures: pl.DataFrame) -> pl.DataFrame:
    """The doses of cell products and T-cell engagers: `patient_id`, `time`, `order` (cells before engagers).

    A dose of 0 is none. A patient who had both is counted from the cells: an engager before them was a
    bridge.
    """
    classes = {drug.name: drug.classes for drug in vocabulary().drugs.values()}
    cells = [name for name, held in classes.items() if CELLS in held]
    engagers = [name for name, held in classes.items() if ENGAGER in held]
    dose = pl.col("dose").cast(pl.Float64, strict=False)
    drugs = exposures.filter(pl.col("kind") == "drug", (dose != 0).fill_null(True))
    return pl.concat(
        [
            drugs.filter(pl.col("name").is_in(names)).select(
                "patient_id", time="start_time", order=pl.lit(order, dtype=pl.Int32)
            )
            for order, names in enumerate((cells, engagers))
        ]
    ).filter(pl.col("time").is_not_null())


def day_zero(
    anchor: str, persons: pl.DataFrame, exposures: pl.DataFrame, events: pl.DataFrame
) -> pl.DataFrame:
    """`patient_id`, `infusion_time` of every patient of whom day zero is known.

    Args:
        anchor: one of ANCHORS, or the path of a CSV file with `patient_id` and `infusion_time`.
        persons: PERSON; an `infusion_time` there decides where the anchor is `infusion`.
        exposures: a table of the folder format.
        events: a table of the folder format.

    Raises:
        InputError: the anchor is neither, or its table cannot be used.
    """
    if anchor not in ANCHORS:
        return _table(anchor)
    if anchor != "infusion":
        wanted = events.filter(pl.col("event").is_in(list(ANCHORS[anchor])))
        return _earliest(wanted.select("patient_id", "time", order=pl.lit(0, dtype=pl.Int32)))
    stated = persons.filter(pl.col("infusion_time").is_not_null())
    known = events.filter((pl.col("event") == "infusion") & pl.col("time").is_not_null())
    found = pl.concat(
        [
            stated.select("patient_id", time="infusion_time", order=pl.lit(-1, dtype=pl.Int32)),
            known.select("patient_id", "time", order=pl.lit(0, dtype=pl.Int32)),
            infusions(exposures),
        ]
    )
    return _earliest(found)


def _earliest(rows: pl.DataFrame) -> pl.DataFrame:
    """The first of each patient, a time of day before a bare date on the same date."""
    placed = with_moment(rows, "time").filter(pl.col("time_moment").is_not_null())
    date = pl.col("time").str.slice(0, 10)
    return (
        placed.sort("patient_id", "order", date, "time_date_only", "time_moment")
        .group_by("patient_id", maintain_order=True)
        .agg(infusion_time=pl.col("time").first())
    )


def _table(path: str) -> pl.DataFrame:
    file = Path(path)
    if not file.is_file():
        raise InputError(
            f"--day-zero was given {path!r}; expected {', '.join(ANCHORS)} or a CSV file with the columns "
            "patient_id and infusion_time. Check the name."
        )
    try:
        frame = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            f"{path} cannot be read as CSV: {error}. A header patient_id,infusion_time and a line a patient "
            "are expected."
        ) from error
    lacking = {"patient_id", "infusion_time"} - set(frame.columns)
    if lacking:
        raise InputError(
            f"{path} lacks the column {' and '.join(sorted(lacking))}; it has {', '.join(frame.columns)}. "
            "Add or rename it."
        )
    return frame.select("patient_id", "infusion_time").drop_nulls().unique("patient_id", keep="first")


def local_times(zone: str) -> Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]:
    """How times with an offset are written in one hospital's local time, without an offset.

    Raises:
        InputError: the zone is not known.
    """
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"--time-zone was given {zone!r}; expected the name of a time zone such as Europe/Berlin or "
            "America/New_York."
        ) from error
    return lambda frame, anchors: _localised(frame, anchors, known)


def _localised(frame: pl.DataFrame, anchors: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Every time with an offset as local time in the offset that the zone has on the patient's day zero.

    One offset for a patient's whole record: elapsed hours stay elapsed hours over a change of the clock.
    """
    dates = with_moment(anchors, "infusion_time").with_columns(
        at=pl.from_epoch(pl.col("infusion_time_moment"), time_unit="us").dt.replace_time_zone("UTC")
    )
    there = dates.with_columns(at=pl.col("at").dt.convert_time_zone(str(zone)))
    offset = (pl.col("at").dt.base_utc_offset() + pl.col("at").dt.dst_offset()).dt.total_microseconds()
    offsets = there.select("patient_id", zone_offset=offset)
    out = frame.join(offsets, on="patient_id", how="left", maintain_order="left")
    for column in (
        name for name in ("time", "start_time", "end_time", "infusion_time") if name in frame.columns
    ):
        out = with_moment(out, column)
        aware = (pl.col(f"{column}_local") != pl.col(f"{column}_moment")) | pl.col(column).str.contains(
            r"(?i)(z|[+-]\d\d:?\d\d)$"
        )
        moved = pl.from_epoch(pl.col(f"{column}_moment") + pl.col("zone_offset"), time_unit="us")
        text = moved.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").str.replace(r"\.0+$", "")
        use = aware & ~pl.col(f"{column}_date_only") & pl.col("zone_offset").is_not_null()
        out = out.with_columns(pl.when(use.fill_null(False)).then(text).otherwise(column).alias(column))
    return out.select(frame.columns)
