"""Baseline, peak and fold where the definitions are at their edges."""

import pytest
from tests.markers.records import CLASSES, drug, record, value

from becalm.markers import markers
from becalm.record.errors import InputError

INFUSED = [{"infusion_time": "2026-03-02T10:00"}]
"""At day 0.41667."""


def il6(observations, *, settings=None, marker="il6", **more):
    found = markers(record(observations, **more), settings=settings).filter(marker=marker).to_dicts()
    assert len(found) == 1
    return found[0]


def test_columns_and_one_row_for_each_marker():
    table = markers(record([value("il6", 1.5, 5)]))
    assert table.columns[:12] == [
        "patient_id",
        "marker",
        "unit",
        "baseline_min",
        "baseline_max",
        "peak_min",
        "peak_max",
        "peak_day",
        "fold_min",
        "fold_max",
        "peak_window_end_day",
        "because",
    ]
    assert table["marker"].to_list() == [
        "il2",
        "il4",
        "il6",
        "il10",
        "tnf_alpha",
        "ifn_gamma",
        "crp",
        "ferritin",
    ]
    assert "never measured" in table["because"][0]


def test_an_empty_record_gives_an_empty_table():
    assert markers(record([])).height == 8
    assert markers(record([]))["fold_refused"].to_list() == ["no baseline"] * 8


def test_the_instant_of_the_infusion_belongs_to_the_baseline_and_to_the_window():
    at_infusion = 10 / 24
    row = il6([value("il6", at_infusion, 10)], patients=INFUSED)
    assert (row["baseline_min"], row["peak_max"], row["fold_max"]) == (10, 10, 1)


def test_a_value_at_the_instant_of_the_infusion_is_the_last_before_it():
    patients = [{"infusion_time": "2026-03-02T06:00"}]
    row = il6([value("il6", 0.25, 10), value("il6", 0.75, 70)], patients=patients)
    assert (row["baseline_min"], row["baseline_max"], row["peak_max"]) == (10, 10, 70)


def test_day_minus_two_is_included():
    assert il6([value("il6", -2.0, 10), value("il6", 3.5, 20)])["baseline_min"] == 10
    assert il6([value("il6", "-2.001", 10), value("il6", 3.5, 20)])["baseline_min"] is None


def test_a_whole_day_before_the_window_of_the_baseline_is_none():
    assert il6([value("il6", -3, 10), value("il6", 3.5, 20)])["baseline_min"] is None
    assert il6([value("il6", -2, 10), value("il6", 3.5, 20)])["baseline_min"] == 10


def test_the_first_value_after_the_infusion_is_that_of_day_0():
    row = il6([value("il6", 0.6, 7), value("il6", 0.9, 70)], patients=INFUSED)
    assert (row["baseline_min"], row["baseline_max"], row["fold_min"]) == (7, 7, 10)


def test_day_1_is_no_baseline():
    row = il6([value("il6", 1.0001, 7), value("il6", 2.5, 70)], patients=INFUSED)
    assert row["fold_refused"] == "no baseline"
    assert "no value from day -2 to the end of day 0" in row["because"]


def test_a_value_of_day_0_without_an_hour_may_be_before_or_after_the_infusion():
    row = il6([value("il6", -0.5, 5), value("il6", 0, 8), value("il6", 3.5, 40)], patients=INFUSED)
    assert (row["baseline_min"], row["baseline_max"]) == (5, 8)
    assert (row["fold_min"], row["fold_max"]) == (5, 8)


def test_only_the_date_of_the_infusion_makes_both_orders_possible():
    row = il6([value("il6", -0.5, 5), value("il6", 0.3, 8), value("il6", 3.5, 40)])
    assert (row["baseline_min"], row["baseline_max"]) == (5, 8)


def test_a_timed_value_replaces_that_of_the_whole_day():
    row = il6(
        [value("il6", -0.5, 5), value("il6", 3, 400), value("il6", 3.5, 40), value("il6", 4, 30)],
        patients=INFUSED,
    )
    assert (row["peak_max"], row["fold_max"]) == (40, 8)


def test_a_value_before_the_infusion_is_no_peak():
    row = il6([value("il6", 0.1, 90), value("il6", 0.3, 10), value("il6", 3.5, 40)], patients=INFUSED)
    assert (row["baseline_min"], row["peak_max"]) == (10, 40)


