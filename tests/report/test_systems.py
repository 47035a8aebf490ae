"""Every grading system side by side: the lanes of a patient, what is not gradable, the peak, the cohort."""

import re
from collections import Counter

import polars as pl
import pytest
from tests.report.parsing import Node, by_id, captioned, parsed, rows
from tests.report.records import frame, observations

import becalm.report.frames
from becalm.record import Cohort
from becalm.report import write_report
from becalm.report.svg.palette import GRADES, on
from becalm.report.words import day_text, grade_text
from becalm.scales import grade_together, installed_scales, per_patient_together
from becalm.sources import read_tables

EVERY = list(installed_scales())
CRS = [name for name, scale in installed_scales().items() if scale.toxicity == "CRS"]
HINT = re.compile(r"([a-z0-9.-]+): (\d|\d to \d|–), day ([\d.−]+) to ([\d.−]+)(?:: (.+))?")


def section(page: str, patient: str) -> Node:
    """The section of a patient."""
    found = [s for s in parsed(page).all("section") if "patient" in s.classes]
    return next(s for s in found if s.all("h3")[0].text == f"Patient {patient}")


def strips(where: Node) -> list[tuple[re.Match[str], Node]]:
    """Every strip of the panel of all systems: what its hint says, and the strip."""
    found = [(HINT.fullmatch(title.text), title.parent) for title in where.all("title")]
    return [(said, node) for said, node in found if said and node is not None and node.tag == "rect"]


def lanes(where: Node) -> list[str]:
    """The systems that are drawn, from top to bottom."""
    drawing = next(node for node in where.all("div") if "drawing" in node.classes)
    said = [label.all("title")[0].text.split(": ")[0] for label in drawing.all("text") if label.all("title")]
    return [name for name in said if name in EVERY]


def joined(grades: pl.DataFrame, patient: str) -> list[tuple[str, str, str]]:
    """The stretches of one grade: grade, from, to."""
    out: list[tuple[str, str, str]] = []
    columns = ("grade_min", "grade_max", "start_day", "end_day")
    mine = grades.filter(pl.col("patient_id") == patient).sort("start_day")
    for low, high, start, end in mine.select(columns).iter_rows():
        said = grade_text(low, high)
        first = out.pop()[1] if out and out[-1][0] == said else day_text(start)
        out.append((said, first, day_text(end)))
    return out


def shocked(*more: tuple[object, ...]) -> Cohort:
    """A patient with fever and one vasopressor at a low dose, no oxygen; and further observations."""
    return read_tables(
        {
            "patients": frame("patient_id infusion_time age_years", [("p", "2024-03-01T00:00", 50)]),
            "observations": observations(
                "p",
                [
                    *[(day, "temperature", 38.6, "Cel") for day in (1.0, 1.4, 1.8)],
                    *[(day, "spo2", 97, "%") for day in (0.9, 1.2, 1.5, 1.8)],
                    *[(day, "sbp", 84, "mm[Hg]") for day in (1.0, 1.3, 1.6)],
                    *more,
                ],
            ),
            "exposures": frame(
                "patient_id start_day end_day kind name rate rate_unit",
                [("p", 1.1, 1.5, "drug", "norepinephrine", 2, "ug/min")],
            ),
            "coverage": frame(
                "class", [(name,) for name in ("vasopressor", "oxygen", "fluid", "attribution", "death")]
            ),
        }
    )


@pytest.fixture(scope="module")
def shock() -> Cohort:
    """`shocked`, with nothing else."""
    return shocked()


@pytest.fixture(scope="module")
def shock_page(shock: Cohort) -> str:
    """Its report."""
    return write_report(shock)


@pytest.mark.parametrize("name", ["case", "shock"])
def test_a_lane_holds_every_stretch_of_its_system(name, request):
    cohort, page = request.getfixturevalue(name), request.getfixturevalue(f"{name}_page")
    (patient,) = cohort.patients["patient_id"]
    where = section(page, patient)
    found = [said.groups()[:4] for said, _ in strips(where)]
    for system, grades in zip(EVERY, grade_together(cohort, EVERY), strict=True):
        drawn = [told[1:] for told in found if told[0] == system]
        assert drawn == (joined(grades, patient) if system in lanes(where) else [])
    assert len(found) > 30


def test_a_strip_is_hatched_where_it_is_undecided_and_else_has_the_fill_of_its_grade(case_page):
    for said, strip in strips(section(case_page, "luan-2021")):
        lowest, _, highest = said[2].partition(" to ")
        fill = strip.attributes["fill"]
        if highest:
            assert fill.endswith(f"-grade-{lowest}-{highest})")
        else:
            assert fill == GRADES[int(lowest)]


def test_a_strip_says_the_rule_that_gave_it(shock_page):
    found = {said[1]: said[5] for said, _ in strips(section(shock_page, "p")) if said[2] == "3"}
    says = {level.says for level in installed_scales()["astct-2019"].level}
    assert found["astct-2019"] in says


