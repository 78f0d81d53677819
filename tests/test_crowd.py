"""What a class does to the app: nobody sees another's data, and what the load program found stays mended."""

from __future__ import annotations

import re
import subprocess
import sys

from rnnviz.settings.config import RunConfig
from tests.opening import ROOT, healthy, opened


def test_a_slider_with_other_limits_keeps_its_value():
    at = healthy(opened("app.py", preset="sentiment", steps="3"))
    at.sidebar.selectbox(key="setting.preset").set_value("lecture-sequence-to-vector").run()
    assert at.sidebar.slider(key="setting.steps").max == 200
    assert at.sidebar.slider(key="setting.steps").value == 3


def test_whoever_draws_has_waited_for_pandas():
    code = "import sys, rnnviz.laboratory.cliff.space; print(hasattr(sys.modules.get('pandas'), 'Series'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


# --- nobody sees another's data ---------------------------------------------------------------------------

SECRET = [3.25, 1.5, 4.75, 1.25, 5.5, 9.75, 2.25, 6.5, 5.25, 3.75] * 3


def brings_data(numbers):
    """Open the Training page as somebody who types numbers and trains on them."""
    at = healthy(opened("pages/4_Training.py", warm=False))
    at.session_state["own"], at.session_state["own.way"] = True, "type numbers"
    at.run()
    at.text_area(key="own.numbers").set_value(" ".join(map(str, numbers))).run()
    return healthy(at.button(key="own.go").click().run())


def everything(at):
    """All that a session shows and holds, as text; its answers are numbered anew with each."""
    sent = [component.proto.bytes.decode() for component in at.get("bidi_component")]
    text = "\n".join([*map(repr, (at.main, at.sidebar, at.session_state, at.query_params)), *sent])
    return re.sub(r"\b\d{16}\b", "number", text)


def test_data_that_somebody_brought_are_nowhere_in_another_session():
    theirs = brings_data(SECRET)
    fingerprint = theirs.query_params["data"]
    assert fingerprint in everything(theirs)
    for page in ("app.py", "pages/4_Training.py", "pages/2_Chain_rule.py"):
        other = everything(healthy(opened(page, warm=False)))
        assert fingerprint not in other
        assert "own_series" not in other
        assert "3.25" not in other


def test_only_the_whole_fingerprint_opens_data():
    fingerprint = brings_data(SECRET).query_params["data"]
    assert re.fullmatch("[0-9a-f]{32}", fingerprint)
    opens = {}
    for name in (fingerprint, fingerprint[:-1], f"{fingerprint[:-1]}z", fingerprint[::-1], "*", "%", ""):
        at = opened("pages/4_Training.py", warm=False, task="own_series", data=name, steps="12")
        assert not at.exception
        opens[name] = not at.error
    assert [name for name, found in opens.items() if found] == [fingerprint]


def test_a_pinned_run_and_the_settings_stay_with_their_session():
    mine, other = (healthy(opened("pages/4_Training.py", warm=False)) for _ in range(2))
    before = everything(other.run())
    mine.query_params["compare"] = RunConfig().written()
    mine.run()
    mine.sidebar.selectbox(key="setting.preset").set_value("echo").run()
    assert healthy(mine).session_state["rnnviz.config"].preset == "echo"
    assert everything(other.run()) == before
    assert healthy(other).session_state["rnnviz.config"] == RunConfig()
    assert other.sidebar.button(key="sidebar.Undo").disabled
