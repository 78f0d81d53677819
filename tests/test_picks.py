"""What is picked on a page beside the settings travels in the link, and nothing else does."""

from types import SimpleNamespace

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


WORDS, TRAINING = "pages/7_Words.py", "pages/4_Training.py"


def test_an_open_fold_is_in_the_link():
    at = healthy(opened(UNROLLED, warm=False, see="words:1"))
    fold = next(one for one in at.main.expander if one.label == "Words on this page")
    assert len(fold.markdown) > 3, "it is open, its words are drawn"
    assert at.query_params["see"] == "words:1"


def test_the_temperature_is_in_the_link():
    at = healthy(opened(TRAINING, warm=False, preset="characters", epochs="2", see="training.temperature:19"))
    slider = at.slider(key="training.temperature")
    assert slider.value == 1.0
    slider.set_value(0.5).run()
    assert "see" not in at.query_params
    at.slider(key="training.temperature").set_value(1.5).run()
    assert at.query_params["see"] == "training.temperature:29"


def test_the_search_of_the_glossary_is_in_the_link():
    at = healthy(opened(WORDS, warm=False, find="spectral"))
    assert at.text_input(key="words.find").value == "spectral"
    at.text_input(key="words.find").set_value("clip & co").run()
    assert at.query_params["find"] == "clip & co"
    at.sidebar.selectbox(key="setting.preset").set_value("echo").run()
    assert (at.query_params["preset"], at.query_params["find"]) == ("echo", "clip & co")
    at.text_input(key="words.find").set_value("").run()
    assert "find" not in at.query_params


def test_going_back_on_a_page_takes_a_pick_back(monkeypatch):
    monkeypatch.setattr(picks, "st", SimpleNamespace(session_state={}, query_params={"see": "a.b:2"}))
    picks.follow(same_page=False)
    assert (picks.asked("a.b", 3, 0), picks.asked("c.d", 3, 0)) == (2, None), "another page keeps its own"
    picks.st.query_params.clear()
    picks.follow(same_page=True)
    assert (picks.asked("a.b", 3, 0), picks.asked("a.b", 3, 0)) == (0, None)


def test_a_pick_that_overtakes_the_address_bar_is_the_last_one():
    at = healthy(opened(UNROLLED, warm=False, steps="8"))
    at.slider(key="unrolled.t").set_value(4).run()
    at.query_params["see"] = "unrolled.t:3"  # what a burst of changes sends: the address bar has not followed yet
    at.slider(key="unrolled.t").set_value(6).run()
    assert at.slider(key="unrolled.t").value == 6
    assert at.query_params["see"] == "unrolled.t:6"
