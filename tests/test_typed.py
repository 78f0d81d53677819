"""Numbers as people type them are read, or refused with what came; an empty field keeps its value."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.settings import typed
from tests.opening import healthy, opened

READ = {
    "0,05": 0.05, "0.05": 0.05, " 3 ": 3.0, "−2.5": -2.5, "+.5": 0.5, "1e-3": 1e-3, "1,5E2": 150.0, "7.": 7.0,
    "0,125": 0.125, "1.000": 1.0, "": None, "  ": None,
}  # fmt: skip
REFUSED = ("0x10", "1,000", "1.000,5", "1,5,2", "1 000", "ten", "nan", "inf", "--1", "1e", "٣", "1_0", "5" * 200)


@pytest.mark.parametrize("text", READ)
def test_a_number_is_read(text):
    assert typed.number(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_number_is_refused_with_what_came(text):
    with pytest.raises(ValueError, match=r"^got “"):
        typed.number(text)


def test_a_whole_number_has_no_decimals():
    assert (typed.whole("12"), typed.whole("12.0"), typed.whole("")) == (12, 12, None)
    with pytest.raises(ValueError, match="got “2,5”, expected a whole number"):
        typed.whole("2,5")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_what_stands_in_a_field_is_read_back(value):
    assert math.isclose(typed.number(typed.written(value)), value, rel_tol=1e-11)


@given(st.text(max_size=120))
def test_any_text_is_a_number_nothing_or_refused(text):
    with suppress(ValueError):
        value = typed.number(text)
        assert value is None or isinstance(value, float)


TRAINING, LABORATORY = "pages/4_Training.py", "pages/3_Gradient_flow.py"


@pytest.mark.parametrize(
    ("text", "kept"), [("0,05", "0.05"), ("", "0.1"), ("0x10", "0.1"), ("99", "0.1"), ("0.20", "0.2")]
)
def test_a_setting_takes_what_is_typed_or_says_why_not(text, kept):
    at = healthy(opened(TRAINING, warm=False, epochs="2"))
    at.sidebar.text_input(key="setting.learning_rate").set_value(text).run()
    assert at.query_params.get("learning_rate", "0.1") == kept
    refused = text in ("0x10", "99")
    assert [text in one.value for one in at.warning] == [True] * refused
    assert at.sidebar.text_input(key="setting.learning_rate").value == (text if refused else kept)


def test_an_optional_setting_is_taken_away_by_emptying_it():
    at = healthy(opened(TRAINING, warm=False, epochs="2", clip_norm="1.5"))
    at.sidebar.text_input(key="setting.clip_norm").set_value("").run()
    assert "clip_norm" not in at.query_params


@pytest.mark.parametrize(("text", "taken"), [("0,05", True), ("", False), ("0x10", False), ("1e9", False)])
def test_a_value_on_the_map_takes_what_is_typed(text, taken):
    at = healthy(opened(LABORATORY, warm=False, preset="cliff", part="cliff"))
    field = next(one for one in at.text_input if one.key.startswith("cliff.value"))
    before = field.value
    field.set_value(text).run()
    assert ("edits" in at.query_params) == taken
    assert len(at.warning) == (text in ("0x10", "1e9"))
    after = next(one for one in at.text_input if one.key == field.key).value
    assert after == ("0.05" if taken else before)
