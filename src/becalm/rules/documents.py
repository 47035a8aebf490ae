"""Versioned data files: TOML checked against a model, with the hash of the bytes and errors that teach."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from becalm.record.errors import EditionError, explain
from becalm.rules.wording import nearest

FORMAT_VERSION = 1
"""The format of data files that this version of becalm reads."""


class Strict(BaseModel):
    """A part of a data file: never changed once read, unknown keys refused, nothing coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Document(Strict):
    """A data file; `hash` and `path` are empty if it was not read from one."""

    format_version: Literal[1] = Field(description="The version of this file format.")
    _hash: str = PrivateAttr("")
    _path: Path = PrivateAttr(Path())

    @property
    def hash(self) -> str:
        """SHA-256 of the file's bytes, 64 hexadecimal digits."""
        return self._hash

    @property
    def short_hash(self) -> str:
        """The first 16 digits of the hash, as shown to people."""
        return self._hash[:16]

    @property
    def path(self) -> Path:
        """The file."""
        return self._path


DocumentType = TypeVar("DocumentType", bound=Document)


def load_document(path: Path | str, model: type[DocumentType]) -> DocumentType:
    """Read one data file, with `hash` and `path` attached.

    Raises:
        EditionError: no such file, no TOML, another format version, or a value that does not fit; the
            message names the file, the place (`level[3].when`: the third level), what was given, what
            was expected and the next step. All misfits of a file are told at once.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        given = f"{path}: the file cannot be read ({error.strerror})."
        raise _error(given, "Expected a readable TOML file.", "Check the path.") from error
    table = _table(content, str(path))
    try:
        document = model.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        problems = [f"{path}: {_problem(detail, model)}" for detail in error.errors()]
        raise EditionError("\n".join(problems)) from error
    document._hash = hashlib.sha256(content).hexdigest()
    document._path = path
    return document


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a data file, for editors and for publishing."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}


def _table(content: bytes, file: str) -> dict[str, Any]:
    """The TOML table of a file's bytes, its format version and numbers checked."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        given = f"{file}: byte {error.start} is not UTF-8."
        raise _error(given, "Expected TOML in UTF-8.", "Save the file in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise _error(f"{file}: {error}.", "Expected TOML.", "Correct the file at that place.") from error
    version = table.get("format_version")
    if type(version) is not int or version != FORMAT_VERSION:
        given = "no format_version" if version is None else f"format_version {version!r}"
        step = f"Write format_version = {FORMAT_VERSION} at the top, or use the becalm it was written for."
        raise _error(f"{file}: it has {given}.", f"Expected format_version {FORMAT_VERSION}.", step)
    _refuse_nan(table, file, ())
    return table


def _refuse_nan(value: object, file: str, place: tuple[str | int, ...]) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        given = f"{file}: `{_key_path(place)}` is {value}."
        raise _error(given, "Expected a finite number.", "Write a number, or leave the key out.")
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        _refuse_nan(part, file, (*place, key))


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """One misfit in three sentences."""
    place = _key_path(detail["loc"])
    match detail["type"]:
        case "missing":
            return explain(f"The key `{place}` is missing.", "Expected it to be there.", "Add it.")
        case "extra_forbidden":
            key = str(detail["loc"][-1])
            near = nearest(key, _keys(model.model_json_schema()) - {key})
            step = f"Did you mean `{near}`? If not, remove it." if near else "Remove it."
            return explain(f"The key `{place}` is unknown.", "Expected only keys of this format.", step)
    expected = str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return explain(f"`{place}` is {detail['input']!r}.", f"Expected {expected}.", "Correct the value.")


def _key_path(place: tuple[str | int, ...]) -> str:
    """`level[3].when` for the third level's condition: people count from one."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _keys(schema: object) -> set[str]:
    """All keys that any part of a JSON Schema knows."""
    if isinstance(schema, list):
        return set().union(*map(_keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*map(_keys, schema.values()))


def _error(given: str, expected: str, next_step: str) -> EditionError:
    return EditionError(explain(given, expected, next_step))
