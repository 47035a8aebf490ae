"""Running a page as its reader would: files are saved, commands run in order, shown outputs compared.

What the blocks of a page mean:

- `sh`, `python`: run, in order, in one folder. Preceded by `<!-- not run: REASON -->`: left out.
- `csv`, `toml`: saved under the name that the line before gives: "Save as `NAME`:".
- `text`: what the block before it prints. `...` stands for anything. Messages may be left out.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUN = ("sh", "python")
SAVED = ("csv", "toml")
SHOWN = ("text",)

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SKIP = re.compile(r"<!-- not run: (.*?) -->\s*\Z")
_SAVE = re.compile(r"[Ss]ave (?:\w+ )*as\s+`([^`]+)`:\s*\Z")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, the line it begins on, and what stands before it."""

    language: str
    text: str
    line: int
    before: str

    @property
    def skipped(self) -> str | None:
        """Why the block is not run, or None."""
        found = _SKIP.search(self.before)
        return found.group(1) if found else None

    @property
    def name(self) -> str | None:
        """The name under which the page says to save the block, or None."""
        found = _SAVE.search(self.before)
        return found.group(1) if found else None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found, end = [], 0
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match.group(1), match.group(2), line, text[end : match.start()]))
        end = match.end()
    return found


def run(page: str, folder: Path) -> list[str]:
    """Run a page in a folder; what does not fit, as sentences."""
    environment = _environment(folder)
    wrong: list[str] = []
    printed: tuple[str, str] | None = None
    for block in blocks(page):
        if block.language in SHOWN and printed is not None:
            output, messages = printed
            if not (_fits(block.text, output) or _fits(block.text, messages + output)):
                wrong.append(f"line {block.line}: shown\n{block.text}\nbut printed\n{messages}{output}")
            printed = None
        elif block.language in SAVED and block.name:
            target = folder / block.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.skipped is None and block.language in RUN:
            done = _execute(block, folder, environment)
            if done.returncode:
                wrong.append(f"line {block.line}: failed\n{block.text}\n{done.stderr}")
            printed = done.stdout, done.stderr
    return wrong


def strays(page: str) -> Iterator[str]:
    """Blocks that `run` would pass over without a word."""
    shows = False
    for block in blocks(page):
        runs = block.language in RUN and block.skipped is None
        told = (
            runs
            or block.skipped
            or (block.language in SAVED and block.name)
            or (block.language in SHOWN and shows)
        )
        if not told:
            yield f"line {block.line}: a block `{block.language}` that nothing runs, saves or compares"
        shows = runs


def _execute(block: Block, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c"] if block.language == "sh" else [sys.executable, "-c"]
    return subprocess.run(
        [*command, block.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _fits(shown: str, printed: str) -> bool:
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def _environment(folder: Path) -> dict[str, str]:
    """The environment of a reader who has installed becalm: its command is on the path."""
    programs = folder / ".bin"
    programs.mkdir()
    program = programs / "becalm"
    start = "import sys; from becalm.cli import main; sys.exit(main())"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{start}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"}
