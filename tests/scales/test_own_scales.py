"""What an institution's own scale may ask: a duration, a doubt, a policy; each told and settled."""

from pathlib import Path

import polars as pl
import pytest

from becalm import read_tables
from becalm.record.errors import EditionError, InputError
from becalm.scales import Scale, grade, load_scale

HEAD = """
format_version = 1
id = "own"
title = "A scale of one house"
kind = "scale"
source = "the house"
toxicity = "CRS"
death_cause = "crs"
"""
VASOPRESSOR = """
[[level]]
grade = 2
axis = "hypotension"
when = "crs AND vasopressors >= 1"
says = "any vasopressor"
cites = "the house"
verified = true
"""


def scale(folder: Path, levels: str, head: str = HEAD) -> Scale:
    path = folder / "own.toml"
    path.write_text(head + levels, encoding="utf-8")
    return load_scale(path)


def record(exposures: list[dict[str, str]]) -> dict[str, pl.DataFrame]:
    """A patient with a fever from day 1, and what was given."""
    days = [f"{n / 4 + 0.0001 * (n % 4 == 0)}" for n in range(24)]
    readings = [
        {"patient_id": "a", "day": day, "concept": concept, "value": value, "unit": unit}
        for day in days
        for concept, value, unit in (
            ("temperature", "38.6" if float(day) >= 1 else "36.8", "Cel"),
            ("sbp", "110", "mm[Hg]"),
            ("spo2", "97", "%"),
        )
    ]
    covered = ["vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid", "death"]
    return {
        "patients": pl.DataFrame({"patient_id": ["a"], "age_years": ["40"]}),
        "observations": pl.DataFrame(readings),
        "exposures": pl.DataFrame([{"patient_id": "a", "kind": "drug", **row} for row in exposures]),
        "coverage": pl.DataFrame({"class": covered}),
    }


def norepinephrine(start: str, end: str, name: str = "norepinephrine") -> dict[str, str]:
    return {
        "name": name,
        "start_day": start,
        "end_day": end,
        "rate": "5",
        "rate_unit": "ug/min",
        "route": "iv",
    }


def at(edition: Scale, day: float, *given: dict[str, str]) -> tuple[int, int, str, str]:
    rows = grade(read_tables(record(list(given))), edition, at=[day])
    return rows.select("grade_min", "grade_max", "because", "missing").row(0)


LASTING = VASOPRESSOR + VASOPRESSOR.replace("grade = 2", "grade = 3\nlasting_hours = 6").replace(
    "any vasopressor", "any vasopressor for six hours"
)


@pytest.mark.parametrize(
    ("day", "wanted"), [(2.0, 2), (2.249999, 2), (2.25, 3), (2.5, 3), (2.999, 3), (3.0, 0)]
)
def test_a_duration_counts_from_when_the_condition_began(tmp_path: Path, day: float, wanted: int) -> None:
    edition = scale(tmp_path, LASTING)
    assert at(edition, day, norepinephrine("2.0", "3.0"))[:2] == (wanted, wanted)


@pytest.mark.parametrize(
    ("second", "minutes", "wanted"),
    [
        ("2.24", None, 3),
        ("2.2417", None, 2),
        ("2.21", None, 3),
        ("2.21", 0, 2),
        ("2.21", 14, 2),
        ("2.21", 15, 3),
    ],
)
def test_only_a_long_break_starts_the_duration_anew(
    tmp_path: Path, second: str, minutes: int | None, wanted: int
) -> None:
    given = [norepinephrine("2.0", "2.2"), norepinephrine(second, "3.0")]
    changes = {} if minutes is None else {"duration_break_minutes": minutes}
    found = grade(read_tables(record(given)), scale(tmp_path, LASTING), at=[2.3], settings=changes)
    assert found.select("grade_min", "grade_max").row(0) == (wanted, wanted)


CLOCK = LASTING.replace("lasting_hours = 6", 'lasting_hours = 6\nlasting_when = "vasopressors >= 1"')


def test_what_must_have_lasted_may_be_less_than_the_condition(tmp_path: Path) -> None:
    """The vasopressor ran before the fever: its own clock, or that of CRS."""
    given = norepinephrine("0.5", "3.0")
    assert at(scale(tmp_path, LASTING), 1.1, given)[:2] == (2, 2)
    assert at(scale(tmp_path, CLOCK), 1.1, given)[:2] == (3, 3)


