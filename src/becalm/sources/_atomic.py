"""Files that are there whole or not at all, and unfinished work that a broken run can go on with."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from becalm.record import InputError, WorkError

MANIFEST = "manifest.json"
_LOCK = "lock"


def check_parent(path: Path) -> None:
    """Refuse a file in a folder that does not exist.

    Raises:
        InputError: its folder does not exist.
    """
    if not path.parent.is_dir():
        raise InputError(
            f"The folder {str(path.parent)!r} for the output does not exist. Create it, or name another."
        )


@contextmanager
def replacing(path: Path, within: Path | None = None) -> Iterator[Path]:
    """A new file beside `path` (or `within` a folder near it) that takes its place when all went well.

    Raises:
        InputError: its folder does not exist.
    """
    check_parent(path)
    handle, name = tempfile.mkstemp(dir=within or path.parent, prefix=f".{path.name}.")
    os.close(handle)
    made = Path(name)
    try:
        yield made
        umask = os.umask(0)
        os.umask(umask)
        made.chmod(0o666 & ~umask)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name first, so that a reader never sees half of it.

    Raises:
        InputError: its folder does not exist.
    """
    with replacing(path) as made:
        made.write_bytes(content)


def work_folder(target: Path) -> Path:
    """The hidden folder beside an output in which its parts are kept until all are there."""
    return target.parent / f".{target.name}.parts"


@dataclass(frozen=True)
class Unfinished:
    """A folder of finished batches of an output that is not finished. Each batch has a mark, written last.

    `earlier`: batches that an earlier run finished. `restarted`: whether there was one whose work could not
    be used, since the input, the options or becalm changed.
    """

    folder: Path
    earlier: int
    restarted: bool

    def finished(self, batch: int) -> bool:
        """Whether a batch (from 0) is finished."""
        return self._mark(batch).is_file()

    def mark(self, batch: int, account: Mapping[str, Any]) -> None:
        """Note that a batch is finished, with its account as plain data."""
        write_whole(self._mark(batch), json.dumps(account).encode())

    def account(self, batch: int) -> dict[str, Any]:
        """The account of a finished batch."""
        out: dict[str, Any] = json.loads(self._mark(batch).read_text(encoding="utf-8"))
        return out

    def _mark(self, batch: int) -> Path:
        return self.folder / f".{batch + 1:06d}.json"


@contextmanager
def claimed(target: Path) -> Iterator[Path]:
    """Hold an output for this run, with a folder for temporary files, which the run makes if it needs it.

    At the end nothing of it is left, except the finished batches of work that failed.

    Raises:
        InputError: the target's folder does not exist.
        WorkError: another run works on the same output now.
    """
    check_parent(target)
    folder = work_folder(target)
    folder.mkdir(exist_ok=True)
    with _locked(folder):
        spool = folder / "spool"
        shutil.rmtree(spool, ignore_errors=True)  # a killed run may have left one
        try:
            yield spool
        finally:
            shutil.rmtree(spool, ignore_errors=True)
            if not _marks(folder):
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def unfinished(target: Path, identity: Mapping[str, Any]) -> Iterator[Unfinished]:
    """The unfinished work on a `claimed` output: that of a broken run of the same command, or none yet.

    It stays when the work fails and goes when it is done.

    Args:
        target: the file or folder to be made in the end.
        identity: what decides every byte of the output and the batches, as plain data.
    """
    folder = work_folder(target)
    folder.mkdir(exist_ok=True)
    text = json.dumps(identity, sort_keys=True, indent=1)
    manifest = folder / MANIFEST
    known = manifest.is_file()
    same = known and manifest.read_text(encoding="utf-8") == text
    if not same:
        for old in folder.iterdir():
            if old.is_file() and old.name != _LOCK:
                old.unlink()
        write_whole(manifest, text.encode())
    yield Unfinished(folder, len(_marks(folder)), known and not same)
    shutil.rmtree(folder, ignore_errors=True)


def _marks(folder: Path) -> list[Path]:
    return list(folder.glob(".0*.json"))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder against a second run; the lock goes with the process. Without effect on Windows."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WorkError(
                f"Another run writes the same output now: it holds {folder}. One run at a time is expected. "
                "Wait for it, or name another output."
            ) from error
        yield
    finally:
        os.close(handle)
