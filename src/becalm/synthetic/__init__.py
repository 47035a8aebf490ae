"""Synthetic hospital records with known truth: one small seeded generator.

    from becalm.synthetic import Settings, generate
    from becalm.sources import read_tables, write_folder

    cohort = generate(50, seed=1)                         # a usual hospital
    cohort = generate(50, seed=1, settings=Settings(complete=True))
    read_tables(cohort.tables)                            # the records, as any source's
    cohort.truth                                          # what was true: see SyntheticCohort

A mechanistic model plugs in by giving the same two things: tables in the folder format, and a truth.
"""

from becalm.synthetic.cohort import SyntheticCohort, generate
from becalm.synthetic.settings import Feature, Scenario, Settings, scenario

__all__ = ["Feature", "Scenario", "Settings", "SyntheticCohort", "generate", "scenario"]
