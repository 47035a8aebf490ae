"""The one rule engine: SQL conditions over ranged facts, three-valued, explained; and editions of rules.

It knows no medicine. `FactSet` declares what rules may name, `compile_predicate` turns a condition into
two ordinary expressions, `Edition` is a versioned, hashed file of rules with its source.
"""

from becalm.rules.documents import FORMAT_VERSION, Document, Strict, json_schema, load_document
from becalm.rules.edition import Edition, Rule, compile_rules, load_toml_edition
from becalm.rules.explanation import AtomVerdict, Explanation, FactRange
from becalm.rules.facts import Fact, FactFile, FactSet, Kind
from becalm.rules.installing import found, shipped
from becalm.rules.predicate import Predicate, compile_predicate
from becalm.rules.tree import Verdict

__all__ = [
    "FORMAT_VERSION",
    "AtomVerdict",
    "Document",
    "Edition",
    "Explanation",
    "Fact",
    "FactFile",
    "FactRange",
    "FactSet",
    "Kind",
    "Predicate",
    "Rule",
    "Strict",
    "Verdict",
    "compile_predicate",
    "compile_rules",
    "found",
    "json_schema",
    "load_document",
    "load_toml_edition",
    "shipped",
]
