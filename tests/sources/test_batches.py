"""A cohort in batches is the whole cohort: any batches, any parts, any way in which its files lie."""

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from becalm import grade
from becalm.record import InputError
from becalm.sources import Part, Sizes, Tally, open_cohort, read_folder, write_folder
from becalm.synthetic import Settings, generate

from .test_folder_properties import garbage

FRAMES = ("patients", "observations", "exposures", "events", "coverage", "patient_hashes")
ON_DISK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
SMALL = Sizes(batch_rows=40, placed_from=1, window=7, block=200, run_rows=25)
"""So small that every way through the code is taken."""


def frames(cohorts):
    """The frames of the batches put together again, in an order of their own."""
    parts = {name: [getattr(cohort, name) for cohort in cohorts] for name in FRAMES}
    parts["doubts"] = [cohort.report.doubts for cohort in cohorts]
    return {name: pl.concat(some).unique().sort(pl.all().exclude(pl.List)) for name, some in parts.items()}


def whole(folder):
    return frames([read_folder(folder)])


def same(one, two):
    for name, frame in one.items():
        assert frame.equals(two[name]), (name, frame, two[name])


def account(tally):
    return tally.lines(), tally.refusals.rows(), tally.refusals_counted, tally.notes


def lay(folder: Path, tables, ways):
    """Tables as files of any kind: a choice of format, parts, order and layout for each."""
    for old in sorted(folder.rglob("*"), reverse=True):
        old.unlink() if old.is_file() else old.rmdir()
    for name, frame in tables.items():
        write(folder, name, frame, ways.choice(["csv", "parquet", "sorted", "parts", "folder", "hive"]))
    return folder


def write(folder, name, frame, way):
    folder.mkdir(exist_ok=True)
    if way == "csv":
        write_folder({name: frame}, folder)
    elif way == "sorted" and "patient_id" in frame.columns:
        stripped = pl.col("patient_id").str.strip_chars()
        frame.sort(stripped, maintain_order=True).write_parquet(folder / f"{name}.parquet", row_group_size=5)
    elif way == "parts":
        frame.head(5).write_parquet(folder / f"{name}-1.parquet")
        frame.slice(5).write_csv(folder / f"{name}-2.csv")
    elif way == "folder":
        (folder / name).mkdir()
        frame.write_parquet(folder / name / "part-00.parquet")
    elif way == "hive":
        for key, part in enumerate((frame.head(3), frame.slice(3))):
            (folder / f"part={key}").mkdir(exist_ok=True)
            part.write_parquet(folder / f"part={key}" / f"{name}.parquet")
    else:
        frame.write_parquet(folder / f"{name}.parquet")


@given(garbage(), st.integers(0, 2**32), st.sampled_from([1, 2, 7, None]))
@ON_DISK
def test_any_batches_of_any_files_are_the_whole(tmp_path, tables, seed, size):
    folder = lay(tmp_path / "x", tables, random.Random(seed))
    with open_cohort(folder, sizes=SMALL) as source:
        batches = list(source.batches(size))
        report = source.report(size)
    expected = read_folder(folder)
    same(frames(batches), frames([expected]))
    ids = [name for cohort in batches for name in cohort.patients["patient_id"].to_list()]
    assert ids == expected.patients["patient_id"].to_list()
    assert account(report) == account(Tally.of(expected.report))
    assert {cohort.covered_by_default for cohort in batches} == {expected.covered_by_default}


@given(garbage(), st.integers(1, 5))
@ON_DISK
def test_the_parts_of_a_partition_are_the_whole(tmp_path, tables, count):
    folder = lay(tmp_path / "x", tables, random.Random(count))
    with open_cohort(folder, sizes=SMALL) as source:
        parts = [Part(number, count) for number in range(1, count + 1)]
        cohorts = [cohort for part in parts for cohort in source.batches(2, part)]
        reports = [source.report(2, part) for part in parts]
    same(frames(cohorts), whole(folder))
    total = Tally()
    for report in reports:
        total = total.plus(report)
    assert account(total) == account(Tally.of(read_folder(folder).report))


@pytest.mark.parametrize("size", [1, 2, 7, None])
@pytest.mark.parametrize("coverage", ["declared", "rows", "partial"])
def test_grades_of_batches_are_those_of_the_whole(tmp_path, size, coverage):
    write_folder(generate(9, seed=3, settings=Settings(coverage=coverage)).tables, tmp_path)
    with open_cohort(tmp_path) as source:
        graded = pl.concat([grade(cohort) for cohort in source.batches(size)])
    assert graded.equals(grade(read_folder(tmp_path)))


def test_a_patient_stays_in_its_part_when_others_come():
    few = pl.Series("patient_id", [f"p{i}" for i in range(0, 100, 7)])
    many = pl.Series("patient_id", [f"p{i}" for i in range(100)])
    for part in (Part(1, 3), Part(2, 3), Part(3, 3)):
        assert set(part.chosen(few)) <= set(part.chosen(many))
        assert 15 <= len(part.chosen(many)) <= 55


