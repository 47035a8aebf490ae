"""Where the tables of a cohort lie: a folder of files, or a data set partitioned over sub-folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from becalm.record import TABLES, InputError
from becalm.record.names import fold

_FILE = re.compile(rf"({'|'.join(TABLES)})(?:[-_.]\d+)?\.(csv|parquet)", re.IGNORECASE)
_PARTITION = re.compile(r"([^=]+)=(.*)")


@dataclass(frozen=True)
class TableFile:
    """One file of one table: `name` is its path below the cohort, as reports name it."""

    table: str
    name: str
    path: Path

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet; CSV otherwise."""
        return self.path.suffix.lower() == ".parquet"


@dataclass(frozen=True)
class Layout:
    """The table files of a cohort in the order of the format, and the names of what was not read."""

    folder: Path
    files: tuple[TableFile, ...]
    others: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """A sentence for each file that is no table."""
        return [f"{name} was not read: it is no table of the folder format." for name in self.others]


def lay_out(folder: Path) -> Layout:
    """The tables of a folder or of a partitioned data set.

    A table is a file (`observations.csv`, `observations-2.parquet`), or a folder of that name with files of
    any name (`observations/part-0.parquet`). Both may lie in sub-folders named `key=value` (hive style:
    `part=0003/observations.parquet`, `observations/part=0003/x.parquet`), whose key only parts the rows: no
    column is read from it. Names beginning with `_` or `.` in a table's folder are passed over, as are
    hidden files; other sub-folders and files are named in the notes.

    Raises InputError when the folder is absent, is a file, holds no table, or holds one table in two ways
    (as a file and as a folder, as CSV and Parquet of one name, beside partitions and in them), of which one
    may be a copy of the other; and when a partition's key is a column of the format.
    """
    _check_folder(folder)
    found, others = _walk(folder, folder)
    if not found:
        names = ", ".join(f"{name}.csv" for name in TABLES)
        seen = f"It holds {', '.join(others[:5])}." if others else "It is empty."
        raise InputError(
            f"{folder} holds no table of the folder format. {seen} Any of {names} (or .parquet) is expected. "
            "Give the folder that holds them."
        )
    _check_one_way(folder, found)
    order = list(TABLES)
    found.sort(key=lambda file: (order.index(file.table), file.name))
    return Layout(folder, tuple(found), tuple(others))


def _walk(root: Path, folder: Path) -> tuple[list[TableFile], list[str]]:
    found: list[TableFile] = []
    others: list[str] = []
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        match = _FILE.fullmatch(path.name)
        if path.name.startswith("."):
            continue
        if match and path.is_file():
            found.append(TableFile(match.group(1).lower(), name, path))
        elif path.is_dir() and fold(path.name) in TABLES:
            inside = list(_table_folder(root, path, fold(path.name)))
            found += inside
            others += [] if inside else [name]
        elif path.is_dir() and _is_partition(path):
            inner, unknown = _walk(root, path)
            found += inner
            others += unknown
        else:
            others.append(name)
    return found, others


def _table_folder(root: Path, folder: Path, table: str) -> Iterator[TableFile]:
    """Every file below the folder of a table."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir() and _is_partition(path):
            yield from _table_folder(root, path, table)
        elif path.is_file() and path.suffix.lower() in (".csv", ".parquet"):
            yield TableFile(table, path.relative_to(root).as_posix(), path)
        else:
            raise InputError(
                f"{path.relative_to(root).as_posix()} lies in the folder of the table {table} and is neither "
                "Parquet nor CSV. Files of the table, perhaps in sub-folders named key=value, are expected "
                "there. Move it elsewhere, or let its name begin with _ or a point."
            )


def _is_partition(path: Path) -> bool:
    match = _PARTITION.fullmatch(path.name)
    if not match:
        return False
    columns = {column for table in TABLES.values() for column in table.columns}
    if fold(match.group(1)) in columns:
        raise InputError(
            f"The sub-folder {path.name} would give the column {fold(match.group(1))} by its name. A key "
            "that only parts the rows (part=0003) is expected, and every column in the files. Write the data "
            "set with that column in its files, parted by another key."
        )
    return True


def _check_one_way(folder: Path, found: list[TableFile]) -> None:
    """Refuse a table that lies there in two ways."""
    by_stem: dict[str, TableFile] = {}
    by_table: dict[str, TableFile] = {}
    for file in found:
        other = by_stem.setdefault(str(Path(file.name).with_suffix("")).lower(), file)
        if other is not file:
            raise InputError(
                f"{folder} holds both {other.name} and {file.name}. One file for a table is expected. "
                "Remove one of them, or number them as parts (observations-1.csv, observations-2.csv)."
            )
        first = by_table.setdefault(file.table, file)
        if _way(first) != _way(file):
            raise InputError(
                f"{folder} holds the table {file.table} in two ways: {first.name} and {file.name}. One way "
                "is expected, since one may be a copy of the other: files beside each other, or a folder of "
                "the table, or partitions named key=value. Remove one of the two, or move it into the other."
            )


def _way(file: TableFile) -> tuple[str, ...]:
    """How a table is parted: its folders by kind, whatever their values."""
    kinds = []
    for part in Path(file.name).parts[:-1]:
        match = _PARTITION.fullmatch(part)
        kinds.append(f"{match.group(1)}=" if match else "table")
    return tuple(kinds)


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise InputError(
            f"{folder} does not exist. A folder in the folder format is expected. "
            "Check the path for a typing error."
        )
    if not folder.is_dir():
        raise InputError(
            f"{folder} is a file. The folder that holds the tables is expected, not one of its files. "
            f"Give {folder.parent} if the tables lie there."
        )
