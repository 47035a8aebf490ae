"""The names of exposures: which device or drug a row means, and the drug's classes."""

from __future__ import annotations

import polars as pl

from becalm.record.cells import did_you_mean, one_of
from becalm.record.report import refuse
from becalm.record.schema import FrameSchema
from becalm.record.tables import fold_column, resolve_names
from becalm.record.vocabulary import Vocabulary


def name_exposures(rows: pl.DataFrame, vocab: Vocabulary) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Exposures with a known `kind` -> `name` canonical and `classes` (list of drug classes) added.

    Refused: an oxygen or ventilation row whose name is no device, a drug row whose name is one. A procedure
    that names a device (`ecmo`) becomes ventilation, with `moved` true. Added for the notes: `drug`,
    `drug_meant`.
    """
    for column, group in (("device", "oxygen"), ("drug", "drug")):
        names = resolve_names(rows["name"], group, vocab)
        names = names.rename({"text": "name", "name": column, "meant": f"{column}_meant"})
        rows = rows.join(names, on="name", how="left", maintain_order="left")
    supports = pl.col("kind").is_in(["oxygen", "ventilation"])
    is_drug, is_device = pl.col("kind") == "drug", pl.col("device").is_not_null()
    no_device, device_as_drug = supports & ~is_device, is_drug & is_device
    step = did_you_mean("device_meant")
    refusals = [
        refuse(rows, no_device, "name", pl.col("name"), one_of("oxygen", vocab), step),
        refuse(
            rows,
            device_as_drug,
            "kind",
            pl.format("{} {}", "kind", "name"),
            "kind oxygen or ventilation for this name",
            "correct the kind",
        ),
    ]
    rows = fold_column(rows.filter(~(no_device | device_as_drug)), "name").join(
        _drug_classes(vocab), on="drug", how="left", maintain_order="left"
    )
    moved = (pl.col("kind") == "procedure") & is_device
    drug_name = pl.when(is_drug).then(pl.coalesce("drug", "name")).otherwise("name")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    rows = rows.with_columns(
        moved=moved,
        name=pl.when(supports | moved).then("device").otherwise(drug_name),
        kind=pl.when(moved).then(pl.lit("ventilation")).otherwise("kind"),
        classes=pl.when(is_drug).then("classes").fill_null(nothing),
    )
    return rows, refusals


def _drug_classes(vocab: Vocabulary) -> pl.DataFrame:
    classes = {drug.name: list(drug.classes) for drug in vocab.drugs.values()}
    schema: FrameSchema = {"drug": pl.String(), "classes": pl.List(pl.String)}
    return pl.DataFrame({"drug": list(classes), "classes": list(classes.values())}, schema=dict(schema))
