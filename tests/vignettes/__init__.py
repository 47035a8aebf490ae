"""Patients in the folder format and the answers that each must get."""
