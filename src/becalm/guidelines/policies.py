"""The policies in force when a guideline is asked: of grading, of markers, of the guideline itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from becalm.guidelines.edition import Guideline
from becalm.markers import MarkerSettings, default_marker_settings
from becalm.scales import find_scale


def policies_of(guideline: Guideline, settings: Mapping[str, Any] | None = None) -> MarkerSettings:
    """The policies in force: those of the grading system, changed by the guideline, changed by `settings`.

    Raises:
        InputError: a policy is unknown or has the wrong type.
    """
    base = MarkerSettings(default_marker_settings().own, find_scale(guideline.scale).settings())
    own = base.with_changes(guideline.policy, f"The guideline {guideline.id}")
    return own.with_changes(settings or {})
