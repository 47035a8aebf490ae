"""Small FHIR resources for the tests, and what a reader makes of them."""

import json
from collections import Counter
from dataclasses import dataclass

import polars as pl

from becalm.sources.coded.lookup import lookup
from becalm.sources.coded.mapping import shipped_mapping
from becalm.sources.fhir import read_fhir

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOOKUP = lookup([shipped_mapping("fhir"), shipped_mapping("common")])
WHEN = "2024-05-02T08:00:00+02:00"


@dataclass(frozen=True)
class Read:
    """All chunks of a source together."""

    statements: pl.DataFrame
    persons: pl.DataFrame
    outcomes: pl.DataFrame
    read: dict
    notes: tuple

    def rows(self, *columns):
        """Some columns of the statements, as tuples."""
        return self.statements.select(columns).rows()

    def one(self, **values):
        """Asserts that there is one statement, with these values."""
        assert self.statements.height == 1, (self.statements, self.outcomes)
        row = self.statements.row(0, named=True)
        assert {name: row[name] for name in values} == values
        return row

    def reasons(self, outcome):
        """The reasons of an outcome, with their counts."""
        found: Counter[str] = Counter()
        for reason, count in self.outcomes.filter(outcome=outcome).select("reason", "count").iter_rows():
            found[reason] += count
        return dict(found)


def read_all(source, **options):
    """Everything that a source says; its rows add up, and each is used or accounted for once."""
    chunks = list(read_fhir(str(source), LOOKUP, options))
    total: Counter[str] = Counter()
    for chunk in chunks:
        total.update(chunk.read)
    found = Read(
        pl.concat([chunk.statements for chunk in chunks]).sort("file", "row", maintain_order=True),
        pl.concat([chunk.persons for chunk in chunks]),
        pl.concat([chunk.outcomes for chunk in chunks]),
        dict(total),
        tuple(note for chunk in chunks for note in chunk.notes),
    )
    adds_up(found)
    return found


def adds_up(found):
    """Read = used + set aside + refused, in each file."""
    places = [frame.select("file", "row") for frame in (found.statements, found.persons)]
    used = Counter(pl.concat(places).unique()["file"])
    left = dict(found.outcomes.group_by("file").agg(pl.col("count").sum()).iter_rows())
    assert {name: used[name] + left.get(name, 0) for name in found.read} == found.read
    assert set(left) <= set(found.read)


def bundle(*resources, kind="collection"):
    """A Bundle of resources, each under its own address."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"fullUrl": address(one), "resource": one} for one in resources],
    }


def address(resource):
    """The `fullUrl` of a resource."""
    return f"http://hospital.example/fhir/{resource.get('resourceType')}/{resource.get('id')}"


def write_bundle(path, *resources, kind="collection"):
    """A Bundle file."""
    path.write_text(json.dumps(bundle(*resources, kind=kind)), encoding="utf-8")
    return path


def write_lines(path, *resources):
    """An NDJSON file."""
    path.write_text("".join(json.dumps(one) + "\n" for one in resources), encoding="utf-8")
    return path


def read_one(tmp_path, *resources):
    """What a Bundle of these resources says."""
    return read_all(write_bundle(tmp_path / "bundle.json", *resources))


def concept(system, code, text=None):
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def quantity(value, unit, **more):
    """A Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit} | more


def resource(kind, id_, **fields):
    """A resource of patient p1."""
    return {"resourceType": kind, "id": id_, "subject": {"reference": "Patient/p1"}} | fields


def observation(id_="o1", **fields):
    """A final temperature of patient p1, without its value."""
    return (
        resource("Observation", id_, status="final", code=concept(LOINC, "8310-5"), effectiveDateTime=WHEN)
        | fields
    )


def administration(id_="m1", **fields):
    """A completed administration to patient p1, without its drug and dose."""
    return resource("MedicationAdministration", id_, status="completed", effectiveDateTime=WHEN) | fields
