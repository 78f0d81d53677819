"""The laboratory's first two parts: where the gradient goes, and its two causes apart."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.charts import grids, tables
from rnnviz.engine import state_jacobian
from rnnviz.experiment import flow
from rnnviz.experiment.core import decomposition, norms_of_terms, run
from rnnviz.experiment.flow import attributed, drawn_steps, gradient_flow, jacobian_norms, spectrum, terms_of_losses
from rnnviz.laboratory.causes import draw as causes_draw
from rnnviz.laboratory.causes import say as causes_said
from rnnviz.laboratory.causes.compute import SATURATED, causes, reference
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import draw as reach_draw
from rnnviz.laboratory.reach import say as reach_said
from rnnviz.settings.config import PRESETS, RunConfig

RECALL = PRESETS["orthogonal"].config.replace(batch=4, steps=12, hidden=5)
PARITY = PRESETS["parity"].config.replace(batch=4, steps=9, hidden=4)


def lags_of(config):
    experiment = run(config)
    values = spectrum(experiment)
    return reach_compute.lags(attributed(experiment).sample_norms, values.gamma, values.norm, values.radius)


# --- where it goes ----------------------------------------------------------------------------------------

networks = st.builds(
    RunConfig,
    preset=st.just("parity"),
    task=st.sampled_from(["parity", "recall"]),
    mode=st.sampled_from(["sequence_to_sequence", "sequence_to_vector"]),
    steps=st.integers(2, 40),
    hidden=st.integers(1, 9),
    batch=st.integers(1, 5),
    activation=st.sampled_from(["tanh", "relu", "sigmoid", "identity"]),
    scheme=st.sampled_from(["xavier", "orthogonal", "identity", "normal", "nonnormal"]),
    spectral_radius=st.none() | st.floats(0.05, 2.5),
    gain=st.floats(0.0, 2.0),
    bias=st.floats(-3, 3),
    input_scale=st.floats(0, 4),
    seed=st.integers(0, 999),
)


@settings(max_examples=150, deadline=None)
@given(networks)
def test_nothing_is_ever_drawn_above_the_bound(config):
    found = lags_of(config)
    present = ~np.isnan(found.high)
    assert (found.high[present] <= found.bound[present]).all()
    assert (found.low[present] <= found.median[present]).all()
    assert (found.median[present] <= found.high[present]).all()


@settings(max_examples=60, deadline=None)
@given(networks)
def test_no_jacobian_is_longer_than_the_bound(config):
    experiment = run(config.replace(steps=min(config.steps, 15)))
    values, norms = spectrum(experiment), jacobian_norms(experiment)
    lag = np.subtract.outer(np.arange(len(norms)), np.arange(len(norms)))
    there = ~np.isnan(norms)
    assert (norms[there] <= flow.bound(values.gamma * values.norm, lag[there])).all()


def test_median_and_band_are_over_every_loss_and_every_sample():
    experiment = run(PARITY)
    adjoints, found = decomposition(experiment).adjoints, lags_of(PARITY)
    lengths = np.sqrt((adjoints**2).sum(axis=3))
    for lag in range(9):
        shares = [lengths[t, t - lag, i] / lengths[t, t, i] for t in range(lag, 9) for i in range(4)]
        assert found.median[lag] == pytest.approx(np.median(shares), rel=1e-12)
        assert found.low[lag] == pytest.approx(min(shares), rel=1e-12)
        assert found.high[lag] == pytest.approx(max(shares), rel=1e-12)


def test_a_map_of_some_steps_holds_the_same_numbers_as_that_of_all():
    experiment = run(RECALL)
    every, some = jacobian_norms(experiment, 2), np.array([1, 5, 9, 11])
    np.testing.assert_allclose(jacobian_norms(experiment, 2, some), every[np.ix_(some, some)], rtol=1e-12)


def test_large_networks_get_an_even_map_that_ends_at_the_last_step():
    small, large = run(RECALL), run(RECALL.replace(steps=200, hidden=64))
    assert drawn_steps(small).tolist() == list(range(12))
    steps = drawn_steps(large)
    assert steps[-1] == 199
    assert len(set(np.diff(steps))) == 1
    assert 25 <= len(steps) < 100


def test_the_bars_of_a_state_are_as_long_as_the_error_it_receives():
    experiment = run(PARITY)
    total = decomposition(experiment).adjoints.sum(axis=0)
    found = reach_compute.bands(attributed(experiment).contributions)
    assert len(found.names) == reach_compute.MOST_BANDS
    np.testing.assert_allclose(found.values.sum(axis=0), np.sqrt((total**2).sum(axis=(1, 2))), rtol=1e-12)
    figure = reach_draw.by_state(found, "light")
    assert [bar.name for bar in figure.marks] == list(found.names)
    np.testing.assert_array_equal([bar.y for bar in figure.marks], found.values)


def test_a_single_loss_is_a_single_band():
    values = attributed(run(RECALL)).contributions
    assert reach_compute.bands(values).names == ("L₁₁",)
    assert "all from L₁₁ alone" in reach_said.contributions_sentence(values)


def test_states_that_receive_nothing_are_told():
    assert "exactly 0" in reach_said.contributions_sentence(np.zeros((3, 3)))
    assert reach_compute.bands(np.zeros((3, 3))).names == ()
    assert not reach_draw.by_state(reach_compute.bands(np.zeros((3, 3))), "dark").marks
    assert "not finite" in reach_said.contributions_sentence(np.full((2, 2), np.nan))


@pytest.mark.parametrize("name", ["W1", "Wh1", "b1"])
def test_the_shares_by_lag_are_those_of_the_terms(name):
    experiment = run(PARITY)
    terms = decomposition(experiment).terms[name]
    gradient = terms.sum(axis=(0, 1))
    found = reach_compute.shares_by_lag(attributed(experiment).shares[name])
    for lag in range(9):
        each = [(terms[t, t - lag] * gradient).sum() / (gradient**2).sum() for t in range(lag, 9)]
        assert found.along[lag] == pytest.approx(sum(share for share in each if share > 0), abs=1e-12)
        assert found.against[lag] == pytest.approx(sum(share for share in each if share < 0), abs=1e-12)
    assert found.reached[-1] == pytest.approx(1, abs=1e-12)


def test_the_reach_of_a_gradient_counts_what_comes_back_later():
    found = reach_compute.ByLag(
        np.array([0.6, 0.6, 0.0, 0.1]), np.array([0.0, 0.0, -0.3, 0.0]), np.array([0.6, 1.2, 0.9, 1])
    )
    assert reach_compute.within(found, 0.5) == 0
    assert reach_compute.within(found, 0.85) == 2
    assert reach_compute.within(found, 0.99) == 3


def test_the_sentence_says_that_the_far_error_vanishes_and_how_long_the_gradient_is():
    found = reach_compute.shares_by_lag(attributed(run(PRESETS["vanishing"].config)).shares["W1"])
    words = reach_said.share_sentence(found, "W1", 0.25, np.full(20, 1e-3))
    assert "19 steps back" in words
    assert "So far back the error vanishes; the gradient, the sum of all terms, is **0.25** long" in words
    assert "exactly 0" in reach_said.share_sentence(
        reach_compute.shares_by_lag(np.zeros((2, 2))), "W1", 0.0, np.zeros(2)
    )


def test_an_error_that_grows_before_it_decays_is_told():
    words = reach_said.flow_sentence(lags_of(PRESETS["transient-growth"].config))
    assert "grows to" in words
    assert "although ρ = 0.8 is below 1" in words
    assert "grows to" not in reach_said.flow_sentence(lags_of(PRESETS["exploding"].config))


# --- two causes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["saturation", "transient-growth", "identity-relu", "parity"])
def test_the_singular_values_are_those_of_the_engines_jacobians(name):
    experiment = run(PRESETS[name].config.replace(steps=12, batch=4))
    found, T = causes(experiment, 1), experiment.config.steps
    for lag in range(T):
        jacobian = state_jacobian(
            experiment.architecture, experiment.parameters, experiment.trace, T - 1, T - 1 - lag, 1
        )
        values = np.linalg.svd(jacobian, compute_uv=False)
        shown = np.isfinite(found.singular[lag])
        assert shown[0]
        np.testing.assert_allclose(found.singular[lag][shown], values[shown], rtol=1e-6, atol=1e-300)


def test_each_cause_alone_is_the_product_with_the_other_switched_off():
    experiment = run(RECALL.replace(input_scale=3.0))
    found, Wh1 = causes(experiment, 2), experiment.parameters.Wh1
    for lag in range(12):
        power = np.linalg.matrix_power(Wh1.T, lag)
        assert found.weights[lag] == pytest.approx(np.linalg.norm(power, 2), rel=1e-12)
        product = np.eye(5)
        for step in range(11, 11 - lag, -1):
            product = product @ np.diag(found.slopes[step])
        assert found.slopes_alone[lag] == pytest.approx(np.linalg.norm(product, 2), rel=1e-12)


@pytest.mark.parametrize("change", [{"gain": 1.3}, {"spectral_radius": 0.6}])
def test_gain_and_radius_move_wh1_alone_while_the_slopes_are_held(change):
    before, after = causes(run(RECALL)), causes(run(RECALL.replace(**change)))
    np.testing.assert_array_equal(before.slopes, after.slopes)
    assert (before.slopes != after.own_slopes).any()
    assert before.spectrum.norm != pytest.approx(after.spectrum.norm)
    assert "Let go" in causes_said.held_sentence(after)
    assert causes_said.held_sentence(before) == ""
    follows = causes(run(RECALL.replace(**change)), held=False)
    np.testing.assert_array_equal(follows.slopes, follows.own_slopes)


@pytest.mark.parametrize("change", [{"bias": 1.5}, {"input_scale": 4.0}])
def test_bias_and_input_scale_move_the_slopes_alone(change):
    before, after = causes(run(RECALL)), causes(run(RECALL.replace(**change)))
    np.testing.assert_array_equal(before.spectrum.singular_values, after.spectrum.singular_values)
    np.testing.assert_array_equal(before.weights, after.weights)
    assert after.slopes.mean() < before.slopes.mean()


def test_gain_multiplies_eigenvalues_and_singular_values():
    once, twice = spectrum(run(RECALL)), spectrum(run(RECALL.replace(gain=2.0)))
    np.testing.assert_allclose(twice.singular_values, 2 * once.singular_values, rtol=1e-12)
    assert twice.radius == pytest.approx(2 * once.radius)


def test_the_held_slopes_are_those_of_the_presets_own_gain_and_radius():
    config = PRESETS["exploding"].config.replace(gain=0.5, spectral_radius=0.3, bias=0.2)
    assert reference(run(config)).config == config.replace(gain=1.0, spectral_radius=1.2)


def test_a_sigmoid_unit_is_saturated_below_a_tenth_of_its_own_steepest():
    found = causes(run(PRESETS["vanishing"].config.replace(bias=3.2)))
    np.testing.assert_allclose(found.saturated, (found.slopes < 0.025).mean(axis=1))
    assert 0 < (found.slopes < 0.025).mean() < (found.slopes < 0.1).mean()


def test_saturated_units_are_counted():
    found = causes(run(PRESETS["saturation"].config))
    np.testing.assert_allclose(found.saturated, (found.slopes < SATURATED).mean(axis=1))
    edges, counts = causes_said.histogram(found)
    assert counts.sum() == found.slopes.size
    assert counts[0] == (found.slopes < edges[1]).sum()
    assert found.saturated.mean() > 0.5


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("small-weights", "vanishes. .* Wₕ₁ alone would do the same, the slopes alone would carry it."),
        ("saturation", "vanishes. .* The slopes alone would do the same, Wₕ₁ alone would carry it."),
        ("stable", "is carried. .* Each alone would do the same."),
        ("exploding", "explodes. .* Wₕ₁ alone would do the same, the slopes alone would carry it."),
    ],
)
def test_what_each_cause_alone_would_do_is_told(name, words):
    assert re.search(words, causes_said.both_sentence(causes(run(PRESETS[name].config))))


def test_eigenvalues_and_singular_values_keep_their_names():
    found = causes(run(PRESETS["transient-growth"].config))
    words = causes_said.eigenvalue_sentence(found)
    assert "largest |eigenvalue| is ρ = **0.8**" in words
    assert "largest singular value, σₘₐₓ = **1.18" in words
    assert "Wₕ₁ is normal" in causes_said.eigenvalue_sentence(causes(run(PRESETS["stable"].config)))


def test_what_overflows_is_said_and_leaves_a_gap():
    config = PRESETS["exploding"].config.replace(steps=200, gain=5.0, spectral_radius=5.0, scheme="nonnormal")
    found = causes(run(config.replace(hidden=12)))
    assert np.isnan(found.weights[-1]) or found.weights[-1] > 1e200
    assert "times its length: it explodes" in causes_said.both_sentence(found)
    assert causes_draw.way_back(found, "light").marks


def test_the_pictures_hold_the_numbers():
    found = causes(run(RECALL))
    way = {trace.name: trace for trace in causes_draw.way_back(found, "dark").marks}
    np.testing.assert_array_equal(way["both together, σ<sub>max</sub>"].y, found.singular[:, 0])
    others = way["the other singular values"].y.reshape(4, 13)[:, :-1].T
    np.testing.assert_array_equal(others, found.singular[:, 1:])
    values = found.spectrum.eigenvalues
    svg = ElementTree.fromstring(causes_draw.eigenvalues(values, found.spectrum.radius, "light"))
    unit, radius, *dots = svg.findall("{http://www.w3.org/2000/svg}circle")
    scale, middle = float(unit.get("r")), causes_draw.SIZE / 2
    assert float(radius.get("r")) / scale == pytest.approx(found.spectrum.radius, abs=1e-3)
    places = [(float(dot.get("cx")) - middle) - 1j * (float(dot.get("cy")) - middle) for dot in dots]
    np.testing.assert_allclose(np.array(places) / scale, values, atol=1e-4)
    table = causes_said.table(found)
    np.testing.assert_array_equal(table["singular value 5"], found.singular[:, 4])
    assert len({len(column) for column in table.values()}) == 1


def test_a_coarse_map_names_its_steps():
    norms = np.where(np.tri(8, dtype=bool), 0.5, np.nan)
    steps = np.arange(3, 35, 4)
    figure = grids.norms(norms, "light", y="state step t", steps=steps)
    assert list(figure.marks[0].x) == steps.tolist()
    assert figure.y.title == "state step t"
    assert tables.triangle(norms, "n", "state step t", steps)["source step k"][0] == 3
    assert "Every 4th step" in reach_said.state_sentence(norms, steps, 0)


def test_norms_are_there_where_the_flow_is():
    for config in (PARITY, RECALL):
        experiment = run(config)
        flows, terms = gradient_flow(experiment), norms_of_terms(experiment)
        for name, values in terms_of_losses(experiment).items():
            np.testing.assert_array_equal(values, np.where(np.isnan(flows), np.nan, terms[name]))
