"""What the page says, read as a reader and as a browser would."""

import re
from itertools import pairwise

import pytest
from tests.report.parsing import by_id, captioned, parsed, rows
from tests.report.records import IMAGE, SCRIPT

from becalm.record.errors import InputError
from becalm.report import write_report
from becalm.scales import grade

PAGES = ("case_page", "synthetic_page", "awkward_page")


@pytest.fixture(params=PAGES)
def page(request):
    """Each report in turn."""
    return request.getfixturevalue(request.param)


def test_the_page_is_well_formed_and_says_its_language(page):
    root = parsed(page)
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert len(root.all("h1")) == 1
    assert root.all("title")[0].text == root.all("h1")[0].text


def test_nothing_is_fetched(page):
    root = parsed(page)
    for node in root.walk():
        assert node.tag not in ("link", "img", "iframe", "object", "embed", "video", "audio", "base", "form")
        for name, value in node.attributes.items():
            if name in ("src", "href", "data", "action", "srcset", "poster", "xlink:href"):
                assert value.startswith("#"), (node.tag, name, value)
            assert not name.startswith("on"), (node.tag, name)
            assert name != "style", "the policy of the page forbids it"
    style = root.all("style")[0].text
    assert "url(" not in style
    assert "@import" not in style
    assert len(root.all("style")) == len(root.all("script")) == 1


