"""Scores as data: what is installed, what a file may hold, the table and its columns, and the command."""

import csv
import io
import json
import math

import pytest
from tests.conftest import REPOSITORY
from tests.markers.records import record

from becalm.cli import main
from becalm.markers import (
    default_score_settings,
    find_score,
    installed_scores,
    load_score,
    score_file,
    scores,
)
from becalm.markers.scoring import COLUMNS
from becalm.record.errors import EditionError, InputError
from becalm.sources import read_folder

CASE = REPOSITORY / "examples" / "local-crs-case"
VIGNETTES = REPOSITORY / "tests" / "vignettes" / "scores"
DOSES = "dexamethasone-equivalents"
START = {"start_day": "-5", "kind": "drug", "name": "fludarabine"}
LABS = {"ldh": (934, "U/L"), "creatinine": (1, "mg/dL"), "platelets": (100, "10*9/L")}


def labs(day="-5.4", **changed):
    values = {**LABS, **changed}
    return [
        {"day": day, "concept": name, "value": value, "unit": unit} for name, (value, unit) in values.items()
    ]


def one(observations, score="easix", moment="before lymphodepletion", **more):
    table = scores(record(observations, exposures=[START]), score, **more)
    return table.filter(moment=moment).to_dicts()[0]


def test_day_8_of_the_published_case_is_35_mg():
    """Twice 40 mg of methylprednisolone and 10 mg of dexamethasone: 2 x (7.5 + 10)."""
    table = scores(read_folder(CASE), DOSES)
    day = table.filter(moment="in one day").to_dicts()
    assert [(row["day"], row["value_min"], row["value_max"]) for row in day] == [(8, 35, 35)]
    assert "methylprednisolone 40 mg on day 8.715" in day[0]["because"]


def test_a_whole_record_after_a_discharge_is_at_least_35_mg():
    total = scores(read_folder(CASE), DOSES).filter(moment="in all").to_dicts()[0]
    assert (total["value_min"], total["value_max"]) == (35, None)
    assert total["missing"] == "the record of corticosteroids from day 16 on"


def test_the_installed_scores():
    assert list(installed_scores()) == [
        "car-hematotox",
        DOSES,
        "easix",
        "kadauke-2021-trigger",
        "m-easix",
        "s-easix",
    ]


@pytest.mark.parametrize("score", installed_scores().values(), ids=installed_scores())
def test_every_claim_has_its_source(score):
    parts = [*score.moment, *score.equivalent, *(rule for _, rule in score.every_rule())]
    assert len(score.cites) > 5
    assert all(len(part.cites) > 5 for part in parts)


def test_the_gaps_are_named_and_none_of_them_is_installed():
    titles = " ".join(gap.title for gap in score_file().gap)
    for name in ("Teachey", "Hay", "Gust", "EASIX-F", "eIPM"):
        assert name in titles
        assert not any(name.lower() in score for score in installed_scores())


def test_the_high_class_of_hematotox_begins_at_2_and_none_at_3():
    rules = {one.name: one.when for one in find_score("car-hematotox").classes}
    assert rules == {"low": "score >= 0", "high": "score >= 2"}


def test_the_columns_and_the_logarithm():
    row = one(labs())
    assert tuple(row) == tuple(COLUMNS)
    assert tuple(row)[:11] == (
        "patient_id",
        "score",
        "day",
        "value_min",
        "value_max",
        "class_min",
        "class_max",
        "because",
        "missing",
        "source",
        "verified",
    )
    assert (row["value_min"], row["day"], row["class_min"]) == (9.34, -5, "high")
    assert row["log2_min"] == row["log2_max"] == math.log2(9.34)
    assert row["because"].startswith("LDH 934 U/L on day -5.4; creatinine 1 mg/dL on day -5.4; platelets 100")
    assert row["missing"] is None
    assert row["verified"]
    assert not one(labs(), "car-hematotox")["verified"]


def test_what_is_missing_is_named():
    row = one(labs()[:1])
    assert row["missing"] == "creatinine; platelets"
    assert "no creatinine from day -12 to day -5" in row["because"]


