"""Identities that hold for every network, whatever its size, activation, loss, mode and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.engine import (
    Parameters,
    adjoint_norms,
    backward,
    decompose,
    forward,
    hidden_slope,
    spectral_norm,
    state_jacobian,
    step_losses,
    term_norms,
)
from tests import oracles

MAX_SLOPE = {"tanh": 1.0, "relu": 1.0, "sigmoid": 0.25, "identity": 1.0}


@st.composite
def networks(draw):
    """A random network with its forward pass."""
    hidden, pair, mode = (draw(st.sampled_from(c)) for c in (oracles.HIDDEN, oracles.PAIRS, oracles.MODES))
    sizes = draw(st.integers(1, 5)), draw(st.integers(1, 6)), draw(st.integers(2, 4))
    architecture, parameters, X, Y, H_init = oracles.problem(
        hidden,
        pair,
        mode,
        T=draw(st.integers(1, 9)),
        m=draw(st.integers(1, 5)),
        sizes=sizes,
        seed=draw(st.integers(0, 2**32 - 1)),
        scale=draw(st.floats(0.05, 1.0)),
    )
    trace = forward(architecture, parameters, X, draw(st.sampled_from([H_init, None])))
    return architecture, parameters, trace, Y


def close(found, expected, scale, tolerance=1e-12):
    assert abs(np.asarray(found) - expected).max() <= tolerance * scale


@given(networks())
def test_terms_sum_to_the_gradient(network):
    result, whole = decompose(*network), backward(*network)
    for name, terms in (result.terms | result.output_terms).items():
        axes = tuple(range(terms.ndim - getattr(whole.gradients, name).ndim))
        # Terms of opposite sign cancel; what is rounded is as large as they are.
        close(terms.sum(axis=axes), getattr(whole.gradients, name), abs(terms).sum(axis=axes).max(), 1e-13)


@given(networks())
def test_no_term_looks_into_the_future_and_none_starts_without_a_loss(network):
    result, T = decompose(*network), len(network[2].X)
    first = network[0].first_loss_step(T)
    for array in (*result.terms.values(), result.adjoints):
        assert not array[:first].any()
        for t in range(T):
            assert not array[t, t + 1 :].any()


@given(networks())
def test_adjoints_are_losses_times_jacobians(network):
    architecture, parameters, trace, _ = network
    adjoints, (T, m, _) = decompose(*network).adjoints, trace.H.shape
    for t in range(T):
        for k in range(t + 1):
            jacobians = [state_jacobian(architecture, parameters, trace, t, k, s) for s in range(m)]
            products = np.einsum("mi,mij->mj", adjoints[t, t], jacobians)
            close(adjoints[t, k], products, np.einsum("mi,mij->mj", abs(adjoints[t, t]), np.abs(jacobians)).max())


@given(networks())
def test_all_adjoints_together_are_what_the_loop_carries(network):
    slope = hidden_slope(network[0], network[2])
    adjoints, deltas = decompose(*network).adjoints, backward(*network).deltas
    close(adjoints.sum(axis=0) * slope, deltas, abs(adjoints).sum(axis=0).max() * slope.max() + 1e-300)


@given(networks(), st.data())
def test_jacobians_chain(network, data):
    architecture, parameters, trace, _ = network
    T, m, n1 = trace.H.shape
    k, s, t = sorted(data.draw(st.tuples(*[st.integers(0, T - 1)] * 3)))
    sample = data.draw(st.integers(0, m - 1))
    whole, late, early = (
        state_jacobian(architecture, parameters, trace, *pair, sample) for pair in ((t, k), (t, s), (s, k))
    )
    close(whole, late @ early, (abs(late) @ abs(early)).max())
    np.testing.assert_array_equal(state_jacobian(architecture, parameters, trace, t, t, sample), np.eye(n1))


@given(networks(), st.data())
def test_a_jacobian_stays_below_its_bound(network, data):
    architecture, parameters, trace, _ = network
    k, t = sorted(data.draw(st.tuples(*[st.integers(0, len(trace.X) - 1)] * 2)))
    jacobian = state_jacobian(architecture, parameters, trace, t, k)
    bound = (MAX_SLOPE[architecture.hidden_activation] * spectral_norm(parameters.Wh1)) ** (t - k)
    assert np.linalg.norm(jacobian, 2) <= bound * (1 + 1e-12)


@given(networks(), st.integers(0, 20), st.sampled_from(["window", "chunk"]))
def test_a_truncation_of_all_steps_is_none(network, more, kind):
    full, truncated = backward(*network), backward(*network, len(network[2].X) + more, kind)
    for one, other in zip(full.gradients, truncated.gradients, strict=True):
        np.testing.assert_array_equal(one, other)


@given(networks(), st.integers(1, 9), st.sampled_from(["window", "chunk"]))
def test_a_truncated_gradient_is_the_sum_of_the_kept_terms(network, reach, kind):
    T = len(network[2].X)
    t, k = np.mgrid[:T, :T]
    kept = t - k < reach if kind == "window" else t // reach == k // reach
    result, terms = backward(*network, reach, kind).gradients, decompose(*network).terms
    for name in terms:
        total = terms[name][kept].sum(axis=0)
        close(getattr(result, name), total, abs(terms[name]).sum(axis=(0, 1)).max(), 1e-13)


@given(networks())
def test_a_second_call_gives_the_same(network):
    first, second = backward(*network), backward(*network)
    decompose(*network)
    third = backward(*network)
    for other in (second, third):
        assert first.loss == other.loss
        np.testing.assert_array_equal(first.deltas, other.deltas)
        for one, two in zip(first.gradients, other.gradients, strict=True):
            np.testing.assert_array_equal(one, two)


@given(networks())
def test_norms_are_those_of_the_terms(network):
    result, free = decompose(*network), term_norms(*network)
    for name, terms in result.terms.items():
        T = len(terms)
        direct = np.sqrt(np.square(terms.reshape(T, T, -1)).sum(axis=2))
        np.testing.assert_allclose(result.norms[name], direct, rtol=1e-12, atol=1e-150)
        np.testing.assert_allclose(free[name], direct, rtol=1e-6, atol=1e-12 * direct.max() + 1e-150)
    lengths = np.sqrt(np.square(result.adjoints).sum(axis=(2, 3)))
    np.testing.assert_allclose(adjoint_norms(*network), lengths, rtol=1e-12, atol=1e-150)


@given(networks())
def test_losses_add_up(network):
    architecture, _, trace, Y = network
    result = backward(*network)
    np.testing.assert_allclose(result.step_losses, step_losses(architecture, trace, Y), rtol=1e-14)
    assert result.loss == pytest.approx(result.step_losses.sum(), rel=1e-14)
    assert result.step_losses.shape == (len(trace.X),)
    assert (result.step_losses >= 0).all()


@given(networks())
def test_samples_do_not_mix(network):
    architecture, parameters, trace, Y = network
    alone = []
    for s in range(trace.X.shape[1]):
        one = forward(architecture, parameters, trace.X[:, s : s + 1], trace.H_init[s : s + 1])
        np.testing.assert_allclose(one.H[:, 0], trace.H[:, s], rtol=1e-12, atol=1e-12)
        alone.append(backward(architecture, parameters, one, Y[..., s : s + 1, :]).gradients)
    for name, whole in zip(Parameters._fields, backward(*network).gradients, strict=True):
        each = np.array([getattr(gradient, name) for gradient in alone])
        close(whole, each.mean(axis=0), abs(each).max() + 1e-300, 1e-10)
