"""Sources: from the formats of the outside world to a Cohort, and back."""

from becalm.sources._bwh import read_bwh
from becalm.sources._folder import read_folder, read_tables
from becalm.sources._write import write_folder

__all__ = ["read_bwh", "read_folder", "read_tables", "write_folder"]
