"""The stage as one file: what it holds, what it may do, and that no text breaks out of it."""

from __future__ import annotations

import base64
import hashlib
import html as markup
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.browser import script
from rnnviz.experiment.core import run
from rnnviz.export.standalone import in_script, stage_html
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS
from tests.configurations import spread


def scene_of(page):
    return json.loads(re.search(r"data-rnnviz-scene>(.*?)</script>", page, re.S)[1])


@pytest.mark.parametrize("name", spread(PRESETS))
def test_every_preset_is_one_small_file(name):
    experiment = run(PRESETS[name].config)
    page = stage_html(experiment)
    assert len(page.encode()) < (560_000 if name.startswith("lecture") else 1_300_000)
    scene = scene_of(page)
    assert len(scene["parameters"]) == (5 if experiment.config.steps <= 6 else 1)
    assert scene["choices"] == list(scene["parameters"])
    assert scene["modes"] == []
    assert not [one for one in scene["quantities"].values() if "edit" in one]
    assert f"--preset {name}</p>" in page


def test_the_numbers_are_those_of_the_app(preset):
    experiment = preset("lecture-sequence-to-sequence")
    found, wanted = scene_of(stage_html(experiment)), build_scene(experiment)
    assert found["frames"] == json.loads(json.dumps(wanted["frames"]))
    assert found["parameters"] == json.loads(json.dumps(wanted["parameters"]))


def test_nothing_is_fetched_and_only_its_own_script_may_run(preset):
    page = stage_html(preset("lecture-sequence-to-vector"))
    policy = markup.unescape(re.search(r'Content-Security-Policy" content="(.*?)"', page)[1])
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    code = base64.b64encode(hashlib.sha256(script("standalone").encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{code}'"
    assert not re.search(r"""(src|href)=.?(https?:|//)|url\((?!#|"data:font)|@import""", page)
    assert page.count("<script") == page.count("</script>") == 2


def test_it_opens_where_it_is_told_to(preset):
    experiment = preset("sentiment")
    scene = scene_of(stage_html(experiment, first_frame="term-3-1", parameter="W1", sample=5))
    assert (scene["first_frame"], scene["parameter"]) == ("term-3-1", "W1")
    assert scene["view"] == "sample 6 of 64"


@pytest.mark.parametrize(("name", "value"), [("first_frame", "term-9-9"), ("parameter", "W9"), ("sample", 64)])
def test_what_does_not_exist_is_refused(preset, name, value):
    with pytest.raises(ValueError, match=f"{name}: got"):
        stage_html(preset("sentiment"), **{name: value})


def test_an_edit_is_told_but_cannot_be_taken_back(preset):
    scene = scene_of(stage_html(preset("lecture-sequence-to-sequence", edits="Wh1.0.1:0.9")))
    assert scene["whatif"]["fixed"] is True
    assert scene["whatif"]["edits"]


@given(st.text())
def test_no_text_ends_the_script_that_holds_it(text):
    held = in_script({"label": text + "</script><!--<script>"})
    assert "<" not in held
    assert json.loads(held)["label"] == text + "</script><!--<script>"


def test_readers_text_is_text(preset):
    page = stage_html(preset("characters", text="</script><img src=x onerror=alert(1)>" * 3))
    assert "<img" not in page
    assert page.count("</script>") == 2


def test_a_frame_is_copied_with_its_numbers(preset):
    assert scene_of(stage_html(preset("lecture-sequence-to-sequence")))["preamble"].startswith("import numpy as np")
