"""A page's picture and its words share one screen: their parts are whole in the window, and the way on never moves."""

from __future__ import annotations

import re

import pytest
from browsing import (
    CUT,
    HIGH,
    MATHEMATICS,
    PICTURE,
    SCHEMES,
    SIZES,
    STAGE,
    STILL,
    WHOLE_NETWORK,
    at_rest,
    closed,
    in_scheme,
    sized,
)
from playwright.sync_api import expect

from benchmarks.serving import chromium_path

pytestmark = pytest.mark.browser
PLAYER = ":is([data-testid=stage], [data-testid=training-player])"
ALWAYS = ["caption", "network", "transport"]
PAGES = {
    "/": [*ALWAYS, "words"],
    "/Unrolled_network": [*ALWAYS, "equation", "factors", "words"],
    "/Chain_rule": [*ALWAYS, "equation", "factors", "grid"],
    "/Training": [*ALWAYS, "loss", "update"],
    "/Questions": ALWAYS,
}
"""The parts that every frame of a page shows; lessons are walked through below by their paragraphs, and test_laboratory
looks at the parts of Gradient flow."""
LECTURES = ("lecture-sequence-to-sequence", "lecture-sequence-to-vector")
EACH_FRAME = f"""async ([player, must]) => {{
    const cut = {CUT}, top = {PICTURE}, drawn = () => new Promise(requestAnimationFrame);
    const found = {{}}, edges = [], stage = document.querySelector(player);
    const scrubber = stage?.querySelector(".scrubber"), last = scrubber ? Number(scrubber.max) : 0;
    const by = Math.max(1, Math.ceil(last / 33));
    for (let at = 0; at < last + by; at += by) {{
        await drawn();
        if (scrubber) scrubber.value = Math.min(at, last);
        scrubber?.dispatchEvent(new Event("input"));
        await drawn();
        const faults = [...cut(must), ...(top() > {HIGH} ? [`the picture begins at ${{top()}}`] : [])];
        if (faults.length) found[stage?.dataset.frameId] = faults;
        edges.push(stage.querySelector("[data-part=network]").getBoundingClientRect().bottom);
    }}
    return [found, Number(stage?.dataset.frame) || 0, last, Math.max(...edges) - Math.min(...edges)];
}}"""
"""Walk through a page's frames, of a training every third; what is not whole or stands low in which, the end, and how
far the network's lower edge has moved."""
WALKS = [(path, LECTURES[place % 2], 0) for place, path in enumerate(PAGES) if path != "/Questions"] + [
    ("/Chain_rule", f"{LECTURES[0]}&hidden=6", 0),
    ("/Questions", "lstm-memory&steps=3", 0),
]
"""More units than are drawn with their numbers, and the narrowest stage."""
ALL_WALKS = [pytest.param(path, name, 2, marks=pytest.mark.slow) for path in PAGES for name in LECTURES]
GATED = [
    ("/", f"{LECTURES[0]}&cell=gru"),
    ("/Unrolled_network", f"{LECTURES[1]}&cell=lstm"),
    ("/Chain_rule", f"{LECTURES[1]}&cell=gru&reset=after&parameter=b1"),
    ("/Chain_rule", "lstm-memory&steps=3&parameter=b1"),
    ("/Chain_rule", "gru-echo&steps=3&lag=2"),
    ("/Chain_rule", f"{LECTURES[0]}&cell=lstm&steps=12&hidden=8"),
    ("/Chain_rule", "characters"),
]
"""Gated cells: an LSTM's memory, a reset after the product, three steps of eight units; the widest on one screen."""
ALL_WALKS += [pytest.param(*each, 1, marks=pytest.mark.slow) for each in GATED]


@pytest.mark.parametrize(("path", "preset", "count"), [*WALKS, *ALL_WALKS])
def test_every_frame_of_a_page_is_whole_on_one_screen(visit, path, preset, count):
    """In each window in one theme or in both, or in the smallest alone; themes and lectures take turns."""
    page = visit(f"{path}?preset={preset}")
    page.wait_for_selector("[data-part]")
    closed(page)
    for place, size in list(enumerate(SIZES))[: 3 if count else 1]:
        for turn in range(max(count, 1)):
            in_scheme(page, SCHEMES[(place + len(path) + turn) % 2])
            sized(page, *size)
            found, at, last, by = page.evaluate(EACH_FRAME, [PLAYER, PAGES[path]])
            assert (found, at) == ({}, last), size
            assert by < 8 or path in ("/", "/Questions"), "the network stands still while it plays"


GO = """([stage, frame]) => {
    const found = document.querySelector(stage), { dataset } = found;
    const press = (key) => found.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("Home");
    for (let left = dataset.frames; left && dataset.frameId !== frame; left -= 1) press("ArrowRight");
}"""
TOP = "selector => document.querySelector(selector).getBoundingClientRect().top"


def test_home_shows_the_network_alone_and_formula_and_grid_with_their_phase(visit):
    page = visit("/")
    page.wait_for_selector(STAGE)
    closed(page)
    sized(page, *SIZES[0])
    for frame, more in (("forward-1", set()), ("loss", set()), ("term-2-1", {"equation", "factors", "grid"})):
        page.evaluate(GO, [STAGE, frame])
        shown = page.locator(f"{STAGE} [data-part]:visible").evaluate_all("all => all.map(one => one.dataset.part)")
        assert set(shown) == {*ALWAYS, *more}, frame
    sized(page, 390, 844)
    assert page.evaluate(TOP, STAGE) < 440
    assert page.evaluate(WHOLE_NETWORK)
    page.get_by_text(re.compile(r"^All \d+ examples$")).click()
    expect(page.get_by_role("link", name="The cliff")).to_be_visible()


