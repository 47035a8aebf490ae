"""The tables of the CDM that are read: what each makes, and how its concepts are written."""

from __future__ import annotations

from dataclasses import dataclass

EVENT_COLUMNS = ("row_id", "person_id", "concept_id", "source_concept_id", "source_value")
"""What every extraction of an event table names first."""

NUMBERS = frozenset(
    {
        "row_id",
        "person_id",
        "concept_id",
        "source_concept_id",
        "operator_concept_id",
        "drug_type_concept_id",
        "value_concept_id",
    }
)
"""Columns of the extractions that are whole numbers; every other is text."""


@dataclass(frozen=True)
class Table:
    """One event table of the CDM. `system`: how its concept ids are written in the codes of a statement."""

    name: str
    domain: str
    system: str = "OMOP"


TABLES = (
    Table("visit_occurrence", "visit", "OMOP visit"),
    Table("visit_detail", "visit", "OMOP visit"),
    Table("measurement", "measurement"),
    Table("observation", "observation"),
    Table("drug_exposure", "drug"),
    Table("device_exposure", "device"),
    Table("procedure_occurrence", "procedure"),
    Table("condition_occurrence", "condition"),
)
"""Event tables, in the order in which they are read."""

PERSON, DEATH, CONCEPT = "person", "death", "concept"

VOCABULARY = ("concept", "concept_ancestor", "concept_relationship")
"""Tables of the vocabulary, which may lie in a schema of their own."""

NEEDED = frozenset({PERSON, CONCEPT})
"""Tables without which nothing can be read."""

SOURCE_SYSTEM = "OMOP source"
"""The system of a source value that the site has mapped to no concept."""
