"""Read a CDM whole, and count what became of its rows."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from becalm.sources.coded.lookup import lookup
from becalm.sources.coded.mapping import shipped_mapping
from becalm.sources.omop import read_omop


def shipped(*more):
    """The lookup that `becalm import omop` uses, perhaps with mappings of a site before it."""
    return lookup([*more, shipped_mapping("omop"), shipped_mapping("common")])


@dataclass(frozen=True)
class Everything:
    statements: pl.DataFrame
    persons: pl.DataFrame
    outcomes: pl.DataFrame
    read: dict[str, int]
    notes: tuple[str, ...]
    unmapped: pl.DataFrame

    def of(self, table):
        return self.statements.filter(file=table).sort("row").to_dicts()

    def only(self, table):
        (row,) = self.of(table)
        return row

    def left(self, domain):
        """What means nothing to the mapping: code, name and how many rows."""
        return [row[1:3] + row[4:] for row in self.unmapped.filter(domain=domain).iter_rows()]

    def reasons(self, table):
        rows = self.outcomes.filter(file=table).sort("row", "reason")
        return [(row["outcome"], row["reason"], row["count"]) for row in rows.to_dicts()]

    def accounted(self):
        """Rows that became something or are explained, by table."""
        out: Counter[str] = Counter()
        for frame in (self.statements, self.persons):
            for file, n in frame.group_by("file").agg(pl.col("row").n_unique()).iter_rows():
                out[file] += n
        for file, n in self.outcomes.group_by("file").agg(pl.col("count").sum()).iter_rows():
            out[file] += n
        return {name: n for name, n in out.items() if n}


def read_all(source, meanings=None, **options):
    """Every chunk of a source as one; the statements sorted by table and row."""
    chunks = list(read_omop(str(source), meanings or shipped(), options))
    read: Counter[str] = Counter()
    for chunk in chunks:
        read.update(chunk.read)
    order = ["file", "row", "domain"]
    return Everything(
        pl.concat([chunk.statements for chunk in chunks]).sort(*order, maintain_order=True),
        pl.concat([chunk.persons for chunk in chunks]).sort("row"),
        pl.concat([chunk.outcomes for chunk in chunks]).sort("file", "row", "reason"),
        {name: n for name, n in read.items() if n},
        tuple(note for chunk in chunks for note in chunk.notes),
        pl.concat([chunk.unmapped for chunk in chunks]).sort("domain", "code"),
    )
