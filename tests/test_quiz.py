"""Questions as data for the stage: nothing is lost on the way, and everything that is lit is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.experiment.core import run
from rnnviz.notation.pieces import pieces
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS
from rnnviz.teaching.questions import CONFUSIONS, TOPICS, questions
from rnnviz.teaching.quiz import quiz_scene
from tests.opening import healthy, opened

PAGE = "pages/9_Questions.py"


@given(st.text(max_size=80))
def test_a_text_in_pieces_says_what_it_said(text):
    places = {}
    found = pieces(text, places)
    names = list(places)
    marks = {"plain": "{}", "code": "`{}`", "q": "{{{}}}", "math": "${}$"}
    written = [
        marks[kind].format(names[value] if kind == "math" else value) for one in found for kind, value in one.items()
    ]
    assert "".join(written) == text


@pytest.mark.parametrize("cell", ["plain", "lstm", "gru"])
@pytest.mark.parametrize("preset", ["lecture-sequence-to-vector", "lecture-sequence-to-sequence", "sentiment"])
def test_the_round_goes_from_easy_to_hard_by_topic_and_lights_what_is_drawn(preset, cell):
    one = run(PRESETS[preset].config.replace(cell=cell))
    asked = questions(one, 5)
    data = quiz_scene(asked, 5)
    assert sorted(each["id"] for each in data["questions"]) == sorted(each.id for each in asked)
    order = [topic.number for topic in TOPICS.values()]
    places = [order.index(each["confusion"]) for each in data["questions"]]
    assert places == sorted(places)
    assert {number for number, *_ in data["topics"]} == {one.confusion for one in asked}
    gated = CONFUSIONS[-1] in [about for _, _, about in data["topics"]]
    assert gated == (cell != "plain")
    assert not any(name.isdigit() or CONFUSIONS[number - 1] != about for number, name, about in data["topics"])
    parameters = {each["parameter"] for each in data["questions"]}
    drawn = {name: drawn_by(build_scene(one, name, detail=False)) for name in parameters}
    for each in data["questions"]:
        for choice in each["choices"]:
            assert drawn[each["parameter"]] & {*choice["lit"]}, (each["id"], choice["lit"])


def drawn_by(scene):
    return {*scene["quantities"]}.union(*(part["quantities"] for part in scene["parameters"].values()))


def test_the_page_asks_and_a_link_brings_the_same_round():
    at = healthy(opened(PAGE, warm=False, question="row-adds.7"))
    assert at.session_state["questions.round"] == 7
    at = healthy(opened(PAGE, warm=False, question="<b>.7x"))
    assert at.session_state["questions.round"] == 0


def test_a_network_with_nothing_to_ask_says_so_or_asks():
    at = healthy(opened(PAGE, warm=False, steps="1", hidden="1", gain="0"))
    assert len(at.get("bidi_component")) >= 2 or at.info
