"""The Words page and the fold of words that stands at the end of every page, without a browser."""

import re

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.notation.glossary import GLOSSARY, entry
from rnnviz.settings.config import PAGE_KEYS, RunConfig
from rnnviz.settings.edits import shown
from rnnviz.ui.words import spoken_of
from tests.opening import ROOT, healthy, opened

WORDS = "pages/7_Words.py"
PAGES = ["app.py", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))]


def said(at):
    return "\n".join(element.value for element in at.markdown)


def links(at):
    return [(link.proto.label, link.proto.query_string) for link in at.get("page_link")]


def fold(at):
    return [one for one in at.get("expander") if one.proto.label == "Words on this page"]


@pytest.mark.parametrize("word", ["step-jacobian", "T", "dh-next"])
def test_the_word_of_the_link_is_shown_first_and_marked(word):
    at = healthy(opened(WORDS, warm=False, word=word, preset="parity"))
    marked = [text.value for text in at.markdown if "asked for" in text.value]
    assert len(marked) == 1
    assert f"**{entry(word).term}**" in marked[0]
    assert not at.warning


@pytest.mark.parametrize(
    "word", ["", "nan", "<script>alert(1)</script>", "**bold**", "[a](javascript:1)", "x" * 5000, "$\\frac{1}{0}$", "✓"]
)
def test_a_word_that_does_not_exist_is_told_without_becoming_markup(word):
    at = healthy(opened(WORDS, warm=False, word=word))
    (warning,) = at.warning
    assert "no word" in warning.value
    told = re.search("“(.*)”", warning.value)[1]
    assert re.sub(r"\\(.)", r"\1", told) == shown(word)
    assert not set("<>*[]$`_:~#|&@^{}") & set(re.sub(r"\\.", "", told))
    assert len(warning.value) < 200


def test_the_word_is_a_key_of_the_page_and_no_setting():
    assert "word" in PAGE_KEYS
    at = healthy(opened(WORDS, warm=False, word="gradient", steps="5"))
    assert at.sidebar.slider(key="setting.steps").value == 5
    assert not at.warning


def test_shapes_have_the_sizes_of_the_experiment():
    at = healthy(opened(WORDS, warm=False, word="hidden-state", preset="parity", batch="7", hidden="5"))
    assert "m × n₁ = 7 × 5" in said(at)
    at = healthy(opened(WORDS, warm=False, word="gradient", parameter="W2", hidden="4"))
    n2 = run(RunConfig(hidden=4)).architecture.n_outputs
    assert f"n₁ × n₂ = 4 × {n2}" in said(at)


def test_symbols_follow_the_readers_conventions():
    at = healthy(opened(WORDS, warm=False, word="Wh1", symbols="pytorch"))
    assert "weight" in next(text.value for text in at.markdown if "asked for" in text.value)


def test_links_carry_the_experiment_and_the_word():
    at = healthy(opened(WORDS, warm=False, preset="vanishing", word="bound"))
    assert ("Gradient flow", "preset=vanishing") in links(at)
    at = opened("pages/3_Gradient_flow.py", preset="vanishing")
    at.session_state["words"] = True
    at.run()
    assert ("**bound**", "preset=vanishing&word=bound") in links(healthy(at))


def test_a_related_word_goes_to_the_link_and_keeps_the_experiment():
    at = opened(WORDS, warm=False, preset="vanishing", word="bound")
    at.button(key="word.True.bound.spectral-norm").click().run()
    query = {name: np.ravel(value)[-1] for name, value in at.query_params.items()}
    assert query == {"preset": "vanishing", "word": "spectral-norm"}
    (marked,) = [text.value for text in at.markdown if "asked for" in text.value]
    assert "**spectral norm**" in marked
    assert at.sidebar.selectbox(key="setting.preset").value == "vanishing"


def test_searching_finds_names_code_and_meaning_and_keeps_odd_signs_inert():
    at = opened(WORDS)
    for wanted, term in (("jacobian", "step Jacobian"), ("dh_next", "dh_next"), ("0.999", "Adam")):
        at.text_input(key="words.find").set_value(wanted).run()
        assert f"**{term}**" in said(healthy(at))
    at.text_input(key="words.find").set_value("<b>*nothing*").run()
    assert r"No entry for “\<b\>\*nothing\*”" in said(healthy(at))


