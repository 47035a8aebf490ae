"""A patient is the same in every cohort of a seed."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from becalm.sources import write_folder
from becalm.synthetic import Settings, SyntheticCohort, generate

MODES = {
    "usual": Settings(),
    "complete": Settings(complete=True),
    "everything": Settings(everything=True, coverage="partial"),
}


def of(cohort: SyntheticCohort, patient_id: str) -> dict[str, pl.DataFrame]:
    """Everything about one patient; columns that are blank for them left out."""
    frames = {**cohort.tables, "truth": cohort.truth}
    mine = {
        k: f.filter(pl.col("patient_id") == patient_id)
        for k, f in frames.items()
        if "patient_id" in f.columns
    }
    return {k: f.select(s.name for s in f if s.null_count() < f.height) for k, f in mine.items()}


def same(a: dict[str, pl.DataFrame], b: dict[str, pl.DataFrame]) -> None:
    assert a.keys() == b.keys()
    for name, frame in a.items():
        assert_frame_equal(frame, b[name], check_column_order=False)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_the_same_seed_gives_the_same_files(mode: str, tmp_path) -> None:
    for k in (0, 1):
        write_folder(generate(5, seed=9, settings=MODES[mode]).tables, tmp_path / str(k))
    files = sorted(p.name for p in (tmp_path / "0").iterdir())
    assert files
    assert all((tmp_path / "0" / f).read_bytes() == (tmp_path / "1" / f).read_bytes() for f in files)


def test_another_seed_gives_other_patients() -> None:
    first, second = (generate(3, seed=s).tables["observations"].drop("patient_id") for s in (1, 2))
    assert not first.equals(second)


@pytest.mark.parametrize("mode", sorted(MODES))
@effort(max_examples=8, deadline=None)
@given(number=st.integers(0, 40), seed=st.integers(0, 10**6), others=st.sets(st.integers(0, 40), max_size=4))
def test_a_patient_does_not_depend_on_the_others(mode: str, number: int, seed: int, others: set[int]) -> None:
    alone = generate(0, seed, MODES[mode], patients=[number])
    among = generate(0, seed, MODES[mode], patients=[*others, number])
    ident = f"S{seed}-{number:05d}"
    same(of(alone, ident), of(among, ident))


def test_batches_make_the_whole() -> None:
    whole = generate(8, seed=3)
    halves = [generate(0, 3, patients=range(k, k + 4)) for k in (0, 4)]
    joined = pl.concat([h.truth for h in halves])
    assert_frame_equal(whole.truth, joined)
    observed = pl.concat([h.tables["observations"] for h in halves], how="diagonal")
    assert_frame_equal(whole.tables["observations"], observed, check_column_order=False)
