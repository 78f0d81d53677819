"""For everyone: nothing that axe calls serious or critical; narrow and zoomed screens, touch, print."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from browsing import ROOT, STAGE, STILL, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then((found) =>
    found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}`)))"""
SIDEWAYS = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}"""
PATHS = ["/", *(f"/{path.stem.split('_', 1)[1]}" for path in sorted((ROOT / "pages").glob("*.py")))]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_opens_cold_by_its_link_and_is_for_everyone(open_page, path):
    page = open_page(f"{path}?hidden=4", **STILL)
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert complaints_at_rest(page) == [], scheme
    page.emulate_media(color_scheme="light")
    for width in (700, 380):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        assert page.evaluate(SIDEWAYS) == [0, 0], width
    page.emulate_media(media="print")
    pressed = "[data-testid=stSidebar]:visible, .rnnviz-desk:visible, .rnnviz-stage .bar:visible"
    assert page.locator(pressed).count() == 0
    assert page.locator("h1:visible").count() == 1


def complaints_at_rest(page) -> list[str]:
    """Return what axe finds; a loaded machine takes its time to change all colours, so it may look again."""
    for wait in (150, 1500, 3000):
        page.wait_for_timeout(wait)
        settled(page)
        found = page.evaluate(RUN)
        if not found:
            break
    return found


def swipe(page, where: tuple[float, float], by: float) -> None:
    """Move a finger sideways."""
    (x, y), touch = where, page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in range(1, 6):
        place = {"x": x + by * part / 5, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_on_a_phone_a_tap_lights_and_a_swipe_steps(open_page):
    phone = {"viewport": {"width": 380, "height": 800}, "has_touch": True, "is_mobile": True}
    page = open_page("/Chain_rule?frame=term-2-1", **phone, **STILL)
    page.wait_for_selector(STAGE)
    page.locator(f"{STAGE} p.sentence .word[data-q='H_1']").tap()
    assert page.locator(".node[data-q='H_1'][data-picked]").count() == 1
    place = page.locator(f"{STAGE} p.sentence").bounding_box()
    middle = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    swipe(page, middle, -120)
    page.wait_for_selector(f"{STAGE}[data-frame-id='term-2-0']")
    swipe(page, middle, 120)
    page.wait_for_selector(f"{STAGE}[data-frame-id='term-2-1']")


def test_on_a_phone_a_swipe_turns_the_paragraph_of_a_lesson(open_page):
    phone = {"viewport": {"width": 380, "height": 800}, "has_touch": True, "is_mobile": True}
    page = open_page("/Lessons?lesson=notation.2", **phone, **STILL)
    page.wait_for_selector("[data-testid=lesson]")
    place = page.locator(".paragraph").bounding_box()
    swipe(page, (place["x"] + 200, place["y"] + 40), -120)
    page.wait_for_selector("[data-testid=lesson][data-paragraph='2']")
