"""Oxygen charted in pieces: the device, the flow and the inspired fraction become one track."""

from __future__ import annotations

from .said import batch, own, table

MINE = own(
    code=[
        {"system": "x", "code": "device", "support": "device"},
        {"system": "x", "code": "flow", "support": "flow_l_min"},
        {"system": "x", "code": "fio2", "support": "fio2", "unit": "%"},
    ],
    value=[
        {"given": "High flow neb", "oxygen": "face_mask"},
        {"given": "None", "ignore": "nothing was charted"},
    ],
)


def charted(what, hour, value, **more):
    return {"codes": [f"x|{what}"], "start": f"2024-03-03T{hour:02d}:00:00", "value": value, **more}


def rows(*charting):
    return [
        (row["start_time"][11:13], row["name"], row.get("flow_l_min"), row.get("fio2"))
        for row in table("exposures", *charting, with_lookup=MINE)
    ]


def test_a_flow_at_the_hour_of_the_device_is_its_flow():
    assert rows(charted("device", 4, "Nasal cannula"), charted("flow", 4, "3")) == [
        ("04", "nasal_cannula", "3", None)
    ]


def test_a_flow_charted_later_is_a_new_row_of_the_device_in_force():
    found = rows(charted("device", 4, "Nasal cannula"), charted("flow", 4, "3"), charted("flow", 8, "8"))
    assert found == [("04", "nasal_cannula", "3", None), ("08", "nasal_cannula", "8", None)]


def test_a_fraction_in_percent_is_a_fraction_of_one():
    assert rows(charted("device", 4, "Venturi mask"), charted("fio2", 4, "35")) == [
        ("04", "venturi_mask", None, "0.35")
    ]


def test_a_flow_without_a_device_is_oxygen_by_a_device_not_named():
    assert rows(charted("flow", 4, "3")) == [("04", "unspecified_oxygen", "3", None)]


def test_no_flow_and_no_device_is_room_air():
    assert rows(charted("flow", 4, "0")) == [("04", "room_air", None, None)]
    assert rows(charted("fio2", 4, "21")) == [("04", "room_air", None, None)]


def test_a_device_of_a_day_before_is_not_in_force():
    long_ago = charted("device", 4, "Face mask") | {"start": "2024-03-01T12:00:00"}
    assert rows(long_ago, charted("flow", 4, "3")) == [("12", "face_mask", None, None)]


def test_a_device_that_has_ended_is_not_in_force():
    ended = charted("device", 1, "Face mask", end="2024-03-03T02:00:00")
    assert rows(ended, charted("flow", 4, "3"))[-1] == ("04", "unspecified_oxygen", "3", None)


def test_a_word_of_the_mapping_names_a_device():
    assert rows(charted("device", 4, "High flow neb")) == [("04", "face_mask", None, None)]


def test_a_word_that_names_no_device_is_not_mapped_and_one_that_is_ignored_is_set_aside():
    found = batch(charted("device", 4, "Cloud"), charted("device", 5, "None"), with_lookup=MINE)
    reasons = sorted(found.reasons["reason"].to_list())
    assert reasons == ["Its code or name is not mapped.", "The mapping sets it aside: nothing was charted"]


def test_a_flow_that_is_no_number_is_set_aside():
    found = batch(charted("flow", 4, "low"), with_lookup=MINE)
    assert "plain number" in found.reasons["reason"][0]


def test_a_coded_value_names_the_device():
    coded = charted("device", 4, None, value_codes=["http://snomed.info/sct|426854004"])
    assert rows(coded) == [("04", "high_flow_nasal_cannula", None, None)]


def test_a_tube_stays_the_tube_while_its_fraction_is_charted():
    tube = {"domain": "device", "codes": ["SNOMED|26412008"], "start": "2024-03-02T08:00:00"}
    hourly = [
        charted("fio2", hour, "40") | {"start": f"2024-03-0{day}T{hour:02d}:00:00"}
        for day in (2, 3)
        for hour in range(9, 24)
    ]
    found = table("exposures", tube, *hourly, with_lookup=MINE)
    assert {row["name"] for row in found} == {"invasive_ventilation"}
    assert len(found) == 31


def test_a_fraction_long_after_the_device_says_nothing_of_it():
    tube = {"domain": "device", "codes": ["SNOMED|26412008"], "start": "2024-03-01T20:00:00"}
    found = batch(tube, charted("fio2", 4, "40"), with_lookup=MINE)
    assert found.tables["exposures"].filter(kind="oxygen").height == 1
    assert "too long since the device was charted" in found.reasons["reason"][0]


def test_an_older_row_is_in_force_again_when_a_later_one_has_ended():
    tube = {"domain": "device", "codes": ["SNOMED|26412008"], "start": "2024-03-03T02:00:00"}
    short = charted("device", 3, "Nasal cannula", end="2024-03-03T03:05:00")
    found = rows(tube | {"end": "2024-03-04T02:00:00"}, short, charted("fio2", 4, "50"))
    assert found[-1] == ("04", "invasive_ventilation", None, "0.5")


def test_a_fraction_above_that_of_air_is_oxygen_whatever_the_flow():
    assert rows(charted("fio2", 4, "50"), charted("flow", 4, "0")) == [
        ("04", "unspecified_oxygen", "0", "0.5")
    ]


def test_a_fraction_of_air_alone_does_not_take_a_cannula_off():
    found = rows(charted("device", 4, "Nasal cannula"), charted("flow", 4, "6"), charted("fio2", 5, "21"))
    assert found[-1] == ("05", "nasal_cannula", None, "0.21")
    assert rows(charted("device", 4, "Nasal cannula"), charted("flow", 5, "0"))[-1] == (
        "05",
        "room_air",
        None,
        None,
    )


def test_a_flow_beyond_a_limit_in_a_range_or_in_another_unit_leaves_the_device_alone():
    cannula = charted("device", 4, "Nasal cannula")
    for odd in ({"comparator": ">"}, {"value_high": "15"}, {"unit": "mL/min"}):
        assert rows(cannula, charted("flow", 4, "6") | odd) == [("04", "nasal_cannula", None, None)]


def test_a_device_of_a_date_is_not_in_force_on_that_date():
    tube = {"domain": "device", "codes": ["SNOMED|26412008"], "start": "2024-03-03", "end": "2024-03-05"}
    found = table("exposures", tube, charted("fio2", 11, "50"), with_lookup=MINE)
    assert [row["name"] for row in found] == ["invasive_ventilation", "unspecified_oxygen"]
