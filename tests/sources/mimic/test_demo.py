"""The MIMIC-IV demo: every row is accounted for, and the mapping's words are those of its dictionaries."""

import polars as pl
import pytest

from becalm.record import vocabulary
from becalm.sources import Plan, import_folder, lookup_for
from becalm.sources.coded.mapping import shipped_mapping
from tests.sources.mimic.folders import accounted, whole

ROWS = {
    "patients": 100,
    "admissions": 275,
    "icustays": 140,
    "labevents": 107_727,
    "inputevents": 20_404,
    "emar": 35_835,
    "procedureevents": 1_468,
}


@pytest.fixture(scope="module")
def demo(shared_data):
    return shared_data / "mimic-iv-demo"


@pytest.mark.parametrize("unmapped", ["count", "keep"])
def test_every_row_makes_a_statement_or_is_counted_with_its_reason(demo, unmapped):
    found = whole(demo, unmapped=unmapped)
    assert found.read == ROWS
    assert accounted(found) == ROWS
    assert found.outcomes["reason"].null_count() == 0


def test_counting_and_keeping_unmapped_rows_leaves_the_mapped_ones_the_same(demo):
    counted, kept = whole(demo, unmapped="count").statements, whole(demo, unmapped="keep").statements
    both = kept.join(counted.select("file", "row", "domain"), on=["file", "row", "domain"], how="semi")
    assert both.equals(counted)
    assert kept.height > counted.height


def test_bounds_in_comments_stay_bounds(demo):
    bounds = whole(demo, unmapped="count").statements.filter(pl.col("comparator").is_not_null())
    assert set(bounds.select("text", "comparator", "value").unique().rows()) >= {
        ("Platelet Count", "<", "5"),
        ("Bilirubin, Total", "<", "0.2"),
        ("Alanine Aminotransferase (ALT)", "<", "5"),
        ("NTproBNP", ">", "70000"),
    }
    assert "GREATER THAN" not in "".join(bounds["value"])


def test_each_death_is_told_once(demo):
    deaths = whole(demo).statements.filter(pl.col("domain") == "death")
    assert deaths["patient_id"].is_unique().all()
    assert deaths.height == 31
    assert deaths.filter(pl.col("file") == "patients")["start"].str.len_chars().unique().to_list() == [10]


def test_what_the_mapping_says_of_an_item_is_its_label(demo):
    items = pl.read_csv(demo / "d_items.csv.gz", infer_schema=False)
    tests = pl.read_csv(demo / "d_labitems.csv.gz", infer_schema=False)
    labels = {
        "MIMIC item": dict(items.select("itemid", "label").iter_rows()),
        "MIMIC 03-IV Fluid Bolus": dict(items.select("itemid", "label").iter_rows()),
        "MIMIC lab item": dict(tests.select("itemid", "label").iter_rows()),
    }
    fluids = dict(tests.select("itemid", "fluid").iter_rows())
    for code in shipped_mapping("mimic").code:
        if code.system == "MIMIC table":
            continue
        assert code.says.startswith(labels[code.system][code.code]), code
        if code.system == "MIMIC lab item":
            assert fluids[code.code] == "Blood", code


def test_the_words_of_the_mapping_are_names_of_the_record():
    mapping, known = shipped_mapping("mimic"), vocabulary()
    drugs = {code.drug for code in mapping.code if code.drug} | {
        name.drug for name in mapping.name if name.drug
    }
    assert [drug for drug in drugs if known.resolve("drug", drug) is None] == []
    devices = {value.oxygen for value in mapping.value if value.oxygen}
    assert [device for device in devices if known.resolve("oxygen", device) is None] == []
    routes = {form.route for form in mapping.form} | {code.route for code in mapping.code if code.route}
    assert [route for route in routes if known.resolve("route", route) is None] == []


def test_units_of_infusions_are_ucum():
    words = lookup_for("mimic")
    assert [words.unit(unit) for unit in ("units/hour", "mcg/kg/min", "mL/hour")] == [
        "U/h",
        "ug/kg/min",
        "mL/h",
    ]


def test_the_import_adds_up_and_the_record_accepts_every_row(demo, tmp_path):
    made = import_folder(Plan("mimic", str(demo), anchor="first-icu-admission"), tmp_path / "out")
    files = made.account.files
    assert dict(files.select("file", "read").iter_rows()) == ROWS
    assert files.filter(pl.col("read") != pl.col("used") + pl.col("set_aside") + pl.col("refused")).is_empty()
    assert sum(made.not_accepted.values()) == 0
    given = pl.read_csv(tmp_path / "out" / "exposures.csv", infer_schema=False)
    drops = given.filter(pl.col("note").str.contains("Ophth"))
    assert set(drops["name"]) >= {"phenylephrine", "prednisolone", "dexamethasone"}
    assert drops["route"].unique().to_list() == ["ophthalmic"]
    assert given.filter(pl.col("note").str.contains("Cream"))["route"].unique().to_list() == ["topical"]
