"""What every table of `becalm compare` carries at its end."""

from __future__ import annotations

STAMP = ("becalm_version", "input_hash", "scales", "settings", "interval", "resamples", "seed")
"""The columns that say what produced a table."""
