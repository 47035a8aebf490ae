"""The policies of markers, from `markers.toml`, beside the policies of the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType
from typing import Any

from pydantic import Field

from becalm.record.errors import InputError
from becalm.rules import Document, Strict, load_document
from becalm.rules.wording import nearest
from becalm.timeline import Policy, Settings, default_settings
from becalm.timeline.families import PolicyEntry


class Marker(Strict):
    """One laboratory value that is followed: its concept and how a sentence names it."""

    concept: str
    label: str


class MarkerFile(Document):
    """The content of `markers.toml`."""

    title: str
    source: str = Field(min_length=1)
    policy: Mapping[str, PolicyEntry]
    marker: tuple[Marker, ...]


@cache
def marker_file() -> MarkerFile:
    """The markers that becalm follows and their policies, as shipped."""
    with as_file(files("becalm.markers").joinpath("markers.toml")) as path:
        return load_document(path, MarkerFile)


@dataclass(frozen=True)
class MarkerSettings:
    """The policies in force: those of markers (`own`) and those of the timeline below them.

    `cited`: what `becalm cite` calls the own ones.
    """

    own: Mapping[str, Policy]
    timeline: Settings
    cited: str = "markers"

    def number(self, name: str) -> float:
        """The value of a numeric policy of markers."""
        return float(self.own[name].value)  # type: ignore[arg-type]

    def flag(self, name: str) -> bool:
        """The value of a yes-or-no policy of markers."""
        return bool(self.own[name].value)

    def names(self, name: str) -> tuple[str, ...]:
        """The value of a policy of markers that lists names."""
        value = self.own[name].value
        return value if isinstance(value, tuple) else ()

    def with_changes(self, changes: Mapping[str, Any], origin: str = "--set") -> MarkerSettings:
        """New settings with some policies of markers or of the timeline changed.

        Raises:
            InputError: a name is unknown, or a value has the wrong type.
        """
        own, below = dict(self.own), {}
        for name, raw in changes.items():
            if name in own:
                own[name] = replace(own[name], value=_read(own[name], raw, origin))
            elif name in self.timeline.policies:
                below[name] = raw
            else:
                raise _unknown(name, [*own, *self.timeline.policies], origin, self.cited)
        return replace(self, own=MappingProxyType(own), timeline=self.timeline.with_changes(below, origin))


@cache
def default_marker_settings() -> MarkerSettings:
    """The shipped policies."""
    return MarkerSettings(MappingProxyType(policies_of(marker_file().policy)), default_settings())


def policies_of(entries: Mapping[str, PolicyEntry]) -> dict[str, Policy]:
    """The policies of a data file, by name."""
    return {
        name: Policy(name, entry.value, entry.unit, entry.says, entry.cites, entry.verified)
        for name, entry in entries.items()
    }


def _unknown(name: str, known: list[str], origin: str, cited: str) -> InputError:
    near = nearest(name, known)
    hint = f" Did you mean {near}?" if near else ""
    return InputError(
        f"{origin} names the policy {name!r}, which does not exist.{hint} `becalm cite policies` and "
        f"`becalm cite {cited}` list them all."
    )


def _read(policy: Policy, raw: Any, origin: str) -> bool | float | tuple[str, ...]:
    """One value in the type of its policy."""
    if isinstance(policy.value, bool):
        expected = "true or false"
        if str(raw).lower() in ("true", "false"):
            return str(raw).lower() == "true"
    elif isinstance(policy.value, tuple):
        expected = "names separated by commas"
        if isinstance(raw, list | tuple | str):
            parts = raw.split(",") if isinstance(raw, str) else raw
            return tuple(part.strip() for part in map(str, parts) if part.strip())
    else:
        expected = f"a finite number not below 0 ({policy.unit or 'no unit'})"
        try:
            number = -1.0 if isinstance(raw, bool) else float(raw)
        except (TypeError, ValueError):
            number = -1.0
        if 0 <= number < float("inf"):
            return number
    raise InputError(
        f"{origin} gives the policy {policy.name} the value {raw!r}; expected {expected}. "
        f"It means: {policy.says}"
    )
