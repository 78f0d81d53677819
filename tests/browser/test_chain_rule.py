"""The opened chain rule in a real browser: readings, forms, loop, edits, conventions, the gradient check."""

from __future__ import annotations

import re

import pytest
from browsing import PARTLY_SEEN, SIZES, STAGE, at_rest, closed, settled
from playwright.sync_api import expect

from tests.configurations import spread

pytestmark = pytest.mark.browser

LECTURE = "/Chain_rule?preset=lecture-sequence-to-sequence"


def opened(visit, path=LECTURE):
    page = visit(path)
    page.wait_for_selector(f"{STAGE} .network")
    return page


def choose(page, group, choice):
    if page.locator(f"{STAGE} .factor-panel:not(:popover-open) .segments[aria-label='{group}']").count():
        page.click(f"{STAGE} .open-factor")
    page.locator(f"{STAGE} .segments[aria-label='{group}'] [data-choice='{choice}']").click()


def cell_numbers(page):
    numbers = page.locator(f"{STAGE} .grid .cell:not([data-pending]) .number").all_text_contents()
    return [number.replace("−", "-") for number in numbers]


def lit(page, quantity):
    return page.locator(f"{STAGE} [data-q='{quantity}'][data-lit]")


def press(page, key, times=1):
    page.focus(STAGE)
    for _ in range(times):
        page.keyboard.press(key)


def test_cells_are_read_in_four_ways_and_close(visit, count_messages):
    page = opened(visit)
    sent = count_messages(page)
    press(page, "Home")
    expect(page.locator(f"{STAGE} .closing")).to_have_text("What the cells add up to: not yet, it comes with the sum.")
    press(page, "End")
    expect(page.locator(f"{STAGE} .closing")).to_contain_text("The shares add up to 100 %")
    shares = [float(number.replace("−", "-").removesuffix(" %")) for number in cell_numbers(page)]
    assert len(shares) == 6
    assert sum(shares) == pytest.approx(100, abs=3)
    assert page.locator(f"{STAGE} .grid .cell svg.thumb").count() == 6
    told = page.evaluate("document.querySelector('[data-testid=stage]').textContent")
    assert "as long as" not in told
    choose(page, "Cells", "norm")
    expect(page.locator(f"{STAGE} .closing")).to_contain_text("Lengths need not add up")
    choose(page, "Cells", "sum")
    sums = [float(number) for number in cell_numbers(page)]
    total = float(page.locator(f"{STAGE} .grid .total .number").text_content().replace("−", "-"))
    assert sum(sums) == pytest.approx(total, abs=0.005)
    expect(page.locator(f"{STAGE} .closing")).to_contain_text("Signed sums add up")
    choose(page, "Cells", "entry")
    before = cell_numbers(page)
    page.get_by_label("Entry that the cells show").select_option("1,0")
    assert cell_numbers(page) != before
    expect(page.locator(f"{STAGE} .closing")).to_contain_text("difference")
    assert sent() == 0


def test_a_lag_lights_its_terms_and_a_term_its_lag(visit):
    page = opened(visit)
    press(page, "End")
    page.locator(f"{STAGE} [data-q='lag_1']").hover()
    for term in ("term_1_0", "term_2_1"):
        assert page.locator(f"{STAGE} .grid [data-q='{term}'][data-pointed]").count() == 1
    assert page.locator(f"{STAGE} .grid [data-q='term_2_2'][data-pointed]").count() == 0
    page.locator(f"{STAGE} .grid [data-q='term_2_0']").hover()
    assert page.locator(f"{STAGE} [data-q='lag_2'][data-pointed]").count() == 1


