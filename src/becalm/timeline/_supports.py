"""What a row of oxygen or ventilation means: its level of support, its oxygen, its kind of ventilation.

A recorded FiO2 decides; otherwise a plain cannula's flow, by the table named in `devices.toml`; otherwise the
range that the device can deliver. A row that is not for hypoxia is no support, and its oxygen is air.
"""

from __future__ import annotations

import polars as pl

from becalm.timeline._devices import (
    BY_FLOW,
    LEVELS,
    VENTILATION,
    device_levels,
    flow_table,
)
from becalm.timeline.settings import Settings

AIR = "room_air"
MEASURES = ("support", "fio2", "ventilation")
"""What is said of a row and of the track: each as two columns, X_lo and X_hi."""


def quiet() -> dict[str, float]:
    """What each measure is without any support."""
    return {"support": 0, "fio2": device_levels()[AIR].fio2_min, "ventilation": 0}


def most() -> dict[str, float]:
    """The highest that each measure can be."""
    return {"support": len(LEVELS) - 1, "fio2": 100.0, "ventilation": len(VENTILATION) - 1}


def measured(rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Rows of oxygen and ventilation (with `home_cpap`) with `needed` bool and the columns of MEASURES."""
    rows = rows.with_columns(needed=_needed(settings))
    estimate = _estimate(settings)
    found = {"support": _levels(settings), "fio2": _fio2(estimate), "ventilation": _ventilation()}
    none = quiet()
    return rows.with_columns(
        (pl.col("needed") & pl.col("fio2").is_null() & estimate.is_not_null()).alias("estimated"),
        *(
            pl.when("needed").then(expr).otherwise(none[name]).alias(f"{name}_{end}")
            for name, ends in found.items()
            for end, expr in zip(("lo", "hi"), ends, strict=True)
        ),
    )


def _ventilation() -> tuple[pl.Expr, pl.Expr]:
    """Whether a device breathes for the patient, and how."""
    kinds = {name: VENTILATION.index(device.ventilation) for name, device in device_levels().items()}
    kind = pl.col("name").replace_strict(kinds, default=None, return_dtype=pl.Int64)
    return kind, kind


def _fio2(estimate: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lowest and highest inspired oxygen, in percent."""
    recorded = (pl.col("fio2") * 100).round(6)
    lowest, highest = (
        pl.col("name").replace_strict(
            {name: getattr(device, end) for name, device in device_levels().items()},
            default=None,
            return_dtype=pl.Float64,
        )
        for end in ("fio2_min", "fio2_max")
    )
    return pl.coalesce(recorded, estimate, lowest), pl.coalesce(recorded, estimate, highest)


def _estimate(settings: Settings) -> pl.Expr:
    """The inspired oxygen of a cannula by its flow, in percent; null where the table does not reach."""
    if not settings.flag("fio2_from_flow"):
        return pl.lit(None, dtype=pl.Float64)
    table, flow = flow_table(), pl.col("flow_l_min")
    cannula = pl.col("name").is_in([n for n, device in device_levels().items() if device.fio2_by_flow])
    known = cannula & flow.is_between(table.flow_min, table.flow_max)
    return pl.when(known).then(table.base + table.per_litre * flow)


def _levels(settings: Settings) -> tuple[pl.Expr, pl.Expr]:
    """Lowest and highest level of support that a row's device and flow may mean."""
    devices = device_levels()
    by_flow = [name for name, device in devices.items() if device.level == BY_FLOW]
    named = {name: LEVELS.index(d.level) for name, d in devices.items() if d.level in LEVELS}
    low, high = LEVELS.index("low_flow"), LEVELS.index("high_flow")
    fixed = pl.col("name").replace_strict(named, default=None, return_dtype=pl.Int64)
    limit = settings.number("low_flow_max")
    flow = pl.col("flow_l_min")
    from_flow = pl.when(flow <= limit).then(low).when(flow > limit).then(high)
    cannula = pl.col("name").is_in(by_flow)
    if not settings.flag("device_name_beats_flow"):
        cannulas = [*by_flow, *(n for n, d in devices.items() if d.cannula)]
        cannula = cannula | (pl.col("name").is_in(cannulas) & flow.is_not_null())
    unknown_hi = high if settings.flag("flow_decides_plain_cannula") else low
    highest = {name: LEVELS.index(d.level_max) for name, d in devices.items() if d.level_max}
    top = pl.col("name").replace_strict(highest, default=None, return_dtype=pl.Int64)
    settled = (top.is_not_null() & (flow > limit)).fill_null(False)
    lo = pl.when(cannula).then(from_flow.fill_null(low)).when(settled).then(top).otherwise(fixed)
    hi = pl.when(cannula).then(from_flow.fill_null(unknown_hi)).otherwise(pl.coalesce(top, fixed))
    return lo, hi


def _needed(settings: Settings) -> pl.Expr:
    """Is a row's support given for hypoxia, as far as its indication says?"""
    devices = device_levels()
    level = pl.col("name").replace_strict(
        {n: d.level for n, d in devices.items()}, default=None, return_dtype=pl.String
    )
    always = [n for n, d in devices.items() if d.always_needed]
    at_home = [n for n, d in devices.items() if d.home_device]
    reason = pl.col("indication")
    other = (
        pl.when(level == "positive_pressure")
        .then(reason.is_in(list(settings.names("pressure_support_other_indications"))))
        .otherwise(reason.is_in(list(settings.names("oxygen_other_indications"))))
    )
    needed = ~other.fill_null(False)
    if settings.flag("home_pressure_support_excluded"):
        own = pl.col("home_cpap").fill_null(False) & pl.col("name").is_in(at_home)
        needed = needed & ~(
            own & ~reason.is_in(list(settings.names("home_support_counts_for"))).fill_null(False)
        )
    return (needed | pl.col("name").is_in(always)) & (level != "none")
