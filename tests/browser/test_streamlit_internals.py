"""What Streamlit does not promise and no other story here would miss."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_columns_below_each_other_stand_apart_on_a_phone(visit):
    page = visit("/Take_away")
    page.set_viewport_size({"width": 380, "height": 900})
    row = page.get_by_test_id("stHorizontalBlock").last
    row.wait_for()
    assert row.evaluate("row => getComputedStyle(row).rowGap") == "16px"
