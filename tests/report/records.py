"""Records made for the tests of the report."""

import polars as pl

from becalm.record import Cohort
from becalm.sources import read_tables
from becalm.synthetic import generate

SCRIPT = "<script>alert('id')</script>"
IMAGE = "\"quoted\" & <img src='http://example.org/x.png' onerror=alert(1)> </table></svg>\u202eabc"


def frame(columns: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    """A raw table: every cell a text, None for an empty one."""
    names = columns.split()
    return pl.DataFrame(
        {name: [None if row[at] is None else str(row[at]) for row in rows] for at, name in enumerate(names)},
        schema=dict.fromkeys(names, pl.String),
    )


def observations(patient: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    """Rows of (day, concept, value, unit[, value_high[, note[, comparator]]])."""
    filled = [(patient, *row, *[None] * (7 - len(row))) for row in rows]
    return frame("patient_id day concept value unit value_high note comparator", filled)


def synthetic_cohort() -> Cohort:
    """Ten synthetic patients."""
    return read_tables(generate(10, seed=5).tables)


def awkward() -> Cohort:
    """One patient whose id is a script, with markup in every free text and each kind of value."""
    return read_tables(
        {
            "patients": frame(
                "patient_id infusion_time age_years baseline_sbp disease note",
                [
                    (SCRIPT, "2024-03-01T09:30:00", 44, 140, IMAGE, IMAGE),
                    ("plain", None, None, None, None, None),
                ],
            ),
            "observations": observations(
                SCRIPT,
                [
                    (0.5, "temperature", 39.0, "Cel", None, IMAGE),
                    (1.5, "temperature", 101.3, "Cel"),
                    (2, "temperature", 38.4, "Cel"),
                    (3.2, "temperature", 37.9, "Cel", 38.3),
                    (1.5, "sbp", 85, "mm[Hg]"),
                    (1.6, "sbp", 84, "mm[Hg]"),
                    (1.5, "map", 60, "mm[Hg]"),
                    (1.5, "spo2", 88, "%"),
                    (0.2, "il6", 5, "pg/mL", None, None, "<"),
                    (1.2, "il6", 4000, "pg/mL"),
                    (2.2, "il6", 5000, "pg/mL", None, None, ">"),
                    (3.2, "il6", 0, "pg/mL"),
                    (None, "ferritin", 700, "ng/mL"),
                    (2, "crs_grade_recorded", 2, "1"),
                    (1.0, "unheard_of", 1, "1"),
                ],
            ),
            "exposures": frame(
                "patient_id start_day end_day kind name dose dose_unit rate rate_unit flow_l_min "
                "indication note",
                [
                    (SCRIPT, 1.6, 2.1, "oxygen", "nasal_cannula", None, None, None, None, 3, None, IMAGE),
                    (SCRIPT, 2.1, None, "oxygen", "high_flow_nasal_cannula", *[None] * 4, 40, None, None),
                    (SCRIPT, 1.7, None, "drug", "norepinephrine", None, None, 5, "ug/min", None, None, None),
                    (SCRIPT, 2.0, None, "drug", "norepinephrine", None, None, 0, "ug/min", None, None, None),
                    (SCRIPT, 1.8, None, "drug", "tocilizumab", 8, "mg/kg", *[None] * 4, None),
                    (SCRIPT, 1.9, None, "drug", "dexamethasone", 10, "mg", *[None] * 4, None),
                    (SCRIPT, 1.95, None, "drug", "dexamethasone", 10, "mg", *[None] * 4, None),
                    (
                        SCRIPT,
                        0.6,
                        0.8,
                        "fluid",
                        "crystalloid",
                        500,
                        "mL",
                        None,
                        None,
                        None,
                        "hypotension",
                        None,
                    ),
                    (SCRIPT, 2.2, None, "drug", "mystery <b>drug</b>", *[None] * 6, None),
                ],
            ),
            "events": frame(
                "patient_id day event value axis cause site severity note",
                [
                    (
                        SCRIPT,
                        2.05,
                        "local_sign",
                        "airway",
                        None,
                        None,
                        "<i>larynx</i>",
                        "decompensated",
                        IMAGE,
                    ),
                    (SCRIPT, 3, "local_sign", "resolved", None, None, "<i>larynx</i>", None, None),
                    (SCRIPT, 2, "local_sign", "swelling", None, None, "neck", "compensated", None),
                    (SCRIPT, 2.1, "attribution", None, "hypoxia", "local", None, None, None),
                    (SCRIPT, None, "relapse", None, None, None, None, None, None),
                    (SCRIPT, 4, "response", IMAGE, None, None, None, None, None),
                ],
            ),
        }
    )
