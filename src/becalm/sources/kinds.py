"""The coded formats that becalm reads, each by its name, its reader and the mapping that ships with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from becalm.record.errors import InputError
from becalm.sources.coded.lookup import Lookup, lookup
from becalm.sources.coded.mapping import load_mapping, shipped_mapping
from becalm.sources.coded.statements import Chunk

Reader = Callable[[str, Lookup, Mapping[str, str]], Iterator[Chunk]]


@dataclass(frozen=True)
class Kind:
    """A coded format.

    `module`, `function`: the reader, imported when it is first used, as its libraries are an extra.
    `libraries`: those that the reader needs, and the `extra` that installs them.
    """

    name: str
    says: str
    module: str
    function: str
    extra: str = ""

    def reader(self) -> Reader:
        """The reader.

        Raises:
            InputError: a library that it needs is not installed.
        """
        try:
            found: Reader = getattr(import_module(self.module), self.function)
        except ModuleNotFoundError as error:
            if not self.extra or (error.name or "").startswith("becalm"):
                raise
            raise InputError(
                f"Reading {self.name} needs the library {error.name}, which is not installed. "
                f"Install it with: pip install 'becalm[{self.extra}]'"
            ) from error
        return found


CODED: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "fhir",
            "FHIR R4: a Bundle, NDJSON of a bulk export, or the address of a live server",
            "becalm.sources.fhir",
            "read_fhir",
            "fhir",
        ),
        Kind(
            "omop",
            "OMOP CDM 5.4: a DuckDB file, a folder of CSV or Parquet tables, or a database's address",
            "becalm.sources.omop",
            "read_omop",
            "omop",
        ),
        Kind(
            "sdtm",
            "CDISC SDTM: a folder of XPT, SAS7BDAT or Dataset-JSON files",
            "becalm.sources.sdtm",
            "read_sdtm",
            "sas",
        ),
        Kind(
            "mimic", "MIMIC-IV: a folder with its CSV or Parquet tables", "becalm.sources.mimic", "read_mimic"
        ),
        Kind(
            "tables",
            "CSV or Parquet tables with the columns of the folder format, in a hospital's own names",
            "becalm.sources.own_tables",
            "read_own_tables",
        ),
    )
}


def lookup_for(kind: str, mapping: Path | None = None) -> Lookup:
    """The meanings in force for a kind of source: a person's mapping first, then the shipped ones.

    Raises:
        EditionError: the mapping does not fit.
    """
    own = [load_mapping(mapping)] if mapping else []
    return lookup([*own, shipped_mapping(kind), shipped_mapping("common")])
