"""Advice over time: what is known when, what is missing, limits of a dose, ends of a record."""

import polars as pl
import pytest
from tests.markers.records import CLASSES, drug, record, value

from becalm.guidelines import COLUMNS, advise, find_guideline
from becalm.record import from_day
from becalm.record.errors import InputError
from becalm.sources import read_tables
from becalm.synthetic import Settings, generate

RULES = [
    "tocilizumab-grade-2",
    "corticosteroid-low-il6",
    "infection-watch",
    "corticosteroid-after-two-doses",
    "icans-corticosteroid",
    "no-rule-grade-3-4",
]


MOMENT = 1e-8
"""Days: less than a millisecond."""


NEVER_MEASURED = "IL-6 at baseline and since the infusion (never measured)"


def vitals(days, temperature=38.6, **more):
    """Fever with normal pressure and saturation at some days."""
    each = {"temperature": temperature, "sbp": 118, "spo2": 96, **more}
    return [value(name, day, number) for day in days for name, number in each.items()]


GRADE_2 = {
    "observations": [*vitals([4.6, 4.9, 5.1]), value("il6", -0.5, 10), value("il6", 4.9, 50)],
    "exposures": [
        {"start_day": 4.5, "end_day": 7, "kind": "oxygen", "name": "nasal_cannula", "flow_l_min": 2}
    ],
}


def grade_2(observations=(), exposures=(), without=(), **more):
    kept = [row for row in GRADE_2["observations"] if row["concept"] not in without]
    more.setdefault("patients", [{"age_years": 45, "weight_kg": 60}])
    return record([*kept, *observations], exposures=[*GRADE_2["exposures"], *exposures], **more)


def answer(cohort, rule, at=5.0, **more):
    found = advise(cohort, at=at, **more).filter(rule=rule).to_dicts()
    assert len(found) == 1
    return found[0]


def test_the_columns_and_every_rule_for_every_patient():
    cohort = grade_2(patients=[{"weight_kg": 60}, {"patient_id": "q"}])
    table = advise(cohort, at=[5, 6])
    assert table.columns == list(COLUMNS)
    assert list(COLUMNS)[:12] == [
        "patient_id",
        "day",
        "guideline",
        "rule",
        "verdict",
        "action",
        "drug",
        "dose",
        "because",
        "missing",
        "source",
        "verified",
    ]
    assert (
        table.group_by("patient_id", "day", maintain_order=True).agg("rule")["rule"].to_list() == [RULES] * 4
    )
    assert set(table["verdict"]) <= {"yes", "no", "unknown"}


def test_a_recommendation_carries_its_source_evidence_and_cautions():
    row = answer(grade_2(), "tocilizumab-grade-2")
    assert (row["verdict"], row["drug"], row["dose"]) == ("yes", "tocilizumab", "480 mg (8 mg/kg, 60 kg)")
    assert (row["dose_value"], row["dose_unit"]) == (480, "mg")
    assert "10.3389/fimmu.2022.914959" in row["source"]
    assert row["verified"] is True
    assert "infection" in row["cautions"]
    assert "IL-6 fold 5 (50 pg/mL on day 4.9, over 10 pg/mL on day -0.5)" in row["because"]
    low = answer(grade_2([value("il6", 4.95, 39)], without=["il6"]), "corticosteroid-low-il6")
    assert "3 of 8" in low["evidence"]
    assert "0 of 23" in low["evidence"]


def test_no_gives_nothing_to_do():
    row = answer(grade_2(), "corticosteroid-low-il6")
    assert (row["verdict"], row["action"], row["drug"], row["dose"]) == ("no", None, None, None)


def test_exactly_the_limit_is_said_and_not_verified():
    cohort = grade_2([value("il6", -0.5, 10), value("il6", 4.9, 40)], without=["il6"])
    row = answer(cohort, "tocilizumab-grade-2")
    assert (row["verdict"], row["verified"]) == ("yes", False)
    assert "leaves undefined" in row["because"]


