"""CDISC SDTM: domains as SAS transport files, SAS data sets or Dataset-JSON 1.1."""

from becalm.sources.sdtm.reader import read_sdtm

__all__ = ["read_sdtm"]
