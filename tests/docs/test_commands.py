"""What the pages tell a reader to type works, and prints what they show."""

import shutil

import pytest

from tests.conftest import REPOSITORY
from tests.docs.pages import blocks, run, strays

PAGES = (
    "README.md",
    "docs/tutorials/first-cohort.md",
    "docs/tutorials/from-a-hospital-export.md",
    "docs/tutorials/your-own-scale.md",
    "docs/tutorials/comparing-scales.md",
)
REASONS = ("needs make and the network", "needs the network")


@pytest.fixture
def folder(tmp_path):
    """A folder with the bundled example, as the reader's own copy of the repository has it."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    return tmp_path


def text_of(page):
    """A page as text."""
    return (REPOSITORY / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_and_prints_what_it_shows(page, folder):
    wrong = run(text_of(page), folder)
    assert not wrong, f"{page}, " + "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run_or_left_out_for_a_reason(page):
    text = text_of(page)
    assert any(block.language == "sh" and block.skipped is None for block in blocks(text))
    assert not list(strays(text)), list(strays(text))
    reasons = {block.skipped for block in blocks(text)} - {None}
    assert reasons <= set(REASONS), reasons


def test_a_wrong_output_is_found(folder):
    page = "```sh\necho one; echo two >&2\n```\n\n```text\none\n```\n"
    assert not run(page, folder)
    (folder / ".bin" / "becalm").unlink()
    (folder / ".bin").rmdir()
    assert len(run(page.replace("\none\n", "\nthree\n"), folder)) == 1


@pytest.mark.parametrize(
    ("page", "faults"),
    [
        ("```sh\nexit 3\n```\n", 1),
        ("```sh\ntest -f x.csv\n```\n", 1),
        ("Save as `x.csv`:\n\n```csv\na,b\n```\n\n```sh\ntest -f x.csv\n```\n", 0),
        ("<!-- not run: needs the network -->\n```sh\nexit 3\n```\n", 0),
        ("```sh\necho a long line\n```\n\n```text\na ... line\n```\n", 0),
        ("```python\nprint(6 * 7)\n```\n\n```text\n42\n```\n", 0),
    ],
)
def test_the_runner_tells_right_from_wrong(page, faults, folder):
    assert len(run(page, folder)) == faults


def test_a_block_that_nothing_reads_is_found():
    assert list(strays("```text\nout of nothing\n```\n"))
    assert list(strays("```csv\na,b\n```\n"))
