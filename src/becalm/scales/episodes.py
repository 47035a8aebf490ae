"""When an episode ends: named rules as data, beside the end that the grades themselves show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files

import polars as pl
from pydantic import Field

from becalm.record.errors import InputError
from becalm.rules import Document, Strict, load_document
from becalm.rules.wording import nearest
from becalm.scales.edition import Scale

SIGNS = "signs"
"""The rule that needs no condition of its own."""


class EpisodeRule(Strict):
    """One rule for the end of an episode."""

    title: str
    says: str
    cites: str
    verified: bool
    ends_when: str = ""
    toxicity: str = ""


class _File(Document):
    source: str
    rule: Mapping[str, EpisodeRule] = Field(min_length=1)


@cache
def episode_rules() -> Mapping[str, EpisodeRule]:
    """Every rule for the end of an episode, by name."""
    with as_file(files("becalm.scales").joinpath("episodes.toml")) as path:
        return load_document(path, _File).rule


def find_rule(name: str) -> EpisodeRule:
    """A rule by its name.

    Raises:
        InputError: no such rule; the message lists all.
    """
    known = episode_rules()
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near}? " if near else ""
        raise InputError(
            f"There is no rule {name!r} for the end of an episode; {hint}Known: {', '.join(known)}. "
            "`becalm cite episodes` describes them."
        )
    return known[name]


def as_scale(scale: Scale, rule: EpisodeRule) -> Scale:
    """The end of an episode as a grading system of one level: grade 1 where the episode would be over.

    Raises:
        InputError: the rule is not one of the toxicity that the system grades.
    """
    if rule.toxicity and rule.toxicity != scale.toxicity:
        raise InputError(
            f"The rule for the end of an episode '{rule.title}' is one of {rule.toxicity}; {scale.id} grades "
            f"{scale.toxicity}. Name systems of {rule.toxicity} alone, or leave --episode out."
        )
    level = {
        "grade": 1,
        "axis": "end",
        "when": rule.ends_when,
        "says": rule.says,
        "cites": rule.cites,
        "verified": rule.verified,
    }
    return Scale.model_validate(
        {
            "format_version": 1,
            "id": scale.id,
            "title": rule.title,
            "kind": "scale",
            "source": rule.cites,
            "toxicity": scale.toxicity,
            "death_cause": scale.death_cause,
            "policy": dict(scale.policy),
            "level": (level,),
        }
    )


def episodes(grades: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Episodes from the first grade of 1 or more to where a rule ends them.

    Args:
        grades: patient_id | start | end | grade_min | grade_max, in order.
        ends: patient_id | start | over_min bool (for certain) | over_max bool (perhaps), in order.

    Returns:
        patient_id | bound (certain: as short as the record allows; possible: as long) | onset | last |
        duration (microseconds): first onset, last end and the summed length of all episodes.
    """
    times = pl.concat([grades.select("patient_id", "start"), ends.select("patient_id", "start")])
    rows = times.unique().sort("patient_id", "start")
    rows = rows.join_asof(
        grades.rename({"end": "until"}), on="start", by="patient_id", check_sortedness=False
    ).join_asof(ends, on="start", by="patient_id", check_sortedness=False)
    stop = grades.group_by("patient_id").agg(stop=pl.col("end").max())
    rows = rows.join(stop, on="patient_id", how="left").sort("patient_id", "start")
    found: list[tuple[str, str, int, int, int]] = []
    for (owner,), mine in rows.group_by("patient_id", maintain_order=True):
        table = mine.select("start", "grade_min", "grade_max", "over_min", "over_max").rows()
        last = int(mine["stop"][0])
        for bound, grade, over in (("certain", 1, 4), ("possible", 2, 3)):
            spans = _spans([(row[0], (row[grade] or 0) >= 1, bool(row[over])) for row in table], last)
            if spans:
                length = sum(end - begin for begin, end in spans)
                found.append((str(owner), bound, spans[0][0], spans[-1][1], length))
    schema = {
        "patient_id": pl.String,
        "bound": pl.String,
        "onset": pl.Int64,
        "last": pl.Int64,
        "duration": pl.Int64,
    }
    return pl.DataFrame(found, schema=schema, orient="row")


def _spans(rows: list[tuple[int, bool, bool]], stop: int) -> list[tuple[int, int]]:
    """Begin and end of each episode, from (start, has a grade, may end here)."""
    out: list[tuple[int, int]] = []
    begin: int | None = None
    for start, graded, over in rows:
        if begin is None:
            begin = start if graded else None
        elif over and not graded:
            out.append((begin, start))
            begin = None
    if begin is not None:
        out.append((begin, stop))
    return out
