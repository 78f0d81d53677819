"""What only a real browser can show of the stage."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from browsing import CUT, MATHEMATICS, STAGE, STILL, at_rest, frames
from playwright.sync_api import expect

from tests.configurations import spread

pytestmark = pytest.mark.browser


def frame_id(page) -> str:
    return page.get_attribute(STAGE, "data-frame-id")


GO_TO = """(stage, wanted) => {
    const press = (key) => stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    stage.focus();
    press("Home");
    for (let left = stage.dataset.frames; left && stage.dataset.frameId !== wanted; left -= 1) press("ArrowRight");
    return stage.dataset.frameId;
}"""


def go_to(page, wanted: str) -> None:
    """Step until the stage shows a frame."""
    assert page.locator(STAGE).evaluate(GO_TO, wanted) == wanted


ANEW = """stage => {
    for (const key of ["Escape", "Home"]) stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    dispatchEvent(new CustomEvent("rnnviz:settle"));
}"""


@pytest.fixture
def home(visit, tab, server):
    """Return the page of the first stage; where the tab is there already, it goes back to its start."""
    stage = tab.locator(STAGE)
    if urlsplit(tab.url).path == "/" and stage.count():
        tab.mouse.move(2, 2)
        stage.evaluate(ANEW)
    if tab.url != f"{server}/":
        visit("/")
    stage.wait_for()
    return tab


def test_from_frame_to_frame_and_change_to_change_the_network_keeps_what_stays(visit):
    page = visit("/Chain_rule?steps=12&hidden=6&frame=term-9-6")
    page.evaluate("document.querySelectorAll('.network, .network *').forEach((one) => (one.isOld = true))")
    share = (
        "(([...all]) => all.filter((one) => one.isOld).length / all.length)(document.querySelectorAll('.network *'))"
    )
    page.focus(STAGE)
    page.keyboard.press("ArrowRight")
    assert frame_id(page) == "term-9-5"
    assert page.evaluate(share) > 0.8
    drawn = page.inner_html(".graph")
    page.click("[data-parameter=b1]")
    page.click("[data-parameter=Wh1]")
    page.wait_for_function("!location.search.includes('parameter=b1')")
    at_rest(page)
    assert page.inner_html(".graph") == drawn
    assert page.evaluate(share) > 0.7


def test_home_plays_by_itself_and_can_be_stopped(open_page):
    page = open_page("/", clock=True)
    page.wait_for_selector(STAGE)
    page.clock.run_for(5_000)
    page.get_by_role("button", name="Pause").click()
    stopped = page.get_attribute(STAGE, "data-frame")
    assert int(stopped) > 1
    page.clock.run_for(5_000)
    assert page.get_attribute(STAGE, "data-frame") == stopped
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_the_button_of_the_home_page_plays_from_the_start_and_asks_nobody(open_page, count_messages):
    page = open_page("/?frame=term-2-1", clock=True)
    page.wait_for_selector(f"{STAGE}[data-frame-id='term-2-1']")
    sent = count_messages(page)
    page.get_by_role("button", name="Watch one training step").click()
    assert frame_id(page) == "start"
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.clock.run_for(5_000)
    assert int(page.get_attribute(STAGE, "data-frame")) > 1
    assert sent() == 0


def test_reduced_motion_starts_paused(visit):
    page = visit("/")
    page.wait_for_selector(STAGE)
    assert page.get_attribute(STAGE, "data-autoplay") is None, "it will play"
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert page.get_attribute(STAGE, "data-frame") == "0"


def test_keyboard_steps_through_every_frame_and_sends_nothing(home, count_messages):
    page = home
    sent = count_messages(page)
    page.focus(STAGE)
    seen = [frame_id(page)]
    for _ in range(int(page.get_attribute(STAGE, "data-frames")) - 1):
        page.keyboard.press("ArrowRight")
        seen.append(frame_id(page))
    assert seen[0] == "start"
    assert seen[-2:] == ["sum", "update"]
    assert {f"term-{t}-{k}" for t in range(3) for k in range(t + 1)} <= set(seen)
    page.keyboard.press("Home")
    assert frame_id(page) == "start"
    page.keyboard.press("End")
    assert frame_id(page) == "update"
    page.keyboard.press("ArrowLeft")
    assert frame_id(page) == "sum"
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Space")
    assert sent() == 0


def test_buttons_and_scrubber_move_the_stage(home, count_messages):
    page = home
    sent = count_messages(page)
    page.get_by_role("button", name="Last", exact=True).click()
    assert frame_id(page) == "update"
    page.get_by_role("button", name="Previous", exact=True).click()
    assert frame_id(page) == "sum"
    page.get_by_role("button", name="First", exact=True).click()
    page.get_by_role("button", name="Next", exact=True).click()
    assert frame_id(page) == "forward-0"
    page.get_by_role("slider", name="Frame").fill("11")
    assert frame_id(page) == "term-2-2"
    assert sent() == 0


def test_hovering_lights_every_copy_and_shows_its_value(home, count_messages):
    page = home
    go_to(page, "term-2-1")
    sent = count_messages(page)
    page.hover(f"{STAGE} .token[data-q='dH_2/dH_1']")
    copies = page.eval_on_selector_all(
        f"{STAGE} [data-q='dH_2/dH_1']", "all => all.map((one) => [one.tagName, one.dataset.lit, one.dataset.pointed])"
    )
    assert len(copies) >= 3
    assert {tag.lower() for tag, _, _ in copies} >= {"g", "span", "figure"}
    assert all(lit == "true" and pointed == "true" for _, lit, pointed in copies)
    expect(page.locator(f"{STAGE} .tip")).to_contain_text("3 × 3")
    others = page.eval_on_selector_all(f"{STAGE} [data-pointed]:not([data-q='dH_2/dH_1'])", "all => all.length")
    assert others == 0
    page.hover(f"{STAGE} .network .node[data-q='X_0']", position={"x": 6, "y": 6})
    assert page.get_attribute(f"{STAGE} .network [data-q='X_0']", "data-lit") == "true"
    assert sent() == 0


def test_focus_lights_too(home):
    page = home
    go_to(page, "term-2-1")
    page.focus(f"{STAGE} .network [data-q='H_0']")
    assert page.get_attribute(f"{STAGE} .network [data-q='H_0']", "data-lit") == "true"
    expect(page.locator(f"{STAGE} .tip")).to_contain_text("hidden state at step 0")


def test_what_is_not_computed_yet_is_pending_and_never_zero(home):
    page = home
    assert page.get_attribute(f"{STAGE} .network [data-q='H_2']", "data-pending") == "true"
    go_to(page, "term-2-2")
    expect(page.locator(f"{STAGE} .grid [data-q='term_2_1'] .number")).to_be_hidden()
    expect(page.locator(f"{STAGE} .grid [data-q='term_2_1'] .not-yet")).to_be_visible()
    go_to(page, "term-2-1")
    assert page.get_attribute(f"{STAGE} .network [data-q='H_2']", "data-pending") is None
    expect(page.locator(f"{STAGE} .grid [data-q='term_2_1'] .number")).to_be_visible()
    assert page.get_attribute(f"{STAGE} .grid [data-q='term_2_0']", "data-pending") == "true"


def test_every_hook_is_there(home):
    page = home
    go_to(page, "term-2-1")
    wanted = [
        "X_2", "H_2", "Y_hat_2", "L_2", "W1", "Wh1", "b1", "W2", "b2", "dL_2/dY_hat_2", "dY_hat_2/dH_2",
        "dH_2/dH_1", "d+H_1/dWh1", "term_2_1",
    ]  # fmt: skip
    for quantity in wanted:
        assert page.locator(f"{STAGE} [data-q='{quantity}']").count() >= 1, quantity
    assert page.get_attribute(STAGE, "data-frames") == "19"
    live = page.locator(f"{STAGE} [aria-live]")
    expect(live).to_contain_text("The error at t = 2 reaches")
    assert home.evaluate(MATHEMATICS) == ["loaded"] * 2


def test_grid_opens_terms_by_mouse_and_by_keyboard(visit, count_messages):
    page = visit("/Chain_rule")
    go_to(page, "update")
    sent = count_messages(page)
    page.click(f"{STAGE} .grid [data-q='term_2_0']")
    assert frame_id(page) == "term-2-0"
    page.focus(f"{STAGE} .grid [data-q='term_2_0']")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert frame_id(page) == "term-1-0"
    assert sent() == 0


def test_choosing_a_parameter_keeps_the_step_and_goes_to_the_link(visit):
    page = visit("/Chain_rule?see=ledger:1")
    go_to(page, "term-2-1")
    page.click(f"{STAGE} [data-parameter='W1']")
    page.wait_for_url("**parameter=W1**")
    page.wait_for_selector(f"{STAGE} [data-q='d+H_1/dW1']", state="attached")
    assert frame_id(page) == "term-2-1"
    expect(page.locator(".rnnviz-digits").first).to_contain_text("W₁[")


def test_readers_text_stays_text(visit):
    hostile = "%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'owned'%22%3Eab"
    page = visit(f"/?preset=characters&text={hostile}")
    page.wait_for_selector(STAGE)
    at_rest(page)
    assert page.title() != "owned"
    assert page.locator(f"{STAGE} img").count() == 0


BEYOND = """(targets) => targets.filter((one) => {
    const [box, text] = [one.querySelector("rect"), one.querySelector("text")].map((part) => part.getBBox());
    return text.x < box.x || text.x + text.width > box.x + box.width;
}).map((one) => one.textContent)"""
LONGEST = """(number) => {
    delete number.parentElement.dataset.pending;
    number.textContent = "−0.0029 %";
    const [text, cell] = [number, number.parentElement].map((one) => one.getBoundingClientRect());
    return text.width < 20 && text.top >= cell.top && text.bottom <= cell.bottom;
}"""


def test_twelve_steps_are_drawn_in_full_and_thirty_are_folded(visit):
    page = visit("/Chain_rule?steps=12")
    page.wait_for_selector(f"{STAGE} .network [data-q='H_11']")
    assert page.locator(f"{STAGE} .node[data-row='H']").count() == 13
    targets = page.locator(f"{STAGE} .target")
    assert {one.text_content() for one in targets.all()} == {"sum rises", "no rise"}
    assert targets.evaluate_all(BEYOND) == []
    page = visit("/Chain_rule?steps=30")
    page.wait_for_selector(f"{STAGE} .network [data-q='H_29']")
    assert page.locator(f"{STAGE} .network [data-q='H_12']").count() == 0
    expect(page.locator(f"{STAGE} .gap .value")).to_have_text(["20", "steps", "folded"])
    share = page.locator(f"{STAGE} .triangle tfoot .margin .number").first
    assert share.evaluate(LONGEST), "a share of nine signs stays on one line, in its cell"


@pytest.mark.slow
def test_a_long_network_fetches_another_parameter_and_keeps_the_step(visit):
    page = visit("/Chain_rule?steps=9")
    go_to(page, "term-8-6")
    page.click(f"{STAGE} [data-parameter='b1']")
    page.wait_for_url("**parameter=b1**")
    page.wait_for_selector(f"{STAGE} [data-q='d+H_6/db1']", state="attached")
    assert frame_id(page) == "term-8-6"


def test_the_folded_middle_of_a_chain_opens_and_closes(visit, count_messages):
    page = visit("/Chain_rule?steps=9")
    go_to(page, "term-8-0")
    sent = count_messages(page)
    folded = page.locator(f"{STAGE} .token[data-q='dH_5/dH_4']")
    expect(folded).to_be_hidden()
    page.locator(f"{STAGE} .equation .opener").click()
    expect(folded).to_be_visible()
    page.locator(f"{STAGE} .equation .opener").click()
    expect(folded).to_be_hidden()
    assert sent() == 0


SCROLL = """([stage, part]) => {
    const box = document.querySelector(stage).getBoundingClientRect();
    document.querySelector("[data-testid=stMain]").scrollBy(0, box.top + part * box.height - 400);
}"""
IN_SIGHT = """(selector) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return box.top >= 0 && box.bottom <= innerHeight && Boolean(top.closest(selector));
}"""


@pytest.mark.parametrize("path", spread(["/Training?preset=parity", "/Chain_rule?preset=parity&steps=12"]))
def test_play_stays_in_sight_wherever_the_stage_is_looked_at(visit, path):
    page = visit(path)
    stage = ".rnnviz-stage"
    page.wait_for_selector(f"{stage} .play")
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.locator(stage).bounding_box()["height"] > 800
    for part in (0.1, 0.5, 0.9):
        assert any(seen_after_scrolling(page, stage, part) for _ in range(10)), part


def seen_after_scrolling(page, stage: str, part: float) -> bool:
    """Scroll to a part of the stage; a page that is still laid out anew moves it, so this is done again."""
    page.evaluate(SCROLL, [stage, part])
    at_rest(page)
    return page.evaluate(IN_SIGHT, f"{stage} .bar .play")


def test_numbers_that_can_be_changed_are_told_and_nothing_lies_over_them(visit):
    page = visit("/Chain_rule?frame=start")
    page.wait_for_selector(STAGE)
    hint = page.locator(f"{STAGE} .hint")
    expect(hint).to_be_visible()
    cell = page.locator(f"{STAGE} .matrices td[data-edit]").first
    cell.hover()
    expect(page.locator(f"{STAGE} .tip")).to_be_visible()
    cell.click()
    expect(page.locator(f"{STAGE} .entry-input")).to_be_focused()
    expect(page.locator(f"{STAGE} .tip")).to_be_hidden()
    page.keyboard.press("Escape")
    page.focus(STAGE)
    page.keyboard.press("End")
    if not page.locator(f"{STAGE} .matrices td[data-edit]").count():
        expect(hint).to_be_hidden()


UNSEEN = """() => {
    const parts = [...document.querySelectorAll(".edge.backward:not([data-lit]) :is(.tag, rect, .line)")];
    const answers = parts.filter((part) => {
        const box = part.getBoundingClientRect();
        const met = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
        return part.closest(".edge").contains(met);
    });
    return [parts.length, answers.length];
}"""


def test_what_is_not_seen_does_not_answer_the_pointer(visit):
    page = visit("/Chain_rule?frame=forward-0")
    page.wait_for_selector(STAGE)
    page.locator(f"{STAGE} .network").scroll_into_view_if_needed()
    parts, answers = page.evaluate(UNSEEN)
    assert parts > 10
    assert answers == 0


def test_the_card_of_a_cell_follows_the_frame_that_a_click_opens(visit):
    page = visit("/Chain_rule?frame=forward-0")
    page.wait_for_selector(STAGE)
    cell, card = page.locator(f"{STAGE} .grid [data-q='term_2_0']"), page.locator(f"{STAGE} .tip")
    cell.hover()
    expect(card).to_contain_text("not yet computed")
    cell.click()
    expect(card).to_contain_text("of the gradient")
    expect(card).not_to_contain_text("not yet computed")


GO = """index => {
    const scrubber = document.querySelector("[data-testid=stage] .scrubber");
    scrubber.value = index;
    scrubber.dispatchEvent(new Event("input"));
}"""


def at_frame(page, index: int) -> str:
    """Show a frame, and return its id."""
    page.evaluate(GO, index)
    page.wait_for_selector(f"{STAGE}[data-frame='{index}']")
    frames(page)  # a formula of another height gives the network another box
    return page.locator(STAGE).get_attribute("data-frame-id")


def cut_frames(page, indices) -> dict[str, object]:
    """Return what of which frames is not whole in the window."""
    found = {at_frame(page, index): page.evaluate(CUT) for index in indices}
    return {name: faults for name, faults in found.items() if faults}


@pytest.mark.parametrize("every", [60, pytest.param(10, marks=pytest.mark.slow)])
def test_a_wide_network_is_whole_on_one_screen(browser, server, every):
    with browser.new_context(viewport={"width": 1400, "height": 900}, **STILL) as context:
        page = context.new_page()
        page.goto(f"{server}/Chain_rule?preset=characters&hidden=16&frame=term-8-3")
        at_rest(page)
        stage, chosen = page.locator(STAGE), page.locator(f"{STAGE} .grid [data-q='term_8_3'][data-lit]")
        start, count = int(stage.get_attribute("data-frame")), int(stage.get_attribute("data-frames"))
        # The steps of the path stand large, with their letters; the middle of the product has one column.
        widths = page.locator(f"{STAGE} .node[data-row='H'] rect").evaluate_all(
            "all => all.map(one => one.width.baseVal.value)"
        )
        assert min(widths[4:10]) > 1.4 * max(widths[1:4] + widths[10:])
        assert page.locator(f"{STAGE} .node[data-row='X'] .letter").all_text_contents() == list("the␣time␣we␣")
        assert page.locator(f"{STAGE} .target .letter").all_text_contents() == list("he␣time␣we␣t")
        assert page.locator(f"{STAGE} .formula.aligned[data-lengths] .station:not([hidden])").count() == 6
        assert page.locator(f"{STAGE} .matrices .stack .field").count() == 3
        assert (
            page.locator(f"{STAGE} .so-far").all_text_contents()[-1]
            == page.locator(f"{STAGE} .station .number").nth(6).text_content()
        )
        assert page.locator(f"{STAGE} .grid-corner strong").text_content() == chosen.locator(".number").text_content()
        assert page.locator(f"{STAGE} .of-term").all_text_contents() == ["3", "8"]
        # A node keeps the focus when the path, and with it every place, changes.
        page.locator(f"{STAGE} .node[data-q='H_5']").focus()
        at_frame(page, start + 1)
        assert page.evaluate("document.activeElement.dataset.q") == "H_5"
        # What is unfolded keeps its lengths, and numbers, which can be changed, are one click away.
        page.locator(f"{STAGE} .equation .opener").click()
        assert page.locator(f"{STAGE} .formula.aligned[data-lengths] .station:not([hidden])").count() == 9
        page.locator(f"{STAGE} .equation .opener").click()
        at_frame(page, 0)
        assert page.locator(f"{STAGE} .matrices td[data-edit]").count() == 0
        page.get_by_role("button", name="Show numbers").click()
        assert page.locator(f"{STAGE} .matrices td[data-edit]").count() > 50
        page.get_by_role("button", name="Show colours").click()
        some = [0, *range(every, count, every), start, count - 2]
        assert cut_frames(page, some) == {}
        for width, height in ((1366, 640), (1920, 950))[: 60 // every]:
            page.set_viewport_size({"width": width, "height": height})
            frames(page, 4)
            assert cut_frames(page, [0, start, *range(count - 3, count)]) == {}


@pytest.mark.slow
def test_a_wide_network_in_columns_with_one_loss_is_whole_too(browser, server):
    with browser.new_context(viewport={"width": 1400, "height": 900}, **STILL) as context:
        page = context.new_page()
        page.goto(
            f"{server}/Chain_rule?preset=lecture-sequence-to-vector&steps=9&hidden=10&truncation=5&vectors=column"
        )
        at_rest(page)
        count = int(page.locator(STAGE).get_attribute("data-frames"))
        assert cut_frames(page, [0, 3, *range(count - 6, count)]) == {}
        name = at_frame(page, count - 4)
        assert name.startswith("term-8-")
        shown = page.locator(f"{STAGE} .formula.aligned[data-lengths] .station:not([hidden]) .number")
        assert shown.count() == page.locator(f"{STAGE} .factors > *").count() - 1


def test_an_embedded_stage_stands_alone_without_what_is_hidden(open_page):
    page = open_page("/Chain_rule?frame=term-2-1&embed=true&hide=header,grid", **STILL)
    expect(page.locator(STAGE)).to_have_attribute("data-frame-id", "term-2-1")
    expect(page.locator(".rnnviz-header")).to_be_hidden()
    expect(page.locator(f"{STAGE} .side:visible")).to_have_count(0)