def test_a_cut_off_holds_only_at_its_moment():
    row = one(labs(day="-0.5"), moment="day -1")
    assert (row["value_min"], row["class_min"], row["class_max"]) == (9.34, None, None)


def test_a_value_that_may_be_too_late_is_told():
    start = {"start_time": "2024-03-05", "kind": "drug", "name": "fludarabine"}
    patients = [{"infusion_time": "2024-03-10T10:00"}]
    cohort = record(labs(day="-4.8"), exposures=[start], patients=patients)
    row = scores(cohort, "easix").to_dicts()[0]
    assert row["value_max"] is None
    assert "no certain LDH: 934 U/L on day -4.8 may be too late or too old" in row["because"]


def test_an_empty_record():
    table = scores(record([]), at=3)
    assert table.height == 5 + 3
    assert table.filter(score=DOSES)["value_max"].to_list() == [0, 0, 0]
    assert scores(record([], coverage=None), DOSES).filter(moment="in all")["value_max"].to_list() == [None]


def test_nothing_covered_is_nothing_known():
    table = scores(record([], coverage=("death",)), DOSES)
    assert table["value_min"].to_list() == [0, 0]
    assert table["value_max"].to_list() == [None, None]
    assert set(table["missing"]) == {"the record of corticosteroids from day 0 on"}


def test_policies_can_be_changed_and_are_checked():
    assert one(labs(day="-12.5"))["value_max"] is None
    assert one(labs(day="-12.5"), settings={"score_days_before_lymphodepletion": "8"})["value_max"] == 9.34
    assert one(labs(), settings={"lymphodepletion_within_days": 4})["value_max"] is None
    with pytest.raises(InputError, match=r"Did you mean score_value_days\? .*becalm cite scores"):
        one(labs(), settings={"score_value_day": 3})
    with pytest.raises(InputError, match="expected a finite number"):
        one(labs(), settings={"score_value_days": "many"})
    assert default_score_settings().number("score_value_days") == 2


def test_a_gap_can_be_read_as_no_fever():
    fever = {"day": "3.1", "concept": "temperature", "value": 39, "unit": "Cel"}
    cohort = record([fever], patients=[{"blasts_percent": 60}])
    for changed, answer in (({}, "yes"), ({"trigger_gap_is_unknown": False}, "no")):
        row = scores(cohort, "kadauke-2021-trigger", at=5, settings=changed).to_dicts()[0]
        assert (row["class_min"], row["class_max"]) == ("no", answer)


def test_an_unknown_score_is_named():
    with pytest.raises(InputError, match=r"There is no score 'easyx'; did you mean easix\?"):
        scores(record([]), "easyx")


@pytest.fixture
def own(tmp_path):
    """An institution's own score: the file of EASIX with a change."""

    def write(old="", new="", score="easix"):
        text = installed_scores()[score].path.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "own.toml"
        path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        return path

    return write


