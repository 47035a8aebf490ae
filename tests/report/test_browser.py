"""The report in a real browser: quiet, self-contained, within the screen, legible, whole in print."""

from collections.abc import Iterator

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="needs playwright: `make environment` installs it"
)

WIDE, PHONE, A4 = (1280, 900), (390, 844), (718, 1040)
"""Sizes in CSS pixels; A4 is the area inside the page's margins."""

OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect(), scale = frame.width / svg.viewBox.baseVal.width;
    const boxes = [...svg.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()])
      .filter(([t, r]) => r.width > 0);
    for (const [t, r] of boxes)
      if (r.left < frame.left - 1 || r.right > frame.right + 1
          || r.top < frame.top - 1 || r.bottom > frame.bottom + 1)
        found.push(`${svg.id}: outside the figure: ${t.lastChild.textContent}`);
    boxes.sort((a, b) => a[1].left - b[1].left);
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length && boxes[j][1].left < boxes[i][1].right; j++) {
        const [a, b] = [boxes[i][1], boxes[j][1]];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        const [one, two] = [boxes[i][0].lastChild.textContent, boxes[j][0].lastChild.textContent];
        if (across > 2 * scale && down > 3.5 * scale) found.push(`${svg.id}: ${one} | ${two}`);
      }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[object]:
    """One browser for all tests of this file."""
    with playwright.sync_playwright() as manager:
        started = manager.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module", params=["case", "synthetic", "awkward"])
def address(request, tmp_path_factory) -> str:
    """Each report as a file."""
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    path.write_text(request.getfixturevalue(f"{request.param}_page"), encoding="utf-8")
    return path.as_uri()


def opened(browser, address, size, **options):
    """A page of a size, and what it said and asked for."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    return page, said, asked


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_is_quiet_asks_for_nothing_and_fits_the_screen(browser, address, size):
    page, said, asked = opened(browser, address, size)
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('main *')]
                 .filter(e => !e.closest('.scroll, .drawing, details'))
                 .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                 .map(e => e.tagName + e.textContent.slice(0, 40))"""
        )
        assert beyond == []
        page.keyboard.press("End")
        assert said == []
        assert asked == [address]
    finally:
        page.close()


def test_no_label_covers_another_or_leaves_its_figure(browser, address):
    page, _, _ = opened(browser, address, WIDE)
    try:
        assert page.evaluate("document.querySelectorAll('svg text').length") > 20
        assert page.evaluate(OVERLAPS) == []
    finally:
        page.close()


def test_a_planted_overlap_is_found(browser):
    page = browser.new_page()
    try:
        page.set_content(
            '<svg id="a" viewBox="0 0 100 50" width="100"><text x="5" y="20" font-size="10">one</text>'
            '<text x="9" y="22" font-size="10">two</text><text x="95" y="40" font-size="10">out</text></svg>'
        )
        assert page.evaluate(OVERLAPS) == ["a: outside the figure: out", "a: one | two"]
    finally:
        page.close()


def test_tables_are_folded_on_a_screen_and_whole_without_a_script(browser, address):
    page, _, _ = opened(browser, address, WIDE)
    folded = "[...document.querySelectorAll('details.twin')].map(d => d.open)"
    try:
        assert set(page.evaluate(folded)) == {False}
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert set(page.evaluate(folded)) == {True}
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert set(page.evaluate(folded)) == {False}
    finally:
        page.close()
    context = browser.new_context(java_script_enabled=False)
    try:
        plain = context.new_page()
        plain.goto(address)
        tables = plain.locator("details.twin table")
        assert tables.count() > 1
        assert all(tables.nth(place).is_visible() for place in range(min(tables.count(), 6)))
    finally:
        context.close()


def test_it_prints_whole_on_a4(browser, address):
    page, _, _ = opened(browser, address, A4)
    try:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        wide = page.evaluate(
            """() => [...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect())
                 .filter(r => r.right > innerWidth + 1 || r.height > 1000).length"""
        )
        assert wide == 0, "a figure is cut at the edge or longer than a page"
        cut = page.evaluate(
            """() => [...document.querySelectorAll('.scroll')]
                 .filter(s => s.scrollWidth > innerWidth + 1).map(s => s.getAttribute('aria-label'))"""
        )
        assert cut == []
        hidden = page.evaluate(
            "[...document.querySelectorAll('table')].filter(t => !t.getBoundingClientRect().height).length"
        )
        assert hidden == 0
        page.emulate_media(media="screen")
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        assert printed.startswith(b"%PDF-")
        patients = page.locator("section.patient").count()
        assert printed.count(b"/Type /Page\n") + printed.count(b"/Type/Page/") >= patients
    finally:
        page.close()
