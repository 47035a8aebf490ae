"""Every range is exactly the answers of all orders that the record allows, found here one by one."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.markers.records import drug, record, value

from becalm.markers import markers

BEFORE = 2.0
PLACES = (0.0, 0.125, 0.375, 0.625, 0.875)
"""Where in its day a whole-day value or an infusion without an hour is tried; timed values lie between."""


def day_values():
    timed = st.integers(-5, 6).map(lambda n: n / 2 + 0.25)
    return st.one_of(timed, st.integers(-3, 3))


readings = st.lists(
    st.tuples(day_values(), st.integers(1, 99), st.integers(0, 9)).map(lambda r: (r[0], r[1], r[1] + r[2])),
    max_size=5,
)
doses = st.lists(st.sampled_from([0.75, 1.5, 2.25, 3.5]), max_size=1)


def answers(rows, infusion, dose):
    """The baselines and peaks of one world: sets of (lo, hi) readings; None where there is no value."""
    before = [row for row in rows if -BEFORE <= row[0] <= infusion]
    day_0 = [row for row in rows if infusion < row[0] < 1]
    chosen = max((row[0] for row in before), default=None)
    if chosen is None:
        chosen = min((row[0] for row in day_0), default=None)
    baselines = [row for row in before + day_0 if row[0] == chosen] or None
    window = [row for row in rows if infusion <= row[0] < dose]
    return baselines, window or None


def worlds(rows, infusion, dose):
    """Every placing of the whole-day values and of the infusion."""
    timed = [row for row in rows if isinstance(row[0], float)]
    kept = [r for r in rows if isinstance(r[0], int) and not any(r[0] <= t[0] < r[0] + 1 for t in timed)]
    infusions = PLACES if infusion is None else (infusion,)
    for at, *places in product(infusions, *[PLACES] * len(kept)):
        placed = [(row[0] + place, row[1], row[2]) for row, place in zip(kept, places, strict=True)]
        yield answers(timed + placed, at, dose)


@given(readings, doses, st.sampled_from([None, 0.25, 0.375]))
@settings(max_examples=150)
def test_ranges_are_exact(rows, dose, infusion):
    if sum(isinstance(row[0], int) for row in rows) > 3:
        rows = rows[:3]
    patient: dict[str, object] = (
        {} if infusion is None else {"infusion_time": f"2026-03-02T{24 * infusion:02.0f}:00"}
    )
    cohort = record(
        [value("il6", repr(day), lo, value_high=hi) for day, lo, hi in dict.fromkeys(rows)],
        exposures=[drug("tocilizumab", day) for day in dose],
        patients=[patient],
    )
    found = markers(cohort).filter(marker="il6").to_dicts()[0]
    seen = list(worlds(rows, infusion, dose[0] if dose else 30.5))
    baselines = [world[0] for world in seen]
    if None in baselines:
        assert found["baseline_min"] is None
        assert found["baseline_max"] is None
    else:
        every = [row for world in baselines for row in world]
        assert found["baseline_min"] == min(row[1] for row in every)
        assert found["baseline_max"] == max(row[2] for row in every)
    peaks = [world[1] for world in seen]
    possible = [row for world in peaks if world for row in world]
    assert found["peak_max"] == max((row[2] for row in possible), default=None)
    lowest = None if None in peaks else min(max(row[1] for row in world) for world in peaks)
    assert found["peak_min"] == lowest


fold_rows = st.tuples(
    st.sampled_from([-1.25, -0.25, 0.25, 1.25, 2.25, 3.25]),
    st.integers(0, 50),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from(["a", None]),
)


@given(st.lists(fold_rows, min_size=1, max_size=5, unique_by=lambda row: row[0]), st.integers(0, 4))
def test_widening_a_value_never_narrows_a_fold(rows, which):
    which %= len(rows)
    inner = [(day, low, low + width) for day, low, width, _, _ in rows]
    outer = list(inner)
    day, low, high = inner[which]
    outer[which] = (day, max(0, low - rows[which][3]), high + rows[which][3])
    ranges = []
    for these in (inner, outer):
        cohort = record([value("il6", d, lo, value_high=hi) for d, lo, hi in these])
        row = markers(cohort).filter(marker="il6").to_dicts()[0]
        lowest = row["fold_min"] if row["fold_min"] is not None else float("-inf")
        ranges.append((lowest, row["fold_max"] if row["fold_max"] is not None else float("inf")))
    (narrow_lo, narrow_hi), (wide_lo, wide_hi) = ranges
    assert wide_lo <= narrow_lo
    assert wide_hi >= narrow_hi


@given(st.permutations(range(6)))
def test_the_order_of_the_rows_changes_nothing(order):
    rows = [
        value("il6", -0.5, 10),
        value("il6", 0, 8),
        value("il6", 1.5, 20),
        value("il6", 3, 30, comparator=">"),
        value("il6", 3.5, 25, assay="x"),
        value("il6", None, 22),
    ]
    plain = markers(record(rows))
    assert markers(record([rows[place] for place in order])).equals(plain)
