"""Stories through the pages in a real browser."""

from __future__ import annotations

import pytest
from browsing import STAGE, STILL, choose, settled
from playwright.sync_api import expect

from rnnviz.charts.theme import GROUNDS
from tests.configurations import spread

pytestmark = pytest.mark.browser


def test_a_slider_changes_every_view_and_the_link(visit):
    page = visit("/Chain_rule?preset=lecture-sequence-to-sequence")
    page.wait_for_selector(STAGE)
    page.get_by_text("Network", exact=True).first.wait_for()
    before = page.locator(f"{STAGE} .network [data-q='H_1'] .value").text_content()
    page.get_by_text("The ledger", exact=False).click()
    expect(page.locator(".rnnviz-digits").first).to_be_visible()
    settled(page)
    ledger = page.locator(".rnnviz-digits").first.text_content()
    slider = page.get_by_role("slider", name="Hidden units").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**hidden=4**")
    settled(page)
    expect(page.locator(f"{STAGE} .network [data-q='H_1'] .value")).not_to_have_text(before)
    expect(page.locator(".rnnviz-digits").first).not_to_have_text(ledger)


def test_back_and_forward_in_the_browser(visit):
    page = visit("/Chain_rule")
    page.wait_for_selector(STAGE)
    slider = page.get_by_role("slider", name="Hidden units").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**hidden=4**")
    settled(page)
    page.go_back()
    expect(slider).to_have_value("3")
    page.go_forward()
    expect(slider).to_have_value("4")


def test_a_copied_link_shows_the_same(visit, open_page):
    page = visit("/Chain_rule?steps=5&hidden=4&parameter=W1&see=ledger:1")
    page.wait_for_selector(STAGE)
    first = page.locator(".rnnviz-digits").first.text_content()
    again = open_page(f"/{page.url.split('/', 3)[3]}", **STILL)
    again.wait_for_selector(STAGE)
    expect(again.locator(".rnnviz-digits").first).to_have_text(first)


def test_the_experiment_goes_along_to_another_page(visit):
    page = visit("/?preset=parity")
    page.wait_for_selector(STAGE)
    page.get_by_test_id("stMain").get_by_role("link", name="Open one term").click()
    page.wait_for_url("**/Chain_rule**preset=parity**")
    page.wait_for_selector(f"{STAGE} .network [data-q='H_7']")


def test_charts_are_drawn_again_in_the_colours_of_another_theme(visit):
    page = visit("/Gradient_flow")
    rule = page.locator(".rnnviz-plot line").first
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        expect(rule).to_have_attribute("stroke", GROUNDS[scheme].quiet)


def test_training_player_plays_and_scrubs_without_the_server(visit, count_messages):
    page = visit("/Training")
    player = page.get_by_test_id("training-player")
    player.wait_for()
    sent = count_messages(page)
    before = player.locator("table").nth(2).text_content()
    player.focus()
    page.keyboard.press("End")
    assert player.locator("table").nth(2).text_content() != before
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert player.get_attribute("data-frame") == "1"
    assert sent() == 0


def test_an_exploding_run_is_explained(visit):
    page = visit("/Training?preset=exploding")
    settled(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("finite")
    assert page.locator("[data-testid='stException']").count() == 0


def test_the_first_minute_shows_a_term_and_its_number_in_few_clicks(visit):
    page = visit("/")
    page.wait_for_selector(STAGE)
    choose(page, "Help", "What is this?")
    expect(page.get_by_role("dialog")).to_contain_text("One training step of a recurrent network")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Open one term").click()
    told = "through H1, one step back: length 0.5586, 36 % of the gradient"
    expect(page.locator(f"{STAGE} p.sentence")).to_contain_text(told)
    assert page.locator(".edge[data-q='dH_2/dH_1'][data-lit]").count() == 1


@pytest.mark.parametrize("path", spread(["/Training", "/Questions"]))
def test_the_way_back_to_the_start_is_in_sight(visit, path):
    page = visit(path)
    choose(page, "Help", "What is this?")
    page.get_by_role("link", name="Back to the start").click()
    page.wait_for_selector("h1:has-text('How a recurrent network learns')")


AGAIN = """async (summary) => {
    const fold = summary.parentElement, later = () => new Promise((done) => setTimeout(done, 900));
    summary.click();
    await fold.getAnimations()[0].finished;  // the event of the closing is told in the next frame
    summary.click();
    await later();
    return [fold.open, fold.querySelector("[role=group]").getBoundingClientRect().height > 0];
}"""


def test_a_fold_that_is_opened_again_while_it_closes_shows_its_content(visit):
    page = visit("/Unrolled_network")
    expect(page.get_by_role("group", name="Steps T")).to_be_visible()
    fold = page.locator("[data-testid='stSidebar'] summary", has_text="Task")
    for _ in range(2):
        assert fold.evaluate(AGAIN) == [True, True]


def test_the_glossary_finds_while_one_types(visit):
    page = visit("/Words")
    field = page.get_by_label("Find", exact=True)
    field.press_sequentially("saddle")
    expect(page.get_by_text("for “saddle”")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("saddle")
