"""What a class does to the app: nobody sees another's data, and what the load program found stays mended."""

from __future__ import annotations

import subprocess
import sys

from tests.opening import ROOT, healthy, opened


def test_a_slider_with_other_limits_keeps_its_value():
    at = healthy(opened("app.py", preset="sentiment", steps="3"))
    at.sidebar.selectbox(key="setting.preset").set_value("lecture-sequence-to-vector").run()
    assert at.sidebar.slider(key="setting.steps").max == 200
    assert at.sidebar.slider(key="setting.steps").value == 3


def test_whoever_draws_has_waited_for_pandas():
    code = "import sys, rnnviz.figures.lines; print(hasattr(sys.modules.get('pandas'), 'Series'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