def test_a_score_of_ones_own(own):
    path = own("score > 4.67", "score > 10")
    row = one(labs(), path)
    assert (row["value_min"], row["class_max"]) == (9.34, "low")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("/ platelets", "/ platelet", "Expected each of the inputs once"),
        ("ldh * creatinine", "ldh + creatinine", r"Expected inputs joined by \* and /"),
        ('unit = "mg/dL"', 'unit = "mg/L"', r"inputs\.creatinine: the unit is 'mg/L'. Expected one of mg/dL"),
        ('concept = "ldh"', 'concept = "lhd"', "'lhd' is no concept"),
        ('concept = "ldh"', 'column = "hair"', "'hair' is no column"),
        ('concept = "ldh"', 'column = "age_years"\nconcept = "ldh"', "either `concept` or `column`"),
        ("day = -1.0", 'day = -1.0\nbefore = "lymphodepletion"', "either `day` or `before`"),
        ('moments = ["before lymph', 'moments = ["after lymph', "names the moments"),
        ("score > 4.67", "ldh > score * creatinine", "a fact times a fact"),
        ("score > 4.67", "scores > 4.67", "scores"),
        ("log2 = true", "log3 = true", "Did you mean `log2`"),
        ("log2 = true", "within_hours = 2", "unknown"),
        ('concept = "ldh"', 'concept = "ldh"\ncounted = "value > 3"', "belong together"),
        ('formula = "ldh * creatinine / platelets"', "", "Expected exactly one of"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(own, old, new, message):
    with pytest.raises(EditionError, match=message):
        load_score(own(old, new))


@pytest.mark.parametrize(
    ("score", "old", "new", "message"),
    [
        ("car-hematotox", "platelets < 75", "score < 75", "Only a class is about the value"),
        (DOSES, 'drug = "prednisone"', 'drug = "prednison"', "'prednison' is no drug"),
        (DOSES, 'reference = "dexamethasone"', 'reference = "cortisone"', "`reference` is 'cortisone'"),
        (DOSES, 'ug = "1/1000"', 'ug = "a thousandth"', "is worth 'a thousandth'"),
        (DOSES, 'span = "hours"\nhours = 24.0', 'span = "hours"', "needs `hours`"),
        ("kadauke-2021-trigger", "value >= 38.5", "values >= 38.5", "values"),
    ],
)
def test_another_file_that_does_not_fit_is_refused(own, score, old, new, message):
    with pytest.raises(EditionError, match=message):
        load_score(own(old, new, score))


@pytest.mark.parametrize(
    ("unit", "mg"),
    [("mg", 4), ("MG", 4), ("g", 4000), ("ug", 0.004), ("µg", 0.004), ("mcg", 0.004), ("mg/kg", 200)]
    + [(unit, None) for unit in ("mL", "", "mg/m2", "tablets", "mg/kg/kg", "mg/h")],
)
def test_units_of_doses(unit, mg):
    dose = {"start_day": "3.5", "kind": "drug", "name": "dexamethasone", "dose": 4, "dose_unit": unit}
    row = scores(record([], exposures=[dose], patients=[{"weight_kg": 50}]), DOSES).to_dicts()[0]
    assert row["value_max"] == (None if mg is None else pytest.approx(mg))


def run(capsys, *words):
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_the_command(capsys):
    text = run(capsys, "scores", VIGNETTES, "--score", "easix,m-easix")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["score"] for row in rows} == {"easix", "m-easix"}
    assert list(rows[0])[: len(COLUMNS)] == list(COLUMNS)
    asked = run(capsys, "scores", CASE, "--score", DOSES, "--at", "9", "--set", "score_value_days=3")
    asked_rows = list(csv.DictReader(io.StringIO(asked)))
    assert {(row["value_min"], row["value_max"]) for row in asked_rows} == {("35.0", "35.0")}
    assert {row["settings"] for row in asked_rows} == {"score_value_days=3"}


def test_batches_and_partitions_make_the_same_table(tmp_path, capsys):
    whole, batched = tmp_path / "whole.csv", tmp_path / "batched.csv"
    run(capsys, "scores", VIGNETTES, "-o", whole)
    run(capsys, "scores", VIGNETTES, "--batch", "7", "-o", batched)
    assert whole.read_bytes() == batched.read_bytes()
    found = []
    for part in ("1/2", "2/2"):
        path = tmp_path / f"{part[0]}.json"
        run(capsys, "scores", VIGNETTES, "--partition", part, "-o", path, "--score", "easix")
        found += [
            (row["patient_id"], row["value_min"]) for row in json.loads(path.read_text(encoding="utf-8"))
        ]
    table = scores(read_folder(VIGNETTES), "easix")
    assert sorted(found, key=str) == sorted(table.select("patient_id", "value_min").rows(), key=str)


@pytest.mark.parametrize("score", installed_scores())
def test_every_score_can_be_cited(score, capsys):
    text = run(capsys, "cite", score)
    edition = find_score(score)
    for said in (edition.title, edition.source, *(rule.says for _, rule in edition.every_rule())):
        assert said in text


def test_the_policies_and_the_gaps_can_be_cited(capsys):
    text = run(capsys, "cite", "scores")
    assert "score_value_days = 2" in text
    assert "Teachey 2016" in text


def test_a_wrong_name_ends_the_command(capsys):
    assert main(["scores", str(CASE), "--score", "easyx"]) == 2
    assert "did you mean easix" in capsys.readouterr().err
