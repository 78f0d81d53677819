"""For everyone: nothing that axe complains of, by any rule; narrow and zoomed screens, touch, print."""

from __future__ import annotations

import pytest
from browsing import ROOT, STAGE, STILL, at_rest
from playwright.sync_api import expect

from rnnviz.charts.theme import GROUNDS
from rnnviz.settings.fields import PARTS

pytestmark = pytest.mark.browser
EXCEPT = {
    "color-contrast-enhanced": "*",  # level AAA, seven to one: colours of roles are told apart at level AA
    "td-has-header": ".matrix table, .rnnviz-product table",  # a matrix has places, not headings
    "presentation-role-conflict": "[data-testid=stFileUploaderDropzone]",  # Streamlit's own
}
"""What is accepted: a rule, and where."""
RUN = """(accepted) => axe.run(document, {
    resultTypes: ["violations"],
    rules: Object.fromEntries(axe.getRules().map((one) => one.ruleId).map((id) => [id, {
        enabled: accepted[id] !== "*" }])),
}).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !(id in accepted) || !document.querySelector(target.at(-1)).matches(accepted[id]))
    .map(({ target, html }) => `${id}: ${target.join(" ")} ${html.slice(0, 160)}`)))"""
SIDEWAYS = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}"""
PATHS = ["/", *(f"/{path.stem.split('_', 1)[1]}" for path in sorted((ROOT / "pages").glob("*.py")))]

MOMENTS = [
    *(f"/Gradient_flow?part={part}" for part in PARTS[1:]),
    "/Chain_rule?frame=term-2-1&open=cells.share,state.free",
    "/Training?hidden=16&epoch=3",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_opens_cold_by_its_link_and_is_for_everyone(open_page, axe, path):
    page = open_page(f"{path}?hidden=4", **STILL)
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    assert_for_everyone(page, axe)
    page.emulate_media(color_scheme="light")
    for width in (700, 380):
        page.set_viewport_size({"width": width, "height": 900})
        at_rest(page)
        assert page.evaluate(SIDEWAYS) == [0, 0], width
    page.emulate_media(media="print")
    pressed = "[data-testid=stSidebar]:visible, .rnnviz-header:visible, .rnnviz-stage .bar:visible"
    assert page.locator(pressed).count() == 0
    assert page.locator("h1:visible").count() == 1


@pytest.mark.parametrize("path", MOMENTS)
def test_a_part_of_a_page_is_for_everyone(visit, axe, path):
    assert_for_everyone(visit(path), axe)


def test_what_the_toolbar_opens_is_for_everyone(visit, axe):
    page = visit("/Words")
    for key in ("a", "o", "?", "w"):
        page.keyboard.press(key)
        if key != "a":
            expect(page.get_by_role("dialog")).to_be_visible()
            assert_for_everyone(page, axe)
            page.keyboard.press("Escape")


def assert_for_everyone(page, axe: str) -> None:
    """Ask every rule of axe in both themes; meanwhile nothing moves, and afterwards it does again."""
    style = page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    page.evaluate(axe)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css(
            "background-color", f"rgb{tuple(bytes.fromhex(GROUNDS[scheme].page[1:]))}"
        )
        assert complaints_at_rest(page) == [], scheme
    style.evaluate("one => one.remove()")


def complaints_at_rest(page) -> list[str]:
    """Return what axe finds; a loaded machine takes its time to change all colours, so it may look again."""
    for _ in range(4):
        at_rest(page)
        found = page.evaluate(RUN, EXCEPT)
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
