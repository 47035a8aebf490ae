"""What holds for every input: nothing is lost, order does not matter, nothing but a BecalmError escapes."""

import random
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from becalm.record import TABLES, BecalmError, Cohort, ImportReport, vocabulary
from becalm.sources import read_folder, read_tables, write_folder
from becalm.sources._csv import _plain, _quoted

ODD = [
    "nan",
    "inf",
    "-1",
    "1e9",
    "38,5",
    "<5",
    "101.3",
    "n/a",
    "é",
    "x" * 300,
    "2024-03-02T10:00Z",
    "2024-13-01",
]
DAYS = ["0", "1", "2.0", "4.95", "-0.5", "7.25", ""]
NUMBERS = ["", "", "0", "1", "0.5"]


def names(group: str) -> list[str]:
    return list(vocabulary().indexes[group])


GOOD: dict[str, dict[str, list[str]]] = {
    "patients": {
        "infusion_time": ["", "2024-03-01", "2024-03-01T10:00"],
        "age_years": ["4", "60", ""],
        "sex": ["f", ""],
    },
    "observations": {
        "day": DAYS,
        "time": ["", "", "", "2024-03-02T08:30"],
        "concept": ["temperature", "Temp", "body temperature"],
        "value": ["36.5", "38", "100.4", "39.95"],
        "value_high": ["", "", "", "41"],
        "unit": ["Cel", "degC", "[degF]"],
        "comparator": ["", "", "<", "≥"],
        "site": ["", "Oral"],
    },
    "exposures": {
        "start_day": DAYS,
        "end_day": ["", "8", "9.5"],
        "kind": ["drug", "Medication"],
        "name": [*names("drug")[:40], "cefepime"],
        "dose": NUMBERS,
        "rate": NUMBERS,
        "flow_l_min": NUMBERS,
        "fio2": ["", "0.4"],
        "route": [*names("route"), ""],
        "indication": [*names("indication"), ""],
    },
    "events": {
        "day": DAYS,
        "event": names("event"),
        "value": ["", "", "resolved", "swelling", "3", "focal"],
        "axis": names("axis"),
        "cause": ["crs", "infection", "other", ""],
        "severity": ["", "compensated"],
    },
    "coverage": {"class": names("coverage_class"), "start_day": ["", "1"], "end_day": ["", "8"]},
}


def tables_of(choose) -> dict[str, pl.DataFrame]:
    """Tables of cells that mostly make sense, with one in twenty-five of any kind of garbage."""
    tables = {}
    for name, table in TABLES.items():
        height = choose(range(12))
        columns = {}
        for column in table.columns:
            good = ["a", "b", " c"] if column == "patient_id" else GOOD[name].get(column, [""])
            columns[column] = [choose(good if choose(range(25)) else [*ODD, ""]) for _ in range(height)]
        tables[name] = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return tables


@st.composite
def garbage(draw) -> dict[str, pl.DataFrame]:
    return tables_of(random.Random(draw(st.integers(0, 2**32))).choice)


def test_the_garbage_is_of_every_kind():
    cohorts = [read_tables(tables_of(random.Random(seed).choice)) for seed in range(30)]
    for table in ("observations", "exposures", "events", "coverage"):
        counts = [count for cohort in cohorts for count in cohort.report.files if count.file == table]
        assert sum(count.used for count in counts) > 40
        assert sum(count.refused for count in counts) > 15


def content(cohort: Cohort) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every frame without their place in a file."""
    frames = {
        "patients": cohort.patients,
        "observations": cohort.observations,
        "exposures": cohort.exposures.with_columns(pl.col("classes").list.join(",")),
        "events": cohort.events,
        "coverage": cohort.coverage,
        "refusals": cohort.report.refusals,
    }
    return {
        name: sorted(frame.select(pl.exclude("file", "row")).rows(), key=str)
        for name, frame in frames.items()
    }


def attempt(folder: Path) -> tuple[ImportReport | None, str]:
    """The report of a folder, or what becalm said instead; any other exception is the test's failure."""
    try:
        return read_folder(folder).report, ""
    except BecalmError as error:
        return None, str(error)


@given(garbage())
def test_every_row_is_used_set_aside_or_refused(tables):
    report = read_tables(tables).report
    for count in report.files:
        assert count.read == tables[count.file].height
        assert count.read == count.used + count.set_aside + count.refused
        assert min(count.used, count.set_aside, count.refused) >= 0


@given(garbage())
def test_every_used_row_is_in_the_record_and_every_other_has_its_reason(tables):
    cohort = read_tables(tables)
    report = cohort.report
    reasons = pl.concat([report.refusals.select("file", "row"), report.set_aside.select("file", "row")])
    for name in ("observations", "exposures", "events"):
        frame = getattr(cohort, name)
        kept, excused = (
            set(frame["row"].to_list()),
            set(reasons.filter(pl.col("file") == name)["row"].to_list()),
        )
        assert len(kept) == frame.height, "a row enters the record once"
        assert kept | excused == set(range(1, tables[name].height + 1))


@given(garbage())
def test_the_record_holds_only_finite_ranges_within_plausible_limits(tables):
    frame = read_tables(tables).observations
    assert frame.filter(
        ~(pl.col("lo") <= pl.col("hi")) | pl.col("lo").is_infinite() | pl.col("hi").is_infinite()
    ).is_empty()
    for row in frame.iter_rows(named=True):
        concept = vocabulary().concepts[row["concept"]]
        assert concept.plausible_min <= row["lo"] <= row["hi"] <= concept.plausible_max
        assert row["unit"] == concept.unit