def test_the_forward_pass_is_one_screen_and_tells_of_the_chosen_sample(visit, count_messages):
    page = visit("/Unrolled_network?batch=4")
    page.wait_for_selector(STAGE)
    closed(page)
    sized(page, *SIZES[0])
    assert int(page.get_attribute(STAGE, "data-frames")) == 11, "it ends with the loss"
    sent = count_messages(page)
    page.locator(f"{STAGE} .node[data-q='H_1']").hover()
    assert page.evaluate(EACH_FRAME, [PLAYER, PAGES["/Unrolled_network"]]) == [{}, 10, 10, 0]
    assert sent() == 0
    sized(page, 390, 844)
    assert page.evaluate(WHOLE_NETWORK)
    before = page.locator(".st-key-states").text_content()
    page.get_by_label("Sample", exact=True).select_option("sample 3 of 4")
    page.wait_for_url("**sample=2**")
    page.wait_for_function("before => document.querySelector('.st-key-states').textContent !== before", arg=before)
    expect(page.get_by_label("Sample", exact=True)).to_have_value("2")


READ = f"""async () => {{
    const cut = {CUT}, drawn = () => new Promise(requestAnimationFrame);
    const lesson = document.querySelector("[data-testid=lesson]"), next = lesson.querySelector(".onward");
    const places = new Set(), found = {{}}, {{ dataset }} = lesson;
    for (;;) {{
        await drawn();
        await drawn();
        const {{ left, top, width, height }} = next.getBoundingClientRect();
        places.add([left, top, width, height].map(Math.round).join());
        const faults = cut(["prose", "network", "grid", "transport"]);
        if (faults.length) found[dataset.paragraph] = faults;
        if (Number(dataset.paragraph) === dataset.paragraphs - 1) return [found, places.size];
        next.click();
    }}
}}"""


BARS = "::-webkit-scrollbar { width: 15px; height: 15px } * { scrollbar-width: auto !important }"
PLACES = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    const box = (part) => document.querySelector(`[data-part=${part}]`).getBoundingClientRect();
    const isBeside = box("grid").top < box("network").bottom;
    return [innerWidth - main.clientWidth, main.scrollWidth - main.clientWidth, isBeside];
}"""


def test_where_a_scrollbar_takes_its_room_the_grid_stays_beside_the_network(browser, server):
    """A headless browser hides scrollbars unless told."""
    told = {"args": ["--no-sandbox", "--disable-gpu"], "ignore_default_args": ["--hide-scrollbars"]}
    with browser.browser_type.launch(executable_path=chromium_path(), **told) as other:
        page = other.new_page(viewport={"width": 1366, "height": 640}, **STILL)
        page.goto(f"{server}/Chain_rule?preset={LECTURES[0]}&frame=update")
        page.wait_for_selector(f"{STAGE} .network")
        page.add_style_tag(content=BARS)
        at_rest(page)
        assert page.evaluate(PLACES) == [15, 0, True]
        assert page.evaluate(EACH_FRAME, [PLAYER, PAGES["/Chain_rule"]])[0] == {}


LESSON_NAMES = ("notation", "vector", "sequence", "general", "gates")
LESSONS = [pytest.param(name, SIZES, marks=pytest.mark.slow) for name in LESSON_NAMES]


@pytest.mark.parametrize(
    ("name", "sizes"), [("notation", SIZES[1:2]), ("sequence", SIZES[:1]), ("gates", SIZES[:1]), *LESSONS]
)
def test_next_stays_where_it_is_over_a_lesson_and_every_paragraph_is_on_one_screen(visit, name, sizes):
    preset = "lecture-sequence-to-vector" if name == "vector" else "lecture-sequence-to-sequence"
    cell = "&cell=lstm" if name == "gates" else ""
    page = visit(f"/Lessons?preset={preset}&lesson={name}.1{cell}")
    page.wait_for_selector(f"[data-testid=lesson][data-lesson='{name}']")
    closed(page)
    page.evaluate(MATHEMATICS)
    for place, size in enumerate(sizes):
        in_scheme(page, SCHEMES[(place + len(name)) % 2])
        sized(page, *size)
        page.focus("[data-testid=lesson]")
        page.keyboard.press("Home")
        assert page.evaluate(READ) == [{}, 1], size


OUTSIDE = """() => [...document.querySelectorAll("[data-testid=stage] .node .square")].filter((square) => {
    const [box, node] = [square, square.closest(".node").firstChild].map((one) => one.getBoundingClientRect());
    return box.left < node.left - 1 || box.right > node.right + 1;
}).length"""
OVER = """() => {
    const box = (one) => document.querySelector(`[data-testid=stage] .${one}`).getBoundingClientRect();
    return [box("scale").top - box("triangle thead").bottom, box("grid-title").height < 30];
}"""


@pytest.mark.slow
def test_many_units_stand_in_their_nodes_on_a_phone_and_the_scale_under_the_steps(visit):
    page = visit("/Chain_rule?preset=lstm-memory&steps=3&frame=term-2-1")
    sized(page, 390, 844)
    assert page.evaluate(WHOLE_NETWORK)
    assert page.evaluate(OUTSIDE) == 0
    page = visit("/Chain_rule?preset=vanishing&frame=sum")
    sized(page, 1400, 900)
    under, is_one_line = page.evaluate(OVER)
    assert under > 0
    assert is_one_line
