"""What the figures show: certain and undecided, ranges, refusals, open ends, marks, limits."""

import re
from itertools import pairwise

import polars as pl
import pytest
from tests.report.parsing import Node, by_id, captioned, parsed, rows
from tests.report.records import SCRIPT, frame, observations

from becalm.report import write_report
from becalm.report.given import given
from becalm.report.local import local_signs, two_answers
from becalm.report.svg.axis import Axis, day_ticks, linear, logarithmic, ticks
from becalm.report.svg.text import width
from becalm.scales import grade
from becalm.sources import read_tables
from becalm.timeline import default_settings


def drawing(page: str, patient: str) -> Node:
    """What is drawn in a patient's section: one drawing, or two where it is tall."""
    sections = [section for section in parsed(page).all("section") if "patient" in section.classes]
    (mine,) = [section for section in sections if section.all("h3")[0].text == f"Patient {patient}"]
    return next(node for node in mine.all("div") if "drawing" in node.classes)


def hints(node: Node) -> list[str]:
    """Every hint of a drawing."""
    return [title.text for title in node.all("title")]


def words(node: Node) -> list[str]:
    """Every label of a drawing, without hints."""
    return ["".join(c for c in label.children if isinstance(c, str)) for label in node.all("text")]


@pytest.mark.parametrize(("name", "patient"), [("case", "luan-2021"), ("awkward_cohort", SCRIPT)])
def test_the_ribbon_holds_every_interval_with_its_reason(name, patient, request):
    svg = drawing(request.getfixturevalue(f"{name.removesuffix('_cohort')}_page"), patient)
    grades = grade(request.getfixturevalue(name)).filter(pl.col("patient_id") == patient)
    segments = [g for g in svg.all("g") if g.classes & {"decided", "undecided"}]
    said = [g.all("title")[0].text for g in segments]
    for row in grades.iter_rows(named=True):
        matching = [g for g, text in zip(segments, said, strict=True) if row["because"] in text]
        assert matching, row["because"]
        undecided = row["grade_min"] != row["grade_max"]
        assert {"undecided" if undecided else "decided"} <= {c for g in matching for c in g.classes}


def test_an_undecided_stretch_looks_undecided_and_says_its_range(case_page):
    svg = drawing(case_page, "luan-2021")
    undecided = [g for g in svg.all("g") if "undecided" in g.classes]
    assert undecided
    for g in undecided:
        hatched = [r for r in g.all("rect") if r.attributes["fill"].startswith("url(#")]
        assert hatched
        assert "stroke-dasharray" in hatched[-1].attributes
    for g in svg.all("g"):
        if "decided" in g.classes:
            assert not [r for r in g.all("rect") if r.attributes["fill"].startswith("url(#")]
    assert {"0-2", "0-1"} <= set(words(svg))


def test_the_panel_of_local_signs_stands_above_the_ribbon(case_page):
    said = words(drawing(case_page, "luan-2021"))
    assert said.index("Airway and local signs") < said.index("CRS grade") < said.index("If hypoxia were CRS")
    box = parsed(case_page).all("aside")[0]
    assert {"airway", "urgent"} <= box.classes
    assert "The grade turns on an attribution" in box.text
    section = box.parent
    assert section is not None
    tags = [c.tag for c in section.children if isinstance(c, Node)]
    assert tags.index("aside") < tags.index("figure")


def test_both_answers_and_the_label_of_the_authors_are_shown(case_page):
    table = captioned(parsed(case_page), "Grade of patient luan-2021 with and without the attribution")
    (row,) = [r for r in rows(table) if r["Days"].startswith("8.715")]
    assert row["As attributed"] in ("0 to 1", "0", "1")
    assert row["If hypoxia were CRS"] == "3"
    assert "2 on day 6" in row["Recorded by the authors or clinicians"]


def test_values_as_points_ranges_arrows_and_refusals(awkward_page):
    svg = drawing(awkward_page, SCRIPT)
    said = {title.text: title for title in svg.all("title")}

    def shape(start: str) -> Node:
        (hint,) = [h for h in said if h.startswith(start)]
        parent = said[hint].parent
        assert parent is not None
        return parent

    assert shape("39.0 °C, day 0.5").tag == "circle"
    refused = shape("101.3 °C, refused: any of 25 to 45 °C")
    assert refused.tag == "rect"
    assert refused.attributes["fill"].startswith("url(#")
    day = shape("38.4 °C, day 2 (no hour given)")
    assert day.attributes["fill"] == "#ffffff", "an open mark: no hour"
    ranged = shape("37.9 to 38.3 °C, day 3.2")
    assert ranged.tag == "g"
    below, above = shape("<5 pg/mL"), shape(">5000 pg/mL")
    assert below.tag == above.tag == "g"
    assert below.all("path")[-1].attributes["d"].count("L") == 4, "a bar, a cap, an arrow of two strokes"
    assert shape("0 pg/mL, day 3.2").tag == "polygon", "zero lies under the axis: a mark that points down"