def test_a_parameter_can_be_changed():
    row = answer(grade_2(), "tocilizumab-grade-2", parameters={"il6_fold_limit": "5.5"})
    assert row["verdict"] == "no"
    assert "5.5-fold" in row["because"]
    assert "il6_fold_limit=5.5" in row["parameters"]
    with pytest.raises(InputError, match="Did you mean il6_fold_limit"):
        advise(grade_2(), at=5, parameters={"il6_fold_limt": 5})


def test_the_cheapest_missing_thing_comes_first():
    row = answer(grade_2(without=["il6", "sbp", "spo2"], exposures=[]), "tocilizumab-grade-2")
    assert row["verdict"] == "unknown"
    missing = row["missing"].split("; ")
    assert missing[-1] == NEVER_MEASURED
    only_fever = record([*vitals([4.9], sbp=118, spo2=96)][:1])
    missing = answer(only_fever, "tocilizumab-grade-2")["missing"].split("; ")
    assert missing.index("blood pressure") < missing.index(NEVER_MEASURED)


def test_an_il6_past_its_validity_does_not_say_that_it_is_low():
    stale = grade_2([value("il6", -0.5, 10), value("il6", 3.5, 20)], without=["il6"])
    row = answer(stale, "corticosteroid-low-il6")
    assert (row["verdict"], row["missing"]) == ("unknown", "IL-6 now")
    assert "may have risen since" in row["because"]
    settings = {"present_gap_is_unknown": False}
    assert answer(stale, "corticosteroid-low-il6", settings=settings)["verdict"] == "yes"


def test_a_high_il6_stays_high():
    cohort = grade_2([value("il6", -0.5, 10), value("il6", 3.5, 60)], without=["il6"])
    assert answer(cohort, "tocilizumab-grade-2")["verdict"] == "yes"


@pytest.mark.parametrize(
    ("days", "at", "starts"),
    [
        ([4.9], 5.0, "none now: the last dose was on day 4.9"),
        ([4.6], 5.0, "480 mg"),
        ([4.2, 4.55, 4.65], 5.0, "none now: 3 doses were given within 24 hours"),
        ([1.0, 2.0, 3.0, 4.0], 5.0, "none now: 4 doses were given, and 4 in all is the limit"),
        ([-1.0, 2.0, 3.0, 4.0], 5.1, "480 mg"),
        ([5.05], 5.0, "480 mg"),
        ([4.75], 5 + 1 / 12, "480 mg"),
        ([4.75], 5 + 1 / 12 - 1e-9, "none now: the last dose was on day 4.75"),
        ([4.0, 4.3, 4.65], 5.0, "480 mg"),
    ],
)
def test_limits_of_tocilizumab(days, at, starts):
    # IL-6 is high before the first dose.
    cohort = grade_2(
        [value("il6", -1.5, 10), value("il6", 0.2, 90)],
        [drug("tocilizumab", day) for day in days],
        without=["il6"],
        patients=[{"weight_kg": 60, "infusion_time": "2026-03-02T00:00"}],
    )
    row = answer(cohort, "tocilizumab-grade-2", at=at)
    if days[0] < 0:
        assert row["verdict"] == "unknown"
        return
    assert row["verdict"] == "yes"
    assert row["dose"].startswith(starts)
    assert (row["dose_value"] is None) == starts.startswith("none")
    assert ("No dose now" in row["because"]) == starts.startswith("none")


def test_the_interval_of_the_paper_is_mentioned():
    cohort = grade_2(
        [value("il6", -0.5, 10), value("il6", 4.1, 90)], [drug("tocilizumab", 4.5)], without=["il6"]
    )
    assert "24 to 48 hours" in answer(cohort, "tocilizumab-grade-2")["because"]


