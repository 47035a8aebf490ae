"""Which files of a path hold FHIR."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from becalm.record import InputError

_FILE = re.compile(r".+\.(json|ndjson|jsonl)(\.gz)?", re.IGNORECASE)
_LINES = re.compile(r".+\.(ndjson|jsonl)(\.gz)?", re.IGNORECASE)
_REFERRED = re.compile(r"(patient|medication|device|location)[._-]", re.IGNORECASE)
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class File:
    """A file of a source: its path, the name it goes by in the account, whether it has a resource a line."""

    path: Path
    name: str
    lines: bool

    @classmethod
    def of(cls, path: Path) -> File:
        """A file that goes by its name."""
        return cls(path, path.name, bool(_LINES.fullmatch(path.name)))

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes of the file, unpacked."""
        with self.path.open("rb") as packed:
            if self.path.suffix.lower() == ".gz":
                with gzip.open(packed, "rb") as plain:
                    yield cast(IO[bytes], plain)
            else:
                yield packed

    def content(self) -> bytes:
        """All of it, without a byte order mark."""
        with self.open() as stream:
            return stream.read().removeprefix(_MARK)


def find_files(source: Path) -> tuple[list[File], list[str]]:
    """The FHIR files of a path, those that others refer to first, and notes about files that are none.

    Raises InputError where there is none.
    """
    if not source.exists():
        raise InputError(
            f"{source} does not exist. A FHIR Bundle (.json), NDJSON (.ndjson) or a folder of them is "
            "expected. Check the path for a typing error."
        )
    if source.is_file():
        return [File.of(source)], []
    paths = sorted(path for path in source.iterdir() if path.is_file() and not path.name.startswith("."))
    found = [path for path in paths if _FILE.fullmatch(path.name)]
    if not found:
        raise InputError(
            f"{source} holds no FHIR file. Files named .json, .ndjson or .jsonl, or these with .gz, are "
            "expected. Give the folder that holds them."
        )
    others = [path.name for path in paths if path not in found]
    notes = [f"{name} was not read: it is no .json or .ndjson file." for name in others]
    found.sort(key=lambda path: (not _REFERRED.match(path.name), path.name))
    return [File.of(path) for path in found], notes
