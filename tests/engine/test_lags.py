"""The gradient by lag, and what each loss contributes, against the untied network."""

import numpy as np
import pytest

from rnnviz.engine import (
    Architecture,
    adjoint_norms,
    attribution,
    backward,
    decompose,
    forward,
    initialise,
    lag_gradients,
)
from tests import oracles


@pytest.fixture(params=oracles.CASES)
def problem(request):
    return oracles.problem(*request.param)


def solved(problem):
    architecture, parameters, X, Y, H_init = problem
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def test_the_parts_by_lag_are_sums_of_the_untied_terms(problem):
    found, terms = lag_gradients(*solved(problem)), oracles.terms(*problem)
    T = len(found.b1)
    for name in ("W1", "Wh1", "b1"):
        expected = np.array([sum(terms[name][t, t - lag] for t in range(lag, T)) for lag in range(T)])
        largest = max(abs(expected).max(), 1e-300)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=0, atol=1e-12 * largest)


def test_the_parts_add_up_to_the_gradient_and_to_every_window(problem):
    case = solved(problem)
    parts = lag_gradients(*case)
    for window in range(1, len(parts.b1) + 1):
        gradients = backward(*case, truncation=window).gradients
        for part, gradient in zip(parts, gradients, strict=True):
            largest = max(abs(gradient).max(), 1e-300)
            np.testing.assert_allclose(part[:window].sum(axis=0), gradient, rtol=0, atol=1e-13 * largest)


def test_the_norms_of_every_sample_are_those_of_the_adjoints(problem):
    case = solved(problem)
    adjoints, found = decompose(*case).adjoints, attribution(*case).sample_norms
    np.testing.assert_allclose(found, np.sqrt((adjoints**2).sum(axis=3)), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(np.sqrt((found**2).sum(axis=2)), adjoint_norms(*case), rtol=1e-12, atol=1e-300)


def test_what_a_state_receives_adds_up_to_the_length_of_its_error(problem):
    case = solved(problem)
    adjoints, found = decompose(*case).adjoints, attribution(*case).contributions
    total = adjoints.sum(axis=0)
    lengths = np.sqrt((total**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(found.sum(axis=0), lengths, rtol=1e-12, atol=1e-15 * lengths.max())
    along = np.einsum("tkmi,kmi->tk", adjoints, total) / np.where(lengths > 0, lengths, 1.0)
    np.testing.assert_allclose(found, along, rtol=0, atol=1e-12 * max(lengths.max(), 1e-300))


def test_a_loss_that_pulls_against_the_others_is_negative():
    architecture = Architecture(1, 1, 1, "identity", "identity", "squared_error")
    parameters = initialise(architecture, 0)._replace(Wh1=np.ones((1, 1)), W2=np.ones((1, 1)))
    trace = forward(architecture, parameters, np.zeros((2, 1, 1)))
    found = attribution(architecture, parameters, trace, np.array([[[3.0]], [[-1.0]]])).contributions
    np.testing.assert_allclose(found, [[3.0, 0.0], [-1.0, 1.0]])


def test_the_shares_are_those_of_the_untied_terms_and_sum_to_one(problem):
    found, terms = attribution(*solved(problem)).shares, oracles.terms(*problem)
    for name, shares in found.items():
        gradient = terms[name].sum(axis=(0, 1))
        square = (gradient**2).sum()
        if square == 0:
            assert not shares.any()
            continue
        expected = np.array([[(term * gradient).sum() for term in row] for row in terms[name]]) / square
        np.testing.assert_allclose(shares, expected, rtol=0, atol=1e-10 * max(1, abs(expected).max()))
        assert shares.sum() == pytest.approx(1, abs=1e-11 * max(1, abs(expected).max()))


def test_large_networks_are_swept_without_holding_their_terms():
    architecture = Architecture(8, 64, 4)
    parameters = initialise(architecture, 0, "orthogonal")
    stream = np.random.default_rng(0)
    X, Y = stream.normal(size=(200, 32, 8)), np.eye(4)[stream.integers(4, size=(200, 32))]
    case = architecture, parameters, forward(architecture, parameters, X), Y
    parts, gradients = lag_gradients(*case), backward(*case).gradients
    assert parts.Wh1.nbytes < 10e6
    for part, gradient in zip(parts, gradients, strict=True):
        np.testing.assert_allclose(part.sum(axis=0), gradient, rtol=0, atol=1e-12 * abs(gradient).max())


@pytest.mark.parametrize("size", [1e-200, 1e-310, 1e200])
def test_the_norms_of_samples_are_right_where_squares_are_not(size):
    architecture = Architecture(1, 3, 1, "identity", "identity", "squared_error")
    parameters = initialise(architecture, 0)._replace(Wh1=np.eye(3), W2=np.full((3, 1), size))
    X, Y = np.zeros((4, 2, 1)), np.array([[[1.0], [0.0]]] * 4)
    found = attribution(architecture, parameters, forward(architecture, parameters, X), Y).sample_norms
    for t in range(4):
        np.testing.assert_allclose(found[t, : t + 1, 0], size * np.sqrt(3) / 2, rtol=1e-9)
        assert not found[t, :, 1].any()
