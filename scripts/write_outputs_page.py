"""docs/outputs.md: the columns of every table that becalm writes."""

import polars as pl
from scripts.markdown import code, filled, notice, sentences, table

from becalm.cli.compared_columns import STAMP
from becalm.cli.output import stamped
from becalm.guidelines import COLUMNS as ADVICE
from becalm.markers.scoring import COLUMNS as SCORES
from becalm.markers.table import COLUMNS as MARKERS
from becalm.scales import GRADE_COLUMNS as GRADES
from becalm.scales.agreement.differences import DIFFERENCES
from becalm.scales.agreement.pairs import PAIRS
from becalm.scales.agreement.tables import BY_GRADE, CROSS
from becalm.scales.per_patient import PER_PATIENT
from becalm.sources import read_tables


def columns() -> dict[str, tuple[str, ...]]:
    """The columns of each output, and those that end every one."""
    nobody = read_tables({"patients": pl.DataFrame(schema={"patient_id": pl.String})})
    stamp = tuple(stamped(nobody.patients.select("patient_id"), nobody, {}).columns[1:])
    return {
        "grade": GRADES,
        "per_patient": PER_PATIENT,
        "markers": MARKERS,
        "scores": tuple(SCORES),
        "advise": tuple(ADVICE),
        "compare_highest": ("patient_id", "same", "ended", "SCALE_min", "SCALE_max"),
        "compare_by_grade": BY_GRADE,
        "compare_cross": CROSS,
        "compare_pairs": tuple(PAIRS),
        "compare_differences": DIFFERENCES,
        "compare_stamp": STAMP,
        "stamp": stamp,
    }


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    parts = {name: _described(name, held) for name, held in columns().items()}
    return {"outputs.md": notice("scripts/pages/outputs*") + filled("outputs.md.in", parts)}


def _described(name: str, held: tuple[str, ...]) -> str:
    written = sentences("outputs-columns.toml", name, held)
    return table(["column", "what it holds"], [(code(column), written[column]) for column in held])
