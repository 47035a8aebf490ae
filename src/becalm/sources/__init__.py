"""Sources: from the formats of the outside world to a Cohort, and back."""

from becalm.sources._atomic import (
    Unfinished,
    check_parent,
    claimed,
    replacing,
    unfinished,
    write_whole,
)
from becalm.sources._batches import Sizes, Source
from becalm.sources._bwh import read_bwh
from becalm.sources._folder import read_folder, read_tables
from becalm.sources._opening import open_cohort
from becalm.sources._partition import Part
from becalm.sources._spool import Spool
from becalm.sources._tally import Tally, check_strict
from becalm.sources._write import write_folder
from becalm.sources.drafting import draft_mapping
from becalm.sources.importer import Imported, Plan, import_folder
from becalm.sources.kinds import CODED, lookup_for

__all__ = [
    "CODED",
    "Imported",
    "Part",
    "Plan",
    "Sizes",
    "Source",
    "Spool",
    "Tally",
    "Unfinished",
    "check_parent",
    "check_strict",
    "claimed",
    "draft_mapping",
    "import_folder",
    "lookup_for",
    "open_cohort",
    "read_bwh",
    "read_folder",
    "read_tables",
    "replacing",
    "unfinished",
    "write_folder",
    "write_whole",
]
