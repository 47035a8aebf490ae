"""The policies of scores and the list of scores that cannot be computed, from `scores.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType

from pydantic import Field

from becalm.markers.settings import MarkerSettings, policies_of
from becalm.rules import Document, Strict, load_document
from becalm.timeline import default_settings
from becalm.timeline.families import PolicyEntry


class Gap(Strict):
    """A published score that cannot be computed from what was published, and why."""

    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    says: str = Field(min_length=1)


class ScoreFile(Document):
    """The content of `scores.toml`."""

    title: str
    source: str = Field(min_length=1)
    policy: Mapping[str, PolicyEntry]
    gap: tuple[Gap, ...]


@cache
def score_file() -> ScoreFile:
    """The policies of all scores, and the gaps, as shipped."""
    with as_file(files("becalm.markers").joinpath("scores.toml")) as path:
        return load_document(path, ScoreFile)


@cache
def default_score_settings() -> MarkerSettings:
    """The shipped policies of scores, and those of the timeline below them."""
    own = MappingProxyType(policies_of(score_file().policy))
    return MarkerSettings(own, default_settings(), cited="scores")
