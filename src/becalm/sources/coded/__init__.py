"""Coded sources: from a format's codes, through a mapping, to the tables of the folder format."""
