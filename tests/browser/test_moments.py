"""A link holds the moment: frame, numbers, selection, what is opened; lessons, steps, lecture mode."""

from __future__ import annotations

import random
import re
from urllib.parse import parse_qsl, urlencode

import pytest
from browsing import RESTS, STAGE, STILL, at_rest, choose, forget, settled, turn
from playwright.sync_api import expect

from benchmarks.serving import serving
from tests.configurations import spread

pytestmark = pytest.mark.browser
PLAYER = f"{STAGE}, [data-testid='training-player']"
LESSON = "[data-testid='lesson']"
TOOLBAR = ".rnnviz-toolbar"

SNAPSHOT = """() => {
    const player = document.querySelector("[data-testid='stage'], [data-testid='training-player']");
    const lesson = player.querySelector("[data-testid='lesson']:not([hidden])");
    const text = (which) => [...player.querySelectorAll(which)].map((one) => one.textContent).join("|");
    const picked = new Set([...player.querySelectorAll("[data-picked]")].map((one) => one.dataset.q));
    return {
        page: location.pathname, frame: player.dataset.frameId, frames: player.dataset.frames,
        act: player.dataset.act || null, sentence: text("p.sentence"), matrices: text(".matrices"),
        grid: text(".grid"), network: text(".network"), pressed: text("[aria-pressed='true']"),
        lesson: lesson && `${lesson.dataset.lesson} ${lesson.dataset.paragraph}`, picked: [...picked].sort(),
    };
}"""
MOVE = """([share, seed]) => {
    const scrubber = document.querySelector(".scrubber");
    scrubber.value = Math.round(share * scrubber.max);
    scrubber.dispatchEvent(new Event("input", { bubbles: true }));
}"""
PAGES = ("Chain_rule", "Training", "Chain_rule", "", "Chain_rule", "Lessons")
LINK = "() => { dispatchEvent(new CustomEvent('rnnviz:settle')); return location.pathname + location.search; }"


def random_states(count: int) -> list[tuple[str, dict, random.Random]]:
    """Return pages with settings, and what draws the rest."""
    found = []
    for place in range(count):
        draw = random.Random(place)
        page = PAGES[place % len(PAGES)]
        query = {
            "preset": draw.choice(["lecture-sequence-to-sequence", "lecture-sequence-to-vector"]),
            "seed": draw.randrange(1000),
            "hidden": draw.randint(2, 4),
            "parameter": draw.choice(["W1", "Wh1", "b1", "W2", "b2"]),
        }
        if page == "Chain_rule":
            query |= {"steps": draw.randint(2, 5), "symbols": draw.choice(["lecture", "pytorch"])}
            query |= {"edits": f"Wh1.0.1:{draw.uniform(-1, 1)!r}"} if draw.random() < 0.5 else {}
        if page == "Training":
            query |= {"epochs": draw.randint(5, 60), "optimiser": draw.choice(["sgd", "adam"])}
        if page == "Lessons":
            query |= {"lesson": "general.1"}
        found.append((page, query, draw))
    return found


def wander(page, name: str, draw: random.Random) -> None:
    """Do what a reader may do before the link is copied."""
    page.evaluate(MOVE, [draw.random(), 0])
    if name == "Lessons":
        for _ in range(draw.randrange(6)):
            page.locator(f"{LESSON} .onward").click()
        return
    if name == "Training":
        for _ in range(draw.randrange(3)):
            page.locator("[data-testid='training-player']").press("ArrowDown")
        page.locator("[data-parameter]").nth(draw.randrange(5)).click()
        return
    if name == "Chain_rule":
        page.locator(".readings [data-choice]").nth(draw.randrange(4)).click()
        for button in page.locator(".switches [data-choice='split'], .switches [data-choice='fused']").all():
            if draw.random() < 0.5:
                if page.locator(".factor-panel:not(:popover-open) .switches").count():
                    page.click(".open-factor")
                button.click()
    if draw.random() < 0.7:
        page.locator(".node[data-q]").nth(draw.randrange(4)).click(position={"x": 6, "y": 6})
    page.mouse.move(0, 0)


@pytest.fixture(scope="module")
def second_server():
    with serving() as (address, _):
        yield address


@pytest.mark.slow
def test_random_moments_are_the_same_in_a_fresh_browser_on_a_fresh_server(visit, context_like, second_server):
    fresh, opened = context_like(locale="en-GB", **STILL).new_page(), None
    fresh.set_default_timeout(60_000)
    for name, query, draw in random_states(20):
        page = visit(f"/{name}?{urlencode(query)}")
        page.wait_for_selector(PLAYER)
        wander(page, name, draw)
        link, shown = page.evaluate(LINK), page.evaluate(SNAPSHOT)
        if opened:
            assert_shown(fresh, *opened)
        forget(fresh, second_server)
        fresh.goto(second_server + link, wait_until="commit")  # it loads while the next moment is made
        opened = link, shown
    assert_shown(fresh, *opened)


