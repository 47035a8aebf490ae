"""The account adds up: every row read is used, set aside or refused, once."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from becalm.sources import lookup_for
from becalm.sources.coded.importing import account, convert
from becalm.sources.coded.spool import Rest, batches, read_batch, read_rest, spool
from becalm.sources.coded.statements import Chunk, outcomes, persons, statements

ANYTHING = st.fixed_dictionaries(
    {
        "patient_id": st.sampled_from(["a", "b", "c"]),
        "domain": st.sampled_from(
            ["measurement", "drug", "order", "device", "procedure", "condition", "visit"]
        ),
        "codes": st.sampled_from(
            [
                ["LOINC|8310-5"],
                ["LOINC|49732-1"],
                ["ATC|L01XL03"],
                ["ATC|C01CA03"],
                ["x|y"],
                [],
                ["LOINC|3151-8"],
            ]
        ),
        "text": st.sampled_from([None, "temperature", "acetaminophen", "nasal cannula", "something"]),
        "start": st.sampled_from(["2024-03-01T10:00:00", "2024-03-02", None]),
        "value": st.sampled_from(["39", "<5", "", None, "x"]),
        "unit": st.sampled_from(["Cel", None, "L/min"]),
        "row": st.integers(1, 12),
    }
)


@given(rows=st.lists(ANYTHING, max_size=12), refused=st.integers(0, 3), people=st.booleans())
def test_every_row_is_counted_once(rows, refused, people, tmp_path_factory):
    made = statements([row | {"file": "f"} for row in rows])
    who = persons(
        [{"patient_id": name, "file": "people", "row": i} for i, name in enumerate("abc", 1)]
        if people
        else []
    )
    lost = outcomes(
        [{"file": "f", "row": 100 + i, "outcome": "refused", "reason": "bad"} for i in range(refused)]
    )
    read = {"f": len({row["row"] for row in rows}) + refused, "people": who.height}
    folder = tmp_path_factory.mktemp("spool")
    spool([Chunk(made, who, lost, read)], folder)
    lookup = lookup_for("fhir")
    parts = [convert(*read_batch(folder, group), lookup) for group in batches(folder)]
    told = account(parts, lookup, read_rest(folder))
    for row in told.files.iter_rows(named=True):
        assert row["read"] == row["used"] + row["set_aside"] + row["refused"], row
    assert told.codes["count"].sum() == len(rows)
    assert told.refused.height == refused
    unused = told.files.select(pl.col("set_aside").sum() + pl.col("refused").sum()).item()
    assert told.reasons["count"].sum() == unused


def test_a_class_of_which_the_source_has_a_row_is_covered_and_not_lacking():
    lookup = lookup_for("fhir")
    said = statements(
        [
            {
                "patient_id": "p",
                "domain": "drug",
                "codes": [code],
                "start": "2024-03-01T10:00:00",
                "file": "f",
                "row": i,
            }
            for i, code in enumerate(["ATC|L01XL03", "ATC|C01CA03"])
        ]
    )
    told = account(
        [convert(said, persons([]), lookup)], lookup, Rest(outcomes([]), pl.DataFrame(), {"f": 2}, ())
    )
    text = "\n".join(told.lacking)
    assert "temperature" in text
    assert "vasopressor:" not in text
    assert "corticosteroid" in text
