"""The examples in the page about how a grade is decided are what becalm answers."""

import pytest

from becalm import grade
from tests.conftest import REPOSITORY
from tests.docs.examples import cohort, examples

PAGE = REPOSITORY / "docs" / "how-a-grade-is-decided.md"
EXAMPLES = examples(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_examples():
    assert len(EXAMPLES) > 40


@pytest.mark.parametrize(("record", "at", "shown"), EXAMPLES, ids=[f"{r} @ {at:g}" for r, at, _ in EXAMPLES])
def test_an_example_is_what_becalm_answers(record, at, shown):
    answer = grade(cohort(record), at=[at]).row(0, named=True)
    low, high = answer["grade_min"], answer["grade_max"]
    found = "blank" if low is None else f"{low}" if low == high else f"{low} to {high}"
    assert found == shown, answer["because"]
