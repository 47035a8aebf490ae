"""Every command, loaded when the program starts."""

from __future__ import annotations

from importlib import import_module

COMMANDS = (
    "report",
    "grade",
    "compare",
    "markers",
    "scores",
    "advise",
    "scales",
    "guidelines",
    "cite",
    "imports",
    "mapping",
)
"""One module a command, in the order of the help."""


def register() -> None:
    """Import every command; each joins the application as it is imported."""
    for name in COMMANDS:
        import_module(f"becalm.cli.{name}")
