"""What is picked on a page beside the settings travels in the link, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.ui import picks
from tests.opening import healthy, opened

UNROLLED, CHECK = "pages/1_Unrolled_network.py", "pages/6_Gradient_check.py"


@given(st.text(max_size=500))
def test_no_text_is_too_strange(text):
    found = picks.read(text)
    assert picks.read(picks.written(found)) == found


def test_a_pick_goes_to_the_link_and_the_own_start_does_not():
    at = healthy(opened(UNROLLED, warm=False))
    assert "see" not in at.query_params
    at.slider(key="unrolled.t").set_value(2).run()
    assert at.query_params["see"] == "unrolled.t:2"
    at.slider(key="unrolled.t").set_value(1).run()
    assert "see" not in at.query_params


def test_a_link_brings_the_pick_and_later_picks_stay():
    at = healthy(opened(UNROLLED, warm=False, see="unrolled.t:2"))
    assert at.slider(key="unrolled.t").value == 2
    at.slider(key="unrolled.t").set_value(0).run()
    at.sidebar.slider(key="setting.steps").set_value(5).run()
    assert at.slider(key="unrolled.t").value == 0
    assert at.query_params["see"] == "unrolled.t:0"


def test_several_picks_of_a_page_come_together():
    at = healthy(opened(CHECK, warm=False, see="check.view:1,check.t:1,check.k:0"))
    assert at.session_state["check.view"] == "One term alone"
    assert (at.slider(key="check.t").value, at.slider(key="check.k").value) == (1, 0)


@pytest.mark.parametrize(
    "text", ["unrolled.t:99", "unrolled.t:-1", "unrolled.t", "nothing.here:1", "<script>", "," * 300]
)
def test_a_pick_that_cannot_be_leaves_the_start(text):
    at = healthy(opened(UNROLLED, warm=False, see=text))
    assert at.slider(key="unrolled.t").value == 1
