"""MIMIC-IV: its tables of patients, stays, laboratory, charts, infusions, administrations and procedures."""

from becalm.sources.mimic.reader import read_mimic

__all__ = ["read_mimic"]
