"""Training against optimisers that are written apart, entry by entry, on the oracle's gradient."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from rnnviz.engine import Architecture, Parameters, backward, forward, initialise, train
from tests import oracles


def oracle_training(problem, epochs, rule, limit=lambda gradients: gradients):
    """Parameters before each epoch, from complex-step gradients.

    `rule(state, g, n)` gives the step of one entry.
    """
    architecture, parameters, X, Y, H_init = problem
    states = [[{} for _ in range(array.size)] for array in parameters]
    path = []
    for epoch in range(epochs):
        path.append(parameters)
        gradients = limit(oracles.gradient(architecture, parameters, X, Y, H_init))
        arrays = []
        for array, gradient, state in zip(parameters, gradients, states, strict=True):
            steps = [rule(s, g, epoch + 1) for s, g in zip(state, gradient.ravel(), strict=True)]
            arrays.append(array + np.reshape(steps, array.shape))
        parameters = Parameters(*arrays)
    return path


def sgd(state, g, n):
    return -0.1 * g


def momentum(state, g, n):
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return -0.1 * state["v"]


def adam(state, g, n):
    state["a"] = 0.9 * state.get("a", 0.0) + 0.1 * g
    state["b"] = 0.999 * state.get("b", 0.0) + 0.001 * g**2
    return -0.1 * (state["a"] / (1 - 0.9**n)) / (math.sqrt(state["b"] / (1 - 0.999**n)) + 1e-8)


def trained(problem, epochs, **options):
    architecture, parameters, X, Y, H_init = problem
    options = {"learning_rate": 0.1} | options
    return list(train(architecture, parameters, X, Y, epochs=epochs, H_init=H_init, **options))


def assert_same_path(records, path):
    for record, parameters in zip(records, path, strict=True):
        for found, expected in zip(record.parameters, parameters, strict=True):
            assert oracles.relative_error(found, expected) <= 1e-9


@pytest.mark.parametrize("mode", oracles.MODES)
def test_forty_steps_of_sgd_are_those_of_plain_descent(mode):
    problem = oracles.problem(mode=mode, m=2, scale=0.5)
    assert_same_path(trained(problem, 40), oracle_training(problem, 40, sgd))


@pytest.mark.parametrize("rule", [momentum, adam], ids=["momentum", "adam"])
def test_other_optimisers_follow_their_rule(rule):
    problem = oracles.problem("sigmoid", oracles.PAIRS[4], m=2, scale=0.5)
    assert_same_path(trained(problem, 25, optimiser=rule.__name__), oracle_training(problem, 25, rule))


def limit_norm_then_value(gradients):
    length = math.sqrt(sum(float(g) ** 2 for array in gradients for g in array.ravel()))
    scale = min(1.0, 0.2 / length)
    return Parameters(*(np.clip(scale * g, -0.06, 0.06) for g in gradients))


def test_clipping_is_by_norm_and_then_by_value():
    problem = oracles.problem(m=2, scale=0.5)
    records = trained(problem, 12, clip_norm=0.2, clip_value=0.06)
    assert_same_path(records, oracle_training(problem, 12, sgd, limit_norm_then_value))
    assert all(record.clipped for record in records)


@pytest.mark.parametrize("limits", [{}, {"clip_norm": 1e6}, {"clip_value": 1e6}, {"clip_norm": 1e6, "clip_value": 1e6}])
def test_a_wide_limit_changes_nothing(limits):
    problem = oracles.problem(scale=0.5)
    for record, plain in zip(trained(problem, 3, **limits), trained(problem, 3), strict=True):
        assert not record.clipped
        for found, expected in zip(record.updates, plain.updates, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1}, {"clip_value": 0.01}, {"optimiser": "adam"}])
def test_an_epoch_tells_what_it_was_and_what_it_does(options):
    problem = oracles.problem(T=3)
    architecture, _, X, Y, H_init = problem
    records = trained(problem, 4, truncation=2, **options)
    for number, record in enumerate(records):
        result = backward(architecture, record.parameters, forward(architecture, record.parameters, X, H_init), Y, 2)
        assert (record.epoch, record.finite, record.loss) == (number, True, result.loss)
        np.testing.assert_array_equal(record.step_losses, result.step_losses)
        for name, gradient in zip(oracles.NAMES, result.gradients, strict=True):
            np.testing.assert_array_equal(getattr(record.gradients, name), gradient)
            assert record.gradient_norms[name] == pytest.approx(np.linalg.norm(gradient), rel=1e-14)
    for record, following in itertools.pairwise(records):
        for before, update, after in zip(record.parameters, record.updates, following.parameters, strict=True):
            np.testing.assert_array_equal(before + update, after)


def test_start_values_are_not_changed_by_training():
    problem = oracles.problem()
    copies = [array.copy() for array in problem[1]]
    first, second = trained(problem, 5), trained(problem, 5)
    for array, copy in zip(problem[1], copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert [record.loss for record in first] == [record.loss for record in second]
    assert first[4].loss < first[0].loss


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("limits", [{}, {"clip_norm": 1.0}, {"clip_value": 1.0}])
def test_no_epochs_and_a_rate_of_zero_change_nothing(optimiser, limits):
    problem = oracles.problem()
    assert trained(problem, 0, optimiser=optimiser, **limits) == []
    for record in trained(problem, 3, optimiser=optimiser, learning_rate=0.0, **limits):
        assert all(not update.any() for update in record.updates)


def exploding(seed, T=50):
    """The recall task: ±1 is given at t = 0, noise after, and asked for at the end."""
    stream = np.random.default_rng(seed)
    architecture = Architecture(2, 8, 1, "identity", "identity", "squared_error", "sequence_to_vector")
    start = initialise(architecture, seed, "orthogonal", spectral_radius=1.2)
    W1 = 0.5 * stream.normal(size=(2, 8))
    Y = stream.choice([-1.0, 1.0], size=(16, 1))
    X = 0.1 * stream.normal(size=(T, 16, 2))
    X[0, :, :1] = Y
    return architecture, start._replace(W1=W1), X, Y, None


@pytest.mark.parametrize("seed", range(10))
def test_an_exploding_run_ends_without_a_warning(seed):
    records = trained(exploding(seed), 100, learning_rate=0.01)
    assert len(records) < 30
    assert [record.finite for record in records] == [True] * (len(records) - 1) + [False]
    assert all(not update.any() for update in records[-1].updates)
    assert all(np.isfinite(array).all() for array in records[-2].parameters)


@pytest.mark.parametrize("optimiser", ["momentum", "adam"])
@pytest.mark.parametrize("hidden", oracles.HIDDEN)
def test_absurd_rates_end_without_a_warning(optimiser, hidden):
    problem = oracles.problem(hidden, ("identity", "squared_error"), T=12)
    records = trained(problem, 60, learning_rate=1e200, optimiser=optimiser)
    assert all(record.finite for record in records[:-1])


@pytest.mark.parametrize("seed", range(4))
def test_clipping_by_norm_keeps_it_finite(seed):
    records = trained(exploding(seed), 100, learning_rate=0.01, clip_norm=1.0)
    assert len(records) == 100
    assert records[-1].finite
    assert min(record.loss for record in records) < records[0].loss


def test_a_gradient_beyond_the_square_root_of_the_largest_float_is_clipped_and_not_lost():
    architecture = Architecture(1, 1, 1, "identity", "identity", "squared_error")
    parameters = Parameters(
        *(
            np.full(shape, value)
            for shape, value in (((1, 1), 1e90), ((1, 1), 0.0), ((1,), 0.0), ((1, 1), 1.0), ((1,), 0.0))
        )
    )
    problem = architecture, parameters, np.full((1, 1, 1), 1e10), np.zeros((1, 1, 1)), None
    (record,) = trained(problem, 1, clip_norm=1.0)
    assert record.finite
    assert record.clipped
    assert np.isfinite(record.gradient_norms["W2"])
    length = math.sqrt(sum(float((u**2).sum()) for u in record.updates))
    assert length == pytest.approx(0.1, rel=1e-12)


def test_arguments_are_checked_at_the_call_and_not_at_the_first_epoch():
    architecture, parameters, X, Y, _ = oracles.problem()
    for changes in (
        {"epochs": -1},
        {"epochs": 1.5},
        {"learning_rate": math.nan},
        {"learning_rate": -1.0},
        {"learning_rate": "fast"},
        {"optimiser": "rprop"},
        {"clip_norm": 0.0},
        {"clip_value": math.inf},
        {"truncation": 0},
        {"truncation_kind": "slices"},
        {"H_init": np.zeros((1, 1))},
    ):
        with pytest.raises(ValueError, match=f"{next(iter(changes))}: got .*expected"):
            train(architecture, parameters, X, Y, **({"epochs": 1, "learning_rate": 0.1} | changes))


@pytest.mark.parametrize("limits", [{"clip_norm": 0.3}, {"clip_value": 0.05}, {}])
@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_the_gradient_that_was_used_and_what_is_remembered_make_the_update(optimiser, limits):
    rate, seen = 0.03, []
    for epoch in trained(oracles.problem(m=2, scale=0.5), 6, learning_rate=rate, optimiser=optimiser, **limits):
        seen.append(epoch.used.Wh1)
        length = np.sqrt(sum((g**2).sum() for g in epoch.used))
        assert length <= limits.get("clip_norm", np.inf) * (1 + 1e-12)
        assert abs(epoch.used.Wh1).max() <= limits.get("clip_value", np.inf)
        if optimiser == "sgd":
            made, expected = epoch.used.Wh1, {}
        elif optimiser == "momentum":
            made, expected = epoch.state["velocity"].Wh1, {"velocity"}
        else:
            first, second = epoch.state["first moment"].Wh1, epoch.state["second moment"].Wh1
            weights = 0.9 ** np.arange(len(seen))[::-1]
            np.testing.assert_allclose(first, np.tensordot(weights / weights.sum(), seen, 1), rtol=1e-9)
            made, expected = first / (np.sqrt(second) + 1e-8), {"first moment", "second moment"}
        assert set(epoch.state) == set(expected)
        np.testing.assert_allclose(epoch.updates.Wh1, -rate * made, rtol=1e-12)
