"""becalm grades cytokine release syndrome after T-cell-engaging therapy from raw hospital records.

Read a cohort, grade it, and see why:

    cohort = becalm.read_folder("examples/local-crs-case")
    grades = becalm.grade(cohort, "astct-2019")
"""

from becalm.guidelines import advise, installed_guidelines, load_guideline
from becalm.record import Cohort
from becalm.record.errors import BecalmError, EditionError, InputError, WorkError
from becalm.scales import grade, installed_scales, load_scale, per_patient
from becalm.sources import read_folder, read_tables, write_folder

__version__ = "0.1.0.dev0"

__all__ = [
    "BecalmError",
    "Cohort",
    "EditionError",
    "InputError",
    "WorkError",
    "__version__",
    "advise",
    "grade",
    "installed_guidelines",
    "installed_scales",
    "load_guideline",
    "load_scale",
    "per_patient",
    "read_folder",
    "read_tables",
    "write_folder",
]