def test_factors_open_and_close_without_asking_the_server(visit, count_messages):
    page = opened(visit)
    sent = count_messages(page)
    assert page.locator(f"{STAGE} .equation [data-q='dH_2/dH_1']").count() == 1
    choose(page, "∂H/∂H", "split")
    assert page.locator(f"{STAGE} .equation [data-q='dH_2/dH_1']").count() == 0
    assert page.locator(f'{STAGE} .equation [data-q="f1\'_2"]').count() == 1
    assert page.locator(f"{STAGE} .stations [data-q='dL_2/dA_2']").count() == 1
    choose(page, "∂L/∂Ŷ · ∂Ŷ/∂H", "fused")
    assert page.locator(f"{STAGE} .matrices [data-q='dL_2/dZ_2']").count() == 1
    assert page.locator(f"{STAGE} .matrices [data-q='dL_2/dY_hat_2']").count() == 0
    choose(page, "∂⁺", "tensor")
    assert page.locator(f"{STAGE} .tensor .matrix").count() == 3
    press(page, "ArrowRight")
    assert page.locator(f"{STAGE} .tensor .matrix").count() == 3
    choose(page, "∂⁺", "outer")
    assert page.locator(f"{STAGE} .tensor").count() == 0
    assert sent() == 0


def test_immediate_and_total_derivative_stand_side_by_side(visit, count_messages):
    page = opened(visit)
    sent = count_messages(page)
    assert page.locator(f"{STAGE} .extra .immediate").count() == 0
    choose(page, "by one entry", "held")
    assert page.locator(f"{STAGE} .extra .immediate .matrix").count() == 1
    choose(page, "by one entry", "free")
    assert page.locator(f"{STAGE} .extra .immediate .matrix").count() == 3
    expect(page.locator(f"{STAGE} .extra .immediate p")).to_contain_text("earlier use")
    page.locator(f"{STAGE} .extra .immediate [data-q='total_1']").hover()
    assert lit(page, "total_1").count() == 1
    assert sent() == 0


def test_the_loop_walks_back_line_by_line_and_fills_columns(visit, count_messages):
    page = opened(visit)
    sent = count_messages(page)
    choose(page, "Walk", "loop")
    assert page.get_attribute(STAGE, "data-frame-id") == "loop-start"
    seen = {}
    while page.get_attribute(STAGE, "data-frame-id") != "sum":
        name = page.get_attribute(STAGE, "data-frame-id")
        line = page.locator(f"{STAGE} .code [aria-current]").text_content().strip()
        seen[name] = (line, page.locator(f"{STAGE} .grid .cell:not([data-pending])").count())
        press(page, "ArrowRight")
    assert seen["loop-2-dh"][0].startswith("dh =")
    assert seen["loop-1-add"][0].startswith("dWh1 +=")
    assert seen["loop-1-next"][0].startswith("dh_next = da")
    assert [seen[f"loop-{k}-add"][1] for k in (2, 1, 0)] == [1, 3, 6]
    choose(page, "Walk", "terms")
    assert page.get_attribute(STAGE, "data-frame-id").startswith("term-")
    assert sent() == 0


def test_the_mode_switches_beside_the_grid_and_rows_fill_in(visit):
    page = opened(visit, f"{LECTURE}&mode=sequence_to_vector")
    expect(page.locator(f"{STAGE} .closing")).to_contain_text("Only row 2 has terms")
    assert page.locator(f"{STAGE} .grid .cell").count() == 3
    choose(page, "Loss", "sequence_to_sequence")
    page.wait_for_function(f'document.querySelectorAll("{STAGE} .grid .cell").length === 6')
    assert page.locator(f"{STAGE} .filling").count() == 1
    assert "mode=" not in page.url
    choose(page, "Loss", "sequence_to_vector")
    page.wait_for_function(f'document.querySelectorAll("{STAGE} .grid .cell").length === 3')


def test_leaving_a_cell_takes_over_what_was_typed(visit):
    page = opened(visit)
    press(page, "Home")
    cell = page.locator(f"{STAGE} td[data-edit='Wh1.0.1']").first
    field, before = page.locator(f"{STAGE} .entry-input"), cell.text_content()
    cell.click()
    field.fill("0x10")
    field.press("Enter")
    expect(page.locator(f"{STAGE} p.sentence")).to_contain_text("Got “0x10”, expected a number")
    field.fill("")
    field.press("Enter")
    expect(cell).to_have_text(before)
    cell.click()
    field.fill("0,05")
    field.press("Tab")
    page.wait_for_url(re.compile(r"edits=Wh1\.0\.1(%3A|:)0\.05"))
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.locator(f"{STAGE} .whatif p").first).to_contain_text("had predicted")


