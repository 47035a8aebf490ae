"""Pieces that are passed together give the answers that they give one by one."""

import importlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from becalm.record import DAY, HOUR, Cohort
from becalm.scales import grade, graded
from becalm.sources import read_tables
from becalm.synthetic import Settings, generate

EXAMPLES = min(settings().max_examples, 200)
"""Each grades a record six times."""
STATES = importlib.import_module("becalm.timeline.states")
CHOICES = {
    "temperature": [36.5, 37.9, 38.0, 39.5],
    "sbp": [85.0, 90.0, 118.0],
    "map": [60.0, 84.0],
    "spo2": [88.0, 96.0],
}
UNITS = {"temperature": "Cel", "sbp": "mm[Hg]", "map": "mm[Hg]", "spo2": "%"}
STEPS = [1e-6 / 3600, 0.25, 0.5, 4.0, 11.0, 12.0, 24.0, 30.0]
"""Hours to the next charting: a microsecond, the rhythms of wards, the limits of policies."""
POLICIES = [
    {},
    {"episode_gap_hours": 6, "resolution_hours": 3},
    {"signs_extend_episode": False, "validity_factor": 4.0},
    {"gap_is_unknown_now": False, "onset_until_day": 1.25, "episode_gap_included": False},
    {"gap_opens_nothing": False, "attribution_used": False},
    {"fever_at_infusion_is_no_onset": False, "episode_end_ends_attribution": False},
]
CHART = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.integers(1, 6),
        *(st.sampled_from([None, *values]) for values in CHOICES.values()),
    ),
    max_size=12,
)
"""Stretches of a chart: hours between chartings, how many, and what each shows."""
DRUGS = st.lists(
    st.tuples(
        st.floats(0.0, 4.0),
        st.sampled_from(["norepinephrine", "tocilizumab", "dexamethasone", "acetaminophen"]),
        st.sampled_from([None, 0.1, 2.0]),
    ),
    max_size=3,
)
EVENTS = st.lists(
    st.tuples(
        st.floats(0.01, 4.0),
        st.sampled_from(["attribution", "hypotension"]),
        st.sampled_from(["present", "resolved"]),
        st.sampled_from(["fever", "hypotension", "hypoxia"]),
        st.sampled_from(["crs", "infection", "unknown", None]),
    ),
    max_size=2,
)


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STATES, "far", lambda *_: None)
    monkeypatch.setattr(STATES, "rhythm", lambda *_: (None, None))


def answers(cohort: Cohort, policies) -> list[pl.DataFrame]:
    found = graded(cohort, settings=policies).intervals.drop("sources")
    days = [0.4, 1.0, 1.5, 2.2, 3.0, 7.7]
    return [found, grade(cohort, settings=policies), grade(cohort, at=days, settings=policies)]


def same_either_way(cohort: Cohort, policies) -> None:
    together = answers(cohort, policies)
    with pytest.MonkeyPatch.context() as patch:
        one_by_one(patch)
        alone = answers(cohort, policies)
    for one, other in zip(together, alone, strict=True):
        assert one.equals(other, null_equal=True)


CLASSES = ["antipyretic", "corticosteroid", "anti_cytokine", "death", "attribution", "vasopressor", "oxygen"]


def record(chart, drugs, events, covered=7, age: str | None = "50") -> Cohort:
    rows, at = [], 2 * HOUR
    for hours, times, *values in chart:
        for _ in range(times):
            at += max(1, round(hours * HOUR))
            rows += [
                ("p", at / DAY, name, value, UNITS[name])
                for name, value in zip(CHOICES, values, strict=True)
                if value is not None
            ]
    observations = pl.DataFrame(
        rows, schema=["patient_id", "day", "concept", "value", "unit"], orient="row"
    ).cast({"day": pl.Float64, "value": pl.Float64})
    exposures = [
        ("p", start, name, None if length is None else start + length, "drug")
        for start, name, length in drugs
    ]
    columns = {"patient_id": pl.String, "start_day": pl.Float64, "name": pl.String, "end_day": pl.Float64}
    happened = [
        (
            "p",
            day,
            event,
            value,
            axis if event == "attribution" else None,
            cause if event == "attribution" else None,
        )
        for day, event, value, axis, cause in events
    ]
    told = ["patient_id", "day", "event", "value", "axis", "cause"]
    return read_tables(
        {
            "patients": pl.DataFrame(
                {"patient_id": ["p"], "infusion_time": ["2024-03-01T03:00"], "age_years": [age]}
            ),
            "observations": observations,
            "exposures": pl.DataFrame(exposures, schema={**columns, "kind": pl.String}, orient="row"),
            "events": pl.DataFrame(
                happened, schema={**dict.fromkeys(told, pl.String), "day": pl.Float64}, orient="row"
            ),
            **({"coverage": pl.DataFrame({"class": CLASSES[:covered]})} if covered else {}),
        }
    )


@settings(max_examples=EXAMPLES)
@given(CHART, DRUGS, EVENTS, st.sampled_from(POLICIES))
def test_a_dense_chart(chart, drugs, events, policies):
    same_either_way(record(chart, drugs, events), policies)


@settings(max_examples=EXAMPLES)
@given(CHART, DRUGS, st.sampled_from([0, 0, 3, 6]), st.sampled_from(["50", None]), st.sampled_from(POLICIES))
def test_a_dense_chart_of_which_little_is_covered(chart, drugs, covered, age, policies):
    same_either_way(record(chart, drugs, [], covered, age), policies)


@pytest.mark.parametrize("policies", POLICIES)
@pytest.mark.parametrize("how", [{"complete": True}, {}, {"coverage": "partial"}])
def test_synthetic_records(how, policies):
    same_either_way(read_tables(generate(5, 31, Settings(**how)).tables), policies)


def test_most_pieces_are_passed_together():
    found, asked = [], STATES.far

    def counted(*arguments):
        passed = asked(*arguments)
        found.append(0 if passed is None else passed[0].last - arguments[4])
        return passed

    chart = [(0.25, 200, 36.5, 118.0, 84.0, 96.0), (0.25, 200, 38.5, 118.0, 84.0, 96.0)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(STATES, "far", counted)
        grade(record(chart, [], []))
    assert sum(found) > 300
    assert len(found) < 40