@pytest.mark.parametrize(
    ("weight", "observed", "dose"),
    [
        (60, [], "480 mg (8 mg/kg, 60 kg)"),
        (60, [value("weight", 2.5, 50)], "400 mg (8 mg/kg, 50 kg)"),
        (60, [value("weight", 5.5, 50)], "480 mg (8 mg/kg, 60 kg)"),
        (None, [value("weight", 2.5, 29.9)], "358.8 mg (12 mg/kg, 29.9 kg)"),
        (None, [value("weight", 2.5, 55, value_high=60)], "440 to 480 mg (8 mg/kg, 55 to 60 kg)"),
        (None, [value("weight", 2.5, 28, value_high=31)], "240 to 360 mg (12 mg/kg or 8 mg/kg, 28 to 31 kg)"),
        (99.99, [], "799.92 mg (8 mg/kg, 99.99 kg)"),
        (130, [], "800 mg (8 mg/kg, at most 800 mg, 130 kg)"),
        (None, [], "8 mg/kg (12 mg/kg below 30 kg; at most 800 mg): weight not recorded"),
        (60, [value("weight", 2.5, 9000)], "480 mg (8 mg/kg, 60 kg)"),
    ],
)
def test_the_dose_by_weight(weight, observed, dose):
    row = answer(grade_2(observed, patients=[{"weight_kg": weight}]), "tocilizumab-grade-2")
    assert (row["verdict"], row["dose"]) == ("yes", dose)
    assert row["missing"] == ("weight" if "not recorded" in dose else "")


def test_no_weight_gives_more_than_the_limit():
    weights = [5, 12, 29.99, 30, 66, 99, 100, 101, 180, 299]
    everyone = [f"p{weight}" for weight in weights]
    rows = {"observations": GRADE_2["observations"], "exposures": GRADE_2["exposures"]}
    cohort = record(
        [{**row, "patient_id": who} for who in everyone for row in rows["observations"]],
        exposures=[{**row, "patient_id": who} for who in everyone for row in rows["exposures"]],
        patients=[{"patient_id": f"p{weight}", "weight_kg": weight} for weight in weights],
    )
    doses = advise(cohort, at=5).filter(rule="tocilizumab-grade-2", verdict="yes")["dose_value"]
    assert doses.len() == len(weights)
    assert doses.min() == 60
    assert doses.max() == 800


@pytest.mark.parametrize(("at", "verdict"), [(3.4, "unknown"), (3.5, "yes"), (4.49, "yes"), (4.5, "unknown")])
def test_a_recorded_icans_grade_speaks_for_a_day(at, verdict):
    cohort = record([value("icans_grade_recorded", 3.5, 2)])
    assert answer(cohort, "icans-corticosteroid", at=at)["verdict"] == verdict


def test_the_last_icans_grade_counts():
    cohort = record([value("icans_grade_recorded", 3.5, 2), value("icans_grade_recorded", 3.9, 0)])
    assert answer(cohort, "icans-corticosteroid", at=4)["verdict"] == "no"
    assert answer(cohort, "icans-corticosteroid", at=3.8)["verdict"] == "yes"


def test_drugs_not_covered_are_not_no_drugs():
    uncovered = tuple(name for name in CLASSES if name != "anti_cytokine")
    cohort = grade_2([value("crp", -0.5, 10), value("crp", 4.5, 90)], coverage=uncovered)
    for rule in ("infection-watch", "corticosteroid-after-two-doses", "tocilizumab-grade-2"):
        row = answer(cohort, rule)
        assert row["verdict"] == "unknown", row["because"]
        assert "anti-cytokine record" in row["missing"]


def test_a_dose_without_a_time_may_be_the_second():
    cohort = grade_2([], [drug("tocilizumab", 4.7), drug("tocilizumab", None)])
    row = answer(cohort, "corticosteroid-after-two-doses")
    assert (row["verdict"], row["missing"]) == ("unknown", "when tocilizumab was given")


@pytest.mark.parametrize("cause", ["crs", "relapse"])
def test_after_a_death_nothing_is_advised(cause):
    cohort = grade_2(events=[{"day": 5.05, "event": "death", "cause": cause}])
    assert answer(cohort, "tocilizumab-grade-2", at=5.0)["verdict"] == "yes"
    after = advise(cohort, at=5.5)
    assert after["verdict"].to_list() == ["no"] * 6
    assert f"death ({cause}) is recorded" in after["because"][0].lower()


def test_on_the_day_of_a_death_without_an_hour_nothing_is_certain():
    cohort = grade_2(events=[{"day": 5, "event": "death", "cause": "relapse"}])
    row = answer(cohort, "tocilizumab-grade-2", at=5.01)
    assert (row["verdict"], row["missing"]) == ("unknown", "whether and when the patient died")


