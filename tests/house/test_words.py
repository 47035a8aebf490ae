"""What the repository must not say: paths of one machine, addresses of package indexes, how it came to be.

The patterns are put together from pieces, so that this file passes its own scan.
"""

import re

import pytest
from tests.house.repository import PACKAGE, files, relative, sources


def _any(*pieces: tuple[str, ...]) -> str:
    return "|".join("".join(piece) for piece in pieces)


FORBIDDEN = {
    "a path of one machine": re.compile(
        rf"(?<![\w.:-])/(?:{_any(('wo', 'rk'), ('ro', 'ot'), ('ho', 'me'), ('Use', 'rs'))})/\w"
    ),
    "the address of a package index": re.compile(
        _any(
            ("py", r"pi\.org"),
            ("python", r"hosted\.org"),
            ("deb", r"\.debian\.org"),
            ("registry", r"\.npmjs"),
            ("--(?:extra-)?", "index-url"),
            ("--find", "-links"),
        )
    ),
    "how it came to be": re.compile(
        r"\b(?:"
        + _any(
            ("A", "I"),
            ("LL", "Ms?"),
            ("Chat", "GPT"),
            ("(?i:language ", "models?)"),
            ("(?i:chat", "bots?)"),
            ("(?i:co-author", "ed-by)"),
            ("(?i:cla", "ude)"),
            ("(?i:anth", "ropic)"),
            ("(?i:open", "ai)"),
            ("(?i:co", "pilot)"),
            ("(?i:this ses", "sion)"),
            ("(?i:as the iss", "ue asks)"),
        )
        + r")\b"
    ),
}


def found(text: str) -> list[str]:
    """What `text` says that it must not, a sentence a line."""
    return [
        f"line {number}: {what}: {match.group()!r}"
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in FORBIDDEN.items()
        if (match := pattern.search(line))
    ]


def test_no_file_says_what_it_must_not():
    assert len(files()) > 30, "the test did not find the repository"
    said = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            text = path.read_bytes().decode("latin-1")
        said += [f"{relative(path)}, {sentence}" for sentence in found(text)]
    assert not said, "\n".join(said)


def test_no_file_name_says_what_it_must_not():
    said = [f"{relative(path)}: {found(relative(path))}" for path in files() if found(relative(path))]
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    "text",
    [
        "read from /wo" + "rk/shared",
        "cp x '/ro" + "ot/x'",
        "see https://py" + "pi.org/simple",
        "Co-Author" + "ed-By: somebody",
        "written by an A" + "I",
        "a large language " + "model",
    ],
)
def test_a_planted_word_is_found(text):
    assert found("an innocent line\n" + text)


@pytest.mark.parametrize(
    "text",
    [
        "work/life",
        "the root/ of the tree",
        "RAI and AIDS",
        "http://example.org/work/1",
        "ai2 and aim",
    ],
)
def test_an_innocent_word_is_not(text):
    assert found(text) == []


def test_the_package_does_not_know_the_shared_folder():
    """Real data is for tests and measurements; a user has none beside the package."""
    outside = re.compile(r"\.\./" + "shared")
    said = [
        relative(path)
        for path in files()
        if PACKAGE in path.parents and outside.search(path.read_bytes().decode("latin-1"))
    ]
    assert not said, said
    assert sources()