def test_a_number_is_edited_where_it_is_drawn_and_taken_back(visit):
    page = opened(visit)
    press(page, "Home")
    cell = page.locator(f"{STAGE} td[data-edit='Wh1.0.1']").first
    before, state = cell.text_content(), page.locator(f"{STAGE} [data-q='H_1'] .value").text_content()
    cell.click()
    page.keyboard.type("0.9")
    page.keyboard.press("Escape")
    assert cell.text_content() == before
    cell.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    assert page.locator(f"{STAGE} .entry-input").get_attribute("aria-invalid") == "true"
    page.locator(f"{STAGE} .entry-input").fill("0.9")
    page.keyboard.press("Enter")
    page.wait_for_url("**edits=Wh1.0.1*")
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.locator(f"{STAGE} .whatif p").first).to_contain_text("had predicted")
    expect(page.locator(f"{STAGE} [data-q='H_1'] .value")).not_to_have_text(state)
    choose(page, "Show", "before")
    expect(page.locator(f"{STAGE} [data-q='H_1'] .value")).to_have_text(state)
    page.get_by_role("button", name="Undo last edit").click()
    page.wait_for_function("!location.search.includes('edits')")
    expect(page.locator(f"{STAGE} td[data-edit='Wh1.0.1']").first).to_have_text(before)
    square = page.locator(f"{STAGE} .node[data-q='X_1'] [data-edit='X.1.0.1']")
    square.click()
    page.keyboard.type("0.75")
    page.keyboard.press("Enter")
    page.wait_for_url("**edits=X.1.0.1*")
    expect(square).to_have_text("0.75")
    assert page.locator(f"{STAGE} .graph .entry-input").count() == 0


def test_a_number_of_a_gates_block_is_edited_and_taken_back(visit):
    page = opened(visit, f"{LECTURE}&cell=lstm")
    press(page, "Home")
    press(page, "ArrowRight")
    cell = page.locator(f"{STAGE} [data-q='Uf'] td[data-edit='Wh1.0.4']").first
    before, gate = cell.text_content(), page.locator(f"{STAGE} [data-q='f_0'] td").first
    was = gate.text_content()
    cell.click()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    page.wait_for_url("**edits=Wh1.0.4*")
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.locator(f"{STAGE} .whatif p").first).to_contain_text("U_f[0, 1] from")
    page.get_by_role("button", name="Undo last edit").click()
    page.wait_for_function("!location.search.includes('edits')")
    expect(cell).to_have_text(before)
    expect(gate).to_have_text(was)


def test_an_edit_by_link_or_drag_and_the_reset_of_all(visit):
    page = opened(visit, f"{LECTURE}&edits=X.1.0.0:2,Wh1.0.0:0.25")
    assert page.locator(f"{STAGE} .edits li").count() == 2
    press(page, "Home")
    cell = page.locator(f"{STAGE} td[data-edit='W1.0.0']").first
    box = cell.bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 8, steps=6)
    page.mouse.up()
    page.wait_for_url("**W1.0.0*")
    expect(page.locator(f"{STAGE} .edits li")).to_have_count(3)
    page.get_by_role("button", name="Reset all edits").click()
    page.wait_for_function("!location.search.includes('edits')")
    expect(page.locator(f"{STAGE} .whatif")).to_be_empty()


