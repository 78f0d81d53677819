"""Hostile links: every page, every key, with texts that try to be more than text."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import ROOT, STILL, settled, turn
from playwright.sync_api import expect

from rnnviz.settings.config import FIELDS, PAGE_KEYS
from tests.configurations import spread

pytestmark = pytest.mark.browser

PATHS = ["/", *(f"/{Path(page).stem.split('_', 1)[1]}" for page in sorted((ROOT / "pages").glob("*.py")))]

MARKUP = "<img data-evil src=x onerror=window.__hit=1>![i](http://evil.test/i.png)[a](javascript:__hit=1)$x^2$:red[r]"
TEXTS = (
    MARKUP,
    "<script data-evil>window.__hit = 1</script>",
    "'\"><svg data-evil onload=window.__hit=1>",
    "</script></style></textarea><iframe data-evil srcdoc='<p>'>",
    "javascript:window.__hit=1",
    "__proto__",
    "constructor.prototype",
    "a\x00b\r\nSet-Cookie: evil=1",
    "\u202eevil\u2066\U0001f0a1\u200d\ufeff",
    "9" * 2000,
    "../../../../etc/passwd",
    "{{7*7}}${window.__hit=1}",
    "-1e309",
)
BROKEN = ("%", "%zz%ff%fe", "%3Cimg%20data-evil%20src%3Dx%3E%", "", "1&steps=2&frame=%00&q=3")
NASTY = [*map(quote, TEXTS), *BROKEN]
"""As they stand in a link: quoted, or broken on purpose."""

SHOW_TEXT = ("/Unrolled_network", "/Training")
KEYS = sorted({*FIELDS, *PAGE_KEYS, "__proto__", "embed_options", "evil"} - {"preset", "text"})
INJECTED = "[data-evil], img[src*='evil'], a[href*='//evil'], a[href^='javascript'], iframe[srcdoc]"


def hostile(place: int) -> str:
    """Return a query that gives each key another nasty value a page; the reader's own text is markup."""
    values = islice(cycle(NASTY), 7 * place, None)
    rest = "&".join(f"{key}={value}" for key, value in zip(KEYS, values, strict=False))
    own = f"preset=characters&text={quote(MARKUP)}" if PATHS[place] in SHOW_TEXT else ""
    return f"?{own}&{rest}&steps={NASTY[place]}&hidden=2"


def harmless(page) -> None:
    """What the link says stands nowhere but in texts, nothing of it ran, and nothing failed."""
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    assert page.locator(INJECTED).count() == 0
    assert page.locator("[data-testid='stAlert'] :is(strong, em, code, a, .katex)").count() == 0
    assert page.evaluate("window.__hit === undefined && ({}).evil === undefined")


def leave_lecture_mode(page) -> None:
    """Bring the sidebar back where the link asked for the lecture mode, which has none."""
    leave = page.get_by_role("button", name="Leave", exact=True)
    page.wait_for_selector(".rnnviz-toolbar", state="attached")
    if leave.is_visible():
        leave.click()


@pytest.mark.parametrize("paths", spread([PATHS[:2], PATHS[2:]], 2), ids=["first", "others"])
def test_no_link_breaks_a_page_or_runs_in_it(open_page, server, paths):
    page = open_page("/", **STILL)
    dialogs = []
    heard = lambda dialog: dialogs.append(dialog.message) or dialog.dismiss()  # noqa: E731
    page.on("dialog", heard)
    for place, path in ((PATHS.index(path), path) for path in paths):
        if place % 3 == 0:
            page.goto(server + path + hostile(place))
            settled(page)
        else:
            turn(page, path + hostile(place))
        harmless(page)
        expect(page.locator("[data-testid='stAlert']").first).to_be_visible()
        leave_lecture_mode(page)
        page.get_by_role("button", name="Reset to preset").click()
        page.wait_for_function("!new URLSearchParams(location.search).has('evil')")
        expect(page.locator("[data-testid='stAlert']", has_text="was ignored")).to_have_count(0)
    harmless(page)
    page.remove_listener("dialog", heard)
    assert dialogs == []