def test_crs_comes_first_then_local_crs_and_never_in_it(case_page):
    where = section(case_page, "luan-2021")
    drawn = lanes(where)
    assert drawn[: len(CRS)] == CRS
    assert drawn[len(CRS) : len(CRS) + 2] == ["li-2023-local", "wei-2020-risk"]
    caption = where.all("figcaption")[0].text
    assert "Local CRS: stands beside the systemic grade and is no part of it." in caption
    assert "Risk class: 1 is low, 2 is high." in caption
    groups = [label.text for label in where.all("text") if label.text in ("CRS", "Local CRS", "Risk class")]
    assert groups == ["CRS", "Local CRS", "Risk class"]


@pytest.mark.parametrize("name", ["case", "shock"])
def test_the_highest_grade_stands_at_the_right_and_in_the_table(name, request):
    cohort, page = request.getfixturevalue(name), request.getfixturevalue(f"{name}_page")
    (patient,) = cohort.patients["patient_id"]
    where = section(page, patient)
    table = {
        row["System"]: row for row in rows(captioned(where, f"Patient {patient} under every grading system"))
    }
    expected = {}
    for system, found in zip(EVERY, per_patient_together(cohort, EVERY), strict=True):
        low, high = found.select("max_grade_min", "max_grade_max").row(0)
        expected[system] = grade_text(low, high)
    assert {system: row["Highest"] for system, row in table.items()} == expected
    labels = [
        label.text
        for label in where.all("text")
        if float(label.attributes["x"]) > 860 and label.attributes.get("font-weight") == "bold"
    ]
    assert labels == [expected[system].replace(" to ", "-") for system in lanes(where)]


def test_without_a_word_on_icans_there_is_no_lane_and_a_line_says_what_is_needed(shock_page):
    where = section(shock_page, "p")
    assert "icans-2019" not in lanes(where)
    assert not [said for said, _ in strips(where) if said[1] == "icans-2019"]
    (line,) = [p.text for p in where.all("p") if "open" in p.classes]
    assert line.startswith("Not gradable from this record")
    assert "icans-2019: an ICE score, the level of consciousness;" in line
    assert "icaht-2023: a neutrophil count" in line
    named = {system for system in EVERY if f"{system}: " in line}
    assert named | set(lanes(where)) == set(EVERY)
    assert not named & set(lanes(where))


def test_one_ice_score_draws_the_lane():
    where = section(write_report(shocked((1.2, "ice", 8, "{score}"))), "p")
    assert "icans-2019" in lanes(where)
    assert "1" in {said[2] for said, _ in strips(where) if said[1] == "icans-2019"}
    assert "icans-2019" not in next(p.text for p in where.all("p") if "open" in p.classes)


def test_a_value_that_only_lowers_the_highest_possible_grade_draws_the_lane():
    page = write_report(shocked((1.2, "ferritin", 100, "ng/mL"), (0, "anc", 3, "10*9/L")))
    where = section(page, "p")
    assert {"iec-hs-2023", "icaht-2023"} <= set(lanes(where))
    assert {"0", "0 to 4"} == {said[2] for said, _ in strips(where) if said[1] == "iec-hs-2023"}


def test_at_the_peak_the_systems_that_differ_say_their_rule(shock, shock_page):
    where = section(shock_page, "p")
    table = captioned(where, "Patient p at the peak of CRS")
    assert "day 1.1 (02:24), where astct-2019 first reaches grade 3" in table.all("caption")[0].text
    found = {row["System"]: row for row in rows(table)}
    there = {
        system: grades.select("grade_min", "grade_max").row(0)
        for system, grades in zip(CRS, grade_together(shock, CRS, at=[1.1]), strict=True)
    }
    ours = there["astct-2019"]
    assert ours == (3, 3)
    assert set(found) == {"astct-2019", *(name for name in CRS if there[name] != ours)}
    for name, row in found.items():
        low, high = there[name]
        assert row["Grade"] == grade_text(low, high)
        apart = name != "astct-2019" and (high < 3 or low > 3)
        assert (row.get("Differs") == "certainly") == apart
    assert found["mskcc"]["Differs"] in ("certainly", "perhaps")
    assert found["lee-2014"]["Grade"] == "2"
    says = {sentence.rstrip(".") for row in found.values() for sentence in [row["Rule"]]}
    lee = {level.says.casefold() for level in installed_scales()["lee-2014"].level if level.grade == 2}
    assert {said.casefold() for said in says} & lee
    same = [name for name in CRS if there[name] == ours and name != "astct-2019"]
    if same:
        assert re.search(rf"The same as astct-2019 there: .*{same[-1]}\.", where.text)


