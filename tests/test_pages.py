"""Every page as a reader meets it: warm after the home page and cold by its own link, in every preset."""

import re
from html import unescape
from itertools import product
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from rnnviz.laboratory.cures.compute import CURES
from rnnviz.settings import pages as declared
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.tasks.networks.known import KNOWN
from tests.configurations import spread
from tests.opening import LABORATORY, ROOT, charts, healthy, opened

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))
ALL = ["app.py", *PAGES]
PARTS = FIELDS["part"].choices


def test_there_are_pages():
    assert len(PAGES) >= 4


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@pytest.mark.parametrize("page", ALL)
def test_a_page_is_complete_on_its_own(page, warm):
    at = healthy(opened(page, warm))
    assert at.title[0].value
    assert at.sidebar.selectbox(key="setting.preset").value == RunConfig().preset


@pytest.mark.parametrize(("page", "preset"), spread(product(ALL, sorted({*PRESETS} - {RunConfig().preset})), 9))
def test_a_page_shows_every_preset(page, preset):
    at = healthy(opened(page, warm=False, preset=preset))
    assert at.sidebar.selectbox(key="setting.preset").value == preset
    assert not at.warning or preset == "exploding"


@pytest.mark.parametrize("page", ALL)
def test_nonsense_in_the_link_is_told_and_survived(page):
    at = healthy(opened(page, warm=False, steps="nan", hidden="1e9", task="<script>", sample="999"))
    assert "steps" in at.warning[0].value
    assert "<script>" not in at.warning[0].value


EDGES = (
    {"preset": "parity", "steps": "1"},
    {"preset": "lecture-sequence-to-vector", "steps": "1", "hidden": "1", "parameter": "W2"},
    {"preset": "echo", "sample": "-1", "parameter": "b2"},
    {"preset": "vanishing", "steps": "200", "hidden": "2", "batch": "1", "epochs": "2"},
    {"activation": "relu", "spectral_radius": "0", "input_scale": "0"},
)


@pytest.mark.parametrize(("page", "query"), spread(product(PAGES, EDGES), 7))
def test_the_edges_of_the_settings(page, query):
    healthy(opened(page, warm=False, **query))


@pytest.mark.parametrize("page", ALL)
def test_every_control_explains_itself(page):
    at = healthy(opened(page, preset="parity"))
    kinds = ("selectbox", "slider", "text_input", "text_area", "button_group", "button", "checkbox", "toggle")
    controls = [control for kind in kinds for control in at.get(kind)]
    assert controls
    unexplained = [control.label for control in controls if not control.proto.help]
    assert unexplained == []


@pytest.mark.parametrize("preset", ["lecture-sequence-to-sequence", "parity"])
@pytest.mark.parametrize("page", PAGES)
def test_every_picture_has_a_text_equivalent_with_numbers(page, preset):
    at = healthy(opened(page, preset=preset))
    texts = [chart["alt"] for chart in charts(at)]
    texts += [html.proto.body.split('aria-label="')[1] for html in at.get("html") if "rnnviz-cells" in html.proto.body]
    for text in texts:
        assert len(text) > 20
        assert any(character.isdigit() for character in text)


def test_a_setting_goes_to_the_link_and_undo_takes_it_back():
    at = healthy(opened("pages/1_Unrolled_network.py"))
    at.sidebar.slider(key="setting.steps").set_value(7).run()
    assert at.query_params == {"preset": RunConfig().preset, "steps": "7"}
    button(at, "Undo last change").click().run()
    assert at.sidebar.slider(key="setting.steps").value == 3
    assert at.query_params == {}


def test_a_movement_of_one_slider_is_undone_as_a_whole():
    at = healthy(opened("pages/1_Unrolled_network.py"))
    for steps in (4, 5, 6):
        at.sidebar.slider(key="setting.steps").set_value(steps).run()
    button(at, "Undo last change").click().run()
    assert at.sidebar.slider(key="setting.steps").value == 3


def test_reset_goes_back_to_the_preset():
    at = healthy(opened("pages/3_Gradient_flow.py", preset="vanishing", hidden="5"))
    assert at.sidebar.slider(key="setting.hidden").value == 5
    button(at, "Reset to preset").click().run()
    assert at.sidebar.slider(key="setting.hidden").value == PRESETS["vanishing"].config.hidden
    assert at.query_params == {"preset": "vanishing"}


def test_back_in_the_browser_brings_the_settings_back():
    at = healthy(opened("pages/1_Unrolled_network.py"))
    at.sidebar.slider(key="setting.steps").set_value(7).run()
    at.query_params.clear()
    at.run()
    assert at.sidebar.slider(key="setting.steps").value == 3


