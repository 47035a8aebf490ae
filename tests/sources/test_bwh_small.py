"""The reader of the BWH sheet on small sheets, each trap by itself."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.record import InputError
from becalm.sources import read_bwh, read_tables
from tests.sources.bwh_sheets import COLUMNS, FIRST, SECOND, crs, day, over, write_sheet, write_xlsx


@pytest.fixture
def read(tmp_path):
    """Reads a sheet of a first and a second block."""

    def of(first=FIRST, second=SECOND):
        return read_bwh(write_sheet(tmp_path / "sheet.xlsx", [*first, *second]))

    return of


def values(tables, patient, concept):
    """day: what was written of a concept."""
    rows = tables["observations"].filter(pl.col("patient_id") == patient, pl.col("concept") == concept)
    out = {}
    for one in rows.iter_rows(named=True):
        high = f" to {one['value_high']}" if one["value_high"] else ""
        out[one["day"]] = f"{one['comparator'] or ''}{one['value']}{high} {one['unit']}"
    return out


def fates(account, column, outcome):
    """The reasons of the cells of a column with an outcome."""
    cells = account.cells.filter(pl.col("column") == column, pl.col("outcome") == outcome)
    return dict(cells.select("row", "reason").iter_rows())


def test_the_two_blocks_are_told_apart_by_their_values(read):
    tables, account = read()
    assert values(tables, "1", "temperature") == {0: "37.2 Cel", 1: "38.4 Cel"}
    assert values(tables, "2", "temperature") == {0: "98.6 [degF]", 1: "101.3 [degF]"}
    # Day 2 of patient 1 and day -1 of patient 2 have no temperature: the course tells their block.
    assert values(tables, "1", "crp") == {0: "15.2 mg/L", 1: "60.3 mg/L", 2: ">300 mg/L"}
    assert values(tables, "2", "crp") == {-1: "37 mg/L", 0: "62.1 mg/L", 1: ">=300 mg/L"}
    assert any("begins in line 5 " in note for note in account.notes)


def test_the_record_accepts_every_row_and_converts_the_units(read):
    cohort = read_tables(read()[0])
    assert cohort.report.refused == 0
    warm = cohort.observations.filter(pl.col("concept") == "temperature")
    assert warm["lo"].to_list() == pytest.approx([37.2, 38.4, 37.0, 38.5])
    assert warm["whole_day"].all()


@pytest.mark.parametrize(
    ("beside", "crp", "expected"),
    [
        (99.0, 1530.5, "153.05 mg/L"),  # the mean of two tenfold values
        (99.0, 736.3333333333334, "73.6333333333 mg/L"),
        (99.0, 239.6, "239.6 mg/L"),  # no mean of whole numbers: mg/L already
        (None, 155.2, "155.2 mg/L"),
        (None, 2, "2 mg/L"),  # a row without a temperature is mg/L
        (99.0, 3, "<=0.3 mg/L"),
    ],
)
def test_crp_of_the_second_block_is_tenfold_unless_it_shows_otherwise(read, beside, crp, expected):
    far = [day(2, number, Temp=99.0, CRP=500) for number in (2, 4)]
    tables, _ = read(second=[*SECOND, far[0], day(2, 3, Temp=beside, CRP=crp), far[1]])
    assert values(tables, "2", "crp")[3] == expected


def test_crp_that_could_be_either_is_a_range(read):
    plain = day(2, 3, Temp=99.0, CRP=85.2)
    tables, account = read(
        second=[*SECOND, day(2, 2, Temp=99.0, CRP=68), plain, day(2, 4, Temp=99.0, CRP=999)]
    )
    found = values(tables, "2", "crp")
    assert found[2] == "6.8 to 68 mg/L"  # beside a value in mg/L and not above the limit of the assay
    assert found[4] == "99.9 mg/L"  # above it: tenfold
    assert any("1 of which it is not certain" in note for note in account.notes)


@pytest.mark.parametrize(
    ("column", "given", "expected"),
    [
        ("IL_6", 0.99, "<1 pg/mL"),
        ("IL_6", 399, "399 pg/mL"),
        ("IL_6", 400, ">=400 pg/mL"),
        ("IL_6", 401, ">400 pg/mL"),
        ("IL_6", 6807, "6807 pg/mL"),
        ("CRP", 300, ">=300 mg/L"),
        ("CRP", 300.1, ">300 mg/L"),
        ("Ferritin", 16501, ">16500 ng/mL"),
        ("Ferritin", 100000, ">=100000 ng/mL"),
    ],
)
def test_values_at_the_limit_of_the_assay_are_ranges(read, column, given, expected):
    concept = {"IL_6": "il6", "CRP": "crp", "Ferritin": "ferritin"}[column]
    tables, _ = read(first=[*FIRST, day(1, 3, **{column: given})])
    assert values(tables, "1", concept)[3] == expected


def test_recorded_fields_in_laboratory_cells_are_no_measurements(read):
    second = [
        *SECOND,
        day(3, 0, Temp=99, **over(2, 1, 4), **crs(2, 1, 4)),
        day(4, 0, Temp=99, **over(0, 25.8, 0), **crs(0, None, -20)),
        day(4, 1, Temp=99, Procalcitonin=2),
    ]
    tables, account = read(second=second)
    for patient in ("2", "3", "4"):
        for concept in ("procalcitonin", "il6", "wbc"):
            assert 0 not in values(tables, patient, concept)
    assert values(tables, "4", "procalcitonin") == {1: "2 ng/mL"}
    assert set(fates(account, "Procalcitonin", "set aside").values()) == {"It holds CRS Peak Severity."}
    assert "no measurement, though the two differ" in fates(account, "IL_6", "set aside")[8]


def test_a_row_of_the_first_block_with_all_three_fields_copied_is_treated_alike(read):
    first = [
        *FIRST,
        day(5, 0, Temp=37, **over(4, 5, 5), **crs(4, 5, 5)),
        day(6, 0, Temp=37, IL_6=7, **crs(1, 7)),
    ]
    tables, _ = read(first=first)
    assert values(tables, "5", "il6") == values(tables, "5", "wbc") == {}
    assert values(tables, "6", "il6") == {0: "7 pg/mL"}  # equal by chance: the others are not copied


def test_the_recorded_grade_has_no_time_and_keeps_its_days_in_the_note(read):
    tables, account = read()
    grades = tables["observations"].filter(pl.col("concept") == "crs_grade_recorded")
    assert grades.select("patient_id", "day", "value").rows() == [("1", None, "1"), ("2", None, "0")]
    assert "recorded onset on day 2; recorded peak on day 3" in grades["note"][0]
    assert "peak" not in grades["note"][1]
    assert fates(account, "CRS Peak Day", "set aside") == {5: "No CRS was recorded: there is no peak."}
    _, account = read(first=[*FIRST, day(7, 0, Temp=37, **crs(2, 1, -3))])
    assert fates(account, "CRS Peak Day", "set aside")[4] == "A peak before the infusion is an artefact."


def test_doses_have_no_time_and_a_count_covers_its_patient(read):
    tables, _ = read(first=[*FIRST, day(9, 0, Temp=37)])
    doses = tables["exposures"]
    assert doses.select("patient_id", "start_day", "name").rows() == [("1", None, "tocilizumab")] * 2
    assert tables["coverage"].rows() == [("anti_cytokine", "1"), ("anti_cytokine", "2")]
    cohort = read_tables(tables)
    assert cohort.exposures["start"].to_list() == [None, None]
    assert cohort.exposures["classes"].to_list()[0] == ["anti_cytokine", "anti_il6"]


def test_a_half_grade_of_icans_is_a_range(read):
    tables, _ = read()
    assert values(tables, "1", "icans_grade_recorded") == {
        0: "0 {grade}",
        1: "0 to 1 {grade}",
        2: "1 {grade}",
    }


def test_two_rows_of_a_day_are_a_copy_or_a_range(read):
    first = [
        *FIRST,
        day(8, 0, Temp=37.0, CRP=10, WBC=2, meanscore=0, IL_6=400),
        day(8, 0, Temp=37.0, CRP=12, meanscore=3, IL_6=295),
        day(8, 1, Ferritin=7, **crs(None, doses=1)),
        day(8, 1, Ferritin=7, **crs(None, doses=2)),
    ]
    tables, account = read(first=first)
    assert values(tables, "8", "temperature") == {0: "37 Cel"}
    assert values(tables, "8", "crp") == {0: "10 to 12 mg/L"}
    assert values(tables, "8", "wbc") == {0: "2 10*3/uL"}
    assert values(tables, "8", "icans_grade_recorded") == {0: "0 to 3 {grade}"}
    assert values(tables, "8", "il6") == {0: ">=295 pg/mL"}
    assert list(fates(account, "Temp", "set aside")) == [5]
    assert fates(account, "Toci doses", "refused") == {7: "Line 7 gives 1 for the same patient."}
    rows = dict(account.rows.select("row", "outcome").iter_rows())
    assert (rows[5], rows[7]) == ("used", "refused")


def test_a_course_in_both_blocks_is_one_and_a_contradicting_one_is_set_aside(read):
    first = [
        *FIRST,
        *(
            day(5, n, Temp=t, CRP=c, Ferritin=70 + n)
            for n, t, c in ((0, 37.0, 11.1), (1, 39.9, 18.9), (2, 39.4, 119.1))
        ),
        day(6, 0, Temp=36.9, Ferritin=36, **crs(1, 4)),
        day(6, 1, Temp=37.1, Ferritin=30),
        *(day(7, n, Temp=37) for n in (0, 1)),
        day(6, 0, Temp=37.9, Ferritin=1070),
        day(6, 1, Temp=39.1, Ferritin=1187),
    ]
    again = ((0, 98.6, 111), (1, 103.9, 189), (2, 103.0, 1191), (3, 102.6, 811))
    second = [*SECOND, *(day(5, n, Temp=t, CRP=c, Ferritin=70 + n) for n, t, c in again)]
    tables, account = read(first=first, second=second)
    assert values(tables, "5", "crp") == {0: "11.1 mg/L", 1: "18.9 mg/L", 2: "119.1 mg/L", 3: "81.1 mg/L"}
    assert values(tables, "5", "temperature")[3] == "102.6 [degF]"
    assert values(tables, "6", "ferritin") == {0: "36 ng/mL", 1: "30 ng/mL"}
    reasons = account.rows.filter(pl.col("reason").str.contains("second course"))
    assert reasons["row"].to_list() == [11, 12]
    assert set(reasons["outcome"]) == {"set aside"}


def test_what_cannot_be_read_is_refused_with_its_reason(read):
    first = [
        *FIRST,
        day(1, 3, Temp="n/a", CRP=9),
        day(1, 4, Temp="high"),
        day(None, 5, Temp=37),
        day(1, 5.5, Temp=37),
        day(1, 6),
        day(1, 7, Age=61, Temp=37),
        day(1, 8, Temp=37, **crs(None, doses=1000)),
    ]
    tables, account = read(first=first)
    rows = {row: (outcome, reason) for row, outcome, reason in account.rows.iter_rows()}
    assert rows[4] == ("used", "")
    assert rows[5] == ("refused", "A number is expected.")
    assert rows[6][0] == rows[7][0] == "refused"
    assert rows[8] == ("set aside", "The row holds no value.")
    assert fates(account, "Age", "refused")[9] == "An earlier line gives 60 for the same patient."
    assert fates(account, "Toci doses", "refused") == {10: "A count from 0 to 20 is expected."}
    assert tables["patients"]["age_years"].to_list() == ["60", "60"]
    assert values(tables, "1", "crp")[3] == "9 mg/L"


def test_the_account_says_what_was_mapped_set_aside_and_refused(read):
    _, account = read(first=[*FIRST, day(1, 3, Temp="n/a"), {**day(1, 4, Temp=37), "From DR": 1}])
    text = account.lines()
    assert text[0] == "sheet.xlsx: 8 rows read = 7 used + 0 set aside + 1 refused"
    assert "  1 rows (line 5): A number is expected." in text
    assert any(line.startswith("  1 cells of From DR (line 6): The published") for line in text)
    assert any(line.startswith("  Temp: 5 cells as temperature in Cel and [degF]") for line in text)


CELLS = st.one_of(
    st.none(),
    st.sampled_from([0, 1, 2.5, 37, 39.5, 99.5, 103, 300, 301, 400, 401, -3, 1e9, 0.99]),
    st.sampled_from(["", " ", "NaN", "inf", "<5", "n/a", "38,5"]),
)


PLACES = st.fixed_dictionaries({"SID": st.sampled_from([1, 2, 3]), "HospitalDay": st.sampled_from([0, 1, 2])})
ROWS = st.tuples(PLACES, st.dictionaries(st.sampled_from(COLUMNS), CELLS, max_size=8)).map(
    lambda two: two[0] | two[1]
)


@given(st.lists(ROWS, max_size=8), st.booleans())
def test_rows_and_cells_always_add_up(tmp_path_factory, extra, early):
    path = tmp_path_factory.mktemp("bwh") / "sheet.xlsx"
    rows = [*FIRST, *extra, *SECOND] if early else [*FIRST, *SECOND, *extra]
    write_sheet(path, rows)
    try:
        tables, account = read_bwh(path)
    except InputError:
        return
    # An empty last row is no row of a workbook.
    assert account.rows["row"].to_list() == list(range(1, account.rows.height + 1))
    assert len(FIRST) + len(SECOND) <= account.rows.height <= len(rows)
    filled = sum(str(cell).strip() != "" for row in rows for cell in row.values() if cell is not None)
    assert account.cells.height == account.cells.select("row", "column").n_unique() == filled
    for cells in (False, True):
        total = sum(account.count(outcome, cells=cells) for outcome in ("used", "set aside", "refused"))
        assert total == (account.cells if cells else account.rows).height
    cohort = read_tables(tables)
    assert cohort.report.read == sum(frame.height for frame in tables.values())
    keys = tables["observations"].select("patient_id", "day", "concept")
    assert keys.n_unique() == keys.height


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (FIRST, "0 in degrees Fahrenheit"),
        (SECOND, "0 temperatures in degrees Celsius"),
        ([*SECOND, *FIRST], "a temperature in degrees Celsius in line 6"),
        ([*FIRST, day(2, 0, Temp=37), *SECOND], "with the patient of line 5"),
        ([*FIRST, day(2, 0, Temp=99, **over(3, 1, 1), **crs(0))], "0 of the 1 rows of day 0"),
        ([*FIRST, day(2, 0, Temp=99)], "0 of the 0 rows of day 0"),
        ([], "has no row"),
    ],
)
def test_another_sheet_is_refused_with_what_was_expected(tmp_path, rows, said):
    with pytest.raises(InputError, match=said) as error:
        read_bwh(write_sheet(tmp_path / "sheet.xlsx", rows))
    assert "expected" in str(error.value)
    assert "AllBWH_5days_deID.xlsx" in str(error.value)


def test_a_missing_column_is_named(tmp_path):
    columns = [column for column in COLUMNS if column != "Temp"]
    with pytest.raises(InputError, match="lacks the column Temp"):
        read_bwh(write_sheet(tmp_path / "sheet.xlsx", [*FIRST, *SECOND], columns))


def test_a_column_more_is_set_aside(tmp_path):
    rows = [{**row, "Remark": "x"} for row in [*FIRST, *SECOND]]
    _, account = read_bwh(write_sheet(tmp_path / "sheet.xlsx", rows, [*COLUMNS, "Remark"]))
    assert fates(account, "Remark", "set aside") == dict.fromkeys(
        range(1, 7), "becalm does not use this column."
    )


def test_what_is_no_workbook_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        read_bwh(tmp_path / "nothing.xlsx")
    with pytest.raises(InputError, match="holds 0 files"):
        read_bwh(tmp_path)
    text = tmp_path / "text.xlsx"
    text.write_text("SID,Temp\n1,37\n")
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        read_bwh(text)
    write_xlsx(tmp_path / "other.xlsx", [["a"]])
    with pytest.raises(InputError, match="holds 2 files"):
        read_bwh(tmp_path)
