"""What Streamlit does not promise and no other story here would miss."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.browser


def test_a_chart_of_plotly_s_is_saved_with_what_it_shows(visit, tmp_path):
    page = visit("/Gradient_flow?see=flow.sources:1,shares.numbers:1")
    page.locator(".js-plotly-plot").first.wait_for()
    with page.expect_download() as download:
        page.locator(".st-key-shares-downloads button[value=svg]").click()
    download.value.save_as(tmp_path / "chart.svg")
    picture = ElementTree.parse(tmp_path / "chart.svg").getroot()
    assert len(picture.findall(".//{*}path")) > 1


def test_columns_below_each_other_stand_apart_on_a_phone(visit):
    page = visit("/Take_away")
    page.set_viewport_size({"width": 380, "height": 900})
    row = page.get_by_test_id("stHorizontalBlock").last
    row.wait_for()
    assert row.evaluate("row => getComputedStyle(row).rowGap") == "16px"