def assert_shown(page, link: str, shown: dict) -> None:
    """A page that was opened by a link shows the moment of the link."""
    settled(page)
    page.wait_for_selector(PLAYER)
    page.wait_for_function(f"document.querySelector(\"{PLAYER}\").dataset.frameId === '{shown['frame']}'")
    assert page.evaluate(SNAPSHOT) == shown, link


IMPOSSIBLE = (
    "?frame=<b>x</b>&q=<script>&open=cells.nonsense,jacobian.7,walk.x",
    "?frame=term-99-1&q=H_77&open=" + "a.b," * 90,
    "?open=..,,.&q=&frame=",
)


@pytest.mark.parametrize("link", spread(IMPOSSIBLE))
def test_a_moment_that_cannot_be_leaves_the_stage_alive(visit, link):
    page = visit(f"/Chain_rule{link}")
    page.wait_for_selector(STAGE)
    assert page.evaluate(SNAPSHOT)["picked"] == []
    page.focus(STAGE)
    page.keyboard.press("Home")
    assert page.get_attribute(STAGE, "data-frame-id") == "start"


def test_a_lesson_is_played_by_keyboard_with_its_stage_and_sends_nothing(visit, count_messages):
    page = visit("/Lessons?preset=lecture-sequence-to-vector&lesson=vector.1")
    page.wait_for_selector(LESSON)
    sent = count_messages(page)
    page.focus(LESSON)
    seen = []
    for _ in range(int(page.get_attribute(LESSON, "data-paragraphs")) - 1):
        page.keyboard.press("ArrowRight")
        seen.append((int(page.get_attribute(LESSON, "data-paragraph")), page.get_attribute(STAGE, "data-frame-id")))
    assert [place for place, _ in seen] == list(range(1, 38))
    assert {f"term-2-{k}" for k in range(3)} | {"sum", "update", "forward-0", "loss-2"} <= {frame for _, frame in seen}
    page.keyboard.press("PageUp")
    assert page.get_attribute(LESSON, "data-paragraph") == "36"
    assert sent() == 0


def test_a_paragraph_lights_the_stage_and_the_stage_keeps_its_own_keys(visit):
    page = visit("/Lessons?preset=lecture-sequence-to-vector&lesson=vector.15")
    page.wait_for_selector(LESSON)
    expect(page.locator(".boxed")).to_have_text(re.compile("Chain Rule. H.* depends on"))
    assert page.get_attribute(STAGE, "data-frame-id") == "term-2-2"
    page.locator(f"{LESSON} .token[data-q='dL_2/dY_hat_2']").first.hover()
    assert page.locator(".edge[data-q='dL_2/dY_hat_2'][data-pointed]").count() == 1
    page.locator(".graph").click(position={"x": 4, "y": 4})
    page.focus(STAGE)
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(STAGE, "data-frame-id") == "term-2-1"
    assert page.get_attribute(LESSON, "data-paragraph") == "14"


def test_a_lesson_goes_on_where_it_was_left_and_offers_the_next(visit):
    page = visit("/Lessons?lesson=notation.1")
    page.wait_for_selector(LESSON)
    for _ in range(4):
        page.locator(f"{LESSON} .onward").click()
    page.goto(page.url.split("?")[0])
    settled(page)
    page.wait_for_selector(f"{LESSON}[data-paragraph='4']")
    page.focus(LESSON)
    page.keyboard.press("End")
    page.get_by_role("button", name="Next lesson: Sequence to vector").click()
    page.wait_for_selector(f"{LESSON}[data-lesson='vector']")
    assert page.get_attribute(LESSON, "data-paragraph") == "0"
    assert "preset=lecture-sequence-to-vector" in page.url


def test_prepared_steps_are_walked_through_in_lecture_mode(visit):
    page = visit("/Chain_rule?frame=term-2-1")
    page.wait_for_selector(STAGE)
    page.wait_for_selector(TOOLBAR)
    page.keyboard.press("a")
    visit("/?preset=lecture-sequence-to-vector")
    page.wait_for_selector(STAGE)
    page.keyboard.press("l")
    page.keyboard.press("End")
    assert page.get_attribute(STAGE, "data-frame-id") == "update"
    page.keyboard.press("a")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("PageUp")
    page.wait_for_url("**/Chain_rule*")
    page.wait_for_selector(f"{STAGE}[data-frame-id='term-2-1']")
    page.keyboard.press("PageDown")
    page.wait_for_url(re.compile(r"/\?.*preset=lecture-sequence-to-vector"))
    page.wait_for_selector(f"{STAGE}[data-frame-id='update']")
    page.keyboard.press("o")
    expect(page.locator("dialog li")).to_have_count(2)
    page.get_by_role("button", name="Move step 2 up").click()
    page.get_by_role("button", name="Remove step 2").click()
    expect(page.locator("dialog li input")).to_have_value(re.compile("update"))
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator("dialog li")).to_have_count(0)
    expect(page.get_by_role("button", name="Remove all")).to_be_disabled()


