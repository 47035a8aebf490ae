"""Grading systems side by side: highest grades, the rule that made them differ, undecided grades kept."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.record.clock import DAY
from becalm.record.errors import InputError
from becalm.scales import find_scale, load_scale
from becalm.scales.agreement import Chosen, chosen_systems, compare, compared, gathered, summary
from becalm.scales.agreement.comparison import Gathered
from becalm.scales.agreement.courses import COURSE, System
from becalm.scales.agreement.highest import beside, highest
from becalm.sources import read_tables

LEVEL = """
[[level]]
grade    = {grade}
axis     = "{axis}"
when     = "{when}"
says     = "{says}"
cites    = "Table {grade}"
verified = {verified}
"""
HEAD = """format_version = 1
id       = "{id}"
title    = "A system of a test"
kind     = "scale"
source   = "A paper that does not exist"
toxicity = "CRS"
"""


def system(tmp_path, name, *levels):
    """A system with these levels: (grade, axis, condition, wording)."""
    text = HEAD.format(id=name) + "".join(
        LEVEL.format(grade=g, axis=a, when=w, says=s, verified=str(s != "recalled").lower())
        for g, a, w, s in levels
    )
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    return System(name, "CRS", load_scale(path))


FEVER = (1, "fever", "crs AND fever", "fever")


@pytest.fixture
def one(tmp_path):
    return system(
        tmp_path,
        "one",
        FEVER,
        (2, "pressure", "crs AND hypotension", "low"),
        (4, "pressure", "crs AND vasopressors >= 2", "two"),
    )


@pytest.fixture
def two(tmp_path):
    return system(tmp_path, "two", FEVER, (3, "pressure", "crs AND hypotension", "recalled"))


def course(*rows):
    """A course from rows: patient, day (None: some time), lowest and highest grade, rules."""
    data = [
        (who, None if day is None else round(day * DAY), low, high, rule, most)
        for who, day, low, high, rule, most in rows
    ]
    return pl.DataFrame(data, schema=COURSE, orient="row")


def over(patients, courses, systems):
    """The comparison of hand-made courses."""
    found = highest(pl.Series(patients), courses)
    return compared(Gathered(found, beside(found, courses)), systems, Chosen(resamples=200))


# a: 2 against 3. b: undecided in one, overlapping. c: undecided, yet certainly lower than in two. d: only in
# two. e: in none. f: the same.
ONE = course(
    ("a", 0.5, 0, 0, None, None), ("a", 3.0, 1, 2, 0, 1), ("a", 4.0, 2, 2, 1, 1), ("a", 5.0, 1, 1, 0, 0),
    ("b", 1.0, 1, 3, 0, 1), ("c", 1.0, 0, 1, None, 0), ("c", 2.0, 1, 2, 0, 1),
    ("e", 1.0, None, None, None, None), ("f", 2.0, None, None, None, None), ("f", 1.0, 1, 1, 0, 0),
)  # fmt: skip
TWO = course(
    ("a", 0.5, 0, 0, None, None), ("a", 3.0, 1, 3, 0, 1), ("a", 4.0, 3, 3, 1, 1), ("b", 1.0, 3, 3, 1, 1),
    ("c", 1.0, 0, 0, None, None), ("c", 2.0, 3, 3, 1, 1), ("d", 1.0, 0, 0, None, None),
    ("f", 1.0, 1, 1, 0, 0),
)  # fmt: skip
PATIENTS = ["a", "b", "c", "d", "e", "f"]


@pytest.fixture
def found(one, two):
    return over(PATIENTS, {"one": ONE, "two": TWO}, [one, two])


def test_the_highest_grades_stand_in_one_row_a_patient_with_their_ranges(found):
    assert found.highest.rows() == [
        ("a", "no", False, 2, 2, 3, 3),
        ("b", "undecided", False, 1, 3, 3, 3),
        ("c", "no", False, 1, 2, 3, 3),
        ("d", None, False, None, None, 0, 0),
        ("e", None, True, None, None, None, None),
        ("f", "yes", True, 1, 1, 1, 1),
    ]
    assert found.highest.columns == [
        "patient_id",
        "same",
        "ended",
        "one_min",
        "one_max",
        "two_min",
        "two_max",
    ]


def test_patients_are_counted_by_grade_and_nobody_is_left_out(found):
    for name in ("one", "two"):
        assert found.by_grade.filter(scale=name)["patients"].sum() == len(PATIENTS)
    assert found.by_grade.filter(scale="one").rows() == [
        ("one", 1, 1, 1), ("one", 1, 2, 1), ("one", 1, 3, 1), ("one", 2, 2, 1), ("one", None, None, 2),
    ]  # fmt: skip
    assert found.cross["patients"].sum() == len(PATIENTS)
    assert ("one", "two", 1, 3, 3, 3, 1) in found.cross.rows()
    assert ("one", "two", None, None, 0, 0, 1) in found.cross.rows()


def test_the_counts_of_a_pair_add_up(found):
    (pair,) = found.pairs.iter_rows(named=True)
    assert (pair["patients"], pair["graded"], pair["decided"], pair["undecided"]) == (6, 4, 2, 2)
    assert (pair["same"], pair["scale_higher"], pair["other_higher"], pair["unsettled"]) == (1, 0, 2, 1)
    assert pair["agreement"] == 0.5
    assert (pair["agreement_min"], pair["agreement_max"]) == (0.25, 0.5)
    assert pair["bounds_exact"]
    assert pair["kappa_linear_min"] <= pair["kappa_linear_max"]


def test_the_rule_that_made_a_grade_differ_is_named_with_its_day_and_what_the_other_says(found):
    rows = found.differences.select(
        "patient_id", "scale", "other", "day", "axis", "rule_grade", "says", "when", "cites", "verified",
        "there_min", "there_max", "there_says",
    ).rows()  # fmt: skip
    rule = ("pressure", 3, "recalled", "crs AND hypotension", "Table 3", False)
    assert rows == [
        ("a", "two", "one", 4.0, *rule, 2, 2, "low"),
        ("c", "two", "one", 2.0, *rule, 1, 2, "low"),
    ]
    assert found.differences["highest_differs"].all()
    assert set(found.differences["source"]) == {"A paper that does not exist"}


def test_the_share_with_the_same_grade_everywhere_has_its_bounds(found):
    every = found.together
    assert (every.patients, every.graded, every.settled) == (6, 4, 3)
    assert (every.same, every.differ, every.unsettled) == (1, 2, 1)
    assert every.share == pytest.approx(1 / 3)
    assert every.bounds == (0.25, 0.5)
    assert every.interval == pytest.approx((0.0084, 0.9057), abs=1e-4)


def test_the_summary_names_who_is_undecided_and_who_is_not_graded(found):
    text = "\n".join(summary(found))
    assert "Undecided in one: b (1 to 3), c (1 to 2)." in text
    assert "death of another cause, and is graded up to it: e, f." in text
    assert "Not graded, nothing recorded from the infusion on, in one: d, e." in text
    assert 'a: two 3 on day 4 by pressure: "recalled" (Table 3, NOT VERIFIED).' in text
    rows = [line.split() for line in text.splitlines() if line.startswith("1 to 3")]
    assert rows == [["1", "to", "3", "0", "0", "1", "0"]]
    assert "2 of 4 are undecided in one or both. Settled in any way: agreement 25 to 50 %" in text


def test_the_first_day_of_the_highest_grade_is_told_and_its_rule(one, two):
    later = course(
        ("a", 1.0, 2, 2, 1, 1), ("a", 2.0, 4, 4, 2, 2), ("a", 3.0, 1, 1, 0, 0), ("a", 4.0, 4, 4, 2, 2)
    )
    found = over(["a"], {"one": later, "two": course(("a", 1.0, 1, 1, 0, 0))}, [one, two])
    (row,) = found.differences.iter_rows(named=True)
    assert (row["scale"], row["day"], row["rule_grade"], row["says"]) == ("one", 2.0, 4, "two")
    assert (row["there_min"], row["there_says"]) == (1, "fever")


def test_a_certain_difference_at_a_moment_is_told_where_the_highest_grades_are_not_settled(one, two):
    mine = course(("a", 1.0, 1, 1, 0, 0), ("a", 2.0, 2, 2, 1, 1), ("a", 5.0, 0, 4, None, 2))
    other = course(
        ("a", 1.0, 0, 0, None, None),
        ("a", 2.5, 0, 1, None, 0),
        ("a", 4.0, 1, 1, 0, 0),
        ("a", 5.0, 0, 4, 0, 1),
    )
    found = over(["a"], {"one": mine, "two": other}, [one, two])
    assert found.highest.rows() == [("a", "undecided", False, 2, 4, 1, 4)]
    (row,) = found.differences.iter_rows(named=True)
    assert (row["scale"], row["day"], row["grade"], row["says"]) == ("one", 2.0, 2, "low")
    assert (row["highest_differs"], row["there_min"], row["there_max"]) == (False, 0, 0)
    assert found.pairs["differ_at_a_moment"].to_list() == [1]
    assert "1 patient who certainly differ at a moment" in "\n".join(summary(found))


def test_nobody_gives_tables_without_rows_of_patients(one, two):
    found = over([], {"one": course(), "two": course()}, [one, two])
    assert found.highest.height == found.cross.height == found.differences.height == 0
    assert found.pairs["kappa_linear"].to_list() == [None]
    assert "no patient is decided in both" in "\n".join(summary(found))


@given(st.permutations([0, 1, 2, 3]), st.randoms(use_true_random=False))
def test_the_order_of_batches_changes_no_number(order, random):
    rows = [
        (f"p{n}", 1.0, g := random.randint(0, 4), min(4, g + (n % 7 == 0)), None, None) for n in range(24)
    ]
    others = [(f"p{n}", 1.0, g := random.randint(0, 4), g, None, None) for n in range(24)]
    names = [System("recorded", "CRS"), System("other", "CRS")]

    def data(part):
        courses = {
            "recorded": course(*(rows[n] for n in part)),
            "other": course(*(others[n] for n in part)),
        }
        found = highest(pl.Series([f"p{n}" for n in part]), courses)
        return Gathered(found, beside(found, courses))

    parts = [data(range(6 * n, 6 * n + 6)) for n in order]
    whole = data(range(24))
    joined = parts[0].plus(parts[1]).plus(parts[2]).plus(parts[3])
    chosen = Chosen(resamples=100)
    assert compared(joined, names, chosen).pairs.equals(compared(whole, names, chosen).pairs)
    assert compared(joined, names, chosen).by_grade.equals(compared(whole, names, chosen).by_grade)


DRUGS = ("vasopressor", "antipyretic", "anti_cytokine", "corticosteroid")
TABLES: dict[str, list[tuple[str, ...]]] = {
    "patients": [
        ("patient_id", "infusion_time", "age_years"),
        ("p", "2024-03-01T10:00", "50"),
        ("q", "2024-03-01T10:00", "50"),
    ],
    "observations": [
        ("patient_id", "day", "concept", "value", "unit"),
        *(("p", day, "temperature", "38.6", "Cel") for day in ("1.2", "1.5", "1.8")),
        *(("p", day, "sbp", "84", "mm[Hg]") for day in ("1.3", "1.6")),
        *(("p", day, "spo2", "97", "%") for day in ("1.2", "1.6")),
        ("p", "0.1", "crs_grade_recorded", "4", ""),
        ("p", "1", "crs_grade_recorded", "1", ""),
        ("p", "2.5", "crs_grade_recorded", "2", ""),
        ("p", "", "crs_grade_recorded", "3", ""),
    ],
    "coverage": [("class",), *((name,) for name in (*DRUGS, "oxygen", "fluid", "death"))],
}


def cohort():
    frames = {
        name: pl.DataFrame(rows[1:], schema=list(rows[0]), orient="row") for name, rows in TABLES.items()
    }
    return read_tables(frames)


def test_recorded_grades_are_compared_as_another_system():
    found = compare(cohort(), ["astct-2019", "recorded"], chosen=Chosen(resamples=100))
    assert found.highest.rows() == [
        ("p", "no", False, 2, 2, 3, 3),
        ("q", None, False, None, None, None, None),
    ]
    (row,) = found.differences.iter_rows(named=True)
    assert (row["scale"], row["other"], row["day"], row["there_min"]) == (
        "recorded",
        "astct-2019",
        None,
        None,
    )
    assert row["cites"] == "crs_grade_recorded"
    text = "\n".join(summary(found))
    assert "Not graded, no grade recorded, in recorded: q." in text
    assert "where it holds only some days" in text


def test_what_was_recorded_before_the_infusion_is_left_out():
    data = gathered(cohort(), chosen_systems(["astct-2019", "recorded"]))
    (moments,) = data.found.filter(scale="recorded", patient_id="p")["moments"]
    assert moments == 3


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "nothing to compare"),
        (["astct-2019"], "two or more"),
        (["recorded"], "two or more"),
        (["astct-2019", "icans-2019"], "grade different things"),
        (["icaht-2023", "recorded"], "CRS and ICANS only"),
        (["astct-2019", "nonsense"], "no grading system"),
        (["astct-2019", find_scale("astct-2019")], "called 'astct-2019'"),
    ],
)
def test_what_cannot_be_compared_is_refused(names, said):
    with pytest.raises(InputError, match=said):
        chosen_systems(names)
