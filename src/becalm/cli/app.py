"""The application object that every command joins."""

from __future__ import annotations

from cyclopts import App

from becalm import __version__

app = App(
    name="becalm",
    version=__version__,
    help=(
        "Grades cytokine release syndrome after CAR-T at every moment from raw hospital records, with the "
        "evidence for each answer and what would settle it.\n\n"
        "COHORT is a folder with any of patients, observations, exposures, events and coverage as .csv or "
        ".parquet. Start with: becalm report COHORT -o report.html"
    ),
    help_format="markdown",
)
