"""The exported page in a real browser, opened as a file and with no network."""

from __future__ import annotations

import pytest
from browsing import MATHEMATICS, STAGE
from playwright.sync_api import expect

from rnnviz.experiment.core import run
from rnnviz.export.standalone import stage_html
from rnnviz.settings.config import PRESETS
from tests.configurations import spread

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_of():
    return lambda name, **changes: stage_html(run(PRESETS[name].config.replace(**changes)))


def frame_id(page):
    return page.get_attribute(STAGE, "data-frame-id")


@pytest.mark.parametrize(("width", "scheme"), spread([(380, "dark"), (1400, "light")]))
def test_it_plays_offline_by_keyboard(open_file, page_of, width, scheme):
    page = open_file(page_of("lecture-sequence-to-sequence"), width=width, color_scheme=scheme)
    page.focus(STAGE)
    assert frame_id(page) == "start"
    page.keyboard.press("ArrowRight")
    assert frame_id(page) == "forward-0"
    page.keyboard.press("End")
    assert frame_id(page) == "update"
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(STAGE)).not_to_have_attribute("data-frame", "0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(MATHEMATICS) == ["loaded"] * 2
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def test_a_parameter_is_chosen_offline(open_file, page_of):
    page = open_file(page_of("lecture-sequence-to-sequence", cell="lstm"))
    page.click(f"{STAGE} .phase-4")
    page.click(f"{STAGE} [data-parameter='W1']")
    page.focus(STAGE)
    page.keyboard.press("End")
    expect(page.locator(f"{STAGE} .matrices [data-q='W1_new']")).to_be_visible()
    page.get_by_label("Block of the parameter").select_option("forget gate")
    expect(page.locator(f"{STAGE} .matrices [data-q='Wf_new']")).to_be_visible()


def test_what_needs_the_server_is_not_offered(open_file, page_of):
    page = open_file(page_of("lecture-sequence-to-sequence", edits="Wh1.0.1:0.9"))
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.locator(f"{STAGE} .whatif")).to_contain_text("had predicted")
    expect(page.get_by_role("button", name="Undo last edit")).to_have_count(0)
    expect(page.locator("td[data-edit]")).to_have_count(0)
    expect(page.get_by_role("group", name="Loss", exact=True)).to_have_count(0)
    page.get_by_role("button", name="before", exact=True).click()
    assert frame_id(page) == "start"


def test_the_policy_holds_against_what_a_text_might_bring(open_file, page_of):
    page = open_file(page_of("characters", text="<img src=x onerror=alert(1)></script>" * 2))
    assert page.locator("img").count() == 0
    # Even a script that were in the page could not run: the browser itself refuses it.
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'owned'";
        document.body.append(script);
    }""")
    assert "owned" not in page.title()
    assert page.complaints.pop().startswith("Executing inline script violates")