def test_a_late_query_of_a_quick_second_change_does_not_undo_the_first():
    at = healthy(opened("pages/1_Unrolled_network.py"))
    at.sidebar.slider(key="setting.steps").set_value(7).run()
    at.query_params.clear()
    at.sidebar.slider(key="setting.batch").set_value(2).run()
    assert at.sidebar.slider(key="setting.steps").value == 7
    assert at.query_params["steps"] == "7"


def test_a_link_to_another_page_is_followed_although_a_widget_told_something_at_the_same_moment():
    at = healthy(opened("pages/1_Unrolled_network.py"))
    at.sidebar.slider(key="setting.steps").set_value(7)
    at.query_params["preset"] = "vanishing"
    at.switch_page("pages/2_Chain_rule.py").run()
    assert at.sidebar.selectbox(key="setting.preset").value == "vanishing"
    assert at.query_params == {"preset": "vanishing"}


def test_a_change_that_the_next_page_was_opened_with_is_kept():
    at = healthy(opened("pages/1_Unrolled_network.py"))
    at.sidebar.slider(key="setting.steps").set_value(7)
    at.switch_page("pages/2_Chain_rule.py").run()
    assert at.query_params["steps"] == "7"


def test_back_in_the_browser_counts_although_a_widget_told_something_at_the_same_moment(monkeypatch):
    at = healthy(opened("pages/1_Unrolled_network.py"))
    at.sidebar.slider(key="setting.steps").set_value(7).run()
    monkeypatch.setattr(ScriptRunContext, "reset", went_back(ScriptRunContext.reset))
    at.sidebar.slider(key="setting.batch").set_value(2)
    at.query_params.clear()
    at.run()
    assert at.sidebar.slider(key="setting.steps").value == 3
    assert at.query_params == {}


def went_back(reset):
    """A run that the browser's history began, as the server marks it; AppTest has no way to say so."""

    def marked(context, *rest, **named):
        reset(context, *rest, **named)
        context.is_history_navigation = True

    return marked


def test_what_a_task_cannot_serve_is_adjusted_and_told():
    at = healthy(opened("pages/1_Unrolled_network.py", preset="echo", steps="12", lag="9"))
    at.sidebar.slider(key="setting.steps").set_value(4).run()
    assert at.sidebar.slider(key="setting.lag").value == 3
    assert "lag" in at.warning[0].value


def test_a_preset_button_is_one_click():
    at = healthy(opened("pages/3_Gradient_flow.py"))
    at.selectbox(key="presets").set_value("exploding").run()
    assert at.query_params == {"preset": "exploding"}
    assert "explodes" in sentences(healthy(at))


def test_training_that_explodes_is_explained():
    at = healthy(opened("pages/4_Training.py", preset="exploding"))
    assert "finite" in at.warning[0].value


def test_numbers_behind_a_chart_are_made_when_opened():
    at = healthy(opened("pages/3_Gradient_flow.py"))
    assert len(at.dataframe) == 0
    at.session_state["lag.numbers"] = True
    at.run()
    assert "lag t − k" in healthy(at).dataframe[0].value.columns


@pytest.mark.parametrize(
    ("page", "query"), [(page, {}) for page in ALL] + [(LABORATORY, {"part": one}) for one in PARTS]
)
def test_no_fold_shows_a_subscript_as_an_underscore(monkeypatch, page, query):
    from rnnviz.ui import show

    monkeypatch.setattr(show, "picks", SimpleNamespace(asked=lambda *_: 1, keep=lambda *_: None))
    assert healthy(opened(page, warm=False, preset="parity", **query)).expander


def test_a_closed_group_draws_no_settings():
    at = healthy(opened("pages/3_Gradient_flow.py"))
    keys = {slider.key for slider in at.sidebar.slider}
    assert "setting.hidden" in keys
    assert "setting.steps" not in keys


def test_every_setting_can_be_reached():
    at = healthy(opened("pages/1_Unrolled_network.py", preset="characters"))
    for title in ("Task", "Network", "Training", "More settings", "Notation"):
        at.session_state[f"group.{title}"] = True
    healthy(at.run())
    kinds = ("selectbox", "slider", "text_input", "text_area")
    drawn = {control.key for kind in kinds for control in at.sidebar.get(kind)}
    settings = [field for field in FIELDS.values() if field.group != "view"]
    expected = {f"setting.{field.name}" for field in settings}
    of_cells = {f"setting.{field.name}" for field in settings if "plain" not in (field.cells or ["plain"])}
    assert expected - drawn == {"setting.lag", "setting.start_state"} | of_cells