@given(garbage(), st.integers(0, 2**32))
def test_the_order_of_rows_changes_nothing(tables, seed):
    # A patient with two different rows is the exception: the first one counts, and the report says so.
    tables["patients"] = tables["patients"].unique("patient_id", keep="first", maintain_order=True)
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in tables.items()}
    one, two = read_tables(tables), read_tables(shuffled)
    assert content(one) == content(two)
    assert one.source_hash == two.source_hash
    assert one.covered_by_default == two.covered_by_default
    assert one.observations.drop("row").equals(two.observations.drop("row")), "ties are ordered by content"


@given(garbage())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_writing_and_reading_gives_the_same_cohort_and_the_same_bytes(tmp_path, tables):
    once, twice = tmp_path / "once", tmp_path / "twice"
    write_folder(tables, once)
    write_folder(tables, twice)
    assert all((once / f"{name}.csv").read_bytes() == (twice / f"{name}.csv").read_bytes() for name in tables)
    assert content(read_folder(once)) == content(read_tables(tables))


@given(garbage(), st.integers(0, 8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_splitting_a_table_into_parts_changes_nothing(tmp_path, tables, cut):
    for old in tmp_path.iterdir():
        old.unlink()
    for name, frame in tables.items():
        for number, part in enumerate((frame.head(cut), frame.slice(cut)), start=1):
            (tmp_path / f"{name}-{number}.csv").write_bytes(b"")
            part.write_csv(tmp_path / f"{name}-{number}.csv")
    whole, split = read_tables(tables), read_folder(tmp_path)
    assert content(whole) == content(split)
    assert whole.source_hash == split.source_hash


@given(
    st.sampled_from(["observations.csv", "patients.csv", "events.parquet", "coverage.CSV"]),
    st.binary(max_size=200),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_random_bytes_never_raise_anything_but_a_becalm_error(tmp_path, name, data):
    for old in tmp_path.iterdir():
        old.unlink()
    (tmp_path / name).write_bytes(data)
    report, error = attempt(tmp_path)
    assert report is not None or len(error) > 40


@given(
    st.text(alphabet=st.sampled_from('abc,;"\n\r é0.\t'), max_size=60),
    st.sampled_from(["patient_id,day,event\n", "patient_id,day,concept,value,unit\n", ""]),
    st.sampled_from(["observations.csv", "events.csv"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_random_text_is_counted_or_explained(tmp_path, text, header, name):
    for old in tmp_path.iterdir():
        old.unlink()
    (tmp_path / name).write_bytes((header + text).encode())
    report, error = attempt(tmp_path)
    if report is None:
        assert name in error
    else:
        assert report.read == report.used + report.rows_set_aside + report.refused


@given(
    st.lists(
        st.lists(st.text(alphabet=st.sampled_from("ab é1.-'\t"), max_size=4), min_size=3, max_size=3),
        min_size=2,
    )
)
def test_the_quick_way_through_plain_text_reads_what_the_rules_of_csv_read(rows):
    text = "\n".join(",".join(cells) for cells in rows) + "\n"
    quick = _plain(text)
    header, frame, numbers, ragged = _quoted(text, "x.csv")
    assert quick is not None
    assert quick[0] == header
    assert quick[1].fill_null("").rows() == frame.fill_null("").rows()
    assert quick[2].to_list() == numbers.to_list()
    assert quick[3] == ragged == []


def test_a_hundred_thousand_rows_read_quickly(tmp_path: Path):
    count = 100_000
    rows = pl.DataFrame({"i": range(count)}).select(
        patient_id=pl.format("p{}", pl.col("i") % 200),
        day=(pl.col("i") * 0.0002).round(6),
        concept=pl.when(pl.col("i") % 2 == 0).then(pl.lit("temperature")).otherwise(pl.lit("crp")),
        value=36 + (pl.col("i") % 40) * 0.1,
        unit=pl.when(pl.col("i") % 2 == 0).then(pl.lit("Cel")).otherwise(pl.lit("mg/dL")),
    )
    write_folder({"observations": rows}, tmp_path)
    begin = time.perf_counter()
    cohort = read_folder(tmp_path)
    assert time.perf_counter() - begin < 15, "a million rows are to read in seconds, not in minutes"
    assert cohort.report.used == count


def test_the_writer_refuses_an_unknown_table(tmp_path):
    with pytest.raises(BecalmError, match="labs"):
        write_folder({"labs": pl.DataFrame({"a": [1]})}, tmp_path)


def test_the_writer_puts_known_columns_first_and_types_into_text(tmp_path):
    frame = pl.DataFrame(
        {"ward": ["5B"], "home_cpap": [True], "age_years": [4.5], "patient_id": [7], "note": [None]}
    )
    write_folder({"patients": frame}, tmp_path / "new" / "folder")
    text = (tmp_path / "new" / "folder" / "patients.csv").read_bytes()
    assert text == b"patient_id,age_years,home_cpap,note,ward\n7,4.5,true,,5B\n"


def test_the_writer_explains_a_folder_that_it_cannot_make(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BecalmError, match="cannot be written"):
        write_folder({"patients": pl.DataFrame({"patient_id": [1]})}, tmp_path / "file" / "folder")
