"""A report as a tree of elements, for tests that look from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "col", "wbr", "link", "img", "input"}


@dataclass
class Node:
    """One element: tag, attributes, children (elements and texts), parent."""

    tag: str
    attributes: dict[str, str]
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in the order of the text."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *tags: str) -> list[Node]:
        """Every element below with one of these tags."""
        return [node for node in self.walk() if node.tag in tags and node is not self]

    def within(self, *tags: str) -> bool:
        """Whether some element above has one of these tags."""
        above = self.parent
        while above is not None:
            if above.tag in tags:
                return True
            above = above.parent
        return False

    @property
    def text(self) -> str:
        """All text below, in order."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def classes(self) -> set[str]:
        """The classes of the element."""
        return set(self.attributes.get("class", "").split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("document", {})
        self.here = self.root
        self.unclosed: list[str] = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>: {names}"
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


def parsed(page: str) -> Node:
    """The page as a tree; fails where an element is not closed in its place."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is not closed"
    return reader.root


def by_id(root: Node, name: str) -> Node:
    """The element with an id."""
    return next(node for node in root.walk() if node.attributes.get("id") == name)


def rows(table: Node) -> list[dict[str, str]]:
    """The rows of a table by the words of its headings."""
    heads = [cell.text for cell in table.all("thead")[0].all("th")]
    return [
        dict(zip(heads, [cell.text for cell in row.all("th", "td")], strict=True))
        for row in table.all("tbody")[0].all("tr")
    ]


def captioned(root: Node, words: str) -> Node:
    """The table whose caption begins so."""
    found = [t for t in root.all("table") if t.all("caption")[0].text.startswith(words)]
    assert found, f"no table is captioned {words!r}"
    return found[0]
