"""What one row of each MIMIC-IV table says: bounds, statuses, single doses; and faults of a folder."""

import polars as pl
import pytest

from becalm.record import InputError
from becalm.sources import Plan, import_folder
from tests.sources.mimic.folders import accounted, folder, whole


def lab(value="", valuenum="", comments="", itemid="50889", unit="mg/L"):
    return {
        "subject_id": "1",
        "itemid": itemid,
        "charttime": "2150-01-02 03:04:00",
        "value": value,
        "valuenum": valuenum,
        "valueuom": unit,
        "comments": comments,
    }


@pytest.mark.parametrize(
    ("row", "comparator", "value", "high"),
    [
        (lab("12.50", "12.5"), None, "12.50", None),
        (lab("___", "12.5", "VERIFIED BY DILUTION."), None, "12.5", None),
        (lab("", "", "<0.2."), "<", "0.2", None),
        (lab("", "", "<0.01.  CTROPNT > 0.10 NG/ML SUGGESTS ACUTE MI."), "<", "0.01", None),
        (lab("", "", "GREATER THAN 400."), ">", "400", None),
        (lab("___", "", "GREATER THAN 5,000 MG/L.  VERIFIED."), ">", "5000", None),
        (lab("___", "5", "<5*."), "<", "5", None),
        (lab("<0.1", ""), "<", "0.1", None),
        (lab(">=300", "300"), ">=", "300", None),
        (lab("3-5", ""), None, "3", "5"),
        (lab("11.1", "11.1", "LOW RISK <1.0, HIGH RISK >3.0."), None, "11.1", None),
        (lab("NEG", ""), None, "NEG", None),
    ],
)
def test_a_result_of_the_laboratory_keeps_its_text_and_its_bound(tmp_path, row, comparator, value, high):
    found = whole(folder(tmp_path, labevents=[row])).statements
    assert found.select("comparator", "value", "value_high").row(0) == (comparator, value, high)
    assert found["start"].item() == "2150-01-02T03:04:00"


@pytest.mark.parametrize("comments", ["", "___", "UNABLE TO REPORT.", "HOLD."])
def test_a_result_without_a_value_is_set_aside_and_never_normal(tmp_path, comments):
    found = whole(folder(tmp_path, labevents=[lab("___", "", comments)]))
    assert found.statements.is_empty()
    assert found.outcomes.select("outcome", "count").row(0) == ("set aside", 1)
    assert found.outcomes["reason"].item().startswith("No value")


def test_a_number_that_contradicts_its_bound_is_refused(tmp_path):
    found = whole(folder(tmp_path, labevents=[lab("___", "7", "<5.")]))
    assert found.outcomes["outcome"].to_list() == ["refused"]


def test_a_result_of_another_fluid_never_becomes_one_of_the_blood(tmp_path):
    source = folder(tmp_path / "source", labevents=[lab("1", "1", itemid="51464", unit="mg/dL")])
    found = whole(source).statements
    assert found.select("text", "site").row(0) == ("Bilirubin (Urine)", "Urine")
    assert observations(tmp_path, source).is_empty()


def stay(first, last):
    return {"subject_id": "1", "stay_id": "9", "intime": f"{first} 00:00:00", "outtime": f"{last} 00:00:00"}


def observations(tmp_path, source):
    stay = {
        "subject_id": "1",
        "stay_id": "9",
        "intime": "2150-01-01 00:00:00",
        "outtime": "2150-01-09 00:00:00",
    }
    folder(source, icustays=[stay])
    import_folder(Plan("mimic", str(source), anchor="first-icu-admission"), tmp_path / "out")
    return pl.read_csv(tmp_path / "out" / "observations.csv", infer_schema=False)


def given(itemid="221906", **cells):
    row = {
        "subject_id": "1",
        "itemid": itemid,
        "starttime": "2150-01-02 03:00:00",
        "endtime": "2150-01-02 05:00:00",
        "amount": "1.2",
        "amountuom": "mg",
        "rate": "0.05",
        "rateuom": "mcg/kg/min",
        "ordercategoryname": "01-Drips",
        "ordercategorydescription": "Continuous Med",
        "statusdescription": "FinishedRunning",
    }
    return row | cells


def test_an_infusion_keeps_its_start_end_and_rate_in_its_own_unit(tmp_path):
    rows = [given(), given("222315", rate="2.4", rateuom="units/hour", statusdescription="Stopped")]
    found = whole(folder(tmp_path, inputevents=rows)).statements
    assert found.select("text", "start", "end", "rate", "rate_unit").rows() == [
        ("Norepinephrine", "2150-01-02T03:00:00", "2150-01-02T05:00:00", "0.05", "mcg/kg/min"),
        ("Vasopressin", "2150-01-02T03:00:00", "2150-01-02T05:00:00", "2.4", "units/hour"),
    ]


