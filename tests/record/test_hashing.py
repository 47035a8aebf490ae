"""The hash of a patient's record: the same for the same content, another for any other."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from becalm.record.hashing import combined_hash, patient_hashes, text_words

ROW = {"patient_id": "a", "concept": "sbp", "lo": 90.0, "time": 5, "whole_day": False, "note": None}
SCHEMA = {
    "patient_id": pl.String, "concept": pl.String, "lo": pl.Float64, "time": pl.Int64,
    "whole_day": pl.Boolean, "note": pl.String,
}  # fmt: skip


def hashes(rows, coverage=None, table="observations"):
    frames = {
        "patients": pl.DataFrame({"patient_id": ["a", "b"]}),
        table: pl.DataFrame(rows, schema=SCHEMA),
    }
    return dict(patient_hashes(frames, coverage or {}).iter_rows())


def test_a_hash_is_one_for_ever():
    # Written down on purpose: outputs of two versions can be compared only while these stay.
    assert hashes([ROW]) == {
        "a": "0620ad4b37e3969f2732dd3fc91919a1",
        "b": "2ad244a5aafcb1810ee638e4ab299ea4",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"concept": "map"}, {"concept": None}, {"lo": 90.00000000000001}, {"lo": None}, {"lo": -90.0},
        {"time": 6}, {"time": None}, {"whole_day": True}, {"whole_day": None}, {"note": "x"}, {"note": ""},
    ],
)  # fmt: skip
def test_any_change_of_a_cell_changes_the_hash_of_its_patient_alone(change):
    before, after = hashes([ROW]), hashes([{**ROW, **change}])
    assert before["a"] != after["a"]
    assert before["b"] == after["b"]


def test_a_row_more_another_table_or_another_coverage_changes_the_hash():
    usual = hashes([ROW])
    for other in (
        hashes([ROW, ROW]),
        hashes([]),
        hashes([ROW], table="events"),
        hashes([ROW], {"declared": ["death"]}),
        hashes([ROW], {"shown": ["death"]}),
    ):
        assert other["a"] != usual["a"]
    assert hashes([ROW], {"declared": ["death"]}) != hashes([ROW], {"shown": ["death"]})


def test_a_row_of_everyone_changes_the_hash_of_everyone():
    usual, more = hashes([ROW]), hashes([ROW, {**ROW, "patient_id": None}])
    assert set(usual) == set(more)
    assert all(usual[name] != more[name] for name in usual)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.floats(allow_nan=False), st.text(max_size=3)), max_size=12
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(cells, random):
    rows = [{**ROW, "patient_id": who, "lo": lo, "note": note} for who, lo, note in cells]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert hashes(rows) == hashes(shuffled)
    found = list(hashes(rows).values())
    assert combined_hash(found) == combined_hash(reversed(found))


def test_hashes_of_many_like_rows_differ():
    rows = [
        {**ROW, "lo": value / 10, "time": time} for value in range(300, 330) for time in range(0, 3000, 60)
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA).with_columns(patient_id=pl.format("{}-{}", "lo", "time"))
    found = patient_hashes({"patients": frame.select("patient_id"), "observations": frame}, {})
    assert found["hash"].n_unique() == len(rows)
    assert found["hash"].str.head(8).n_unique() > len(rows) - 3


def test_words_of_texts_are_stable():
    words = text_words(pl.Series(["a", None, "é", "a"]))
    assert words[1] is None
    assert words[0] == words[3] != words[2]
    assert words[0] == 4681665781835383343
