"""A page's picture and its words share one screen: their parts are whole in the window, and the way on never moves."""

from __future__ import annotations

import pytest
from browsing import SIZES, STAGE, WHOLE_NETWORK, at_rest, closed
from playwright.sync_api import expect

from tests.configurations import spread

pytestmark = pytest.mark.browser
WHOLE = """() => {
    const isWhole = (part) => {
        const { left, right, top, bottom } = part.getBoundingClientRect();
        const fits = part.scrollWidth <= part.clientWidth + 2 && left >= -1 && right <= innerWidth + 1;
        return fits && top >= 47 && bottom <= innerHeight + 1;
    };
    const parts = [...document.querySelectorAll("[data-part]")];
    const seen = parts.filter((part) => part.checkVisibility() && part.clientHeight);
    return seen.filter(isWhole).map((part) => part.dataset.part).sort();
}"""
GO = """([stage, frame]) => {
    const found = document.querySelector(stage), { dataset } = found;
    const press = (key) => found.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("Home");
    for (let left = dataset.frames; left && dataset.frameId !== frame; left -= 1) press("ArrowRight");
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
TOP = "selector => document.querySelector(selector).getBoundingClientRect().top"


def whole_at(page, size: tuple[int, int], frame: str) -> set[str]:
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    at_rest(page)
    page.evaluate(GO, [STAGE, frame])
    return set(page.evaluate(WHOLE))


def test_home_shows_the_network_alone_and_formula_and_grid_with_their_phase(visit):
    page = visit("/")
    page.wait_for_selector(STAGE)
    closed(page)
    for size in SIZES:
        for frame, more in (("forward-1", set()), ("loss", set()), ("term-2-1", {"grid"})):
            assert whole_at(page, size, frame) == {"caption", "network", "transport"} | more, (size, frame)
        expect(page.get_by_role("link", name="Predict, then see")).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("All 17 examples")).to_be_in_viewport(ratio=1)
    assert page.locator(".st-key-words-home").bounding_box()["width"] <= 300
    page.set_viewport_size({"width": 390, "height": 844})
    at_rest(page)
    assert page.evaluate(TOP, STAGE) < 440
    assert page.evaluate(WHOLE_NETWORK)
    page.get_by_text("All 17 examples").click()
    expect(page.get_by_role("link", name="The cliff")).to_be_visible()


def test_the_forward_pass_is_one_screen_with_its_step_opened(visit):
    page = visit("/Unrolled_network?batch=4")
    page.wait_for_selector(STAGE)
    closed(page)
    assert int(page.get_attribute(STAGE, "data-frames")) == 11, "it ends with the loss"
    rolled = page.locator(".st-key-words-forward img").first
    for size in SIZES:
        for frame in ("forward-0", "output-2", "loss"):
            whole = {"caption", "network", "equation", "factors", "transport"}
            assert whole_at(page, size, frame) == whole, (size, frame)
        for one in (rolled, page.locator(".st-key-states"), page.locator(".st-key-predictions")):
            expect(one).to_be_in_viewport(ratio=0.99)
        assert rolled.bounding_box()["y"] < 120
    page.set_viewport_size({"width": 390, "height": 844})
    at_rest(page)
    assert page.evaluate(WHOLE_NETWORK)
    before = page.locator(".st-key-states").text_content()
    page.get_by_label("Sample", exact=True).select_option("sample 3 of 4")
    page.wait_for_url("**sample=2**")
    page.wait_for_function("before => document.querySelector('.st-key-states').textContent !== before", arg=before)
    expect(page.get_by_label("Sample", exact=True)).to_have_value("2")


READ = """async () => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const lesson = document.querySelector("[data-testid=lesson]"), next = lesson.querySelector(".onward");
    const main = document.querySelector("[data-testid=stMain]"), { dataset } = lesson;
    const names = ":is(.network, .grid, .prose, .onward)";
    const places = new Set(), cut = [];
    for (;;) {
        await drawn();
        const { left, top, width, height } = next.getBoundingClientRect();
        places.add([left, top, width, height].map(Math.round).join());
        const parts = [...document.querySelectorAll(`.rnnviz-stage ${names}`)];
        const whole = parts.every((part) => {
            const box = part.getBoundingClientRect();
            return box.width && box.top >= 47 && box.bottom <= innerHeight && box.right <= innerWidth;
        });
        if (!whole || main.scrollTop) cut.push(dataset.paragraph);
        if (Number(dataset.paragraph) === dataset.paragraphs - 1) return { places: places.size, cut, top };
        next.click();
    }
}"""


@pytest.mark.parametrize("name", spread(["notation", "vector", "sequence", "general"], 2))
def test_next_stays_where_it_is_over_a_lesson_and_every_paragraph_is_on_one_screen(visit, name):
    preset = "lecture-sequence-to-vector" if name == "vector" else "lecture-sequence-to-sequence"
    page = visit(f"/Lessons?preset={preset}&lesson={name}.1")
    page.wait_for_selector(f"[data-testid=lesson][data-lesson='{name}']")
    closed(page)
    for size in SIZES if name == "sequence" else SIZES[1:2]:
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        page.focus("[data-testid=lesson]")
        page.keyboard.press("Home")
        at_rest(page)
        found = page.evaluate(READ)
        assert (found["places"], found["cut"]) == (1, []), size
        assert found["top"] < size[1]
