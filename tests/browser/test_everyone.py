"""For everyone: nothing that axe complains of, by any rule; narrow and zoomed screens, touch, print."""

from __future__ import annotations

import pytest
from browsing import FILLED, ROOT, STAGE, STILL, WHOLE_NETWORK, at_rest, printed, sized
from playwright.sync_api import expect

from rnnviz.charts.theme import GROUNDS
from rnnviz.settings.fields import PARTS
from tests.configurations import spread

pytestmark = pytest.mark.browser
EXCEPT = {
    "color-contrast-enhanced": "*",  # level AAA, seven to one: colours of roles are told apart at level AA
    "td-has-header": ".matrix table, .rnnviz-product table",  # a matrix has places, not headings
    "presentation-role-conflict": "[data-testid=stFileUploaderDropzone]",  # Streamlit's own
}
"""What is accepted: a rule, and where."""
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours; whatever else is asked is the same in both themes."""

RUN = """([accepted, only, where]) => axe.run(where || document, {
    resultTypes: ["violations"], ...(only ? { runOnly: only } : {}),
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
    "/Chain_rule?cell=lstm&frame=forward-1-o",
]


@pytest.mark.parametrize("path", spread(PATHS, 6))
def test_a_page_opens_cold_by_its_link_and_is_for_everyone(open_page, axe, path):
    page = open_page(f"{path}?hidden=4", **STILL)
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    assert_for_everyone(page, axe)
    page.emulate_media(color_scheme="light")
    for width, height in ((700, 900), (380, 900), (320, 256)):  # the last is 1280 × 1024 at 400 %
        sized(page, width, height)
        assert page.evaluate(SIDEWAYS) == [0, 0], width
    page.emulate_media(media="print")
    pressed = "[data-testid=stSidebar]:visible, .rnnviz-header:visible, .rnnviz-stage .bar:visible"
    assert page.locator(pressed).count() == 0
    assert page.locator("h1:visible").count() == 1


@pytest.mark.parametrize("path", spread(MOMENTS, 4))
def test_a_part_of_a_page_is_for_everyone(visit, axe, path):
    """Around it is what stands around its page."""
    assert_for_everyone(visit(path), axe, "[data-testid=stMain]")


def test_what_the_toolbar_opens_is_for_everyone(visit, axe):
    page = visit("/Take_away")
    for key in ("a", "o", "?", "w"):
        page.keyboard.press(key)
        if key != "a":
            expect(page.get_by_role("dialog")).to_be_visible()
            assert_for_everyone(page, axe, "[role=dialog], dialog")
            page.keyboard.press("Escape")


def assert_for_everyone(page, axe: str, where: str | None = None) -> None:
    """Ask every rule of axe in one theme, and those about colours in the other; meanwhile nothing moves."""
    style = page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    page.evaluate(axe)
    for scheme, rules in (("light", COLOURS), ("dark", None)):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css(
            "background-color", f"rgb{tuple(bytes.fromhex(GROUNDS[scheme].page[1:]))}"
        )
        assert complaints_at_rest(page, rules, where) == [], scheme
    style.evaluate("one => one.remove()")


def complaints_at_rest(page, *which: object) -> list[str]:
    """Return what axe finds; a loaded machine takes its time to change all colours, so it may look again."""
    for _ in range(4):
        at_rest(page)
        found = page.evaluate(RUN, [EXCEPT, *which])
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
    expect(page.locator(f"{STAGE} .hint")).to_have_text("", use_inner_text=True)
    assert_whole_on_a_phone(page)


def assert_whole_on_a_phone(page) -> None:
    """The network without a sideways scroll, one pane under it, the player at the lower edge, a card above that."""
    height = page.viewport_size["height"]
    assert page.evaluate(WHOLE_NETWORK)
    bar = page.locator(f"{STAGE} [data-part=transport]").bounding_box()
    assert abs(bar["y"] + bar["height"] - height) <= 1
    card = page.locator(f"{STAGE} .tip").bounding_box()
    assert card["y"] + card["height"] <= bar["y"]
    while page.locator(f"{STAGE} .tip").is_visible():  # a tap while the swipe still runs out stops it, and is no click
        page.locator(f"{STAGE} .tip").get_by_role("button", name="Close").tap()
        at_rest(page)
    for pane, shown in (("Path", "equation"), ("Grid", "grid"), ("Factors", "factors")):
        page.locator(f"{STAGE} .panes").get_by_role("button", name=pane).tap()
        parts = page.locator(f"{STAGE} [data-part]:visible")
        below = {part.get_attribute("data-part") for part in parts.all()} & {"equation", "factors", "grid"}
        assert shown in below
        assert ("grid" in below) == (pane == "Grid")
        for button in page.locator(f"{STAGE} :is(.bar button:not(.phase), .panes :is(button, select))").all():
            box = button.bounding_box()
            assert min(box["width"], box["height"]) >= 44, button.inner_html()
    share, product = page.locator(f"{STAGE} .formula .share"), page.locator(f"{STAGE} .factors > :last-child")
    number = page.locator(f"{STAGE} .cell[data-lit] .number").text_content()
    assert share.inner_text().split("\n") == [number, "of the gradient"]
    across, beside = share.bounding_box(), product.bounding_box()
    assert beside["x"] + beside["width"] < across["x"]
    assert beside["y"] <= across["y"] <= across["y"] + across["height"] <= beside["y"] + beside["height"]


IN_SIGHT = """() => {
    const graph = document.querySelector("[data-testid=stage] .graph"), box = graph.getBoundingClientRect();
    const isIn = ({ left, right }) => left >= box.left && right <= box.right;
    const nodes = [...graph.querySelectorAll(".node[data-row=H]")];
    return nodes.filter((one) => isIn(one.getBoundingClientRect())).map((one) => one.dataset.q);
}"""


@pytest.mark.slow
def test_a_phone_shows_the_steps_of_a_path_over_a_map_of_all_of_them(open_page):
    page = open_page("/Chain_rule?preset=echo&frame=term-8-7", viewport={"width": 380, "height": 800}, **STILL)
    page.wait_for_selector(f"{STAGE} .map")
    at_rest(page)
    assert page.evaluate(IN_SIGHT) == ["H_7", "H_8", "H_9"]
    lit = page.locator(f"{STAGE} .map [data-lit]")
    assert lit.evaluate_all("all => all.map((one) => one.dataset.q)") == ["H_7", "H_8"]
    first = page.get_by_role("slider", name="First step in sight")
    expect(first).to_have_value("7")
    first.press("ArrowLeft")
    assert page.evaluate(IN_SIGHT) == ["H_6", "H_7", "H_8"]
    page.locator(STAGE).press("ArrowRight")
    expect(page.locator(STAGE)).to_have_attribute("data-frame-id", "term-8-6")
    assert page.evaluate(IN_SIGHT) == ["H_6", "H_7", "H_8"], "it stays where all of the path is seen"
    page.locator(STAGE).press("ArrowRight")
    assert page.evaluate(IN_SIGHT) == ["H_5", "H_6", "H_7"]
    assert page.evaluate(SIDEWAYS) == [0, 0]


OVER = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const { position } = getComputedStyle(one), box = one.getBoundingClientRect();
    const isSeen = one.checkVisibility({ visibilityProperty: true }) && getComputedStyle(one).clipPath === "none";
    return ["fixed", "sticky"].includes(position) && isSeen && box.width > 100 && box.top < innerHeight;
}).reduce((sum, one) => sum + one.clientHeight, 0)"""
"""How many pixels of the window's height lie under what stays while the page is scrolled."""

