"""Which classes of treatments and events a record covers, and when."""

from becalm.timeline._coverage import at_boundaries, last_before, stays, windows

__all__ = ["at_boundaries", "last_before", "stays", "windows"]