@pytest.mark.parametrize("status", ["Rewritten", "Cancelled"])
def test_a_row_that_documents_a_mistake_is_set_aside(tmp_path, status):
    found = whole(folder(tmp_path, inputevents=[given(statusdescription=status), given()]))
    assert found.statements.height == 1
    assert found.outcomes.select("outcome", "given").rows() == [("set aside", status)]


def test_a_single_dose_has_no_end_but_a_minute_at_a_rate_has(tmp_path):
    minute = "2150-01-02 03:01:00"
    push = given("228315", endtime=minute, rate="", rateuom="", ordercategorydescription="Drug Push")
    same = given("228315", endtime="2150-01-02 03:00:00", rate="", rateuom="", ordercategorydescription="x")
    found = whole(folder(tmp_path, inputevents=[push, same, given(endtime=minute)])).statements
    assert found["end"].to_list() == [None, None, "2150-01-02T03:01:00"]


def test_a_fluid_counts_as_a_bolus_only_in_the_category_of_boluses(tmp_path):
    rows = [
        given("225158", rate="", ordercategoryname="03-IV Fluid Bolus", ordercategorydescription="Bolus"),
        given("225158", ordercategoryname="01-Drips"),
    ]
    found = whole(folder(tmp_path, inputevents=rows), unmapped="count")
    assert found.statements["row"].to_list() == [1]
    assert found.outcomes.select("reason", "given", "count").row(0) == (
        "Its code or name is not mapped.",
        "NaCl 0.9%",
        1,
    )


def emar(event, medication="Acetaminophen", time="2150-01-02 03:00:00"):
    return {"subject_id": "1", "charttime": time, "medication": medication, "event_txt": event}


@pytest.mark.parametrize("event", ["Administered", "Delayed Administered", "Partial Administered"])
def test_what_was_administered_is_a_dose(tmp_path, event):
    found = whole(folder(tmp_path, emar=[emar(event)])).statements
    assert found.select("text", "start", "end", "note").row(0) == (
        "Acetaminophen",
        "2150-01-02T03:00:00",
        None,
        event,
    )


@pytest.mark.parametrize(
    "event", ["Not Given", "Hold Dose", "Flushed", "Delayed ", "Stopped", "Confirmed", ""]
)
def test_what_was_not_administered_is_set_aside_with_its_word(tmp_path, event):
    found = whole(folder(tmp_path, emar=[emar(event)]))
    assert found.statements.is_empty()
    assert found.outcomes["given"].to_list() == [event.strip() or "(blank)"]


def test_the_start_of_an_infusion_counts_where_inputevents_cannot_have_it(tmp_path):
    rows = [emar("Started", "NORepinephrine", f"2150-01-0{day} 12:00:00") for day in (1, 2)]
    found = whole(folder(tmp_path, emar=rows, icustays=[stay("2150-01-02", "2150-01-03")], inputevents=[]))
    assert found.statements.filter(pl.col("file") == "emar")["row"].to_list() == [1]
    assert found.outcomes["reason"].item().startswith("The start of an infusion in intensive care")


def test_details_give_the_route_and_a_dose_that_is_the_only_one(tmp_path):
    def detail(number, dose, route, unit="mg"):
        return {
            "subject_id": "1",
            "emar_id": number,
            "dose_given": dose,
            "dose_given_unit": unit,
            "route": route,
        }

    rows = [emar("Administered") | {"emar_id": f"1-{number}"} for number in (1, 2, 3)]
    told = [
        *(detail("1-1", "", ""), detail("1-1", "650", "PO/NG")),
        *(detail("1-2", "325", "PO"), detail("1-2", "325", "PO")),
        *(detail("1-3", "___", "IV"), detail("1-3", "", "PO")),
        detail("1-9", "5", "IV"),
    ]
    found = whole(folder(tmp_path, emar=rows, emar_detail=told))
    assert found.statements.select("dose", "dose_unit", "route").rows() == [
        ("650", "mg", "PO/NG"),
        (None, None, "PO"),
        (None, None, None),
    ]
    assert accounted(found) == found.read == {"emar": 3, "emar_detail": 7}


def test_patients_of_whom_emar_tells_nothing_are_named_in_a_note(tmp_path):
    people = [{"subject_id": number, "anchor_age": "50", "anchor_year": "2150"} for number in ("1", "2")]
    notes = whole(folder(tmp_path, patients=people, emar=[emar("Not Given")])).notes
    assert any(note.startswith("1 of 2 patients have no row in emar") for note in notes)


def test_a_process_has_an_end_and_a_task_none(tmp_path):
    both = {"subject_id": "1", "starttime": "2150-01-02 03:00:00", "endtime": "2150-01-02 03:01:00"}
    rows = [
        both | {"itemid": "225792", "ordercategorydescription": "ContinuousProcess"},
        both | {"itemid": "224385", "ordercategorydescription": "Task"},
    ]
    found = whole(folder(tmp_path, procedureevents=rows)).statements
    assert found.select("text", "end").rows() == [
        ("Invasive Ventilation", "2150-01-02T03:01:00"),
        ("Intubation", None),
    ]


