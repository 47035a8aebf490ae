"""What holds of one grading system holds of every installed one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from becalm import grade, installed_scales
from becalm.scales import grade_together, graded

from .changes import without_future
from .curves import Stretch, day, span, together, within
from .more_records import MEASURED, covered, more_records
from .records import Tables, cohort
from .times import DAY, GRID, HALF_HOUR

IDS = tuple(installed_scales())
WORDS = ["patient_id", "grade_min", "grade_max", "because", "missing", "warning", "verified"]
FEW = settings(max_examples=6)


def curves(tables: Tables, scale: str) -> dict[str, list[Stretch]]:
    """The grade range of every patient over time, by one system."""
    out: dict[str, list[Stretch]] = {}
    frame = graded(cohort(tables), scale).intervals
    for owner, start, end, low, high in frame.select(
        "patient_id", "start", "end", "grade_min", "grade_max"
    ).iter_rows():
        out.setdefault(owner, []).append(Stretch(start, end, (low, high)))
    return out


@FEW
@given(more_records(), st.sampled_from(IDS))
def test_the_intervals_cover_a_record_once(tables, scale):
    for owner, rows in curves(tables, scale).items():
        for (_, end, _), (start, _, _) in pairwise(rows):
            assert end == start, f"{scale}, {owner}: a hole or an overlap at {day(end)}"
        assert all(start < end for start, end, _ in rows)
        for _, _, (low, high) in rows:
            assert (low is None) == (high is None)
            if low is not None and high is not None:
                assert 0 <= low <= high <= installed_scales()[scale].highest


@FEW
@given(covered(), st.integers(0, 7 * GRID), st.sampled_from([0, 1, -1, HALF_HOUR // 2]))
def test_what_comes_later_does_not_change_the_answer(tables, half_hours, nudge):
    until = half_hours * HALF_HOUR + nudge
    earlier = without_future(tables, until)
    before = grade_together(cohort(tables), IDS, at=[until / DAY])
    after = grade_together(cohort(earlier), IDS, at=[until / DAY])
    for scale, one, two in zip(IDS, before, after, strict=True):
        two = two.filter(two["patient_id"].is_in(one["patient_id"].to_list()))
        for known, then in zip(one.select(WORDS).rows(), two.select(WORDS).rows(), strict=True):
            assert known == then, f"{scale} at day {until / DAY}"


@FEW
@given(more_records(), st.sampled_from(IDS), st.integers(0, 2**16))
def test_a_value_that_is_not_known_never_narrows_a_grade(tables, scale, seed):
    concepts = [*MEASURED, "temperature", "sbp", "spo2"]
    concept = concepts[seed % len(concepts)]
    rows = [
        {**row, "value": "99999999", "unit": row.get("unit", "")}
        if row["concept"] == concept and concept != "consciousness" and not row.get("value_high")
        else row
        for row in tables["observations"]
    ]
    before, after = curves(tables, scale), curves(Tables({**tables, "observations": rows}), scale)
    for owner, curve in before.items():
        assert span(curve) == span(after[owner])
        for instant, known, vague in together(curve, after[owner]):
            assert within(known, vague), f"{scale}, {owner} on {day(instant)}: {known} became {vague}"


@FEW
@given(more_records(), st.permutations(IDS))
def test_together_is_as_alone(tables, order):
    record = cohort(tables)
    for scale, found in zip(order, grade_together(record, order), strict=True):
        assert found.equals(grade(record, scale)), scale


@FEW
@given(more_records())
def test_a_range_says_what_would_settle_it_and_a_grade_does_not(tables):
    for found in grade_together(cohort(tables), IDS):
        for low, high, missing, because in found.select(
            "grade_min", "grade_max", "missing", "because"
        ).rows():
            assert because
            assert (low is not None and low < high) == bool(missing), because
