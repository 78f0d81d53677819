"""Losses and their derivatives far out, where the textbook formula has no digits left."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import (
    Architecture,
    Parameters,
    backward,
    decompose,
    forward,
    hidden_slope,
    sample_losses,
    step_losses,
)
from tests import oracles


def at_logits(logits, Y, pair, hidden="identity"):
    """One step whose logits are `logits` (m, n2): architecture, parameters, trace, Y."""
    logits, Y = np.atleast_2d(logits).astype(float), np.atleast_2d(Y).astype(float)
    n2 = logits.shape[1]
    architecture = Architecture(n2, n2, n2, hidden, *pair)
    zeros = np.zeros((n2, n2))
    parameters = Parameters(np.eye(n2), zeros, zeros[0], np.eye(n2), zeros[0])
    return architecture, parameters, forward(architecture, parameters, logits[None]), Y[None]


def loss_of(*case):
    return backward(*at_logits(*case)).loss


def logit_gradient(*case):
    """∂L/∂Z, which is the gradient of b2."""
    return backward(*at_logits(*case)).gradients.b2


@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
@pytest.mark.parametrize("size", [1e2, 800.0, 1e4])
def test_far_logits_give_finite_losses_gradients_and_terms(pair, size):
    for logits in ([size, -size, 0], [-size, -size, size], [size, size, size], [-size, 0, -size]):
        for Y in np.eye(3):
            solved = at_logits(logits, Y, pair)
            result = backward(*solved)
            assert np.isfinite(result.loss)
            assert result.loss >= 0
            assert all(np.isfinite(gradient).all() for gradient in result.gradients)
            assert all(np.isfinite(terms).all() for terms in decompose(*solved).terms.values())


SOFTMAX, SIGMOID = oracles.PAIRS[0], oracles.PAIRS[4]


@pytest.mark.parametrize("size", [50.0, 800.0, 1e4])
def test_a_confident_mistake_costs_its_gap_and_pulls_with_all_its_force(size):
    assert loss_of([size, -size], [0, 1], SOFTMAX) == 2 * size
    np.testing.assert_array_equal(logit_gradient([size, -size], [0, 1], SOFTMAX), [1, -1])
    assert loss_of([size, -size], [0, 1], SIGMOID) == pytest.approx(2 * size, rel=1e-15)
    np.testing.assert_array_equal(logit_gradient([size, -size], [0, 1], SIGMOID).round(15), [1, -1])


def test_a_confident_success_keeps_its_digits():
    left = np.exp(-60.0)
    assert loss_of([30, -30], [1, 0], SOFTMAX) == pytest.approx(left, rel=1e-13, abs=0)
    np.testing.assert_allclose(logit_gradient([30, -30], [1, 0], SOFTMAX), [-left, left], rtol=1e-13)
    assert loss_of([60], [1], SIGMOID) == pytest.approx(left, rel=1e-13, abs=0)
    np.testing.assert_allclose(logit_gradient([60], [1], SIGMOID), [-left], rtol=1e-13)


def test_even_logits_cost_the_entropy_in_nats():
    assert loss_of([7, 7, 7, 7], [0, 1, 0, 0], SOFTMAX) == pytest.approx(np.log(4), rel=1e-15)
    assert loss_of([0, 0], [0, 1], SIGMOID) == pytest.approx(2 * np.log(2), rel=1e-15)


def test_losses_are_summed_over_outputs_and_averaged_over_the_batch():
    pair = ("identity", "squared_error")
    assert loss_of([[1, 2], [3, 4]], [[0, 0], [0, 0]], pair) == (0.5 * (1 + 4) + 0.5 * (9 + 16)) / 2
    solved = at_logits([[1, 2], [3, 4]], [[0, 0], [0, 0]], pair)
    np.testing.assert_array_equal(sample_losses(solved[0], *solved[2:]), [[2.5, 12.5]])


@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
@pytest.mark.parametrize("spread", [1.0, 12.0, 30.0])
def test_logit_gradients_are_complex_steps_also_in_saturation(pair, spread):
    stream = np.random.default_rng(3)
    for _ in range(20):
        z = spread * stream.normal(size=3)
        y = oracles.targets(stream, pair[1], (3,))
        stepped = z + 1j * oracles.STEP * np.eye(3)
        p = oracles.activation(pair[0], stepped)
        left = oracles.complement(pair[0], p, stepped)
        losses = oracles.loss(pair[1], p, y, left)
        expected = losses.imag / oracles.STEP
        assert loss_of(z, y, pair) == pytest.approx(losses[0].real, rel=1e-12, abs=1e-300)
        np.testing.assert_allclose(logit_gradient(z, y, pair), expected, rtol=1e-9, atol=1e-12)


def test_a_vector_has_its_only_loss_at_the_end():
    architecture, parameters, X, Y, H_init = oracles.problem(mode="sequence_to_vector")
    trace = forward(architecture, parameters, X, H_init)
    losses = step_losses(architecture, trace, Y)
    assert trace.Z.shape == trace.Y_hat.shape == (1, 3, 2)
    assert losses.shape == (4,)
    assert not losses[:-1].any()
    assert losses[-1] > 0


@pytest.mark.parametrize(("hidden", "size"), [("tanh", 20.0), ("tanh", 300.0), ("sigmoid", 40.0), ("sigmoid", 700.0)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_slopes_keep_their_digits_in_saturation(hidden, size, sign):
    solved = at_logits([sign * size], [0.5], ("identity", "squared_error"), hidden)
    rate, factor = (2, 4) if hidden == "tanh" else (1, 1)
    expected = factor * np.exp(-rate * size)
    np.testing.assert_allclose(hidden_slope(solved[0], solved[2]), expected, rtol=1e-12, atol=0)


def test_outputs_are_probabilities():
    for pair in (SOFTMAX, SIGMOID):
        Y_hat = at_logits([1e4, -1e4, 3.0], [0, 0, 1], pair)[2].Y_hat
        assert ((Y_hat >= 0) & (Y_hat <= 1)).all()
    assert at_logits([1.0, 2.0, 3.0], [0, 0, 1], SOFTMAX)[2].Y_hat.sum() == pytest.approx(1, rel=1e-15)
