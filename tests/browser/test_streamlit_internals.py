"""What Streamlit does not promise and no other story here would miss."""

from __future__ import annotations

import pytest
from browsing import settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_columns_below_each_other_stand_apart_on_a_phone(visit):
    page = visit("/Take_away")
    page.set_viewport_size({"width": 380, "height": 900})
    row = page.get_by_test_id("stHorizontalBlock").last
    row.wait_for()
    assert row.evaluate("row => getComputedStyle(row).rowGap") == "16px"


def test_a_page_is_named_once_and_keeps_its_name_and_breadth(visit):
    page = visit("/Chain_rule")
    breadth = "document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect().width"
    before = page.evaluate(breadth)
    page.evaluate(
        "window.named = 0; addEventListener('message', ({ data }) => (named += data.type === 'SET_PAGE_TITLE'))"
    )
    for name in ("b1", "W1"):
        page.click(f"[data-parameter={name}]")
        page.wait_for_url(f"**parameter={name}**")
        settled(page)
    assert (page.title(), page.evaluate(breadth), page.evaluate("named")) == ("Chain rule · rnnviz", before, 0)
    page.click(".rnnviz-pages a >> text=Training")
    expect(page).to_have_title("Training · rnnviz")
    page.go_back()
    expect(page).to_have_title("Chain rule · rnnviz")
