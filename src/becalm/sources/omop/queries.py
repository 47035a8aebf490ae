"""The extraction queries: the `.sql` files, fitted to a site's tables and translated to its dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from becalm.record.errors import InputError
from becalm.sources.coded.lookup import Lookup
from becalm.sources.omop.tables import DEATH, EVENT_COLUMNS, PERSON, TABLES, VOCABULARY

WRITTEN_IN = "duckdb"
"""The dialect of the `.sql` files."""

_OURS = {
    "becalm_concept": (("concept_id", 0),),
    "becalm_source": (("source_value", ""),),
    "becalm_set": (("set_code", ""), ("vocabulary_id", ""), ("concept_code", ""), ("concept_id", 0)),
}
"""The small tables that go with a query, with an example of a row."""

Columns = Mapping[str, Mapping[str, str]]
"""Tables of a site in lower case -> column -> type."""


@cache
def _file(name: str) -> exp.Select:
    text = resources.files("becalm.sources.omop").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    tree = sqlglot.parse_one(text, read=WRITTEN_IN)
    assert isinstance(tree, exp.Select)
    return tree


@cache
def used() -> Mapping[str, frozenset[str]]:
    """The columns that the queries use of each table of the CDM."""
    out: dict[str, set[str]] = {}
    for name in (PERSON, DEATH, "concepts", "concept_sets", *(table.name for table in TABLES)):
        tree = _file(name)
        names = {table.alias: table.name for table in tree.find_all(exp.Table)}
        for column in tree.find_all(exp.Column):
            out.setdefault(names.get(column.table, ""), set()).add(column.name)
    return {name: frozenset(columns) for name, columns in out.items()}


def extraction(name: str) -> exp.Select:
    """The query of one `.sql` file, as a tree of its own."""
    return _file(name).copy()


def counting(name: str) -> exp.Select:
    """How many rows of an event table have which concept, source concept and, without one, source value.

    The extraction gives a source value only where there is no concept.
    """
    tree = extraction(name)
    by = {one.alias: one.this for one in tree.expressions if one.alias in EVENT_COLUMNS}
    keys = (by["concept_id"], by["source_concept_id"], by["source_value"])
    named = zip(keys, ("concept_id", "source_concept_id", "key_value"), strict=True)
    return (
        exp.select(*(exp.alias_(key.copy(), alias) for key, alias in named))
        .select(exp.alias_(exp.Count(this=exp.Star()), "n"))
        .select(exp.alias_(exp.Min(this=by["row_id"].copy()), "row_id"))
        .from_(tree.args["from_"].this.copy())
        .group_by(*(key.copy() for key in keys))
    )


def persons_of(name: str) -> exp.Select:
    """Which persons have a row of the wanted concepts in an event table."""
    tree = extraction(name)
    person = next(one for one in tree.expressions if one.alias == "person_id")
    tree.set("expressions", [person.copy()])
    tree.set("joins", None)
    return tree.distinct()


def of_persons(tree: exp.Select, ids: Sequence[int]) -> exp.Select:
    """Only rows of these persons."""
    source = tree.args["from_"].this
    person = exp.column("person_id", table=source.alias or source.name)
    return tree.where(exp.In(this=person, expressions=[exp.convert(one) for one in ids] or [exp.null()]))


def within(tree: exp.Select, low: int | None, high: int | None) -> exp.Select:
    """Only persons from `low` to before `high`; rows without a person belong to the first range."""
    person = next(one.this for one in tree.expressions if one.alias == "person_id")
    column = person.sql(WRITTEN_IN)
    if low is not None:
        tree = tree.where(f"{column} >= {low}", dialect=WRITTEN_IN)
    if high is not None:
        below = f"{column} < {high}"
        text = below if low is not None else f"({below} OR {column} IS NULL)"
        tree = tree.where(text, dialect=WRITTEN_IN)
    return tree


def values(name: str, rows: Sequence[tuple[object, ...]]) -> exp.Expression:
    """One of the small tables that go with a query, as a table of values; without rows an empty one."""
    columns = [column for column, _ in _OURS[name]]
    if rows:
        return exp.select("*").from_(exp.values(list(rows), alias="given", columns=columns)).subquery()
    empty = exp.select(*(exp.alias_(exp.convert(example), column) for column, example in _OURS[name]))
    return empty.where("1 = 0").subquery()


def fitted(
    tree: exp.Select,
    dialect: str,
    tables: Mapping[str, exp.Expression],
    columns: Columns | None = None,
    schemas: tuple[str, str] = ("", ""),
) -> str:
    """A query as text for one site.

    Args:
        tree: the query.
        dialect: of the site, as sqlglot names it.
        tables: small tables to put in place of their names (see `values`).
        columns: what the site has; a column that it lacks reads as null, a vocabulary table that it lacks as
            empty. None: everything is there.
        schemas: of the event tables and of the vocabulary, perhaps with a catalogue before a dot.
    """
    tree = tree.copy()
    if columns is not None:
        _lacking_columns(tree, columns)
    inner = {cte.alias for cte in tree.ctes}
    for table in list(tree.find_all(exp.Table)):
        name, alias = table.name.lower(), table.alias or table.name
        if name in tables:
            table.replace(_as(tables[name], alias))
        elif columns is not None and name in VOCABULARY and name not in columns:
            table.replace(_as(_empty(tree, alias), alias))
        elif name not in inner:
            *catalog, schema = (schemas[1] if name in VOCABULARY else schemas[0]).split(".")
            table.set("db", exp.to_identifier(schema) if schema else None)
            table.set("catalog", exp.to_identifier(catalog[0]) if catalog else None)
    return tree.sql(dialect=dialect, pretty=False, comments=False)


def _as(source: exp.Expression, alias: str) -> exp.Expression:
    out = source.copy()
    out.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    return out


def _empty(tree: exp.Expression, alias: str) -> exp.Expression:
    wanted = sorted({column.name for column in tree.find_all(exp.Column) if column.table == alias})
    typed = {
        name: "VARCHAR" if name in ("relationship_id", "invalid_reason") else "BIGINT" for name in wanted
    }
    nulls = (f"CAST(NULL AS {kind}) AS {name}" for name, kind in typed.items())
    return exp.select(*nulls, dialect=WRITTEN_IN).where("1 = 0").subquery()


def _lacking_columns(tree: exp.Select, columns: Columns) -> None:
    """Put null where the site's table has no such column (CDM 5.3, or optional ones left out)."""
    names = {table.alias or table.name: table.name.lower() for table in tree.find_all(exp.Table)}
    for column in list(tree.find_all(exp.Column)):
        held = columns.get(names.get(column.table, ""))
        if held is not None and column.name.lower() not in held:
            column.replace(exp.cast(exp.null(), _type(column.name)))


