"""`becalm cite`: the wording, source and verification of what decides an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from cyclopts import Parameter

from becalm.cli.app import app
from becalm.record.errors import InputError
from becalm.rules.wording import nearest
from becalm.scales import Level, Scale, episode_rules, installed_scales
from becalm.timeline import Settings, default_settings


def _mark(verified: bool) -> str:
    return "verified" if verified else "NOT VERIFIED (recalled or becalm's own)"


def cite_scale(scale: Scale) -> Iterator[str]:
    """A grading system, line by line."""
    yield f"{scale.title} ({scale.id}, {scale.short_hash})"
    yield f"Source: {scale.source}"
    for note in scale.notes:
        yield f"Note: {note}"
    for level in scale.level:
        yield f"Grade {level.grade}, {level.axis}: {level.says}"
        yield f"    rule: {level.when}"
        yield f"    from: {level.cites}; {_mark(level.verified)}"
        yield from _asked(level)
    yield "Policies in force:"
    yield from cite_policies(scale.relevant(scale.settings()))


def _asked(level: Level) -> Iterator[str]:
    """What a level asks beside its condition."""
    if level.lasting_hours is not None:
        yield f"    must have held without a break for {level.lasting_hours:g} hours"
    if level.doubt:
        yield f"    never certain; it depends on {level.doubt}"
    if level.applies_if:
        yield f"    only with --set {level.applies_if}=true"
    if level.applies_unless:
        yield f"    not with --set {level.applies_unless}=true"


def cite_policies(settings: Settings) -> Iterator[str]:
    """Every policy of the timeline with its value."""
    for policy in settings.policies.values():
        value = ", ".join(policy.value) if isinstance(policy.value, tuple) else policy.value
        unit = f" {policy.unit}" if policy.unit else ""
        yield f"{policy.name} = {value}{unit}: {policy.says} [{policy.cites}; {_mark(policy.verified)}]"


def cite_episodes() -> Iterator[str]:
    """The rules for the end of an episode, line by line."""
    for name, rule in episode_rules().items():
        yield f"{name}: {rule.title}. {rule.says}"
        if rule.ends_when:
            yield f"    ends when: {rule.ends_when}"
        yield f"    from: {rule.cites}; {_mark(rule.verified)}"


Citation = Callable[[], Iterator[str]]
CITED: dict[str, Callable[[], dict[str, Citation]]] = {}
"""What can be cited, by kind: scale, guideline and so on; each gives its ids."""

CITED["episode"] = lambda: {"episodes": cite_episodes}

CITED["scale"] = lambda: {i: (lambda s=s: cite_scale(s)) for i, s in installed_scales().items()}  # type: ignore[misc]


@app.command(name="cite")
def cite_command(
    name: Annotated[str, Parameter(help="An id, `scale:ID` or `guideline:ID`, `markers` or `policies`.")],
) -> None:
    """Print the wording, source and verification of a grading system, a guideline or the policies."""
    if name == "policies":
        print("\n".join(cite_policies(default_settings())))
        return
    kind, _, plain = name.rpartition(":")
    found = {
        f"{k}:{i}": text
        for k, ids in CITED.items()
        for i, text in ids().items()
        if i == plain and k.startswith(kind)
    }
    if not found:
        known = [*sorted(i for ids in CITED.values() for i in ids()), "policies"]
        near = nearest(plain, known)
        hint = f"Did you mean {near}? " if near else ""
        raise InputError(f"Nothing is called {name!r}. {hint}Known: {', '.join(known)}.")
    if len(found) > 1:
        raise InputError(f"{name!r} names several: {', '.join(sorted(found))}. Give one of these.")
    for text in found.values():
        print("\n".join(text()))
