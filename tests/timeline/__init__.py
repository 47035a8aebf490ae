"""Tests of states over time."""
