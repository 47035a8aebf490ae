"""Batches and partitions change no byte of an output, and parts put together are the whole."""

import io
import re
from itertools import chain
from pathlib import Path

import polars as pl
import pytest

from becalm.sources import write_folder
from becalm.synthetic import Settings, generate

from .running import BAD, DONE, becalm, second_scale, teaches

COMMANDS = {
    "grade": ("grade",),
    "two scales": ("grade", "--scale", "astct-2019,OWN"),
    "per patient": ("grade", "--per", "patient", "--scale", "astct-2019,OWN"),
    "at a day": ("grade", "--at", "5.5"),
    "markers": ("markers",),
    "scores": ("scores",),
    "advise": ("advise", "--at", "4"),
}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """Seven patients whose coverage is what their rows show."""
    folder = tmp_path_factory.mktemp("cohort")
    write_folder(generate(7, seed=5, settings=Settings(coverage="rows")).tables, folder)
    return folder


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """The words of each command, the grading system of one's own by its path."""
    own = str(second_scale(tmp_path_factory.mktemp("scale")))
    return {name: [word.replace("OWN", own) for word in command] for name, command in COMMANDS.items()}


@pytest.fixture(scope="module")
def wholes(cohort, words):
    """What each command prints at once."""
    return {name: becalm(command[0], cohort, *command[1:]) for name, command in words.items()}


def said(text):
    return sorted(line for line in text.splitlines() if "rows written" not in line)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("batch", [1, 3])
def test_batches_print_the_same_bytes_and_tell_the_same(cohort, words, wholes, name, batch):
    command, *more = words[name]
    result = becalm(command, cohort, *more, "--batch", batch)
    assert result.code == wholes[name].code == DONE
    assert result.out == wholes[name].out
    assert said(result.err) == said(wholes[name].err)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
@pytest.mark.parametrize("name", ["two scales", "markers"])
def test_batches_write_the_same_files(cohort, words, tmp_path, name, suffix):
    command, *more = words[name]
    paths = [tmp_path / f"{batch}{suffix}" for batch in (2, 7)]
    for batch, path in zip((2, 7), paths, strict=True):
        result = becalm(command, cohort, *more, "--batch", batch, "-o", path)
        assert result.code == DONE, result.err
        assert f"rows written to {path}" in result.err
    assert len({path.read_bytes() for path in paths}) == 1
    assert sorted(tmp_path.iterdir()) == sorted(paths), "nothing else is left"


@pytest.mark.parametrize(
    ("name", "count"), [*((name, 3) for name in COMMANDS), ("markers", 1), ("grade", 12)]
)
def test_parts_put_together_are_the_whole(cohort, words, wholes, name, count):
    command, *more = words[name]
    parts = [becalm(command, cohort, *more, "--partition", f"{i}/{count}") for i in range(1, count + 1)]
    assert {part.code for part in parts} == {DONE}
    rows = [part.out.splitlines() for part in parts]
    whole = wholes[name].out.splitlines()
    assert {part[0] for part in rows} == {whole[0]}
    assert sorted(chain.from_iterable(part[1:] for part in rows)) == sorted(whole[1:])
    counts = [
        [int(n) for n in re.findall(r"\d+", part.err.split("all files:")[1].splitlines()[0])]
        for part in parts
    ]
    total = re.findall(r"\d+", wholes[name].err.split("all files:")[1].splitlines()[0])
    assert [sum(column) for column in zip(*counts, strict=True)] == [int(n) for n in total]


def test_the_hash_of_the_input_is_each_patients_own(cohort, tmp_path):
    usual = pl.read_csv(io.StringIO(becalm("markers", cohort).out))
    tables = {path.stem: pl.read_csv(path, infer_schema=False) for path in cohort.iterdir()}
    one = usual["patient_id"][0]
    mine = (pl.col("patient_id") == one) & (pl.col("concept") == "temperature")
    value = pl.when(mine).then(pl.lit("37.77")).otherwise("value")
    tables["observations"] = tables["observations"].with_columns(value=value)
    write_folder(tables, tmp_path)
    changed = pl.read_csv(io.StringIO(becalm("markers", tmp_path).out))
    moved = usual.filter(usual["input_hash"] != changed["input_hash"])["patient_id"].unique()
    assert moved.to_list() == [one]


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1.5/2"])
def test_a_partition_that_cannot_be_is_refused(cohort, text):
    teaches(becalm("grade", cohort, f"--partition={text}"), "1/4")


@pytest.mark.parametrize("size", [0, -3])
def test_a_batch_that_cannot_be_is_refused(cohort, size):
    teaches(becalm("grade", cohort, f"--batch={size}"), "batch")


def test_strict_fails_before_anything_is_written(ward, tmp_path):
    with (ward / "observations.csv").open("a") as file:
        file.write("b,1.5,temperature,101.3,Cel\n")
    for more in ((), ("--batch", 1), ("--partition", "1/1", "--batch", 1)):
        result = becalm("grade", ward, "--strict", "-o", tmp_path / "out.csv", *more)
        assert result.code == BAD
        assert "101.3" in result.err
        assert sorted(path.name for path in tmp_path.iterdir()) == [ward.name]


def test_refusals_of_every_batch_are_told_once(ward):
    with (ward / "observations.csv").open("a") as file:
        file.write("b,1.5,temperature,101.3,Cel\na,1.5,temperature,warm,Cel\n,1.5,temperature,38,Cel\n")
    whole, batches = becalm("grade", ward), becalm("grade", ward, "--batch", 1)
    refused = [line for line in batches.err.splitlines() if line.startswith("refused: ")]
    assert len(refused) == 3
    assert said(batches.err) == said(whole.err)
