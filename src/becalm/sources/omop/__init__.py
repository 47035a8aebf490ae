"""OMOP CDM 5.3 and 5.4: a DuckDB file, CSV or Parquet tables, PostgreSQL, or SQL for any other warehouse."""

from becalm.sources.omop.queries import sql
from becalm.sources.omop.reader import read_omop

__all__ = ["read_omop", "sql"]