def test_what_runs_as_the_record_begins_may_have_run_before(tmp_path: Path) -> None:
    edition = scale(tmp_path, CLOCK.replace("lasting_hours = 6", "lasting_hours = 48"))
    assert at(edition, 1.5, norepinephrine("0.0", "4.0"))[:2] == (2, 3)
    assert at(edition, 1.5, norepinephrine("0.2", "4.0"))[:2] == (2, 2)
    assert at(edition, 2.1, norepinephrine("0.0", "4.0"))[:2] == (3, 3)


def test_a_change_of_drug_is_no_break(tmp_path: Path) -> None:
    edition = scale(tmp_path, LASTING)
    given = (norepinephrine("2.0", "2.2"), norepinephrine("2.2", "3.0", "epinephrine"))
    assert at(edition, 2.25, *given)[:2] == (3, 3)


def test_an_uncertain_begin_leaves_the_duration_open_and_says_so(tmp_path: Path) -> None:
    edition = scale(tmp_path, LASTING)
    given = norepinephrine("2.0", "3.5") | {"start_day": "", "start_time": ""}
    rows = record([given])
    rows["patients"] = rows["patients"].with_columns(infusion_time=pl.lit("2024-03-01T00:00:00"))
    rows["exposures"] = rows["exposures"].with_columns(
        start_time=pl.lit("2024-03-03"), start_day=pl.lit(None)
    )
    found = grade(read_tables(rows), edition, at=[2.9, 3.1, 3.3])
    assert found.select("grade_min", "grade_max").rows() == [(0, 3), (2, 3), (3, 3)]
    assert "6 hours" in found["missing"][1]


def test_what_a_duration_needs_is_not_taken_from_the_future(tmp_path: Path) -> None:
    edition = scale(tmp_path, LASTING)
    long, short = norepinephrine("2.0", "3.0"), norepinephrine("2.0", "2.1")
    for day in (2.0, 2.05):
        assert at(edition, day, long)[:2] == at(edition, day, short)[:2] == (2, 2)


DOUBT = VASOPRESSOR + VASOPRESSOR.replace("grade = 2", 'grade = 4\ndoubt = "whether it is life-threatening"')


def test_a_doubt_makes_a_range_and_is_named(tmp_path: Path) -> None:
    low, high, because, missing = at(scale(tmp_path, DOUBT), 2.5, norepinephrine("2.0", "3.0"))
    assert (low, high) == (2, 4)
    assert missing == "whether it is life-threatening"
    assert missing in because


def test_no_doubt_where_the_condition_is_false(tmp_path: Path) -> None:
    assert at(scale(tmp_path, DOUBT), 3.5, norepinephrine("2.0", "3.0"))[:2] == (0, 0)


POLICY = VASOPRESSOR + VASOPRESSOR.replace("grade = 2", 'grade = 3\napplies_if = "recalled_dose_limits"')


def test_a_level_applies_only_under_its_policy(tmp_path: Path) -> None:
    edition = scale(tmp_path, POLICY)
    cohort = read_tables(record([norepinephrine("2.0", "3.0")]))
    grades = [
        grade(cohort, edition, at=[2.5], settings={"recalled_dose_limits": on})["grade_max"][0]
        for on in (False, True)
    ]
    assert grades == [2, 3]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (VASOPRESSOR + 'applies_if = "sbp_limit"\n', "true or\\s+false"),
        (VASOPRESSOR + 'applies_unless = "no_such_policy"\n', "no_such_policy"),
        (VASOPRESSOR + "lasting_hours = 0\n", "lasting_hours"),
        (VASOPRESSOR.replace("vasopressors >= 1", "norepinephrin_ug_min >= 1"), "norepinephrin_ug_min"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_place(tmp_path: Path, levels: str, words: str) -> None:
    with pytest.raises(EditionError, match=words):
        scale(tmp_path, levels)


def test_an_unknown_cause_of_death_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"icans"):
        scale(tmp_path, VASOPRESSOR, HEAD.replace('"crs"\n', '"hunger"\n'))


def test_an_unknown_scale_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"lee-2014"):
        grade(read_tables(record([norepinephrine("2.0", "3.0")])), "lee2014")
