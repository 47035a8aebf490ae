"""One order for the rows of a table, whatever their order in the files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

_ROOM = 2**62


def in_order(frame: pl.DataFrame, first: tuple[str, ...]) -> pl.DataFrame:
    """The rows sorted by the columns `first`, then by all others but lists, blanks before all else."""
    plain = [name for name, dtype in frame.schema.items() if dtype != pl.List(pl.String)]
    names = [*first, *(name for name in plain if name not in first)]
    # A column without a value decides nothing.
    keys = [name for name in names if frame[name].null_count() < frame.height]
    key = _key(frame, keys[:4]) if len(keys) > 4 else None
    if key is None:
        return frame.sort(keys) if keys else frame
    if _rises(key.to_numpy()):
        return frame
    order = key.arg_sort()
    sorted_key = key.gather(order).to_numpy()
    same = sorted_key[1:] == sorted_key[:-1]
    if same.any():
        places = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        tied = order.gather(places)
        settled = frame.select(keys)[tied].with_columns(place=tied).sort(keys)["place"]
        order = order.scatter(places, settled)
    return frame.select(
        pl.col(name).gather(pl.lit(order))
        if name in keys or frame[name].null_count() < frame.height
        else name
        for name in frame.columns
    )


def _rises(key: npt.NDArray[np.int64]) -> bool:
    """Whether the rows stand in their one order already."""
    return bool((key[1:] > key[:-1]).all())


def _key(frame: pl.DataFrame, names: list[str]) -> pl.Series | None:
    """One whole number a row in the order of some columns; None where they do not fit into one."""
    total = pl.Series(np.zeros(frame.height, dtype=np.int64))
    room = _ROOM
    for name in names:
        ranks, count = _ranks(frame[name])
        room //= max(count, 1)
        if room < 1 or ranks is None:
            return None
        total = total * count + ranks
    return total


def _ranks(column: pl.Series) -> tuple[pl.Series | None, int]:
    """Numbers from 0 in the order of a column, blanks first, and how many there may be."""
    if column.dtype == pl.String:
        names = column.drop_nulls().unique().sort()
        ranks = column.cast(pl.Enum(names)).to_physical().cast(pl.Int64) + 1
        return ranks.fill_null(0), len(names) + 1
    if column.dtype == pl.Boolean:
        return (column.cast(pl.Int64) + 1).fill_null(0), 3
    if column.dtype == pl.Int64:
        low, high = column.min(), column.max()
        if not isinstance(low, int) or not isinstance(high, int) or high - low >= _ROOM:
            return None, 1
        return (column - low + 1).fill_null(0), high - low + 2
    return None, 1