@pytest.mark.parametrize(
    ("cell", "own"), [("gru", {"reset", "update_bias"}), ("lstm", {"forget_bias"}), ("plain", {"activation", "bias"})]
)
def test_a_setting_that_the_cell_does_not_read_is_not_shown(cell, own):
    at = opened("pages/4_Training.py", cell=cell)
    for title in ("Network", "More settings"):
        at.session_state[f"group.{title}"] = True
    healthy(at.run())
    drawn = {control.key for kind in ("selectbox", "slider", "text_input") for control in at.sidebar.get(kind)}
    shown = {name for name, field in FIELDS.items() if field.cells and f"setting.{name}" in drawn}
    assert shown == own


def test_an_impossible_computation_is_named_and_the_sidebar_stays(monkeypatch):
    def refuse(config):
        raise ValueError("X: got (3, 1), expected (T, m, n0)")

    monkeypatch.setattr("rnnviz.ui.cache.run", refuse)
    at = opened("pages/1_Unrolled_network.py", warm=False, seed="4711")
    assert not at.exception
    assert "expected (T, m, n0)" in at.error[0].value
    assert at.sidebar.slider(key="setting.steps").value == 3


def button(at, label):
    return next(button for button in at.button if button.label == label)


def sentences(at):
    return " ".join(element.value for element in [*at.header, *at.markdown])


@pytest.mark.parametrize("view", ["Every entry", "One term alone", "How small a step", "What training makes of it"])
@pytest.mark.parametrize("mistake", ["none", "late_state"])
def test_every_closer_look_of_the_gradient_check(view, mistake):
    at = healthy(opened("pages/6_Gradient_check.py", mistake=mistake))
    at.session_state["check.view"] = view
    healthy(at.run())
    assert len(charts(at)) == (0 if view == "One term alone" else 1)
    assert "fails" in str(at.table[0].value) or mistake == "none"


@pytest.mark.parametrize("preset", ["lecture-sequence-to-vector", "sentiment", "sunspots", "exploding", "cliff"])
@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_the_laboratory_shows_all_kinds_of_presets(part, preset):
    at = healthy(opened(LABORATORY, warm=False, preset=preset, part=part))
    assert at.get_by_key("setting.part").value == part
    assert len(at.header) + len(at.markdown) > 1


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "extreme",
    [
        {"steps": "1", "hidden": "1", "batch": "1"},
        {"preset": "exploding", "steps": "200", "spectral_radius": "5", "gain": "5"},
        {"preset": "vanishing", "spectral_radius": "0"},
        {"preset": "parity", "steps": "40", "bias": "10", "input_scale": "0"},
    ],
    ids=["smallest", "overflowing", "no memory", "saturated"],
)
def test_each_part_survives_extreme_settings(part, extreme):
    healthy(opened(LABORATORY, warm=False, part=part, **extreme))


def not_yet(at):
    """How many runs of the sweep are drawn as still to come, held out and in training."""
    return sum(html.proto.body.count(">not yet</td>") for html in at.get("html"))


def test_a_sweep_of_cures_runs_and_its_results_stay(monkeypatch):
    monkeypatch.setattr("rnnviz.laboratory.cures.compute.plan", lambda: [(10, CURES[0]), (10, CURES[6])])
    at = healthy(opened(LABORATORY, warm=False, part="cures", seed="77"))
    assert "2 networks of 16 units are to be trained" in sentences(at)
    assert not_yet(at) == 2 * 32
    at.button(key="cures.run").click().run()
    assert "2 of 2 runs are done" in sentences(healthy(at))
    assert not_yet(at) == 2 * 30
    assert at.button(key="cures.run").disabled
    at.get_by_key("setting.part").set_value("reach").run()
    at.get_by_key("setting.part").set_value("cures").run()
    assert "2 of 2 runs are done" in sentences(healthy(at))


def test_a_newcomer_meets_the_cliff_with_one_unit_and_others_keep_their_experiment():
    at = healthy(opened(LABORATORY))
    at.get_by_key("setting.part").set_value("cliff").run()
    assert healthy(at).query_params == {"preset": "cliff", "part": "cliff"}
    at = healthy(opened(LABORATORY, preset="parity"))
    at.get_by_key("setting.part").set_value("cliff").run()
    assert healthy(at).query_params == {"preset": "parity", "part": "cliff"}