def test_a_whole_day_value_on_the_day_of_the_dose_may_be_before_or_after_it():
    row = il6(
        [value("il6", -0.5, 10), value("il6", 3.5, 20), value("il6", 4, 90)],
        exposures=[drug("tocilizumab", 4.5)],
    )
    assert (row["peak_min"], row["peak_max"]) == (20, 90)
    assert (row["fold_min"], row["fold_max"]) == (2, 9)
    assert row["peak_day"] is None
    assert (row["peak_day_min"], row["peak_day_max"]) == (3.5, 4)


def test_a_dose_at_the_start_of_the_day_comes_before_a_value_of_that_day():
    row = il6(
        [value("il6", -0.5, 10), value("il6", 3.5, 20), value("il6", 4, 90)],
        exposures=[drug("tocilizumab", 4)],
    )
    assert (row["peak_min"], row["peak_max"], row["peak_window_end_day"]) == (20, 20, 4)


def test_a_value_at_the_instant_of_the_dose_is_ignored():
    row = il6(
        [value("il6", -0.5, 10), value("il6", 3.5, 20), value("il6", 4.5, 90)],
        exposures=[drug("tocilizumab", 4.5)],
    )
    assert row["peak_max"] == 20


@pytest.mark.parametrize(
    ("exposure", "end"),
    [
        (drug("tocilizumab", 4.5, route="intrathecal"), 30),
        (drug("tocilizumab", 4.5, rate="0", rate_unit="mg/h"), 30),
        (drug("tocilizumab", 4.5, dose="0", dose_unit="mg"), 30),
        (drug("Actemra", 4.5), 4.5),
        (drug("tocilizumab", 4.5, route="sc"), 4.5),
        (drug("emapalumab", 4.5), 30),
    ],
)
def test_what_closes_the_window(exposure, end):
    row = il6([value("il6", -0.5, 10), value("il6", 6.5, 20)], exposures=[exposure])
    assert row["peak_window_end_day"] == end


def test_a_dose_before_the_infusion_leaves_no_peak():
    row = il6([value("il6", -0.5, 10), value("il6", 3.5, 90)], exposures=[drug("tocilizumab", -0.04)])
    assert row["fold_refused"] == "no peak"
    assert "closes with tocilizumab on day -0.04" in row["because"]


def test_a_dose_at_a_time_not_given_may_have_closed_the_window_at_any_time():
    row = il6([value("il6", -0.5, 10), value("il6", 3.5, 90)], exposures=[drug("tocilizumab", None)])
    assert (row["peak_min"], row["peak_max"]) == (None, 90)
    assert (row["fold_min"], row["fold_max"]) == (None, 9)
    assert "at a time not recorded" in row["because"]


def test_drugs_not_covered_may_have_closed_the_window():
    uncovered = tuple(name for name in CLASSES if name != "anti_cytokine")
    row = il6([value("il6", -0.5, 10), value("il6", 3.5, 90)], coverage=uncovered)
    assert (row["fold_min"], row["fold_max"]) == (None, 9)
    assert "does not cover" in row["because"]
    closed = il6(
        [value("il6", -0.5, 10), value("il6", 3.5, 90)],
        coverage=uncovered,
        settings={"uncovered_is_unknown": False},
    )
    assert (closed["fold_min"], closed["fold_max"]) == (9, 9)


def test_after_a_discharge_a_drug_may_have_been_given():
    observations = [value("il6", -0.5, 10), value("il6", 3.5, 40), value("il6", 9.5, 90)]
    row = il6(observations, events=[{"day": "8.5", "event": "discharge"}])
    assert (row["fold_min"], row["fold_max"]) == (4, 9)


def test_a_value_without_a_time_may_be_baseline_or_peak():
    row = il6([value("il6", -0.5, 10), value("il6", 3.5, 40), value("il6", None, 80)])
    assert (row["baseline_min"], row["baseline_max"]) == (10, 80)
    assert (row["peak_min"], row["peak_max"]) == (40, 80)
    assert (row["fold_min"], row["fold_max"]) == (0.5, 8)
    assert "at a time not given" in row["because"]