def test_a_search_that_finds_nothing_shows_all_words_by_group():
    from rnnviz.notation.glossary import GROUPS

    at = opened(WORDS)
    at.text_input(key="words.find").set_value("no such thing").run()
    assert "No entry for “no such thing”" in said(healthy(at))
    assert f"**{next(iter(GROUPS.values()))[0].term}**" in said(at)
    at.get_by_key("words.group").set_value(list(GROUPS)[-1]).run()
    assert f"**{list(GROUPS.values())[-1][0].term}**" in said(healthy(at))


@pytest.mark.parametrize("view", ["Words and symbols", "Other notations", "Further reading"])
def test_every_view_is_drawn(view):
    at = opened(WORDS)
    at.get_by_key("words.view").set_value(view).run()
    healthy(at)
    assert ("Werbos" in said(at)) == (view == "Further reading")
    assert bool(at.table) == (view == "Other notations")


def test_every_group_and_every_notation_is_drawn():
    from rnnviz.notation.dialects import DIALECTS
    from rnnviz.notation.glossary import GROUPS

    at = opened(WORDS)
    for title, group in GROUPS.items():
        at.get_by_key("words.group").set_value(title).run()
        for one in group:
            assert f"**{one.term}**" in said(healthy(at))
    at.get_by_key("words.view").set_value("Other notations").run()
    for other in DIALECTS:
        at.get_by_key("words.other").set_value(other.name).run()
        assert other.differences[0] in said(healthy(at))


@pytest.mark.parametrize("page", [page for page in PAGES if page != WORDS])
def test_every_page_ends_with_its_words_closed_and_light(page):
    at = healthy(opened(page))
    (closed,) = fold(at)
    assert len(closed.children) == 0
    before = len(at.markdown)
    at.session_state["words"] = True
    at.run()
    (opened_fold,) = fold(healthy(at))
    terms = [label for label, query in links(at) if "word=" in query]
    assert len(terms) >= 5
    assert len(at.markdown) >= before + len(terms)
    assert len(opened_fold.children) > 0


def test_the_fold_speaks_of_what_is_said_and_of_what_is_drawn():
    at = opened("pages/2_Chain_rule.py")
    at.session_state["words"] = at.session_state["ledger"] = True
    at.run()
    words = {query.split("word=")[1] for _, query in links(healthy(at)) if "word=" in query}
    assert {"step-jacobian", "immediate-derivative", "term", "ledger", "complex-step"} <= words
    assert "temperature" not in words


def test_what_another_page_said_is_forgotten():
    at = opened("pages/6_Gradient_check.py")
    at.switch_page("pages/1_Unrolled_network.py").run()
    at.session_state["words"] = at.session_state["ledger"] = True
    at.run()
    words = {query.split("word=")[1] for _, query in links(healthy(at)) if "word=" in query}
    assert "broadcasting" in words
    assert "mistake" not in words


def test_a_scene_is_read_by_its_ids_and_its_sentences():
    drawn = '"q":["dH_3/dH_2","W1_new"],"math":"<mi mathvariant=\\"normal\\"> t</mi>","n":[1,2]'
    scene = f'"id":"1","scene":{{{drawn},"say":"The gradient was clipped first."}}'
    found = [one.id for one in spoken_of(scene.encode())]
    assert found == [one.id for one in GLOSSARY if one.id in {"W1", "gradient", "step-jacobian", "clipping"}]


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_words_of_a_gated_cell_are_explained_where_it_is_drawn(cell):
    at = opened("pages/2_Chain_rule.py", cell=cell)
    at.session_state["words"] = True
    words = {query.split("word=")[1] for _, query in links(healthy(at.run())) if "word=" in query}
    gates = {"forget-gate", "memory-cell", "whole-state"} if cell == "lstm" else {"update-gate", "reset-gate"}
    assert gates | {"Wh1", "step-jacobian", "direct-path"} <= words