@pytest.mark.parametrize("preset", ["lecture-sequence-to-sequence", "lecture-sequence-to-vector", "adding", "parity"])
@pytest.mark.parametrize("picture", ["by lag", "map of losses", "map of states", "map of terms"])
def test_each_picture_of_the_way_back_is_drawn(preset, picture):
    at = opened(LABORATORY, warm=False, preset=preset)
    at.get_by_key("flow.picture").set_value(picture).run()
    assert healthy(at).get_by_key("flow.picture").value == picture


def test_the_bars_are_drawn_when_their_fold_is_opened():
    at = opened(LABORATORY, warm=False, preset="parity")
    before = len(charts(at))
    at.session_state["flow.sources"] = True
    assert len(charts(healthy(at.run()))) == before + 2
    at = opened(LABORATORY, warm=False, preset="parity", part="causes")
    at.session_state["flow.slopes"] = True
    assert len(charts(healthy(at.run()))) == 3


def test_the_links_of_the_home_page_carry_their_experiment():
    at = healthy(opened("app.py", preset="parity", hidden="5"))
    shown = "".join(element.proto.body for element in at.get("html"))
    found = re.findall(r'<a href="([^"?]*)\?([^"]*)"', shown)
    led = [(path, RunConfig.from_query(dict(parse_qsl(unescape(query))))[0]) for path, query in found]
    here = PRESETS["parity"].config.replace(hidden=5)
    first = ["Lessons", "Chain_rule", "Questions"]
    pages = [page.name for page in declared.PAGES[1:]]
    assert [path for path, config in led if config == here] == first + pages
    examples = [config for path, config in led if config != here and not config.data]
    assert len([config for _, config in led if config.data]) == len(KNOWN)
    known = [one.config for one in PRESETS.values() if one.config != RunConfig()]
    assert sorted(examples, key=repr) == sorted(known, key=repr)
    assert all(f"<small>T {one.config.steps}</small>" in shown for one in PRESETS.values())


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_lesson_about_the_plain_cell_says_so_and_leads_to_it(cell):
    at = healthy(opened("pages/5_Lessons.py", warm=False, cell=cell, lesson="general"))
    assert (
        f"speaks of a network of plain units; the present one is sequence to sequence, with {cell.upper()}"
        in at.info[0].value
    )
    healthy(at.button(key="lessons.take").click().run())
    assert at.session_state["rnnviz.config"].cell == "plain"
    assert not at.info


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_questions_are_about_the_cell_at_hand(cell):
    at = healthy(opened("pages/9_Questions.py", warm=False, cell=cell))
    assert not at.info
    assert len(at.get("bidi_component")) >= 2


@pytest.mark.parametrize(
    ("page", "query"),
    spread(
        product(
            ALL,
            (
                {"cell": "lstm"},
                {"cell": "gru", "preset": "echo", "sample": "-1"},
                {"cell": "gru", "reset": "after", "preset": "lecture-sequence-to-vector", "steps": "1", "hidden": "1"},
                {"cell": "lstm", "preset": "vanishing", "steps": "60", "epochs": "3", "parameter": "b2"},
            ),
        ),
        5,
    ),
)
def test_every_page_shows_a_gated_cell(page, query):
    healthy(opened(page, warm=False, **query))


@pytest.mark.parametrize(("part", "cell"), spread(product(PARTS, ["lstm", "gru"])))
def test_every_part_of_the_laboratory_shows_a_gated_cell(part, cell):
    healthy(opened(LABORATORY, warm=False, cell=cell, part=part, preset="orthogonal"))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_every_picture_of_a_gated_gradient_is_drawn(cell):
    at = healthy(opened(LABORATORY, warm=False, cell=cell, preset="orthogonal", steps="8"))
    at.session_state["flow.sources"] = True
    drawn = []
    for picture in ("by lag", "map of losses", "map of states", "map of terms"):
        at.session_state["flow.picture"] = picture
        drawn += [chart["alt"] for chart in charts(healthy(at.run()))]
    for path in ("direct path", "through gates and candidates"):
        at.session_state["flow.path"] = path
        drawn += [chart["alt"] for chart in charts(healthy(at.run()))]
    assert any("direct path" in alt for alt in drawn)
    at = healthy(opened(LABORATORY, warm=False, cell=cell, part="causes", preset="orthogonal", steps="8"))
    for gate in ("candidate", {"lstm": "output", "gru": "reset"}[cell]):
        at.session_state["flow.gate"] = gate
        assert any(gate in chart["alt"].lower() for chart in charts(healthy(at.run())))