def test_only_a_value_without_a_time_is_no_baseline():
    assert il6([value("il6", None, 10), value("il6", 3.5, 40)])["fold_refused"] == "no baseline"


def test_an_implausible_value_is_a_range_of_everything():
    row = il6([value("crp", -0.5, 10), value("crp", 3.5, 20), value("crp", 4.5, 99999)], marker="crp")
    assert (row["peak_min"], row["peak_max"]) == (20, None)
    assert (row["fold_min"], row["fold_max"]) == (2, None)
    assert "refused" in row["because"]


def test_several_values_at_one_instant_are_one_range():
    row = il6([value("il6", -0.5, 10), value("il6", -0.5, 12), value("il6", 3.5, 60)])
    assert (row["baseline_min"], row["baseline_max"], row["fold_min"], row["fold_max"]) == (10, 12, 5, 6)


@pytest.mark.parametrize(
    ("baseline", "peak", "fold"),
    [("3", "5.49", 1.83), ("30", "54.9", 1.83), ("100", "183", 1.83), ("0.7", "2.8", 4), ("1.1", "4.4", 4)],
)
def test_the_fold_is_exact_to_the_decimals_written(baseline, peak, fold):
    row = il6([value("crp", -0.5, baseline), value("crp", 3.5, peak)], marker="crp")
    assert row["fold_min"] == fold
    assert row["fold_max"] == fold


def test_the_fold_is_exact_across_units():
    observations = [value("crp", -0.5, "3", unit="mg/L"), value("crp", 3.5, "0.549", unit="mg/dL")]
    assert il6(observations, marker="crp")["fold_min"] == 1.83


@pytest.mark.parametrize(
    ("first", "second", "settings", "refused"),
    [
        ("elecsys", "luminex", {}, "two assays"),
        ("elecsys", "Elecsys ", {}, None),
        ("elecsys", None, {}, None),
        (None, None, {}, None),
        ("elecsys", "luminex", {"one_assay_only": False}, None),
        ("elecsys", None, {"blank_assay_matches": "false"}, "two assays"),
        (None, None, {"blank_assay_matches": False}, "two assays"),
        ("elecsys", "elecsys", {"blank_assay_matches": False}, None),
    ],
)
def test_assays(first, second, settings, refused):
    row = il6([value("il6", -0.5, 10, assay=first), value("il6", 3.5, 40, assay=second)], settings=settings)
    assert row["fold_refused"] == refused
    assert row["fold_min"] == (None if refused else 4)


def test_a_second_assay_that_cannot_be_the_peak_refuses_nothing():
    observations = [
        value("il6", -0.5, 10, assay="a"),
        value("il6", 2.5, 20, assay="b"),
        value("il6", 3.5, 40, assay="a"),
    ]
    assert il6(observations)["fold_min"] == 4


def test_the_same_peak_twice_has_its_first_day():
    row = il6([value("il6", -0.5, 10), value("il6", 3.5, 40), value("il6", 5.5, 40)])
    assert row["peak_day"] == 3.5


def test_policies_can_be_changed_and_are_checked():
    observations = [value("il6", -3.5, 10), value("il6", 3.5, 40), value("il6", 9.5, 90)]
    changed = il6(observations, settings={"baseline_days_before": "4", "peak_until_day": 5})
    assert (changed["baseline_min"], changed["peak_max"], changed["peak_window_end_day"]) == (10, 40, 5)
    cohort = record(observations)
    with pytest.raises(InputError, match=r"Did you mean peak_until_day"):
        markers(cohort, settings={"peak_until_days": 5})
    with pytest.raises(InputError, match=r"expected a finite number not below 0"):
        markers(cohort, settings={"peak_until_day": "late"})
    with pytest.raises(InputError, match=r"expected true or false"):
        markers(cohort, settings={"one_assay_only": "perhaps"})


def test_without_day_0_the_last_value_before_the_infusion_alone_is_the_baseline():
    settings = {"baseline_else_day_0": False}
    observations = [value("il6", 0.6, 7), value("il6", 3.5, 40)]
    assert il6(observations, patients=INFUSED, settings=settings)["fold_refused"] == "no baseline"
    assert il6(observations, patients=INFUSED)["fold_min"] == pytest.approx(40 / 7)