def test_open_supports_are_hatched_after_a_day(awkward_page):
    svg = drawing(awkward_page, SCRIPT)
    bar = next(t.parent for t in svg.all("title") if t.text.startswith("High flow nasal cannula 40 L/min"))
    assert bar is not None
    solid, hatched = sorted(bar.all("rect"), key=lambda r: r.attributes["fill"].startswith("url"))
    assert float(solid.attributes["x"]) + float(solid.attributes["width"]) == pytest.approx(
        float(hatched.attributes["x"]), abs=0.05
    )
    closed = next(t.parent for t in svg.all("title") if t.text.startswith("Nasal cannula 3 L/min"))
    assert closed is not None
    assert len(closed.all("rect")) == 1
    assert "3 L/min" in words(svg)


def test_doses_have_shapes_and_letters(awkward_page):
    svg = drawing(awkward_page, SCRIPT)
    found: dict[str, tuple[list[str], str]] = {}
    for title in svg.all("title"):
        group = title.parent
        assert group is not None
        if group.tag == "g" and group.all("text") and "dose" not in group.classes:
            shapes = [
                c.tag
                for c in group.children
                if isinstance(c, Node) and c.tag in ("rect", "polygon", "circle")
            ]
            found.setdefault(title.text.split()[0], (shapes, group.all("text")[0].text))
    assert found["Tocilizumab"] == (["polygon"], "T")
    assert found["Dexamethasone"] == (["rect"], "D")


def test_recorded_grades_stand_beside_the_ribbon_and_not_in_it(case_page):
    svg = drawing(case_page, "luan-2021")
    assert "CRS grade recorded" in words(svg)
    recorded = [t for t in svg.all("title") if t.text.startswith("CRS grade recorded: 2")]
    assert len(recorded) == 1
    assert "not computed" in recorded[0].text


def test_the_limits_are_the_patients_own(awkward_page):
    said = words(drawing(awkward_page, SCRIPT))
    assert {"fever ≥ 38", "SBP < 90", "SBP ≤ 110", "MAP < 65", "SpO2 < 90"} <= set(said)
    child = read_tables(
        {
            "patients": frame("patient_id age_years", [("child", 4)]),
            "observations": observations(
                "child",
                [(1.5, "temperature", 39, "Cel"), (1.5, "sbp", 84, "mm[Hg]"), (1.5, "map", 60, "mm[Hg]")],
            ),
        }
    )
    shown = words(drawing(write_report(child), "child"))
    assert "SBP < 78" in shown
    assert "MAP < 65" not in shown, "the mean pressure is not used under 11"


def test_empty_panels_and_lanes_are_left_out(case_page):
    said = set(words(drawing(case_page, "luan-2021")))
    assert not said & {
        "Blood pressure",
        "Oxygen saturation",
        "Cytokines",
        "Ferritin",
        "Vasopressors, inotropes",
    }


def test_what_has_no_date_is_named_under_the_figure(awkward_page, case_page):
    assert re.search(r"Without a date: ferritin 700 ng/mL; relapse", parsed(awkward_page).text)
    assert "Without a date: relapse" in parsed(case_page).text


def test_a_long_record_is_drawn_in_two_parts():
    cohort = read_tables(
        {
            "observations": observations(
                "long", [(d, "temperature", 36.8 + 2 * (d == 3), "Cel") for d in range(0, 90, 3)]
            )
        }
    )
    root = parsed(write_report(cohort))
    assert len([s for s in root.all("svg") if s.attributes["id"].startswith("patient-1-figure")]) == 2
    ids = [n.attributes["id"] for n in root.walk() if "id" in n.attributes]
    assert len(ids) == len(set(ids))


def test_a_record_before_the_infusion_only_has_no_figure():
    cohort = read_tables({"observations": observations("early", [(-2.0, "temperature", 36.8, "Cel")])})
    root = parsed(write_report(cohort))
    assert not root.all("svg")
    assert "The record holds nothing after the infusion" in root.text
    assert rows(captioned(root, "Measurements of patient early"))[0]["Values"] == "temperature 36.8 °C"


def test_stretches_of_supports_follow_the_record():
    exposures = read_tables(
        {
            "exposures": frame(
                "patient_id start_day end_day kind name rate rate_unit",
                [
                    ("p", 1.0, None, "oxygen", "nasal_cannula", None, None),
                    ("p", 3.5, None, "oxygen", "room_air", None, None),
                    ("p", 1.0, None, "drug", "norepinephrine", 5, "ug/min"),
                    ("p", 1.4, None, "drug", "norepinephrine", 8, "ug/min"),
                    ("p", 2.0, None, "drug", "tocilizumab", None, None),
                ],
            )
        }
    ).exposures
    found = {(g.row["name"], g.start): g for g in given(exposures, default_settings(), record_end=6.0)}
    cannula = found["nasal_cannula", 1.0]
    assert (cannula.sure_until, cannula.until) == (2.0, 3.5)
    assert found["room_air", 3.5].sure_until == 6.0
    assert found["norepinephrine", 1.0].until == pytest.approx(1.4)
    assert found["norepinephrine", 1.4].sure_until == pytest.approx(2.4)
    assert found["tocilizumab", 2.0].single