def test_death_not_covered_is_not_assumed():
    uncovered = tuple(name for name in CLASSES if name != "death")
    row = answer(grade_2(coverage=uncovered), "tocilizumab-grade-2", at=5.2)
    assert row["verdict"] == "yes"


def test_before_the_infusion_there_is_no_crs():
    table = advise(grade_2(), at=-1)
    verdicts = dict(zip(table["rule"], table["verdict"], strict=True))
    assert verdicts["tocilizumab-grade-2"] == "no"
    assert verdicts["icans-corticosteroid"] == "unknown"


def test_an_empty_record_is_unknown_not_no():
    table = advise(record([], coverage=None), at=5)
    assert table.filter(verdict="yes").height == 0
    assert table.filter(rule="icans-corticosteroid")["verdict"].to_list() == ["unknown"]
    assert advise(record([], coverage=None)).height % 6 == 0


def test_an_unknown_policy_or_guideline_is_refused():
    with pytest.raises(InputError, match="which does not exist"):
        advise(grade_2(), settings={"no_such_policy": 1})
    with pytest.raises(InputError, match="did you mean il6-guided-2022"):
        find_guideline("il6-guided-2021")


@pytest.fixture(scope="module")
def synthetic():
    return generate(12, seed=20, settings=Settings(everything=True)).tables


def test_advice_at_a_change_is_the_advice_asked_for_at_that_day(synthetic):
    cohort = read_tables(synthetic)
    changes = advise(cohort)
    # A moment after each change: days are shown to nine microseconds.
    days = (changes["day"].unique() + MOMENT).sort()
    asked = advise(cohort, at=days.to_list()).with_columns(pl.col("day") - MOMENT)
    joined = changes.sort("day").join_asof(
        asked.sort("day"),
        on="day",
        by=["patient_id", "rule"],
        strategy="nearest",
        tolerance=MOMENT,
        suffix="_asked",
        check_sortedness=False,
    )
    assert joined.height == changes.height > 500
    for name in COLUMNS:
        if name not in ("patient_id", "day", "rule"):
            differ = joined.filter(pl.col(name).ne_missing(pl.col(f"{name}_asked")))
            assert differ.height == 0, differ.select("patient_id", "day", "rule", name, f"{name}_asked")


def test_between_two_changes_nothing_changes(synthetic):
    cohort = read_tables(synthetic)
    changes = advise(cohort).select("patient_id", "day", "rule", "verdict", "dose", "missing")
    days = [n / 7 for n in range(1, 70)]
    asked = advise(cohort, at=days).select("patient_id", "day", "rule", "verdict", "dose", "missing")
    last = changes.group_by("patient_id").agg(pl.col("day").max().alias("last"))
    asked = asked.join(last, on="patient_id").filter(pl.col("day") <= pl.col("last"))
    held = asked.sort("day").join_asof(
        changes.sort("day"), on="day", by=["patient_id", "rule"], suffix="_held", check_sortedness=False
    )
    held = held.filter(pl.col("verdict_held").is_not_null())
    assert held.height > 1000
    for name in ("verdict", "dose", "missing"):
        differ = held.filter(pl.col(name).ne_missing(pl.col(f"{name}_held")))
        assert differ.height == 0, differ


@pytest.mark.parametrize("day", [1.37, 4.61, 8.13, 12.9])
def test_what_comes_later_changes_nothing(day):
    tables = generate(40, seed=5).tables
    cohort = read_tables(tables)
    earlier = dict(tables)
    for name, column in (("observations", "time"), ("exposures", "start"), ("events", "time")):
        frame = getattr(cohort, name)
        rows = frame.filter((pl.col(column) <= from_day(day)).fill_null(True))["row"]
        numbered = tables[name].with_row_index("n", offset=1)
        earlier[name] = numbered.filter(pl.col("n").is_in(rows.to_list())).drop("n")
    assert earlier["observations"].height < tables["observations"].height
    then, now = (advise(one, at=day) for one in (read_tables(earlier), cohort))
    columns = ["patient_id", "rule", "verdict", "dose", "because", "missing"]
    assert then.select(columns).equals(now.select(columns))
