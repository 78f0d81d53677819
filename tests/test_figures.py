"""Charts and drawings show the numbers they are given: values, zeros, bounds, labels, in both themes."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest
from configurations import configurations
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnnviz.charts import cells, drawing, grids, heat, matrices, tables, theme
from rnnviz.charts.marks import Chart
from rnnviz.charts.packed import packed
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import gradient_flow, spectrum, terms_of_losses
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.forward import compute as forward_compute
from rnnviz.laboratory.forward import draw as forward_draw
from rnnviz.laboratory.forward import say as forward_said
from rnnviz.laboratory.forward.compute import step_matrices
from rnnviz.laboratory.learned import say as learned_said
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import draw as reach_draw
from rnnviz.laboratory.reach import say as reach_said
from rnnviz.notation.numbers import four
from rnnviz.settings.config import PRESETS, RunConfig

FLOW = np.array([[2.0, np.nan, np.nan], [0.5, 1.0, np.nan], [0.0, 1e-300, 4.0]])
finite = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.fixture(scope="module")
def parity():
    return run(PRESETS["parity"].config.replace(steps=5, batch=4, epochs=8))


@pytest.fixture(scope="module")
def trained(parity):
    return train_run(parity)


# --- heat maps --------------------------------------------------------------------------------------------


def test_norms_are_drawn_as_exponents_and_keep_their_value_on_hover():
    trace = heat.norms(FLOW, theme="light").marks[0]
    assert trace.z[1][0] == pytest.approx(np.log10(0.5))
    assert trace.z[2][1] == pytest.approx(-300)
    assert trace.values[2][1] == 1e-300


def test_an_exact_zero_has_its_own_trace_and_colour_and_is_no_minus_infinity():
    logs, zeros = heat.norms(FLOW, theme="dark").marks
    assert np.isnan(logs.z[2][0])
    assert zeros.z[2][0] == 0
    assert np.isnan(zeros.z).sum() == 8
    assert {colour for _, colour in zeros.scale.stops} == {theme.EXACT_ZERO["dark"]}
    assert "exactly 0" in zeros.words


def test_the_future_is_empty_even_where_the_array_holds_zeros():
    figure = heat.norms(np.where(np.isnan(FLOW), 0.0, FLOW), theme="light")
    for trace in figure.marks:
        assert np.isnan(trace.z[0][1])


@pytest.mark.parametrize("values", [np.zeros((3, 3)), np.full((3, 3), np.nan), np.array([[2.0]])])
def test_norms_of_nothing_much(values):
    for mode in theme.THEMES:
        packed(heat.norms(values, theme=mode))


def test_a_single_loss_is_a_strip():
    strip = heat.norms(np.where(np.arange(3)[:, None] < 2, np.nan, FLOW), theme="light")
    assert strip.y.range == (2.5, 1.5)
    assert strip.height < heat.norms(FLOW, theme="light").height


def test_signed_values_have_symmetric_limits_and_the_page_in_the_middle():
    trace = heat.signed(np.array([[-1.0, 3.0]]), x="t", y="unit", theme="dark").marks[0]
    assert trace.scale.span == (-3.0, 3.0)
    assert dict(trace.scale.stops)[0.5] == theme.ground("dark").page


# --- small grids ------------------------------------------------------------------------------------------


class Table(HTMLParser):
    """Collects the titles (full numbers), styles and tags of a piece of HTML, and its text."""

    def __init__(self, html):
        super().__init__()
        self.titles, self.styles, self.tags, self.text, self.headers = [], [], [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.titles += [value for key, value in attributes if key == "title"]
        self.styles += [value for key, value in attributes if key == "style" and tag == "td"]

    def handle_data(self, data):
        self.text += data
        if self.tags and self.tags[-1] == "th":
            self.headers.append(data)


@given(arrays(float, (2, 4), elements=finite))
def test_cells_hold_the_numbers_with_all_their_digits(values):
    axes = cells.Axes("t", "unit", tuple("abcd"), tuple("xy"))
    shown = Table(cells.signed(values, axes, "light"))
    assert [float(title) for title in shown.titles] == values.ravel().tolist()


@pytest.mark.parametrize("draw", [cells.norms, lambda values, axes, scheme: grids.norms(values, scheme)])
def test_numbers_that_rounding_alone_tells_apart_have_one_colour(draw):
    values = 0.5 * (1 + np.finfo(float).eps * np.arange(9).reshape(3, 3))
    drawn = draw(values, cells.Axes("k", "t", "012", "012"), "light")
    assert len(set(re.findall("background:(#[0-9a-fA-F]{6});color", drawn))) == 1


def test_cells_of_zero_are_the_page_and_of_both_ends_the_scale():
    axes = cells.Axes("t", "unit", tuple("abc"), ("0",))
    styles = Table(cells.signed(np.array([[0.0, -2.0, 2.0]]), axes, "dark")).styles
    expected = (theme.ground("dark").page, theme.NEGATIVE["dark"], theme.POSITIVE["dark"])
    for style, colour in zip(styles, expected, strict=True):
        assert f"background:{colour};" in style


def test_exact_zeros_among_norms_have_their_own_colour_and_the_future_is_empty():
    shown = Table(grids.norms(np.where(np.isnan(FLOW), 0.0, FLOW), "light"))
    assert len(shown.titles) == 6
    assert len([style for style in shown.styles if theme.EXACT_ZERO["light"] in style]) == 1
    assert "1e−300" in shown.text


def test_rows_without_a_loss_are_left_out():
    values = np.where(np.arange(3)[:, None] < 2, np.nan, FLOW)
    assert len(Table(grids.norms(values, "light")).titles) == 3


def test_the_target_is_framed():
    target = np.array([[1.0, 0], [0, 1]])
    shown = forward_compute.Prediction("step t", (0, 1), ("<b>", "b"), target, target * 0.9, "", "classes")
    html = forward_draw.predicted(shown, "light")
    assert html.count('class="framed"') == 2
    assert "<b>" not in html


@pytest.mark.parametrize(("side", "kind"), [(1, str), (6, str), (7, Chart), (40, Chart)])
def test_many_numbers_become_a_heat_map(side, kind):
    assert isinstance(grids.norms(np.ones((side, side)), "light"), kind)
    assert isinstance(forward_draw.states(np.ones((2, side)), tuple("x" * side), "light"), kind)


def test_labels_from_outside_stay_text_in_both_kinds():
    small = forward_draw.states(np.ones((1, 2)), ("0\n<i>", "1\n&"), "light")
    assert "&lt;i&gt;" in small
    large = forward_draw.states(np.ones((1, 7)), ("0\n<i>", *"123456"), "light")
    assert large.x.names[0] == "0\n<i>"  # the browser makes text of it


# --- gradient by lag --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vanishing", "exploding", "orthogonal", "parity", "sentiment"])
def test_no_share_lies_above_the_bound(name):
    experiment = run(PRESETS[name].config)
    values = spectrum(experiment)
    found = reach_compute.lags(gradient_flow(experiment), values.gamma, values.norm, values.radius)
    present = ~np.isnan(found.high)
    assert present.all()
    assert (found.high <= found.bound * (1 + 1e-9)).all()
    assert (found.low <= found.high).all()


def test_shares_are_taken_along_the_diagonals():
    found = reach_compute.lags(FLOW, 1.0, 2.0, 0.5)
    assert found.low.tolist() == [1.0, 1e-300 / 4, 0.0]
    assert found.high.tolist() == [1.0, 0.5, 0.0]
    assert found.median.tolist() == [1.0, 0.25, 0.0]
    np.testing.assert_allclose(found.bound, [1, 2, 4], rtol=1e-12)
    assert found.trend.tolist() == [1, 0.5, 0.25]


@pytest.mark.parametrize(
    ("below", "words"), [(0.5, "there is no band"), (0.4, "up to a factor of 1.25 apart"), (0.0, "down to the edge")]
)
def test_a_band_is_told_with_its_width_and_only_where_there_is_one(below, words):
    size = np.ones((2, 2, 2))
    size[1, 0] = 0.5, below
    found = reach_compute.lags(size, 1.0, 1.0, 1.0)
    assert words in reach_said.band_sentence(found)


@pytest.mark.parametrize("odd", [0, 1])
def test_middle_and_ends_are_those_of_numpy(odd):
    own = np.random.default_rng(odd).exponential(size=(6, 6, 2 + odd))
    own[4, 1, 0], own[5, 0, 1] = np.inf, np.nan
    found, size = reach_compute.lags(own, 1.0, 1.0, 1.0), np.diagonal(own).T
    for lag in range(6):
        shares = np.diagonal(own, -lag).T / size[lag:]
        assert found.median[lag] == pytest.approx(np.median(shares), rel=1e-15, nan_ok=True)
        assert (found.low[lag], found.high[lag]) == pytest.approx((shares.min(), shares.max()), nan_ok=True)
    assert np.isnan(found.median[5])
    assert found.high[3] == np.inf


def test_the_lag_chart_draws_measured_bound_and_trend_and_gaps_for_zeros():
    figure = reach_draw.left_by_lag(reach_compute.lags(FLOW, 1.0, 2.0, 0.5), "light")
    drawn = {trace.name: trace.y for trace in figure.marks if getattr(trace, "name", "")}
    assert len(drawn) == 3
    assert np.isnan(next(y for name, y in drawn.items() if name == "median")[2])


@pytest.mark.parametrize(
    ("left", "stretch", "word"),
    [
        (1e-13, 0.003, "as it had to"),
        (1e-13, 0.3, "leave more"),
        (1e-13, 2.0, "vanishes"),
        (0.4, 1.0, "carried"),
        (40, 1.2, "explodes"),
    ],
)
def test_the_sentence_names_what_the_gradient_does(left, stretch, word):
    size = np.array([[1.0, np.nan], [left, 1.0]])
    assert word in reach_said.flow_sentence(reach_compute.lags(size, 1.0, stretch, 1.0))


@pytest.mark.parametrize("size", [np.array([[1.0]]), np.array([[np.nan]]), np.array([[1, np.nan], [0, 0.0]])])
def test_the_sentence_survives_having_nothing_to_follow(size):
    assert reach_said.flow_sentence(reach_compute.lags(size, 1.0, 1.0, 1.0)).endswith(".")


def test_the_terms_of_steps_without_a_loss_are_not_called_zero():
    experiment = run(PRESETS["lecture-sequence-to-vector"].config.replace(start_state=0.0))
    shown = terms_of_losses(experiment)["Wh1"]
    assert np.isnan(shown[:-1]).all()
    assert "1 of 3 norms is" in tables.zero_sentence(shown)


def test_the_longest_term_is_found_by_its_lag():
    assert "one step back" in reach_said.terms_sentence(np.array([[1.0, 0.0], [3.0, 2.0]]), "Wh1")
    assert "exactly 0" in reach_said.terms_sentence(np.zeros((2, 2)), "W1")


# --- the forward pass -------------------------------------------------------------------------------------


def test_every_number_of_a_step_is_in_the_product_with_all_its_digits():
    experiment = run(RunConfig())
    values = step_matrices(experiment, 1)
    shown = Table(matrices.hidden_step(values, 1, "tanh", "light"))
    order = ("X_1", "W1", "H_0", "Wh1", "b1", "A_1", "H_1")
    expected = [float(number) for name in order for number in np.ravel(values[name])]
    assert [float(title) for title in shown.titles] == expected
    assert set(shown.tags) <= {
        *("style", "div", "span", "figure", "figcaption", "small"),
        *("table", "tr", "td", "b", "sub", "br"),
    }


def test_shapes_are_written_with_their_numbers():
    experiment = run(RunConfig(batch=2))
    text = Table(matrices.hidden_step(step_matrices(experiment, 0), 0, "tanh", "dark")).text
    assert "m × n₁ = 2 × 3" in text
    assert "1 × n₁ = 1 × 3" in text


def test_a_long_side_keeps_both_ends():
    block = matrices.Block("Wh1", np.arange(400.0).reshape(20, 20), "n₁ × n₁")
    titles = [float(title) for title in Table(matrices.product([block], "light")).titles]
    assert titles[0] == 0
    assert titles[-1] == 399
    assert len(titles) == 16


def test_a_step_without_an_output_has_no_output_line():
    experiment = run(PRESETS["lecture-sequence-to-vector"].config)
    assert matrices.output_step(step_matrices(experiment, 0), 0, "sigmoid", "light") == ""
    assert matrices.output_step(step_matrices(experiment, 2), 2, "sigmoid", "light") != ""


def test_operators_are_text():
    assert "<script>" not in matrices.product(["<script>"], "light")


@pytest.mark.parametrize("mode", ["sequence_to_sequence", "sequence_to_vector"])
@pytest.mark.parametrize(("steps", "drawn"), [(1, 1), (3, 3), (6, 6), (7, 4), (200, 4)])
def test_the_unrolled_network_is_drawn_with_its_ends(steps, drawn, mode):
    root = ET.fromstring(drawing.unrolled(steps, mode, "light"))
    nodes = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len([node for node in nodes if node.startswith("X")]) == drawn
    assert f"X{steps - 1}" in nodes
    answers = [node for node in nodes if node.startswith("L")]
    assert len(answers) == (drawn if mode == "sequence_to_sequence" else 1)


def test_the_opened_step_is_always_drawn():
    assert ">100<" in drawing.unrolled(200, "sequence_to_sequence", "dark", opened=100)


def test_the_rolled_network_and_the_icon_are_svg():
    for picture in (drawing.rolled("light"), drawing.rolled("dark"), drawing.ICON):
        assert ET.fromstring(picture).tag.endswith("svg")


def test_the_sentence_of_a_step_compares_memory_and_input():
    experiment = run(RunConfig(start_state=0.0))
    assert "$H_{init}$ is 0" in forward_said.step_sentence(step_matrices(experiment, 0), 0)
    opened = step_matrices(experiment, 1)
    memory, fresh = np.linalg.norm(opened["H_0 Wh1"]), np.linalg.norm(opened["X_1 W1"])
    lengths = f"of length **{four(memory)}**, the input as $X_{{1}} W_1$, of length **{four(fresh)}**"
    assert lengths in forward_said.step_sentence(opened, 1)


def test_states_are_those_of_the_sample_or_the_batch_mean(parity):
    assert np.array_equal(forward_compute.states(parity.trace, 2), parity.trace.H[:, 2].T)
    assert np.allclose(forward_compute.states(parity.trace, -1), parity.trace.H.mean(axis=1).T)


# --- predictions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("sample", [0, -1])
def test_predictions_and_targets_are_drawn_as_they_are(name, sample):
    experiment = run(PRESETS[name].config.replace(epochs=1))
    shown = forward_compute.prediction(experiment.task, experiment.trace.Y_hat, sample)
    assert shown.target.shape == shown.predicted.shape == (len(shown.places), len(shown.outputs))
    if shown.as_classes:
        heat_map, rings = forward_draw.classes(shown, "light").marks
        assert np.array_equal(heat_map.z, shown.predicted.T)
        assert len(rings.x) == np.sum(shown.target > 0.5)
    else:
        drawn = {trace.name: trace.y for trace in forward_draw.lines(shown, "light").marks}
        assert np.array_equal(next(iter(drawn.values())), shown.target[:, 0])
    assert forward_said.fit_sentence(shown)[-1] == "."
    assert len(forward_said.predictions_table(shown)) == 1 + 2 * len(shown.outputs)


def test_sunspots_are_in_years_and_sunspot_numbers():
    experiment = run(PRESETS["sunspots"].config)
    shown = forward_compute.prediction(experiment.task, experiment.trace.Y_hat, 0)
    assert shown.axis == "year"
    assert 1700 <= shown.places[0] < 2009
    assert shown.target.max() > 20


def test_right_answers_are_counted():
    target = np.array([[1.0, 0], [0, 1], [0, 1]])
    values = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    shown = forward_compute.Prediction("step t", (0, 1, 2), ("a", "b"), target, values, "", "classes")
    assert "**2 of 3**" in forward_said.fit_sentence(shown)


@pytest.mark.slow
def test_what_is_said_of_a_mean_is_the_mean_of_the_samples_deviations():
    """Batch means may agree where no sample does."""
    for config in configurations(sample=-1, mode="sequence_to_sequence", edits=""):
        experiment = run(config)
        task, Y_hat = experiment.task, experiment.trace.Y_hat
        if task.mode == "sequence_to_vector":  # there each place is a sample
            continue
        shown = forward_compute.prediction(task, Y_hat, -1)
        said = forward_said.fit_sentence(shown)
        off = np.abs(task.to_unit(Y_hat) - task.to_unit(task.Y))
        if task.kind == "classes":
            right = int(np.sum(task.to_unit(Y_hat).argmax(axis=2) == task.Y.argmax(axis=2)))
            assert f"**{right} of {off.shape[0] * off.shape[1]}**" in said
        else:
            assert four(np.mean(off)) in said, config.to_query()
        assert ("means over the" in said) == (off.shape[1] > 1)


# --- training ---------------------------------------------------------------------------------------------


def test_the_training_sentence_has_the_numbers():
    summary = learned_said.reached(np.array([4.0, 1.0, 2.0]), np.array([True, False, True]))
    text = learned_said.training_sentence(summary, ("Wh1", 9.0, 2), RunConfig())
    for part in ("**4**", "**2**", "at epoch 0 to **2** at epoch 2", "lowest was 1 at epoch 1", "Wₕ₁", "2 of 3 epochs"):
        assert part in text


def test_the_training_sentence_says_which_gradient_and_which_loss():
    summary = learned_said.reached(np.array([4.0, 2.0]), np.array([False, False]))
    cut, mean = RunConfig(truncation=1, steps=5), RunConfig(over_time="mean")
    assert "longest gradient was the truncated one of Wₕ₁" in learned_said.training_sentence(
        summary, ("Wh1", 9.0, 1), cut
    )
    for name, config in (("W2", cut), ("Wh1", cut.replace(truncation=5)), ("Wh1", mean)):
        assert "runcated" not in learned_said.training_sentence(summary, (name, 9.0, 1), config)
    assert "total loss, summed over the steps, fell" in learned_said.training_sentence(summary, None, mean)
    assert "summed" not in learned_said.training_sentence(summary, None, mean.replace(steps=1))


def test_a_run_that_is_never_finite_is_told():
    assert learned_said.reached(np.array([np.nan]), np.array([False])) is None
    assert "finite" in learned_said.training_sentence(None, None, RunConfig())
    assert learned_said.largest_gradient({"W1": np.array([np.nan])}) is None


# --- all of them ------------------------------------------------------------------------------------------


def test_tables_hold_every_number(trained, parity):
    size = gradient_flow(parity)
    table = tables.triangle(size, "norm")
    assert len(table["norm"]) == 15
    place = list(zip(table["loss step t"], table["source step k"], strict=True)).index((3, 1))
    assert table["norm"][place] == size[3, 1]
    columns = learned_said.training_table(trained)
    assert np.array_equal(columns["training loss L"], trained.losses)
    assert np.array_equal(columns["L_4"], trained.step_losses[:, 4])


@pytest.mark.parametrize("mode", theme.THEMES)
def test_no_chart_brings_a_ground_or_an_ink_of_the_other_theme(mode, trained, parity):
    other = theme.ground("dark" if mode == "light" else "light")
    size = gradient_flow(parity)
    shown = forward_compute.prediction(parity.task, parity.trace.Y_hat, 0)
    figures = [
        heat.norms(size, theme=mode),
        heat.signed(size[:2], x="x", y="y", theme=mode),
        reach_draw.left_by_lag(reach_compute.lags(size, 1, 1, 1), mode),
        forward_draw.lines(shown, mode),
    ]
    for figure in figures:
        sent = packed(figure).decode()
        assert theme.ground(mode).ink in sent
        assert other.muted not in sent
        assert figure.x.title


def test_drawing_changes_nothing_that_it_is_given():
    values = FLOW.copy()
    heat.norms(values, theme="light")
    reach_draw.left_by_lag(reach_compute.lags(values, 1, 1, 1), "light")
    assert np.array_equal(values, FLOW, equal_nan=True)