def test_a_local_sign_lasts_to_the_next_of_its_site():
    events = read_tables(
        {
            "events": frame(
                "patient_id day event value site severity",
                [
                    ("p", 1.5, "local_sign", "swelling", "neck", "compensated"),
                    ("p", 2.5, "local_sign", "swelling", "neck", "decompensated"),
                    ("p", 3.5, "local_sign", "resolved", "neck", None),
                    ("p", 2.0, "local_sign", "effusion", "pleura", None),
                    ("p", 4, "local_sign", "resolved", None, None),
                ],
            )
        }
    ).events
    found = {(s.row["site"], s.start): s for s in local_signs(events)}
    assert found["neck", 1.5].until == 2.5
    assert found["neck", 2.5].until == 3.5
    assert found["neck", 2.5].severe
    assert found["pleura", 2.0].until is None
    assert found["pleura", 2.0].unsited_end == 4.0, "shown as perhaps resolved"


def test_two_answers_are_cut_where_either_changes():
    schema = {"start_day": pl.Float64, "end_day": pl.Float64, "grade_min": pl.Int8, "grade_max": pl.Int8}
    one = pl.DataFrame([(0.0, 2.0, 0, 0), (2.0, 6.0, 1, 2)], schema=schema, orient="row")
    other = pl.DataFrame([(0.0, 3.0, 0, 0), (3.0, 4.0, 3, 3), (4.0, 6.0, 1, 2)], schema=schema, orient="row")
    found = [(a.start, a.end, a.attributed, a.set_aside) for a in two_answers(one, other)]
    assert found == [(2.0, 3.0, (1, 2), (0, 0)), (3.0, 4.0, (1, 2), (3, 3))]


def test_axes_hold_their_values_and_keep_their_order():
    plain = linear([36.2, 41.3], 36, 40, 100, 0)
    assert plain.low <= 36.2
    assert plain.high >= 41.3
    assert plain.at(36.2) > plain.at(41.3), "higher values stand higher"
    decades = logarithmic([0, 3, 4000], 100, 0)
    assert (decades.low, decades.high) == (1, 10000)
    assert decades.at(0) == decades.at(1) == 100
    assert ticks(decades) == [1, 10, 100, 1000, 10000]
    days = Axis(-3, 40, 0, 700)
    marks = day_ticks(days, room=30)
    assert len(marks) > 5
    assert min(b - a for a, b in pairwise(marks)) * 700 / 43 >= 30


def test_wider_texts_are_estimated_wider():
    assert width("mmmm", 10) > width("iiii", 10) > 0
    assert width("abc", 20) == pytest.approx(2 * width("abc", 10))
    assert width("abc", 10, bold=True) > width("abc", 10)


def test_the_counts_of_the_cohort_are_those_of_its_table(synthetic_page):
    root = parsed(synthetic_page)
    table = rows(captioned(root, "Patients by their highest grade of the day"))
    found = hints(by_id(root, "cohort-days"))
    assert len(found) > 10
    for hint in found:
        match = re.fullmatch(r"Day (\d+), (.+): (\d+) of (\d+)", hint)
        assert match, hint
        day, name, count, total = match.groups()
        assert total == "10"
        assert table[int(day)][name] == count


def test_a_date_without_its_hour_is_drawn_as_the_whole_day():
    exposures = read_tables(
        {
            "patients": frame("patient_id infusion_time", [("p", "2024-03-01T10:00")]),
            "exposures": frame(
                "patient_id start_time end_time kind name",
                [
                    ("p", "2024-03-03", "2024-03-05", "drug", "norepinephrine"),
                    ("p", "2024-03-03T12:00", "2024-03-04", "oxygen", "face_mask"),
                    ("p", "2024-03-04", None, "drug", "tocilizumab"),
                ],
            ),
        }
    ).exposures
    found = [
        (g.row["name"], g.start, g.sure_until, g.until, g.some_time, g.first)
        for g in given(exposures, default_settings(), record_end=9.0)
    ]
    assert found == [
        ("norepinephrine", 2.0, 2.0, 3.0, True, True),
        ("norepinephrine", 3.0, 4.0, 5.0, False, False),
        ("face_mask", 2.5, 3.0, 4.0, False, True),
        ("tocilizumab", 3.0, 3.0, 3.0, True, True),
    ]
