"""Rewriting a record: the same facts in another form, or one fact changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta, timezone
from decimal import Decimal

from .records import Row, Tables
from .times import DAY, Clock, Moment, clock_of, in_days, in_times, read

PLACED = {"observations": ("",), "exposures": ("start_", "end_"), "events": ("",)}
"""The files whose rows lie on the clock, with the prefixes of their columns."""

Write = Callable[[Moment | None, str, Clock], Row]


def clocks(tables: Tables) -> dict[str, Clock]:
    """The clock of each patient."""
    return {row["patient_id"]: clock_of(row) for row in tables["patients"]}


def moment(row: Row, table: str, clock: Clock) -> Moment | None:
    """The first moment that a row tells."""
    return read(row, PLACED[table][0], clock)


def reclocked(
    tables: Tables,
    change: Callable[[Clock], Clock],
    write: Write,
    shift: Callable[[Clock], int] = lambda _: 0,
) -> Tables:
    """The record with every patient's clock changed and every moment written anew.

    Args:
        tables: the record.
        change: the new clock of a patient's clock.
        write: how a moment is written on the new clock.
        shift: by how many microseconds of the day's clock a patient's moments move.
    """
    old = clocks(tables)
    new = {owner: change(clock) for owner, clock in old.items()}
    out = Tables({name: list(rows) for name, rows in tables.items()})
    out["patients"] = [
        {**row, "infusion_time": new[row["patient_id"]].infusion_time} for row in tables["patients"]
    ]
    for name, prefixes in PLACED.items():
        out[name] = []
        for row in tables.get(name, []):
            owner = row["patient_id"]
            cells = {k: v for k, v in row.items() if not k.endswith(("time", "day"))}
            for prefix in prefixes:
                when = read(row, prefix, old[owner])
                if when is not None:
                    when = when._replace(at=when.at + shift(old[owner]))
                cells |= write(when, prefix, new[owner])
            out[name].append(cells)
    return out


def same_clock(clock: Clock) -> Clock:
    """The clock as it is."""
    return clock


def dated(clock: Clock) -> Clock:
    """The clock with a date where it has none."""
    return clock if clock.midnight else clock_of({"infusion_time": "2023-11-05"})


def days_later(days: int) -> Callable[[Clock], Clock]:
    """A change of clock by whole days."""
    return lambda c: Clock(c.midnight + timedelta(days=days) if c.midnight else None, c.infusion)


def in_zone(hours: int) -> Callable[[Clock], Clock]:
    """A change of clock to one with an offset, the local times as they are, where the hour is known."""

    def change(clock: Clock) -> Clock:
        if clock.midnight is None or clock.infusion is None:
            return clock
        return Clock(clock.midnight.replace(tzinfo=timezone(timedelta(hours=hours))), clock.infusion)

    return change


def in_any_offset(chance: random.Random) -> Write:
    """Times written with offsets of their own, where the clock has one."""

    def write(when: Moment | None, prefix: str, clock: Clock) -> Row:
        if clock.midnight is None:
            return in_days(when, prefix, clock)
        if when is None or when.whole or clock.midnight.tzinfo is None:
            return in_times(when, prefix, clock)
        there = timezone(timedelta(minutes=chance.choice((0, 60, -300, 345))))
        return {
            f"{prefix}time": (clock.midnight + timedelta(microseconds=when.at)).astimezone(there).isoformat()
        }

    return write


def in_both(when: Moment | None, prefix: str, clock: Clock) -> Row:
    """A moment as a time and as a day."""
    return in_days(when, prefix, clock) | (in_times(when, prefix, clock) if clock.midnight else {})


def shuffled(tables: Tables, seed: int) -> Tables:
    """The rows of every file in another order."""
    chance = random.Random(seed)
    return Tables({name: chance.sample(rows, len(rows)) for name, rows in tables.items()})


def without_future(tables: Tables, until: int) -> Tables:
    """What was recorded up to an instant: rows that begin after it are left out, ends stay as recorded.

    That later observations show the patient alive stays known: a weight stands for the last of them.
    """
    known = clocks(tables)
    out = Tables({name: list(rows) for name, rows in tables.items()})
    for name in PLACED:
        out[name] = []
        for row in tables.get(name, []):
            when = moment(row, name, known[row["patient_id"]])
            if when is None or when.at <= until or row.get("event") == "infusion":
                out[name].append(row)
    for owner, clock in known.items():
        mine = (
            moment(row, "observations", clock) for row in tables["observations"] if row["patient_id"] == owner
        )
        last = max((when for when in mine if when is not None), default=None)
        if last is not None:
            write = in_times if clock.midnight else in_days
            alive = {"patient_id": owner, "concept": "weight", "value": "60", "unit": "kg"}
            out["observations"].append({**alive, **write(last, "", clock)})
    return out


_OTHER_UNITS: dict[tuple[str, str], tuple[str, Callable[[Decimal], Decimal]]] = {
    ("temperature", "Cel"): ("[degF]", lambda v: v * 9 / 5 + 32),
    ("temperature", "[degF]"): ("degrees F", lambda v: v),
    ("sbp", "mm[Hg]"): ("kPa", lambda v: v * Decimal("0.133322")),
    ("map", "mm[Hg]"): ("kPa", lambda v: v * Decimal("0.133322")),
    ("dbp", "mm[Hg]"): ("mmHg", lambda v: v),
    ("spo2", "%"): ("1", lambda v: v / 100),
    ("spo2", "1"): ("percent", lambda v: v * 100),
}
"""Units that mean exactly the same, as a physicist would convert them."""


def in_other_units(tables: Tables, which: Callable[[], bool]) -> Tables:
    """Values in another unit, for the rows that `which` picks; everything else as it is."""
    out = []
    for row in tables["observations"]:
        key = (row["concept"], row.get("unit", ""))
        if key in _OTHER_UNITS and which():
            unit, convert = _OTHER_UNITS[key]
            numbers = {c: str(convert(Decimal(row[c]))) for c in ("value", "value_high") if row.get(c)}
            row = {**row, **numbers, "unit": unit}
        out.append(row)
    return Tables({**tables, "observations": out})


def midnights_only(tables: Tables) -> int:
    """How many rows can be written as a time only: an instant at midnight."""
    known = clocks(tables)
    found = (
        moment(r, n, known[r["patient_id"]]) for n in ("observations", "events") for r in tables.get(n, [])
    )
    return sum(when is not None and not when.whole and when.at % DAY == 0 for when in found)