COLOURED = """() => {
    const style = (one) => getComputedStyle(document.querySelector(`[data-testid=stage] ${one}`));
    const canvas = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
    return [style(".grid .cell[data-lit]").outlineStyle, style(".station .column").backgroundColor !== canvas,
        style(".node[data-lit] rect").strokeWidth];
}"""


def test_the_stage_is_for_forced_colours_for_paper_and_for_a_window_of_a_few_lines(open_page, tmp_path):
    page = open_page("/Chain_rule?frame=term-2-1", **STILL)
    page.wait_for_selector(STAGE)
    page.emulate_media(forced_colors="active")
    assert page.evaluate(COLOURED) == ["solid", True, "4px"]
    page.emulate_media(forced_colors="none")
    pages, colours = printed(page.pdf(path=tmp_path / "handout.pdf", format="A4"))
    assert pages == 1
    assert colours > FILLED
    page.emulate_media(media="print")
    for part in ("caption", "network", "equation", "factors", "grid"):
        expect(page.locator(f"{STAGE} [data-part={part}]")).to_be_visible()
    page.emulate_media(media="screen")
    sized(page, 350, 225)
    expect(page.locator(f"{STAGE} .bar")).to_have_css("position", "static")
    assert page.evaluate(OVER) <= 48
    assert page.evaluate(SIDEWAYS) == [0, 0]


@pytest.mark.slow
def test_a_wide_network_is_one_page_of_paper_with_its_losses(visit, tmp_path):
    page = visit("/Chain_rule?preset=characters&frame=term-8-3")
    sized(page, 1400, 900)
    assert printed(page.pdf(path=tmp_path / "handout.pdf", format="A4"))[0] == 1
    page.emulate_media(media="print")
    expect(page.locator(f"{STAGE} .node[data-row=L] .bar").first).to_be_visible()
    expect(page.locator(f"{STAGE} .bar[data-part=transport]")).to_be_hidden()


STOP = "(({ dataset, textContent }) => [dataset.q, textContent.trim()])(document.activeElement)"


def test_the_keyboard_comes_from_home_to_a_term_in_fewer_than_twelve_stops(open_page):
    page, stops = open_page("/", **STILL), []
    page.wait_for_selector(STAGE)
    chip = page.locator(".rnnviz-header .chip")
    if chip.get_attribute("aria-expanded") == "true":
        page.keyboard.press("s")  # as they are for a reader who comes for the first time
        expect(chip).to_have_attribute("aria-expanded", "false")

    def tab_to(wanted: str) -> None:
        while wanted not in (now := page.evaluate(STOP)) and len(stops) < 12:
            page.keyboard.press("Tab")
            stops.append(now)

    tab_to("Skip to the picture")
    assert len(stops) == 1
    tab_to("Chain rule")
    page.keyboard.press("Enter")
    page.wait_for_url("**/Chain_rule*")
    page.wait_for_selector(f"{STAGE}[data-frame-id='term-2-1']")
    at_rest(page)
    tab_to("Skip to the picture")
    page.keyboard.press("Enter")
    expect(page.locator(STAGE)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    stops += ["parameter", "node"]
    node = page.evaluate(STOP)[0]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(STOP)[0] != node
    assert page.get_attribute(STAGE, "data-frame-id") == "term-2-1"
    tab_to("term_2_1")
    assert len(stops) < 12, stops


def test_on_a_phone_a_swipe_turns_the_paragraph_of_a_lesson(open_page):
    phone = {"viewport": {"width": 380, "height": 800}, "has_touch": True, "is_mobile": True}
    page = open_page("/Lessons?lesson=notation.2", **phone, **STILL)
    page.wait_for_selector("[data-testid=lesson]")
    assert page.evaluate(WHOLE_NETWORK)
    place = page.locator(".paragraph").bounding_box()
    swipe(page, (place["x"] + 200, place["y"] + 40), -120)
    page.wait_for_selector("[data-testid=lesson][data-paragraph='2']")
