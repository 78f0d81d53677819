"""What a class does to the app: nobody sees another's data, and what the load program found stays mended."""

from __future__ import annotations

from tests.opening import healthy, opened


def test_a_slider_with_other_limits_keeps_its_value():
    at = healthy(opened("app.py", preset="sentiment", steps="3"))
    at.sidebar.selectbox(key="setting.preset").set_value("lecture-sequence-to-vector").run()
    assert at.sidebar.slider(key="setting.steps").max == 200
    assert at.sidebar.slider(key="setting.steps").value == 3
