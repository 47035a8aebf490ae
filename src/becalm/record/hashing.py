"""Hashes of a record: one for each patient, from its checked content alone, and their combination.

A row is hashed from the bit patterns of its numbers and from a hash of each distinct text; the rows of a
patient are added up, so their order does not matter. Two sums of 64 bits with independent constants make 128
bits. This finds out whether two inputs are the same; it is no protection against somebody who wants two to
look the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Words: TypeAlias = npt.NDArray[np.uint64]

_LANES = ("a", "b")
_NOT_CONTENT = ("file", "row", "classes")
_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
"""The finalizer of SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195)."""


def patient_hashes(frames: Mapping[str, pl.DataFrame], coverage: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    """The hash of each patient: `patient_id`, `hash` (32 hexadecimal digits), sorted by patient.

    `frames`: the tables of a Cohort by name, with its `doubts`; a row without a patient (coverage of
    everyone) counts for all of them. `coverage`: the classes that the source `declared`, and those that it
    has only `shown` by rows. What decides a patient's answers is in its hash; where a row stood (`file`,
    `row`) is not.
    """
    empty = pl.DataFrame(schema={"patient_id": pl.String, **dict.fromkeys(_LANES, pl.UInt64)})
    sums = [empty, *(_sums(name, frame) for name, frame in frames.items() if frame.height)]
    joined = pl.concat(sums).group_by("patient_id").agg(pl.col(_LANES).sum()).sort("patient_id")
    for_all = joined.filter(pl.col("patient_id").is_null())
    own = joined.filter(pl.col("patient_id").is_in(frames["patients"]["patient_id"].implode()))
    known = [f"{how} {name}" for how, names in coverage.items() for name in names]
    words = []
    for lane in _LANES:
        everyone = sum(_constant(one, lane) for one in known) + int(for_all[lane].sum())
        salt = (_constant("patient", lane) + everyone) % 2**64
        words.append(_mixed(own[lane].to_numpy(), salt))
    texts = [
        f"{first:016x}{second:016x}" for first, second in zip(*(one.tolist() for one in words), strict=True)
    ]
    return own.select("patient_id", hash=pl.Series(texts, dtype=pl.String))


def combined_hash(hashes: Iterable[str]) -> str:
    """One hash (64 hexadecimal digits) of the hashes of many patients, whatever their order."""
    words = [(int(one[:16], 16), int(one[16:], 16)) for one in hashes]
    sums = [sum(word[lane] for word in words) % 2**64 for lane in (0, 1)]
    return hashlib.sha256(f"{len(words)} {sums[0]:016x} {sums[1]:016x}".encode()).hexdigest()


def text_words(texts: pl.Series) -> pl.Series:
    """A stable 64-bit word for each text, null for null: the same in every run and on every machine."""
    distinct = texts.drop_nulls().unique()
    words = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        for text in distinct.to_list()
    ]
    return texts.replace_strict(
        distinct, pl.Series(words, dtype=pl.UInt64), default=None, return_dtype=pl.UInt64
    )


def _sums(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The sums of the hashes of each patient's rows: patient_id (null: everyone), a, b."""
    totals = {lane: np.full(frame.height, _constant(name, lane), dtype=np.uint64) for lane in _LANES}
    known = {*_NOT_CONTENT, "patient_id"} if name != "patients" else set(_NOT_CONTENT)
    for column in sorted(set(frame.columns) - known):
        words = _words(frame[column])
        if words is None:
            continue
        for lane, total in totals.items():
            total += words * np.uint64(_constant(f"{name}.{column}", lane) | 1)
    mixed = {lane: _mixed(total, _constant("row", lane)) for lane, total in totals.items()}
    return (
        pl.DataFrame({"patient_id": frame["patient_id"], **mixed})
        .group_by("patient_id")
        .agg(pl.col(_LANES).sum())
    )


def _words(column: pl.Series) -> Words | None:
    """A 64-bit word for each cell, 0 for null; None where every cell is null, which changes nothing."""
    if column.null_count() == len(column):
        return None
    if column.dtype == pl.String:
        return text_words(column).fill_null(0).to_numpy()
    if column.dtype.is_float():
        bits = column.cast(pl.Float64).fill_null(0).to_numpy().view(np.uint64)
    elif column.dtype == pl.Boolean:
        bits = column.fill_null(False).cast(pl.UInt64).to_numpy()
    else:
        bits = column.cast(pl.Int64).fill_null(0).to_numpy().view(np.uint64)
    words = _mixed(bits, 1)
    if column.null_count():
        words[column.is_null().to_numpy()] = 0
    return words


def _mixed(words: Words, salt: int) -> Words:
    out = words + np.uint64(salt)
    for shift, factor in _STEPS:
        out ^= out >> np.uint64(shift)
        out *= np.uint64(factor)
    out ^= out >> np.uint64(31)
    return out


def _constant(name: str, lane: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{lane} {name}".encode(), digest_size=8).digest(), "big")
