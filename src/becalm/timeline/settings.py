"""The policies that decide a state, each a named setting with its sentence and source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from becalm.record import vocabulary
from becalm.record.errors import EditionError, InputError

LARGEST = 1_000_000.0
"""Numbers above this are refused: more than a century in hours."""
Value = float | bool | tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """One policy: its name, value, unit, sentence, source, and whether the source was read."""

    name: str
    value: Value
    unit: str | None
    says: str
    cites: str
    verified: bool


@dataclass(frozen=True)
class Settings:
    """All policies in force (design section 3), by name.

    `changed` holds the names whose value differs from the shipped default.
    """

    policies: Mapping[str, Policy]
    changed: tuple[str, ...] = field(default=())

    def number(self, name: str) -> float:
        """The value of a numeric policy."""
        return float(self.policies[name].value)  # type: ignore[arg-type]

    def flag(self, name: str) -> bool:
        """The value of a yes-or-no policy."""
        return bool(self.policies[name].value)

    def names(self, name: str) -> tuple[str, ...]:
        """The value of a policy that lists names."""
        value = self.policies[name].value
        return value if isinstance(value, tuple) else ()

    def hours(self, name: str) -> int:
        """A policy in hours (or minutes or seconds, by its unit), in microseconds."""
        seconds = {"s": 1, "min": 60}.get(self.policies[name].unit or "", 3600)
        return round(self.number(name) * seconds * 1_000_000)

    def with_changes(self, changes: Mapping[str, Any], origin: str = "--set") -> Settings:
        """New settings with some policies changed.

        Args:
            changes: policy name to value; texts are read as the policy's own type.
            origin: where the changes come from, for the error.

        Raises:
            InputError: if a name is unknown or a value has the wrong type.
        """
        policies = dict(self.policies)
        for name, raw in changes.items():
            if name not in policies:
                near = get_close_matches(name, policies, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise InputError(
                    f"{origin} names the policy {name!r}, which does not exist.{hint} "
                    "`becalm cite policies` lists them all."
                )
            policies[name] = replace(policies[name], value=_read(policies[name], raw, origin))
        defaults = default_settings().policies
        changed = tuple(n for n, p in policies.items() if p.value != defaults[n].value)
        return Settings(MappingProxyType(policies), changed)


def _read(policy: Policy, raw: Any, origin: str) -> Value:
    """One value in the type of its policy."""
    expected: str
    if isinstance(policy.value, bool):
        expected = "true or false"
        if isinstance(raw, bool):
            return raw
        if str(raw).lower() in ("true", "false"):
            return str(raw).lower() == "true"
    elif isinstance(policy.value, tuple):
        expected = "names separated by commas"
        known = vocabulary().names("indication") if policy.name.endswith(("indications", "_for")) else ()
        known = known or tuple(default_settings().names(policy.name))
        given = raw.split(",") if isinstance(raw, str) else raw
        if isinstance(given, list | tuple):
            names = tuple(str(x).strip() for x in given if str(x).strip())
            if all(name in known for name in names):
                return names
        expected = f"names separated by commas, of {', '.join(known)}"
    else:
        expected = f"a finite number from 0 to {LARGEST:g} ({policy.unit or 'no unit'})"
        try:
            number = float(raw)
        except (TypeError, ValueError):
            number = -1.0
        if not isinstance(raw, bool) and 0 <= number <= LARGEST:
            return number
    raise InputError(
        f"{origin} gives the policy {policy.name} the value {raw!r}; expected {expected}. "
        f"It means: {policy.says}"
    )


@cache
def default_settings() -> Settings:
    """The shipped policies: `settings.toml` beside this file, and those of every family of facts."""
    from becalm.timeline.families import families

    policies = {policy.name: policy for policy in _policies()}
    for family in families().values():
        for policy in family.policies:
            if policy.name in policies:
                raise EditionError(
                    f"The family {family.name} declares the policy {policy.name} again. Expected each "
                    "name once. Rename it."
                )
            policies[policy.name] = policy
    return Settings(MappingProxyType(policies))


def _policies() -> Iterator[Policy]:
    """The policies of the course of CRS."""
    text = files("becalm.timeline").joinpath("settings.toml").read_text(encoding="utf-8")
    for name, entry in tomllib.loads(text).items():
        if isinstance(entry, dict):
            value = entry["value"]
            yield Policy(
                name=name,
                value=tuple(value) if isinstance(value, list) else value,
                unit=entry.get("unit"),
                says=entry["says"],
                cites=entry["cites"],
                verified=entry["verified"],
            )
