"""The factors of a term multiply to it, and each of them is the derivative that its id names."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from rnnviz.engine import (
    Architecture,
    Parameters,
    chain_factors,
    decompose,
    forward,
    hidden_slope,
    immediate_factor,
    initialise,
    single_term,
    state_jacobian,
)
from tests import oracles


def solve(*case, **changes):
    architecture, parameters, X, Y, H_init = oracles.problem(*case, **changes)
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def product(factors):
    """The factors chained; the leading axis of 1 is the loss's own."""
    return functools.reduce(lambda a, b: np.tensordot(a, b, axes=1), (f.value for f in factors))[0]


def mean_of_products(solved, parameter, t, k):
    samples = range(solved[2].X.shape[1])
    return np.mean([product(chain_factors(*solved, parameter, t, k, sample)) for sample in samples], axis=0)


@pytest.mark.parametrize("case", oracles.CASES)
def test_products_averaged_over_samples_are_the_term(case):
    solved = solve(*case)
    result, T = decompose(*solved), len(solved[2].X)
    for t in range(solved[0].first_loss_step(T), T):
        for k in range(t + 1):
            for name, terms in result.terms.items():
                assert oracles.relative_error(mean_of_products(solved, name, t, k), terms[t, k]) <= 1e-12
        for name, terms in result.output_terms.items():
            assert oracles.relative_error(mean_of_products(solved, name, t, t), terms[t]) <= 1e-12


def test_ids_name_the_path():
    solved = solve()
    ids = [factor.id for factor in chain_factors(*solved, "Wh1", 2, 1)]
    assert ids == ["dL_2/dY_hat_2", "dY_hat_2/dH_2", "dH_2/dH_1", "d+H_1/dWh1"]
    ids = [factor.id for factor in chain_factors(*solved, "b1", 3, 0)]
    assert ids == ["dL_3/dY_hat_3", "dY_hat_3/dH_3", "dH_3/dH_2", "dH_2/dH_1", "dH_1/dH_0", "d+H_0/db1"]
    assert [factor.id for factor in chain_factors(*solved, "W2", 2, 2)] == ["dL_2/dY_hat_2", "d+Y_hat_2/dW2"]


@pytest.mark.parametrize(
    ("parameter", "shapes"),
    [
        ("W1", [(1, 2), (2, 3), (3, 3), (3, 2, 3)]),
        ("Wh1", [(1, 2), (2, 3), (3, 3), (3, 3, 3)]),
        ("b1", [(1, 2), (2, 3), (3, 3), (3, 3)]),
    ],
)
def test_shapes_chain(parameter, shapes):
    factors = chain_factors(*solve(), parameter, 2, 1)
    assert [factor.value.shape for factor in factors] == shapes
    assert all(factor.symbol.startswith(r"\frac{") for factor in factors)


def test_shapes_of_the_output_layer():
    solved = solve(T=3, m=2)
    assert [f.value.shape for f in chain_factors(*solved, "W2", 1, 1)] == [(1, 2), (2, 3, 2)]
    assert [f.value.shape for f in chain_factors(*solved, "b2", 1, 1)] == [(1, 2), (2, 2)]


@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
def test_the_first_two_factors_are_derivatives_of_their_own(pair):
    architecture, parameters, trace, Y = solve("tanh", pair)
    first, second = chain_factors(architecture, parameters, trace, Y, "Wh1", 2, 1, sample=1)[:2]
    p, h, n2 = trace.Y_hat[2, 1], trace.H[2, 1], 2
    steps = 1j * oracles.STEP * np.eye(3)
    outputs = oracles.activation(pair[0], (h + steps) @ parameters.W2 + parameters.b2)
    assert oracles.relative_error(second.value, outputs.imag.T / oracles.STEP) <= 1e-12
    stepped = p + 1j * oracles.STEP * np.eye(n2)
    losses = oracles.loss(pair[1], stepped, Y[2, 1], 1 - stepped)
    assert oracles.relative_error(first.value[0], losses.imag / oracles.STEP) <= 1e-12