@pytest.mark.parametrize(("number", "count"), [(0, 3), (4, 3), (-1, 2), (1, 0)])
def test_a_part_that_cannot_be_is_refused(number, count):
    with pytest.raises(InputError, match="1/4 for the first of four"):
        Part(number, count)


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_of_nobody_is_refused(tmp_path, size):
    write_folder({"patients": pl.DataFrame({"patient_id": ["a"]})}, tmp_path)
    with open_cohort(tmp_path) as source, pytest.raises(InputError, match="from 1"):
        source.plan(size)


def test_temporary_files_go_where_they_are_told_and_away(tmp_path):
    write_folder(generate(3, seed=1).tables, tmp_path / "cohort")
    source = open_cohort(tmp_path / "cohort", spool=tmp_path / "spool", sizes=SMALL)
    assert list((tmp_path / "spool").rglob("*.parquet"))
    source.close()
    assert not list((tmp_path / "spool").rglob("*.parquet"))


def test_a_small_cohort_needs_no_temporary_files(tmp_path):
    write_folder(generate(2, seed=1).tables, tmp_path / "cohort")
    with open_cohort(tmp_path / "cohort", spool=tmp_path / "spool") as source:
        assert len(list(source.batches())) == 1
    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize(
    "ids",
    [
        [1, 2, 10, 11, 100],
        [1.0, 2.0, 10.0, 11.0, 100.0],
        [1.0, 2.5, 10.0, 11.0, 100.0],
        [" 1", "1", "10", "2", ""],
        [None, "1", "10", "2", "é"],
    ],
)
def test_typed_columns_and_ids_are_those_of_the_whole(tmp_path, ids):
    hours = pl.datetime_range(pl.datetime(2024, 3, 1), pl.datetime(2024, 3, 3), "1h", eager=True)
    rows = pl.DataFrame({"patient_id": ids}, strict=False).join(pl.DataFrame({"time": hours}), how="cross")
    number = pl.int_range(pl.len())
    observations = rows.with_columns(concept=pl.lit("sbp"), value=90.0 + number % 31, unit=pl.lit("mm[Hg]"))
    for way, frame in {"by id": observations, "by time": observations.sort("time")}.items():
        folder = tmp_path / way
        folder.mkdir()
        persons = rows.select("patient_id").unique(maintain_order=True)
        persons.with_columns(infusion_time=pl.lit("2024-03-01T10:00")).write_parquet(
            folder / "patients.parquet"
        )
        frame.write_parquet(folder / "observations.parquet", row_group_size=20)
        with open_cohort(folder, sizes=SMALL) as source:
            batches = list(source.batches())
            report = source.report()
        assert len(batches) > 1
        same(frames(batches), whole(folder))
        assert account(report) == account(Tally.of(read_folder(folder).report))


def test_typed_and_written_parts_of_one_table_are_those_of_the_whole(tmp_path):
    hours = pl.datetime_range(pl.datetime(2024, 3, 1), pl.datetime(2024, 3, 3), "1h", eager=True)
    rows = pl.DataFrame({"patient_id": ["a", "b", "c"]}).join(pl.DataFrame({"time": hours}), how="cross")
    rows = rows.with_columns(
        concept=pl.lit("sbp"), value=90.0 + pl.int_range(pl.len()) % 31, unit=pl.lit("mm[Hg]")
    )
    days = rows.select("patient_id").unique().with_columns(infusion_time=pl.lit("2024-03-01T10:00"))
    days.write_parquet(tmp_path / "patients.parquet")
    rows.sort("time").write_parquet(tmp_path / "observations-1.parquet")
    rows.filter(pl.col("patient_id") != "a").head(60).with_columns(value=pl.col("value") + 1).write_parquet(
        tmp_path / "observations-2.parquet"
    )
    text = (
        "patient_id,time,concept,value,unit\nb,2024-03-02T10:00,map,70,mm[Hg]\nc,2024-03-02,map,71,mm[Hg]\n"
    )
    (tmp_path / "observations-3.csv").write_text(text * 30)
    with open_cohort(tmp_path, sizes=SMALL) as source:
        batches = list(source.batches(1))
        report = source.report(1)
    same(frames(batches), whole(tmp_path))
    assert account(report) == account(Tally.of(read_folder(tmp_path).report))
    assert report.refused == 0


@pytest.mark.parametrize(("order", "spooled"), [("patient", False), ("time", False), ("mixed", True)])
def test_files_of_few_patients_are_read_where_they_lie(tmp_path, order, spooled):
    drawn = generate(8, seed=6).tables
    ids = drawn["patients"]["patient_id"].sort()
    for number in range(4):
        mine = pl.col("patient_id").is_in(ids.slice(2 * number, 2).implode())
        part = drawn["observations"].filter(mine)
        if order == "mixed":
            part = drawn["observations"].gather_every(4, number)
        folder = tmp_path / "cohort" / f"part={number}"
        folder.mkdir(parents=True)
        part.sort("patient_id" if order == "patient" else "time").write_parquet(
            folder / "observations.parquet"
        )
    rows = drawn["observations"].height
    sizes = Sizes(batch_rows=rows // 8, placed_from=1, window=97, run_rows=50)
    with open_cohort(tmp_path / "cohort", spool=tmp_path / "spool", sizes=sizes) as source:
        assert bool(list(tmp_path.glob("spool/*/*.parquet"))) == spooled
        batches = list(source.batches())
    assert len(batches) >= 3
    same(frames(batches), whole(tmp_path / "cohort"))
