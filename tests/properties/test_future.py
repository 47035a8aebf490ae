"""The answer at an instant uses data up to that instant, and of one patient only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from becalm import grade

from .changes import clocks, without_future
from .records import Tables, cohort, covered_records
from .times import DAY, GRID, HALF_HOUR

WORDS = ["patient_id", "grade_min", "grade_max", "because", "missing", "warning", "verified"]


@given(covered_records(), st.integers(0, 7 * GRID), st.sampled_from([0, 1, -1, HALF_HOUR // 2]))
def test_what_comes_later_does_not_change_the_answer(tables, half_hours, nudge):
    until = half_hours * HALF_HOUR + nudge
    earlier = without_future(tables, until)
    one, two = grade(cohort(tables), at=[until / DAY]), grade(cohort(earlier), at=[until / DAY])
    two = two.filter(two["patient_id"].is_in(one["patient_id"].to_list()))
    for before, after in zip(one.select(WORDS).rows(), two.select(WORDS).rows(), strict=True):
        assert before == after, f"at day {until / DAY}"


def only(tables: Tables, owner: str) -> Tables:
    """The rows of one patient, and the coverage that is declared for all."""
    return Tables(
        {
            name: [row for row in rows if row.get("patient_id", owner) == owner]
            for name, rows in tables.items()
        }
    )


@given(covered_records())
def test_the_other_patients_of_a_folder_change_nothing(tables):
    together = grade(cohort(tables))
    for owner in clocks(tables):
        alone = grade(cohort(only(tables, owner)))
        assert alone.equals(together.filter(together["patient_id"] == owner))
