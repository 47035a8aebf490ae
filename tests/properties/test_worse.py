"""A worse value never lowers a grade while it speaks, and where nothing carries over, never at all.

At later instants the design itself lets a worse value lower a grade in two ways, each shown below by an
example: a longer episode keeps an attribution to another cause in force, and it keeps fever waived by the
treatment of that episode. Without attributions, or without treatment, the property is one of every instant.
"""

from __future__ import annotations

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from .changes import clocks, moment
from .curves import Curve, curves, day, lower, together
from .records import Row, Tables, cohort, covered_records, records
from .test_ranges import is_plain
from .times import DAY

VALIDITY = {"temperature": DAY // 2, "sbp": DAY // 3, "map": DAY // 3, "spo2": DAY // 3}
WORST = {"temperature": Decimal("41.5"), "sbp": Decimal(45), "map": Decimal(30), "spo2": Decimal(61)}


def worsened(row: Row, chance: random.Random) -> Row:
    """The row with a worse value: a lower pressure or saturation, a higher temperature."""
    worst = WORST[row["concept"]]
    value = Decimal(row["value"])
    share = Decimal(chance.choice(("0.02", "0.1", "0.3", "0.6", "1")))
    return {**row, "value": f"{value + (worst - value) * share:.2f}"}


def one_worse(
    tables: Tables, concepts: tuple[str, ...], chance: random.Random
) -> tuple[Tables, str, int, int] | None:
    """The record with one value made worse, whose it is, and from when to when that value can speak."""
    known = clocks(tables)
    plain = [
        (i, row, when)
        for i, row in enumerate(tables["observations"])
        if is_plain(row)
        and row["concept"] in concepts
        and (when := moment(row, "observations", known[row["patient_id"]])) is not None
    ]
    if not plain:
        return None
    place, row, when = chance.choice(plain)
    rows = list(tables["observations"])
    rows[place] = worsened(row, chance)
    until = when.at + (DAY if when.whole else VALIDITY[row["concept"]])
    for other in rows:
        if (
            other["patient_id"] == row["patient_id"]
            and other["concept"] == row["concept"]
            and other is not rows[place]
        ):
            then = moment(other, "observations", known[row["patient_id"]])
            if then is not None and when.at < then.at < until:
                until = then.at
    return Tables({**tables, "observations": rows}), row["patient_id"], when.at, until


def without(tables: Tables, *, attributions: bool = False, treatment: bool = False) -> Tables:
    """The record without attributions, or without drugs that lift the need for fever."""
    out = Tables(tables)
    if attributions:
        out["events"] = [row for row in tables["events"] if row["event"] != "attribution"]
    if treatment:
        kept = ("vaso", "nor", "epi", "adren", "phenyl", "dopa", "dobu", "milr", "angio", "terli")
        out["exposures"] = [
            row
            for row in tables["exposures"]
            if row["kind"] != "drug" or row["name"].lower().startswith(kept)
        ]
    return out


def fallen(before: Curve, after: Curve, start: int, end: int) -> list[str]:
    """The instants of [start, end) at which either end of the range fell."""
    return [
        f"{day(instant)}: {one} fell to {two}"
        for instant, one, two in together(before, after)
        if start <= instant < end and lower(one, two)
    ]


def check(tables: Tables, concepts: tuple[str, ...], seed: int, *, always: bool) -> None:
    """One value made worse lowers nothing while it speaks, or at any time."""
    found = one_worse(tables, concepts, random.Random(seed))
    if found is None:
        return
    worse, owner, start, end = found
    before, after = curves(cohort(tables))[owner], curves(cohort(worse))[owner]
    drops = fallen(before, after, -DAY * 999, DAY * 999) if always else fallen(before, after, start, end)
    assert not drops, (owner, drops)


@given(records(), st.integers(0, 2**32))
def test_a_worse_pressure_or_saturation_lowers_nothing_while_it_speaks(tables, seed):
    check(without(tables, attributions=True), ("sbp", "map", "spo2"), seed, always=False)


@given(covered_records(), st.integers(0, 2**32))
def test_a_worse_pressure_or_saturation_lowers_nothing_ever_without_treatment(tables, seed):
    plain = without(tables, attributions=True, treatment=True)
    check(plain, ("sbp", "map", "spo2"), seed, always=True)


@given(records(), st.integers(0, 2**32))
def test_a_worse_temperature_lowers_nothing_while_it_speaks(tables, seed):
    check(without(tables, attributions=True), ("temperature",), seed, always=False)