def test_a_rule_that_was_only_recalled_says_so(case_page):
    table = captioned(section(case_page, "luan-2021"), "Patient luan-2021 at the peak of CRS")
    (penn,) = [row for row in rows(table) if row["System"] == "penn-2018"]
    assert penn["Rule"] == "Hypotension treated with a fluid bolus [not verified]."
    (ours,) = [row for row in rows(table) if row["System"] == "astct-2019"]
    assert "[not verified]" not in ours["Rule"]


def test_where_crs_is_nowhere_certain_there_is_no_peak():
    page = write_report(read_tables({"observations": observations("p", [(1.0, "temperature", 36.8, "Cel")])}))
    assert "the peak of CRS" not in page
    assert "Where the CRS systems differ" not in page


def test_the_table_of_the_cohort_counts_every_patient_once(synthetic, synthetic_page):
    part = by_id(parsed(synthetic_page), "systems")
    table = {row["System"]: row for row in rows(captioned(part, "Highest grade by system"))}
    assert list(table) == CRS
    tops: dict[str, list[tuple[int, int]]] = {}
    for system, found in zip(CRS, per_patient_together(synthetic, CRS), strict=True):
        counts: Counter[str] = Counter()
        for patient, low, high in found.select("patient_id", "max_grade_min", "max_grade_max").iter_rows():
            counts[str(low) if low == high else "Undecided"] += 1
            tops.setdefault(patient, []).append((low, high))
        for heading in ("0", "1", "2", "3", "4", "5", "Undecided"):
            assert int(table[system][heading]) == counts[heading], (system, heading)
    same = sum(len(set(found)) == 1 and found[0][0] == found[0][1] for found in tops.values())
    differ = sum(max(low for low, _ in f) > min(high for _, high in f) for f in tops.values())
    assert (
        f"Of {len(tops)} patients graded under all {len(CRS)} CRS systems, the highest grade is the same "
        f"under each in {same}, certainly differs in {differ}, and is left open by the ranges in "
        f"{len(tops) - same - differ}."
    ) in part.text
    assert differ > 0


def test_the_cohort_is_graded_once_for_all_systems(shock, monkeypatch):
    asked = []
    together = vars(becalm.report.frames)["graded_together"]

    def counting(cohort, scales, **options):
        asked.append([scale.id for scale in scales])
        return together(cohort, scales, **options)

    monkeypatch.setattr(becalm.report.frames, "graded_together", counting)
    write_report(shock)
    (systems,) = asked
    assert sorted(systems) == sorted(EVERY)


def test_patients_graded_in_batches_give_the_same_page(synthetic, synthetic_page, monkeypatch):
    monkeypatch.setattr(becalm.report.frames, "BATCH", 3)
    assert write_report(synthetic, name="synthetic") == synthetic_page


def test_a_cohort_of_nobody_has_a_page():
    root = parsed(write_report(read_tables({"patients": frame("patient_id", [])})))
    assert not root.all("svg")
    assert "0 patients, graded at every moment under astct-2019" in root.text


def test_the_report_s_own_system_comes_first_in_its_group(shock):
    page = write_report(shock, scale="lee-2014")
    where = section(page, "p")
    assert lanes(where)[: len(CRS)] == ["lee-2014", *(name for name in CRS if name != "lee-2014")]
    caption = captioned(where, "Patient p at the peak of CRS").all("caption")[0].text
    assert "where lee-2014 first reaches grade 2" in caption


def test_markup_in_an_institution_s_own_system_stays_text(shock, tmp_path):
    said = "<script>alert('own')</script> & fever"
    path = tmp_path / "own.toml"
    path.write_text(
        'format_version = 1\nid = "own"\ntitle = "<b>Our own</b>"\nkind = "scale"\nsource = "<i>here</i>"\n'
        'toxicity = "CRS"\n[[level]]\ngrade = 2\naxis = "fever"\nwhen = "crs AND fever"\n'
        f'says = "{said}"\ncites = "<u>none</u>"\nverified = false\n',
        encoding="utf-8",
    )
    page = write_report(shock, scale=str(path))
    root = parsed(page)
    assert len(root.all("script")) == 1
    assert not root.all("i", "b", "u")
    assert [told for told, _ in strips(section(page, "p")) if told[5] == f"{said} [not verified]"]
    (ours,) = [row for row in rows(captioned(root, "Patient p at the peak of CRS")) if row["System"] == "own"]
    assert ours["Rule"] == f"{said} [not verified]."


def test_every_system_is_named_with_its_source(case_page):
    table = rows(captioned(parsed(case_page), "Every grading system of this report"))
    shown = {row["System and hash"]: row for row in table}
    for name, scale in installed_scales().items():
        row = shown[f"{name}{scale.short_hash}"]
        assert scale.title in row["Title and source"]
        assert scale.source.rstrip(".") in row["Title and source"]


def test_a_number_on_a_grade_is_readable():
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for fill in GRADES:
        dark, bright = sorted((light(fill), light(on(fill))))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, fill
