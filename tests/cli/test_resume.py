"""A run that was killed goes on where it was, and only where nothing changed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from becalm.sources import write_folder
from becalm.synthetic import generate

from .running import DONE, FAILED, becalm, second_scale

BATCHES = 5


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """A ward, and beside it a grading system of one's own."""
    folder = tmp_path_factory.mktemp("cohort") / "ward"
    write_folder(generate(BATCHES, seed=8).tables, folder)
    second_scale(folder.parent)
    return folder


def command(cohort, output, *more):
    scales = f"astct-2019,{cohort.parent / 'own.toml'}"
    return ("grade", cohort, "--scale", scales, "--batch", 1, "-o", output, *more)


def killed(cohort, output, *more) -> list[Path]:
    """Kill a run, in a process of its own, when it has finished some batches; the marks of these."""
    words = [str(word) for word in command(cohort, output, *more)]
    folder = output.parent / f".{output.name}.parts"
    with subprocess.Popen(
        [sys.executable, "-m", "becalm", *words], stderr=subprocess.DEVNULL, env=dict(os.environ)
    ) as process:
        while process.poll() is None and len(list(folder.glob(".0*.json"))) < 2:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it was too quick to be killed"
    assert not output.exists()
    return sorted(folder.glob(".0*.json"))


def test_a_killed_run_goes_on_and_gives_the_same_bytes(cohort, tmp_path):
    for suffix in (".csv", ".parquet"):
        output, at_once = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        done = killed(cohort, output)
        assert 2 <= len(done) < BATCHES
        result = becalm(*command(cohort, output))
        assert result.code == DONE
        assert f"continuing: {len(done)} of {BATCHES} batches" in result.err
        assert becalm(*command(cohort, at_once)).code == DONE
        assert output.read_bytes() == at_once.read_bytes()
    assert sorted(p.suffix for p in tmp_path.iterdir()) == sorted([".csv", ".parquet"] * 2)


def test_finished_batches_are_not_done_again(cohort, tmp_path):
    output = tmp_path / "a.csv"
    done = killed(cohort, output)
    for path in done:  # a part that was made again would not show this
        part = path.with_name(path.stem[1:] + "-2.parquet")
        shutil.copy(path.with_name(path.stem[1:] + "-1.parquet"), part)
    assert becalm(*command(cohort, output)).code == DONE
    first = output.read_text().count(",our-2024,")
    assert becalm(*command(cohort, output)).code == DONE
    assert first < output.read_text().count(",our-2024,")


def test_what_changed_starts_again_and_says_so(cohort, tmp_path):
    mine = tmp_path / "ward"
    shutil.copytree(cohort, mine)
    second_scale(tmp_path)
    output = tmp_path / "a.csv"
    killed(mine, output)
    changed = becalm(*command(mine, output, "--set", "sbp_limit=80"))
    assert "starting again" in changed.err
    assert "continuing" not in changed.err
    output.unlink()
    killed(mine, output)
    with (mine / "events.csv").open("a") as file:
        file.write("\n")
    again = becalm(*command(mine, output))
    assert "starting again" in again.err
    assert again.code == DONE


def test_the_account_counts_what_the_killed_run_read(cohort, tmp_path):
    output = tmp_path / "a.csv"
    killed(cohort, output)
    resumed, usual = becalm(*command(cohort, output)), becalm(*command(cohort, tmp_path / "b.csv"))
    account = [line for line in usual.err.splitlines() if "rows read" in line]
    assert account
    assert account == [line for line in resumed.err.splitlines() if "rows read" in line]


def test_two_runs_of_one_output_do_not_meet(cohort, tmp_path):
    fcntl = pytest.importorskip("fcntl", reason="locks of this kind are not there")
    output = tmp_path / "a.csv"
    folder = tmp_path / ".a.csv.parts"
    folder.mkdir()
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = becalm(*command(cohort, output))
        assert result.code == FAILED
        assert "Another run" in result.err
    assert becalm(*command(cohort, output)).code == DONE
