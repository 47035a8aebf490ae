"""The record: the checked, typed account of what happened to a cohort, its vocabulary and its clock."""

from becalm.record.build import build_cohort
from becalm.record.clock import DAY, HOUR, MINUTE, SECOND, from_day, to_day
from becalm.record.cohort import Cohort
from becalm.record.coverage import event_coverage_class, exposure_coverage_classes
from becalm.record.errors import BecalmError, EditionError, InputError, WorkError
from becalm.record.report import FileCount, ImportReport
from becalm.record.schema import TABLES, TableFormat
from becalm.record.tables import RawTable, raw_table
from becalm.record.vocabulary import Code, Concept, Device, Drug, EventKind, NumberRule, Vocabulary
from becalm.record.vocabulary_file import load_vocabulary, vocabulary

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "TABLES",
    "BecalmError",
    "Code",
    "Cohort",
    "Concept",
    "Device",
    "Drug",
    "EditionError",
    "EventKind",
    "FileCount",
    "ImportReport",
    "InputError",
    "NumberRule",
    "RawTable",
    "TableFormat",
    "Vocabulary",
    "WorkError",
    "build_cohort",
    "event_coverage_class",
    "exposure_coverage_classes",
    "from_day",
    "load_vocabulary",
    "raw_table",
    "to_day",
    "vocabulary",
]