def test_black_screen_pointer_and_keys_in_lecture_mode(visit):
    page = visit("/Chain_rule?lecture=1")
    page.wait_for_selector(STAGE)
    page.keyboard.press("b")
    expect(page.locator(".curtain")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".curtain")).to_have_count(0)
    page.keyboard.press("p")
    page.mouse.move(400, 300)
    assert "400px, 300px" in page.locator(".ring").get_attribute("style")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    before = page.get_attribute(STAGE, "data-frame")
    page.keyboard.press("ArrowRight")
    assert int(page.get_attribute(STAGE, "data-frame")) == int(before) + 1
    page.locator(f"{STAGE} p.sentence .word[data-q]").first.click()
    page.keyboard.press("Escape")
    expect(page.locator("[data-picked]")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_letters_typed_into_a_field_stay_letters(visit):
    page = visit("/Chain_rule")
    field = page.get_by_test_id("stSidebar").locator("input").first
    field.click()
    page.keyboard.type("las?")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_the_link_is_copied_with_its_moment(open_page):
    page = open_page("/Chain_rule?frame=term-1-0", permissions=["clipboard-read", "clipboard-write"], **STILL)
    page.wait_for_selector(STAGE)
    page.locator(".node[data-q='H_1']").click(position={"x": 6, "y": 6})
    page.set_viewport_size({"width": 380, "height": 900})
    before = page.locator("h1").bounding_box()
    choose(page, "Share", "Copy link")
    expect(page.locator(".said")).to_have_text("Link copied")
    assert page.locator("h1").bounding_box() == before
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("/Chain_rule?frame=term-1-0&q=H_1")


def test_the_settings_open_and_close_from_the_header(open_page):
    page = open_page("/Chain_rule", beside=False, **STILL)
    assert page.locator(STAGE).bounding_box()["y"] <= 120
    for path in (RESTS[0], "/Chain_rule?preset=echo"):
        turn(page, path)
    chip, preset = page.locator(".rnnviz-header .chip"), page.get_by_role("combobox", name="Preset")
    expect(chip).to_have_text("Echo · T 10 · 12 tanh units")
    expect(preset).not_to_be_in_viewport()
    for press in (chip.click, lambda: page.keyboard.press("s"), chip.click):
        press()
        at_rest(page)
        opened = chip.get_attribute("aria-expanded") == "true"
        expect(preset).to_be_in_viewport(ratio=0.5) if opened else expect(preset).not_to_be_in_viewport()
    page.reload()
    expect(preset).to_be_in_viewport()
    expect(chip).to_have_attribute("aria-expanded", "true")
    page.evaluate("document.querySelector('[data-testid=stSidebarCollapseButton] button').click()")
    expect(chip).to_have_attribute("aria-expanded", "false")


def test_a_setting_changed_beside_a_lesson_draws_its_frame_once(visit):
    page = visit("/Lessons?lesson=sequence.3&hidden=4")
    page.wait_for_selector(LESSON)
    page.evaluate(
        """stage => {
            window.drawn = 0;
            const count = (found) => window.drawn += found.filter((one) => one.addedNodes.length).length;
            const place = document.querySelector(`${stage} .equation`);
            new MutationObserver(count).observe(place, { childList: true });
        }""",
        STAGE,
    )
    before = page.locator(f"{STAGE} .network").inner_html()
    page.get_by_role("slider", name="Hidden units").first.press("ArrowRight")
    page.wait_for_url("**hidden=5*")
    page.wait_for_function(
        "([stage, before]) => document.querySelector(`${stage} .network`).innerHTML !== before", arg=[STAGE, before]
    )
    settled(page)
    assert page.evaluate("window.drawn") == 1


@pytest.mark.parametrize(("page_name", "key"), [("Chain_rule", "frame"), ("Training", "epoch")])
def test_the_link_follows_while_it_plays_and_nothing_is_sent(visit, count_messages, page_name, key):
    page = visit(f"/{page_name}?preset=echo&epochs=300")
    player = page.locator(PLAYER)
    sent = count_messages(page)
    player.focus()
    player.press("Home")
    start = page.evaluate(f'document.querySelector("{PLAYER}").dataset.frameId')
    page.keyboard.press("Space")
    page.wait_for_function(
        f"""([start, key]) => {{
            const player = document.querySelector("{PLAYER}"), shown = player.dataset.frameId;
            const linked = new URLSearchParams(location.search).get(key);
            const plays = player.querySelector("[aria-label='Pause']") !== null && shown !== start;
            return plays && linked !== null && shown.endsWith(linked);
        }}""",
        arg=[start, key],
    )
    assert sent() == 0
    page.keyboard.press("Space")
    link, shown = page.evaluate(LINK), page.evaluate(SNAPSHOT)["frame"]
    assert dict(parse_qsl(link.partition("?")[2]))[key] == shown.removeprefix("epoch-")
    page.reload()
    settled(page)
    page.wait_for_selector(f"{PLAYER}[data-frame-id='{shown}']")


def test_a_change_that_leaves_the_stage_alone_leaves_the_moment_in_the_link(visit):
    page = visit("/Chain_rule?preset=echo&steps=4&frame=term-2-1&q=H_1")
    page.wait_for_selector(f"{PLAYER}[data-frame-id='term-2-1']")
    page.get_by_text("Words on this page").click()
    page.wait_for_function("location.search.includes('see=') && location.search.includes('frame=term-2-1')")
    assert "q=H_1" in page.url