def _type(column: str) -> str:
    return "BIGINT" if column.endswith("concept_id") or column == "person_id" else "VARCHAR"


def sql(
    dialect: str, lookup: Lookup | None = None, schema: str = "", vocabulary_schema: str = ""
) -> dict[str, str]:
    """The whole extraction as SQL for a warehouse that becalm does not connect to.

    Args:
        dialect: as sqlglot names it: `snowflake`, `bigquery`, `databricks`, `tsql`, `redshift` ...
        lookup: the meanings whose codes are extracted; without one, those of the shipped mappings.
        schema: where the event tables lie.
        vocabulary_schema: where the vocabulary lies, if elsewhere.

    Returns:
        `concept_sets` and one query for each table of the CDM, by name. Each stands alone: the codes are
        written into it, and are joined to the site's own vocabulary.

    Raises:
        InputError: the dialect is not known.
    """
    from becalm.sources.omop.concepts import set_rows
    from becalm.sources.omop.settings import settings

    _known(dialect)
    if lookup is None:
        from becalm.sources.coded.lookup import lookup as make
        from becalm.sources.coded.mapping import shipped_mapping

        lookup = make([shipped_mapping("omop"), shipped_mapping("common")])
    schemas = (schema, vocabulary_schema or schema)
    sets = extraction("concept_sets")
    codes = {"becalm_set": values("becalm_set", set_rows(lookup, settings({}).vocabularies))}
    wanted = fitted(sets, WRITTEN_IN, codes)
    ids = exp.select("concept_id").from_(
        exp.Subquery(this=sqlglot.parse_one(wanted, read=WRITTEN_IN), alias=exp.to_identifier("reached"))
    )
    ours = codes | {"becalm_concept": ids.subquery(), "becalm_source": values("becalm_source", [])}
    out = {"concept_sets": fitted(sets, dialect, codes, schemas=schemas)}
    for name in (PERSON, DEATH, *(table.name for table in TABLES)):
        tree = extraction(name)
        for table in list(tree.find_all(exp.Table)):
            if table.name in ours:
                table.replace(_as(ours[table.name], table.alias))
        out[name] = fitted(tree, dialect, {}, schemas=schemas)
    return out


def _known(dialect: str) -> None:
    try:
        sqlglot.Dialect.get_or_raise(dialect)
    except (ValueError, SqlglotError) as error:
        raise InputError(
            f"The SQL dialect {dialect!r} is not known: {error}. A name that sqlglot knows is expected, such "
            "as snowflake, bigquery, databricks, tsql, redshift or postgres. Give one of these."
        ) from error
