"""A recorded range in place of a value never narrows a grade: what is less known is never more decided."""

from __future__ import annotations

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from .curves import curves, day, span, together, within
from .records import Row, Tables, cohort, records

PLAUSIBLE = {"temperature": (25, 45), "sbp": (20, 320), "map": (10, 280), "spo2": (20, 100)}
"""The limits of what can be measured, in the unit of UNIT."""
UNIT = {"temperature": "Cel", "sbp": "mm[Hg]", "map": "mm[Hg]", "spo2": "%"}


def is_plain(row: Row) -> bool:
    """Whether a row holds one exact, plausible value in the usual unit."""
    concept = row["concept"]
    if concept not in UNIT or row.get("unit") != UNIT[concept]:
        return False
    if row.get("comparator") or row.get("value_high"):
        return False
    low, high = PLAUSIBLE[concept]
    return low < Decimal(row["value"]) < high


def widened(row: Row, chance: random.Random) -> Row:
    """The row with a range, recorded in one of the ways of the format, that holds its value."""
    low, high = PLAUSIBLE[row["concept"]]
    value = Decimal(row["value"])
    below = value - chance.choice((0, Decimal("0.1"), 1, 5, 20))
    above = value + chance.choice((0, Decimal("0.1"), 1, 5, 20))
    below, above = max(below, Decimal(low)), min(above, Decimal(high))
    ways: list[Row] = [
        {"value": str(below), "value_high": str(above)},
        {"value": str(low), "value_high": str(high)},
        {"value": str(below), "comparator": ">="},
        {"value": str(above), "comparator": "<="},
        {"value": "9999"},
        {"unit": "furlong"},
    ]
    ways += [{"value": str(below), "comparator": ">"}] if below < value else []
    ways += [{"value": str(above), "comparator": "<"}] if above > value else []
    return {**row, **chance.choice(ways)}


def with_wider_values(tables: Tables, chance: random.Random) -> Tables:
    """The record with some plain values as ranges: one, a few, or half of them."""
    plain = [i for i, row in enumerate(tables["observations"]) if is_plain(row)]
    count = chance.choice((1, 1, 3, max(1, len(plain) // 2)))
    chosen = set(chance.sample(plain, min(count, len(plain))))
    rows = [widened(r, chance) if i in chosen else r for i, r in enumerate(tables["observations"])]
    return Tables({**tables, "observations": rows})


@given(records(), st.integers(0, 2**32))
def test_a_range_that_holds_the_value_never_narrows_a_grade(tables, seed):
    wider = with_wider_values(tables, random.Random(seed))
    before, after = curves(cohort(tables)), curves(cohort(wider))
    for owner, curve in before.items():
        assert span(curve) == span(after[owner])
        for instant, known, vague in together(curve, after[owner]):
            assert within(known, vague), f"{owner} on {day(instant)}: {known} became {vague}"


@given(records())
def test_knowing_no_value_at_all_holds_every_grade(tables):
    rows = [{**r, "value": "9999"} if is_plain(r) else r for r in tables["observations"]]
    before, after = curves(cohort(tables)), curves(cohort(Tables({**tables, "observations": rows})))
    for owner, curve in before.items():
        for instant, known, vague in together(curve, after[owner]):
            assert within(known, vague), f"{owner} on {day(instant)}: {known} became {vague}"


def test_the_wider_values_are_of_every_kind_and_hold_the_value():
    row: Row = {"patient_id": "a", "day": "1.5", "concept": "spo2", "value": "91", "unit": "%"}
    seen = [widened(row, random.Random(seed)) for seed in range(60)]
    assert {r.get("comparator", "") for r in seen} == {"", "<", "<=", ">", ">="}
    frame = cohort({"patients": [{"patient_id": "a"}], "observations": seen}).observations
    assert frame.height > 15
    assert ((frame["lo"] <= 91) & (frame["hi"] >= 91)).all()
    assert (frame["hi"] - frame["lo"]).max() == 80
