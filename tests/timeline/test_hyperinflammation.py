"""IEC-HS: absence can be certain, presence is judged, and nothing of it was read in the source."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm import grade
from becalm.scales import graded
from tests.timeline.bedside import at as at_bedside
from tests.timeline.bedside import because_of, bedside, event, told

SCALE = "iec-hs-2023"


def lab(day, concept, value, *, upper=None, lower=None):
    return {"day": day, "concept": concept, "value": value, "upper_limit": upper, "lower_limit": lower}


HIGH = lab("9.1", "ferritin", "900", upper="400")
LOW_FIBRINOGEN = lab("9.1", "fibrinogen", "149")
NORMAL = (
    lab("9.1", "alt", "30", upper="40"),
    lab("9.1", "ast", "30", upper="40"),
    lab("9.1", "fibrinogen", "300", lower="180"),
    lab("9.1", "platelets", "200", lower="150"),
    lab("9.1", "anc", "3", lower="1.5"),
    lab("9.1", "hemoglobin", "14", lower="13"),
)


def at(*observations, day=9.2, events=(), drugs=(), **policies):
    cohort = bedside(observations=observations, events=events, drugs=drugs)
    return at_bedside(cohort, day, SCALE, **policies)


@pytest.mark.parametrize(
    ("ferritin", "expected"),
    [("900", (0, 4)), ("800.1", (0, 4)), ("800", (0, 0)), ("399", (0, 0))],
)
def test_without_a_ferritin_above_twice_its_limit_there_is_none(ferritin, expected):
    past = lab("0", "ferritin", "400"), lab("8.9", "ferritin", "500")
    assert at(*past, lab("9.1", "ferritin", ferritin, upper="400"), LOW_FIBRINOGEN) == expected


def test_a_ferritin_that_was_never_measured_excludes_nothing():
    assert at(LOW_FIBRINOGEN) == (0, 4)


def test_twice_the_ferritin_at_infusion_counts_where_it_is_above_its_limit():
    infused = lab("0", "ferritin", "200")
    assert at(infused, lab("9.1", "ferritin", "401", upper="400"), LOW_FIBRINOGEN) == (0, 4)
    assert at(infused, lab("9.1", "ferritin", "399", upper="400"), LOW_FIBRINOGEN) == (0, 0)
    assert at(lab("0", "ferritin", "210"), lab("9.1", "ferritin", "401", upper="400"), LOW_FIBRINOGEN) == (
        0,
        0,
    )


def test_a_ferritin_at_infusion_that_is_too_old_is_not_known():
    old = lab("-9", "ferritin", "300")
    value = lab("9.1", "ferritin", "500", upper="400")
    assert at(old, value, LOW_FIBRINOGEN) == (0, 4)
    assert at(old, value, LOW_FIBRINOGEN, ferritin_baseline_days=10) == (0, 0)


@pytest.mark.parametrize(("day", "expected"), [("7.2", (0, 4)), ("7.0", (0, 0))])
def test_a_rapid_rise_is_seen_against_a_recent_value(day, expected):
    past = lab("0", "ferritin", "300"), lab(day, "ferritin", "250")
    assert at(*past, lab("9.1", "ferritin", "500", upper="400"), LOW_FIBRINOGEN) == expected


def test_a_limit_that_is_not_given_is_the_range_of_the_default_ones():
    past = lab("0", "ferritin", "290"), LOW_FIBRINOGEN
    assert [at(*past, lab("9.1", "ferritin", value)) for value in ("300", "301")] == [(0, 0), (0, 4)]
    assert at(*past, lab("9.1", "ferritin", "100"), default_reference_limits=False) == (0, 4)


def test_ferritin_alone_is_none():
    assert at(HIGH, *NORMAL) == (0, 0)


@pytest.mark.parametrize(
    "sign",
    [
        lab("9.1", "alt", "201", upper="40"),
        lab("9.1", "ast", "201", upper="40"),
        lab("9.1", "fibrinogen", "149", lower="100"),
        lab("9.1", "fibrinogen", "170", lower="180"),
        lab("9.1", "platelets", "149", lower="150"),
        lab("9.1", "anc", "1.4", lower="1.5"),
        lab("9.1", "hemoglobin", "12.9", lower="13"),
    ],
)
def test_any_manifestation_beside_a_high_ferritin_leaves_it_open(sign):
    others = [row for row in NORMAL if row["concept"] != sign["concept"]]
    assert at(HIGH, *others, sign) == (0, 4)
    assert at(lab("0", "ferritin", "390"), lab("9.1", "ferritin", "390", upper="400"), *others, sign) == (
        0,
        0,
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (lab("9.1", "alt", "200", upper="40"), (0, 0)),
        (lab("9.1", "fibrinogen", "180", lower="180"), (0, 0)),
        (lab("9.1", "platelets", "150", lower="150"), (0, 0)),
        (lab("9.1", "platelets", "150"), (0, 4)),
    ],
)
def test_borders_of_the_manifestations(row, expected):
    others = [one for one in NORMAL if one["concept"] != row["concept"]]
    assert at(HIGH, *others, row) == expected


@pytest.mark.parametrize(("infused", "expected"), [("100", (0, 0)), ("39", (0, 4)), (None, (0, 4))])
def test_an_abnormal_transaminase_at_infusion_is_the_measure(infused, expected):
    others = [row for row in NORMAL if row["concept"] != "alt"]
    before = [] if infused is None else [lab("0", "alt", infused)]
    assert at(HIGH, *others, *before, lab("9.1", "alt", "450", upper="40")) == expected


def test_one_transaminase_suffices():
    others = [row for row in NORMAL if row["concept"] not in ("alt", "ast")]
    ast = lab("9.1", "ast", "30", upper="40")
    assert at(HIGH, *others, ast) == (0, 0)
    # One that is there and has no limit is not known.
    unlimited = at(HIGH, *others, ast, lab("9.1", "alt", "30"), default_reference_limits=False)
    assert unlimited == (0, 4)


def test_haemophagocytosis_counts_until_resolved():
    seen = event("9.15", "hemophagocytosis")
    assert at(HIGH, *NORMAL, events=[seen]) == (0, 4)
    assert at(HIGH, *NORMAL, events=[seen, event("9.18", "hemophagocytosis", "resolved")]) == (0, 0)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("iec_hs", (1, 4)),
        ("infection", (0, 0)),
        ("crs", (0, 0)),
        ("other", (0, 0)),
        ("unknown", (0, 4)),
        (None, (0, 4)),
    ],
)
def test_the_team_judges_what_it_is(cause, expected):
    judged = [because_of("9.15", "hyperinflammation", cause)]
    assert at(HIGH, LOW_FIBRINOGEN, events=judged) == expected
    assert at(HIGH, LOW_FIBRINOGEN, events=judged, attribution_used=False) == (0, 4)


def test_a_judgement_holds_until_the_next():
    events = [
        because_of("9.15", "hyperinflammation", "iec_hs"),
        because_of("9.3", "hyperinflammation", "infection"),
        because_of("9.4", "hyperinflammation", None, "resolved"),
    ]
    found = [at(HIGH, LOW_FIBRINOGEN, events=events, day=day) for day in (9.12, 9.2, 9.35, 9.45)]
    assert found == [(0, 4), (1, 4), (0, 0), (0, 4)]


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        ({"name": "anakinra", "start_day": "9.16", "indication": "iec_hs"}, (2, 4)),
        ({"name": "anakinra", "start_day": "9.16", "indication": "crs"}, (1, 4)),
        ({"name": "anakinra", "start_day": "9.16"}, (1, 4)),
        ({"name": "anakinra", "start_day": None, "indication": "iec_hs"}, (1, 4)),
        ({"name": "anakinra", "start_day": "9.3", "indication": "iec_hs"}, (1, 4)),
    ],
)
def test_a_drug_given_for_it_is_an_intervention(drug, expected):
    judged = [because_of("9.15", "hyperinflammation", "iec_hs")]
    assert at(HIGH, LOW_FIBRINOGEN, events=judged, drugs=[drug]) == expected


def test_what_would_settle_it_is_said():
    cohort = bedside(observations=[HIGH, LOW_FIBRINOGEN])
    missing = told(cohort, 9.2, "missing", SCALE)
    assert "whether this is IEC-HS" in missing
    assert "life-threatening" in missing
    assert "Ferritin 900 ng/mL on day 9.1" in told(cohort, 9.2, "because", SCALE)


@pytest.mark.parametrize(
    ("cause", "expected"), [("iec_hs", (5, 5)), ("crs", (None, None)), ("icans", (None, None))]
)
def test_only_a_death_from_it_is_grade_5(cause, expected):
    assert at(HIGH, LOW_FIBRINOGEN, events=[event("9.15", "death", cause=cause)]) == expected


def test_a_grade_of_recalled_rules_is_not_verified():
    cohort = bedside(observations=[HIGH, LOW_FIBRINOGEN])
    assert grade(cohort, SCALE, at=[9.2])["verified"].to_list() == [False]


days = st.integers(0, 64).map(lambda n: f"{n / 8:g}")
CONCEPTS = {"ferritin": 3000, "alt": 400, "fibrinogen": 400, "platelets": 300, "anc": 5, "hemoglobin": 16}


@st.composite
def values(draw):
    concept = draw(st.sampled_from(["ferritin", "ferritin", *sorted(CONCEPTS)]))
    low, high = sorted(draw(st.tuples(*[st.integers(0, CONCEPTS[concept])] * 2)))
    upper, lower = {"ferritin": ("400", None), "alt": ("40", None)}.get(
        concept, (None, f"{CONCEPTS[concept] / 2:g}")
    )
    limits = {"upper_limit": upper, "lower_limit": lower} if draw(st.booleans()) else {}
    return {"day": draw(days), "concept": concept, "value": str(low), "value_high": str(high), **limits}


@st.composite
def judgements(draw):
    if draw(st.booleans()):
        return event(draw(days), "hemophagocytosis", draw(st.sampled_from([None, "resolved"])))
    cause, value = (
        draw(st.sampled_from(["iec_hs", "infection", "unknown"])),
        draw(st.sampled_from([None, "resolved"])),
    )
    return because_of(draw(days), "hyperinflammation", cause, value)


records = st.fixed_dictionaries(
    {"observations": st.lists(values(), max_size=7), "events": st.lists(judgements(), max_size=3)}
)


@given(records, st.integers(0, 130))
def test_what_comes_later_does_not_change_the_answer(record, cut):
    day = cut / 16
    earlier = {name: [row for row in rows if float(row["day"]) <= day] for name, rows in record.items()}
    words = ["grade_min", "grade_max", "because", "missing", "verified"]
    one, two = (grade(bedside(**known), SCALE, at=[day]).select(words) for known in (record, earlier))
    assert one.equals(two), f"{one.rows()} was {two.rows()}"


@given(records, st.randoms(use_true_random=False))
def test_a_value_or_a_limit_that_is_not_known_never_narrows_a_grade(record, chance):
    less = []
    for row in record["observations"]:
        way = chance.random()
        if way < 0.3:
            row = {**row, "value": "0", "value_high": str(10 * CONCEPTS[row["concept"]])}
        elif way < 0.5:
            row = {**row, "upper_limit": None, "lower_limit": None}
        less.append(row)
    policy = {"default_reference_limits": False}
    known, vague = (
        graded(
            bedside(observations=rows, events=record["events"]), SCALE, settings=policy, until_day=11
        ).intervals
        for rows in (record["observations"], less)
    )
    every = pl.concat([known.select("start"), vague.select("start")]).unique().sort("start")
    for frame, names in ((known, ("one", "two")), (vague, ("low", "high"))):
        ends = dict(zip(names, ("grade_min", "grade_max"), strict=True))
        every = every.join_asof(frame.select("start", **ends).sort("start"), on="start")
    for start, one, two, low, high in every.iter_rows():
        assert low <= one <= two <= high, start