def test_the_policy_of_the_page_allows_its_own_style_and_script_only(page):
    import base64
    import hashlib

    root = parsed(page)
    policy = next(
        m.attributes["content"]
        for m in root.all("meta")
        if m.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(root.all(tag)[0].text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_ids_are_unique_and_links_lead_somewhere(page):
    root = parsed(page)
    ids = [node.attributes["id"] for node in root.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    links = [a.attributes["href"] for a in root.all("a")]
    assert links
    assert {link[1:] for link in links} <= set(ids)
    fills = set(re.findall(r'"url\(#([^)]+)\)"', page))
    assert fills
    assert fills <= set(ids)


def test_headings_descend_one_step_at_a_time(page):
    levels = [int(h.tag[1]) for h in parsed(page).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    steps = list(pairwise(levels))
    assert all(after - before <= 1 for before, after in steps), steps


def test_every_table_has_a_caption_and_scoped_headings(page):
    tables = parsed(page).all("table")
    assert len(tables) > 8
    for table in tables:
        assert table.all("caption")[0].text.strip()
        assert all(cell.attributes.get("scope") in ("col", "row") for cell in table.all("th"))
        assert {len(row.all("th", "td")) for row in table.all("tr")} == {len(table.all("thead")[0].all("th"))}
        assert table.within("div"), "a wide table scrolls in its own container"


def test_every_figure_is_named_and_has_a_table_twin(page):
    root = parsed(page)
    drawings = root.all("svg")
    assert drawings
    for svg in drawings:
        assert svg.attributes["role"] == "img"
        assert len(svg.attributes["aria-label"]) > 20
        figure = svg.parent
        while figure is not None and figure.tag != "figure":
            figure = figure.parent
        assert figure is not None, "a drawing stands in a figure"
        assert figure.all("figcaption")[0].text.strip()
        (twin,) = [d for d in figure.all("details") if "twin" in d.classes]
        assert "open" in twin.attributes, "open without a script, and so in print"
        assert twin.all("table")


def test_the_same_record_gives_the_same_bytes(case, case_page, synthetic, synthetic_page):
    assert write_report(case, name="local-crs-case") == case_page
    assert write_report(synthetic, name="synthetic") == synthetic_page


@pytest.mark.parametrize("name", ["case", "synthetic", "awkward_cohort"])
def test_every_interval_of_the_grades_is_on_the_page(name, request):
    cohort = request.getfixturevalue(name)
    root = parsed(request.getfixturevalue(f"{name.removesuffix('_cohort')}_page"))
    grades = grade(cohort, "astct-2019")
    assert grades.height > 5
    for (patient,), mine in grades.group_by("patient_id"):
        table = captioned(root, f"Grade of patient {patient} under astct-2019, every interval")
        shown = rows(table)
        assert len(shown) == mine.height
        for row, said in zip(mine.sort("start_day").iter_rows(named=True), shown, strict=True):
            low, high = row["grade_min"], row["grade_max"]
            expected = f"{low}" if low == high else f"{low} to {high} undecided"
            assert said["Grade"] == (expected if low is not None else "record ended")
            assert said["Because"] == row["because"]
            assert said.get("Would settle it", "") == row["missing"]
            assert said.get("Warning", "") == row["warning"]
            assert float(said["From day"].split()[0]) == pytest.approx(row["start_day"], abs=6e-4)


def test_rows_read_are_accounted_for_and_refusals_listed(awkward_cohort, awkward_page):
    root = parsed(awkward_page)
    for row in rows(captioned(root, "Rows of each file")):
        assert int(row["Read"]) == int(row["Used"]) + int(row["Set aside"]) + int(row["Refused"])
    refusals = awkward_cohort.report.refusals
    assert refusals.height == 1
    (listed,) = rows(captioned(root, "Refused cells by reason"))
    assert listed["Cells"] == "1"
    (told,) = [r for t in root.all("table") if t.all("caption")[0].text == "Refused cells" for r in rows(t)]
    expected = refusals.row(0, named=True)
    assert (told["Given"], told["Expected"], told["Next step"]) == (
        expected["given"],
        expected["expected"],
        expected["next_step"],
    )
    assert (told["Row"], told["Patient"]) == (str(expected["row"]), SCRIPT)


def test_texts_of_the_record_stay_texts(awkward_page):
    root = parsed(awkward_page)
    assert len(root.all("script")) == 1
    assert "alert(" not in root.all("script")[0].text
    assert not root.all("img", "i", "b")
    assert "\u202e" not in awkward_page
    assert root.all("h1")[0].text.endswith("</title><script>alert('name')</script>")
    assert f"Patient {SCRIPT}" in [h.text for h in root.all("h3")]
    assert IMAGE.replace("\u202e", "\ufffd") in root.text
    assert "<i>" in by_id(root, "sections").text


def test_the_first_part_names_what_decided(case, case_page):
    said = by_id(parsed(case_page), "read").text
    for part in (
        "Not a medical device",
        "astct-2019",
        "il6-guided-2022",
        case.source_hash[:16],
        "3 of 8 against 0 of 23",
    ):
        assert part in said
    policies = captioned(parsed(case_page), "Policies of grading in force")
    assert {"resolution_hours", "attribution_used"} <= {row["Policy"] for row in rows(policies)}


def test_a_changed_policy_is_named_and_used(case):
    root = parsed(write_report(case, settings={"attribution_used": "false", "il6_fold_limit": "5"}))
    said = by_id(root, "read").text
    assert "attribution_used = false" in said
    assert "il6_fold_limit = 5" in said
    assert "The grade turns on an attribution" not in root.text
    (parameter,) = [
        r
        for r in rows(captioned(root, "Parameters of il6-guided-2022"))
        if r["Parameter"] == "il6_fold_limit"
    ]
    assert parameter["Value"] == "5"
    value = {r["Policy"]: r["Value"] for r in rows(captioned(root, "Policies of grading in force"))}
    assert value["attribution_used"] == "false (changed)"


def test_sections_for_some_patients_and_a_line_for_all(synthetic):
    everybody = synthetic.patients["patient_id"].to_list()
    root = parsed(write_report(synthetic, most=3))
    sections = [node for node in root.all("section") if "patient" in node.classes]
    assert len(sections) == 3
    assert f"3 of {len(everybody)} patients have a section of their own" in by_id(root, "read").text
    listed = rows(captioned(root, f"{len(everybody)} patients under"))
    assert sorted(row["Patient"] for row in listed) == sorted(everybody)
    assert sum(bool(row.all("a")) for row in by_id(root, "patients").all("tr")) == 3
    asked = parsed(write_report(synthetic, patients=[everybody[4]]))
    assert [h.text for h in by_id(asked, "sections").all("h3")] == [f"Patient {everybody[4]}"]


def test_an_unknown_patient_is_refused_with_the_nearest(synthetic):
    known = synthetic.patients["patient_id"][0]
    with pytest.raises(InputError, match=re.escape(f"Did you mean {known!r}")):
        write_report(synthetic, patients=[known + "x"])


def test_the_other_patients_are_in_the_counts(synthetic):
    root = parsed(write_report(synthetic, most=2))
    table = captioned(root, "Patients by their highest grade of the day")
    for row in rows(table):
        assert sum(int(count) for day, count in row.items() if day != "Day") == synthetic.patients.height


def test_without_a_guideline_nothing_is_recommended(case):
    root = parsed(write_report(case, guidelines=()))
    assert "No rule of the guideline applies" in root.text