def chart(itemid, value, valuenum="", unit=""):
    return {
        "subject_id": "1",
        "itemid": itemid,
        "charttime": "2150-01-02 03:00:00",
        "value": value,
        "valuenum": valuenum,
        "valueuom": unit,
    }


def test_the_chart_gives_vital_signs_and_oxygen_and_counts_the_rest(tmp_path):
    rows = [
        chart("223761", "101.3", "101.3", "°F"),
        chart("226732", "Nasal cannula"),
        chart("223834", "6", "6", "L/min"),
        chart("220001", "anything"),
        chart("220001", "more"),
    ]
    source = folder(tmp_path / "source", chartevents=rows)
    found = whole(source)
    assert found.statements["text"].to_list() == [
        "Temperature Fahrenheit",
        "O2 Delivery Device(s)",
        "O2 Flow",
    ]
    assert found.outcomes.select("given", "count").rows() == [("Problem List", 2)]
    assert accounted(found) == found.read == {"chartevents": 5}
    assert observations(tmp_path, source).select("concept", "value", "unit").rows() == [
        ("temperature", "101.3", "[degF]")
    ]
    given_oxygen = pl.read_csv(tmp_path / "out" / "exposures.csv", infer_schema=False)
    assert given_oxygen.select("kind", "name", "flow_l_min").rows() == [("oxygen", "nasal_cannula", "6")]


def test_a_person_has_the_year_of_birth_that_the_anchor_gives_and_a_whole_day_of_death(tmp_path):
    person = {
        "subject_id": "1",
        "gender": "F",
        "anchor_age": "50",
        "anchor_year": "2150",
        "dod": "2151-02-03",
    }
    found = whole(folder(tmp_path, patients=[person, {"gender": "M"}]))
    assert found.persons.select("patient_id", "birth_date", "sex").rows() == [("1", "2100", "F")]
    assert found.statements.select("codes", "start").rows() == [(["becalm|death"], "2151-02-03")]
    assert found.outcomes.select("outcome", "row").rows() == [("refused", 2)]


def test_a_stay_ends_no_earlier_than_the_death_in_it(tmp_path):
    row = {"subject_id": "1", "hadm_id": "7", "admittime": "2150-01-01 09:00:00"}
    row |= {"dischtime": "2150-01-05 00:00:00", "deathtime": "2150-01-05 20:50:00"}
    found = whole(folder(tmp_path, admissions=[row])).statements
    assert found.select("domain", "start", "end").rows() == [
        ("visit", "2150-01-01T09:00:00", "2150-01-05T20:50:00"),
        ("death", "2150-01-05T20:50:00", None),
    ]


def test_every_form_of_a_folder_says_the_same(tmp_path):
    rows = [given(), given("222315")]
    plain = whole(folder(tmp_path / "plain", inputevents=rows)).statements
    packed = whole(folder(tmp_path / "packed", compressed=True, inputevents=rows)).statements
    parts = tmp_path / "parts"
    (parts / "icu").mkdir(parents=True)
    for name in ("inputevents", "d_items"):
        frame = pl.read_csv(tmp_path / "plain" / f"{name}.csv", try_parse_dates=True)
        frame.write_parquet(parts / "icu" / f"{name}.parquet")
    typed = whole(parts).statements
    assert plain.equals(packed)
    assert plain.drop("record").equals(typed.drop("record"))


def twice(path):
    folder(path, emar=[])
    return folder(path, compressed=True, emar=[])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path / "nothing", "is no folder"),
        (lambda path: path, "holds no table"),
        (twice, "more than once"),
    ],
)
def test_a_folder_that_cannot_be_read_is_told_with_the_next_step(tmp_path, make, told):
    with pytest.raises(InputError, match=told):
        whole(make(tmp_path))


def test_a_lacking_column_is_named(tmp_path):
    source = folder(tmp_path)
    (source / "emar.csv").write_text("subject_id,charttime\n1,2150-01-01 00:00:00\n")
    with pytest.raises(InputError, match=r"emar\.csv lacks the column medication, event_txt"):
        whole(source)


def test_an_option_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(InputError, match="unmapped"):
        whole(folder(tmp_path), unmapped="some")


def cut(path):
    """A gzip file that ends too early."""
    source = folder(path, compressed=True, emar=[emar("Administered")] * 500)
    file = source / "emar.csv.gz"
    file.write_bytes(file.read_bytes()[:-20])


def ragged(path):
    """A line with more cells than the header."""
    source = folder(path, emar=[emar("Administered")] * 5)
    with (source / "emar.csv").open("a") as file:
        file.write("1,2,3,4,5,6,7,8,9\n")


def no_parquet(path):
    """Text that is no Parquet."""
    (path / "emar.parquet").write_text("subject_id,charttime\n")


@pytest.mark.parametrize("harm", [cut, ragged, no_parquet])
def test_a_broken_table_is_told_by_its_name(tmp_path, harm):
    harm(tmp_path)
    with pytest.raises(InputError, match=r"emar\.(csv|csv\.gz|parquet) cannot be read"):
        whole(tmp_path)