@pytest.mark.parametrize("hidden", oracles.HIDDEN)
def test_hops_and_jacobians_are_derivatives_by_the_state(hidden):
    architecture, parameters, X, Y, H_init = oracles.problem(hidden, T=5)
    trace = forward(architecture, parameters, X, H_init)
    for t in range(5):
        for k in range(t + 1):
            expected = oracles.state_derivative(architecture, parameters, X, H_init, t, k, 2)
            found = state_jacobian(architecture, parameters, trace, t, k, sample=2)
            assert oracles.relative_error(found, expected) <= 1e-12
    hop = chain_factors(architecture, parameters, trace, Y, "b1", 3, 2, sample=1)[2].value
    assert (
        oracles.relative_error(hop, oracles.state_derivative(architecture, parameters, X, H_init, 3, 2, sample=1))
        <= 1e-12
    )


def test_a_jacobian_stands_as_its_definition_says():
    architecture, parameters, trace, _ = solve()
    slope = hidden_slope(architecture, trace)
    expected = np.diag(slope[2, 1]) @ parameters.Wh1.T
    np.testing.assert_array_equal(
        state_jacobian(architecture, parameters, trace, 2, 1, 1).round(14), expected.round(14)
    )
    np.testing.assert_array_equal(state_jacobian(architecture, parameters, trace, 2, 2), np.eye(3))


@pytest.mark.parametrize("parameter", ["W1", "Wh1", "b1"])
def test_the_immediate_factor_holds_the_state_before_fixed(parameter):
    architecture, parameters, trace, _ = solve()
    factor = immediate_factor(architecture, trace, parameter, 2, sample=1)
    shape = getattr(parameters, parameter).shape
    expected = np.zeros((3, *shape))
    for entry in np.ndindex(shape):
        theta = oracles._stepped(parameters, parameter, entry)
        A = trace.X[2, 1] @ theta.W1 + trace.H[1, 1] @ theta.Wh1 + theta.b1
        expected[(slice(None), *entry)] = np.tanh(A).imag / oracles.STEP
    assert factor.id == f"d+H_2/d{parameter}"
    assert oracles.relative_error(factor.value, expected) <= 1e-12


@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("softmax", "categorical_cross_entropy"),
        ("softmax", "binary_cross_entropy"),
        ("sigmoid", "categorical_cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("softmax", "squared_error"),
        ("sigmoid", "squared_error"),
    ],
)
@pytest.mark.parametrize("gap", [30.0, 600.0, 680.0, 740.0, 1e4])
@pytest.mark.parametrize("wrong", [False, True])
def test_factors_stay_finite_and_right_where_a_probability_underflows(output, loss, gap, wrong):
    architecture = Architecture(2, 2, 2, "identity", output, loss)
    W2 = gap / 2 * np.array([[1.0, -1.0], [0.0, 0.0]])
    start = initialise(architecture, seed=1)
    parameters = Parameters(np.eye(2), 0.1 * start.Wh1, np.zeros(2), W2, np.zeros(2))
    X = np.ones((2, 1, 2))
    Y = np.tile([0.0, 1.0] if wrong else [1.0, 0.0], (2, 1, 1))
    solved = architecture, parameters, forward(architecture, parameters, X), Y
    for name in ("W1", "Wh1", "b1", "W2", "b2"):
        factors = chain_factors(*solved, name, 1, 1)
        assert all(np.isfinite(factor.value).all() for factor in factors)
        term = single_term(*solved, name, 1, 1).value
        np.testing.assert_allclose(product(factors), term, rtol=1e-12, atol=1e-300)
        if loss == "categorical_cross_entropy" and wrong:
            assert term.any()


def test_a_path_by_the_logits_says_so():
    architecture = Architecture(1, 1, 2, "identity")
    parameters = Parameters(*(np.ones(shape) for shape in ((1, 1), (1, 1), (1,), (1, 2), (2,))))
    parameters = parameters._replace(W2=np.array([[2000.0, 0.0]]))
    trace = forward(architecture, parameters, np.ones((1, 1, 1)))
    Y = np.array([[[0.0, 1.0]]])
    ids = [factor.id for factor in chain_factors(architecture, parameters, trace, Y, "Wh1", 0, 0)]
    assert ids == ["dL_0/dZ_0", "dZ_0/dH_0", "d+H_0/dWh1"]
    ids = [factor.id for factor in chain_factors(architecture, parameters, trace, Y, "b2", 0, 0)]
    assert ids == ["dL_0/dZ_0", "d+Z_0/db2"]
