"""Any bytes, any damage and any cell: the exit code is 0 or 2, and a message instead of a traceback."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .running import BAD, DONE, WARD, becalm, lay
from .test_hostile import adds_up

ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
FILES = (*WARD, "patients.parquet", "observations.parquet", "observations-2.csv", "EVENTS.CSV", "notes.txt")
COMMANDS = (
    ("grade",),
    ("grade", "--per", "patient"),
    ("grade", "--at", "2.5"),
    ("markers",),
    ("scores",),
    ("scores", "--at", "2.5"),
    ("advise",),
    ("report",),
)
CELLS = (
    "",
    " ",
    "0",
    "-0",
    "1",
    "a",
    "b",
    "c",
    "nan",
    "inf",
    "-1e308",
    "1e-320",
    "9" * 400,
    "0x1F",
    "1_000",
    "٣٨",
    "½",
    "2024-03-01",
    "2024-03-02T25:00",
    "2024-03-02T23:59:60",
    "0001-01-01",
    "9999-12-31T23:59:59+14:00",
    "2024-03-02T10:00+99:00",
    "2024-03-02T10:00Z",
    "30",
    "30.0",
    "-36524.9",
    "36525",
    "36526",
    "2.5",
    "<",
    ">=",
    "≥",
    "'; DROP TABLE patients; --",
    "=1+1",
    "{}",
    "\\",
    "\u202e",
    "😷",
    "\ufeff",
    "x" * 3000,
    '"',
    "a,b",
    "a\nb",
    "null",
    "None",
    "true",
    "resolved",
    "crs",
    "death",
    "attribution",
    "discharge",
    "infusion",
    "norepinephrine",
    "vasopressin",
    "oxygen",
    "drug",
    "nasal_cannula",
    "ecmo",
    "temperature",
    "spo2",
    "sbp",
    "il6",
    "Cel",
    "%",
    "1",
    "pg/mL",
    "hypoxia",
)


def survives(folder: Path, words: tuple[str, ...], *, strict: bool = False) -> None:
    """One command ends well or is refused with a message, and what it read adds up."""
    page = ["-o", folder.parent / "page.html"] if words[0] == "report" else []
    result = becalm(words[0], folder, *words[1:], *page, *(["--strict"] if strict else []))
    assert result.code in (DONE, BAD), (result.code, result.err)
    if result.code == DONE:
        adds_up(result)
        assert result.out
    else:
        assert len(result.err.split("becalm: ")[-1]) > 30


@given(
    st.dictionaries(st.sampled_from(FILES), st.binary(max_size=300), min_size=1), st.sampled_from(COMMANDS)
)
@ANY_FOLDER
def test_random_bytes_as_files(tmp_path, files, words):
    survives(lay(tmp_path / "x", files), words)


@st.composite
def damage(draw: st.DrawFn) -> dict[str, bytes]:
    """The small ward with some bytes of one file replaced, inserted, left out or swapped."""
    files = {name: text.encode() for name, text in WARD.items()}
    name = draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    for _ in range(draw(st.integers(1, 4))):
        at, to = sorted((draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))))
        how = draw(st.sampled_from(["put", "cut", "cut short", "double", "flip"]))
        if how == "put":
            content[at:at] = draw(
                st.binary(max_size=6) | st.sampled_from([b'"', b",", b"\r", b"\n\n", b"\xef\xbb\xbf"])
            )
        elif how == "cut":
            del content[at : min(to, at + 8)]
        elif how == "cut short":
            del content[max(at, 12) :]
        elif how == "double":
            content[at:at] = content[at : min(to, at + 40)]
        elif at < len(content):
            content[at] ^= 1 << draw(st.integers(0, 7))
    return {**files, name: bytes(content)}


@given(damage(), st.sampled_from(COMMANDS), st.booleans())
@ANY_FOLDER
def test_damaged_files(tmp_path, files, words, strict):
    survives(lay(tmp_path / "x", files), words, strict=strict)


def with_odd_cells(seed: int) -> dict[str, str]:
    """The small ward with some cells, and now and then a name of a column, replaced by odd ones."""
    chance = random.Random(seed)
    out = {}
    for name, text in WARD.items():
        lines = [line.split(",") for line in text.splitlines()]
        for number, line in enumerate(lines):
            for place in range(len(line)):
                if chance.random() < (0.01 if number == 0 else 0.08):
                    cell = chance.choice(CELLS).replace('"', '""')
                    line[place] = f'"{cell}"'
        out[name] = "".join(",".join(line) + "\n" for line in lines)
    return out


@given(st.integers(0, 2**32), st.sampled_from(COMMANDS))
@ANY_FOLDER
def test_odd_cells(tmp_path, seed, words):
    survives(lay(tmp_path / "x", with_odd_cells(seed)), words)