def test_a_target_outside_its_range_is_refused_and_nothing_is_lost(visit):
    page = opened(visit)
    page.locator(f"{STAGE} .phase-3").click()
    page.locator(f"{STAGE} td[data-edit='Y.0.0.0']").first.click()
    page.keyboard.type("1.5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("expected a probability from 0 to 1")).to_be_visible()
    assert "edits" not in page.url
    assert page.locator(f"{STAGE} .network").count() == 1


def test_conventions_change_names_numbers_and_code(visit):
    page = opened(visit, f"{LECTURE}&symbols=textbook&vectors=column&first_step=1&over_time=mean")
    expect(page.locator(f"{STAGE} .choices [aria-pressed='true']")).to_have_text("Whh")
    expect(page.locator(f"{STAGE} .grid tbody th").first).to_have_text("1")
    shape = page.locator(f"{STAGE} .matrices [data-q='dL_2/dY_hat_2'] .shape").text_content()
    assert shape == "2 × 1"
    choose(page, "Walk", "loop")
    expect(page.locator(f"{STAGE} .code")).to_contain_text("dh_next = W_hh.T @ da")
    choose(page, "Walk", "terms")
    press(page, "End")
    press(page, "ArrowLeft")
    expect(page.locator(f"{STAGE} .matrices .op").first).to_have_text("1/3 (")


def test_a_convention_is_chosen_in_the_sidebar(visit):
    page = opened(visit)
    page.locator("summary", has_text="Notation").click()
    symbols = page.get_by_role("combobox", name="Symbols")
    symbols.wait_for()
    at_rest(page)  # a list is closed by scrolling, which the growing fold goes on with
    symbols.scroll_into_view_if_needed()
    at_rest(page)
    symbols.click()
    expect(page.get_by_role("option")).to_have_count(5)
    page.keyboard.type("PyT")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**symbols=pytorch*")
    expect(page.locator(f"{STAGE} .choices [aria-pressed='true']")).to_have_text("weight_hh")


def test_every_switch_is_reached_by_keyboard(visit):
    page = opened(visit)
    page.focus(STAGE)
    reached = set()
    wanted = {
        "Walk loop", "Cells share", "Loss sequence_to_vector", "open-factor", "∂⁺ tensor", "by one entry free",
    }  # fmt: skip
    for _ in range(70):
        page.keyboard.press("Tab")
        reached.add(
            at := page.evaluate(
                """() => { const one = document.activeElement; const row = one.closest(".segments");
                return row ? row.getAttribute("aria-label") + " " + one.dataset.choice
                  : one.dataset.edit || one.getAttribute('class') || one.tagName; }"""
            )
        )
        if at == "open-factor":
            page.keyboard.press("Enter")
        if wanted <= reached:
            break
    assert wanted <= reached


def test_breaking_the_loop_turns_checks_red_and_shows_where(visit):
    page = visit("/Gradient_check")
    table = page.locator("[data-testid='stTable']").first
    expect(table).to_contain_text("✓ holds")
    expect(table).not_to_contain_text("✗ fails")
    broken = page.get_by_role("combobox", name="Break it")
    broken.click()
    page.get_by_role("option", name="dh_next (later losses) is forgotten").click()
    page.wait_for_url("**mistake=no_dh_next*")
    settled(page)
    expect(table).to_contain_text("✗ fails")
    expect(page.get_by_text("terms are wrong")).to_be_visible()
    closed(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        at_rest(page)
        assert page.locator("[data-part='controls'], [data-part='chart']").count() == 2
        assert page.evaluate(PARTLY_SEEN) == [], (width, height)
    broken.click()
    page.get_by_role("option", name="the right loop", exact=True).click()
    expect(table).not_to_contain_text("✗ fails")


@pytest.mark.slow
def test_the_batched_sweep_is_one_fold_below_with_its_measured_gain(visit):
    page = opened(visit)
    page.locator("summary", has_text="one sweep").click()
    expect(page.get_by_text("times as fast on this machine").or_(page.get_by_text("on this machine"))).to_be_visible()
    expect(page.locator("[data-testid='stCode']").first).to_contain_text("adjoints")


@pytest.mark.slow
def test_long_names_fit_a_phone(visit):
    page = visit(f"{LECTURE}&symbols=pytorch")
    page.set_viewport_size({"width": 380, "height": 900})
    page.wait_for_selector(f"{STAGE} .network")
    at_rest(page)  # the page is laid out anew for the narrow screen, and the sidebar leaves
    main = page.locator("[data-testid='stMain']")
    width, room = main.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert width <= room


def test_the_two_places_of_an_edit_are_named_apart(visit):
    page = opened(visit, f"{LECTURE}&edits=Wh1.0.1:-0.45")
    page.get_by_role("button", name="Skip", exact=True).click()
    names = page.locator(f"{STAGE} .along .mark-name")
    expect(names).to_have_count(2)
    first, second = (one.bounding_box() for one in names.all())
    assert first["y"] + first["height"] <= second["y"] + 2 or second["y"] + second["height"] <= first["y"] + 2
    picture = page.locator(f"{STAGE} .along").bounding_box()
    for box in (first, second):
        assert picture["x"] <= box["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"]


STANDS = """() => {
    const all = (selector) => [...document.querySelectorAll(`[data-testid=stage] .formula ${selector}`)];
    return Object.fromEntries(all(".factors > *").slice(0, -1).map((one) => {
        const under = all(".station").find((each) => each.style.gridColumn === one.style.gridColumn);
        return [one.dataset.q || one.querySelector("[data-q]").dataset.q, under && under.dataset.q];
    }));
}"""


BANDS = """() => [...document.querySelectorAll("[data-testid='stage'] .ribbon")].map((one) => {
    const box = one.querySelector(".band").getBBox(), edge = one.closest(".edge");
    const [x, , end] = edge.querySelector(".line").getAttribute("d").match(/[\\d.]+/g);
    return [one.dataset.q, Number(one.dataset.place), edge.dataset.q, Math.round(x === end ? box.width : box.height)];
})"""


@pytest.mark.parametrize("vectors", spread(["row", "column"]))
def test_the_length_so_far_stands_under_the_factor_that_it_follows(visit, vectors):
    page = opened(visit, f"{LECTURE}&frame=term-2-1&vectors={vectors}")
    assert page.evaluate(STANDS) == {
        "dL_2/dY_hat_2": "dL_2/dY_hat_2",
        "dY_hat_2/dH_2": "dL_2/dH_2",
        "dH_2/dH_1": "dL_2/dH_1",
        "d+H_1/dWh1": "term_2_1",
    }
    name, equals = (page.locator(f"{STAGE} .tokens > *").nth(place).bounding_box() for place in range(2))
    assert name["x"] + name["width"] <= equals["x"]
    bands = page.evaluate(BANDS)
    path = ["dL_2/dY_hat_2", "dY_hat_2/dH_2", "dH_2/dH_1", "d+H_1/dWh1"]
    assert [(q, place, edge) for q, place, edge, _ in bands] == [(q, n, q) for n, q in enumerate(path)]
    assert max(width for *_, width in bands) == 24
    used = page.locator(f"{STAGE} .edge.forward[data-q='Wh1']")
    assert [(one.get_attribute("data-at"), one.get_attribute("data-lit")) for one in used.all()] == [
        ("0", None), ("1", "true"), ("2", None),
    ]  # fmt: skip
    assert page.locator(f"{STAGE} .edge[data-q='Wh1'][data-same]").count() == 2
    press(page, "End")
    assert page.locator(f"{STAGE} .ribbon").count() == 0
    assert page.locator(f"{STAGE} .edge.forward[data-q='Wh1'][data-lit]").count() == 3


def test_of_another_network_an_edit_is_guessed_anew(visit):
    page = visit(f"{LECTURE}&edits=Wh1.0.0:2&frame=start")
    told = page.locator(f"{STAGE} .hint")
    told.get_by_role("button", name="It falls").click()
    expect(told).to_contain_text("the loss")
    expect(told).not_to_contain_text("does the loss rise or fall?")
    page.get_by_role("slider", name="Hidden units").first.press("ArrowRight")
    page.wait_for_url("**hidden=4**")
    settled(page)
    expect(told).to_contain_text("does the loss rise or fall?")


def test_a_product_that_is_too_wide_for_a_phone_begins_where_its_strip_begins(visit):
    page = visit("/Chain_rule?cell=lstm&frame=update")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"""() => {{
        const strip = document.querySelector("{STAGE} .factors"), lefts = [...strip.querySelectorAll(".one")];
        const left = strip.getBoundingClientRect().left, isWide = strip.scrollWidth > strip.clientWidth + 5;
        return isWide && lefts.every((one) => one.getBoundingClientRect().left > left - 1);
    }}""")
