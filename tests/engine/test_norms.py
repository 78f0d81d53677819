"""Norms of terms that were never held: the same numbers, little memory, no overflow before the terms."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from rnnviz.engine import (
    Architecture,
    Parameters,
    adjoint_norms,
    decompose,
    forward,
    initialise,
    log10_term_norms,
    term_norms,
)
from tests import oracles


def solve(*case, **changes):
    architecture, parameters, X, Y, H_init = oracles.problem(*case, **changes)
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def random_network(T, m, sizes, seed=0, hidden="tanh", mode="sequence_to_sequence", radius=1.0):
    n0, n1, n2 = sizes
    architecture = Architecture(n0, n1, n2, hidden, mode=mode)
    stream = np.random.default_rng(seed)
    parameters = initialise(architecture, seed, "normal", radius)
    X = stream.normal(size=(T, m, n0))
    Y = np.eye(n2)[stream.integers(n2, size=(m,) if mode == "sequence_to_vector" else (T, m))]
    return architecture, parameters, forward(architecture, parameters, X, stream.normal(size=(m, n1))), Y


@pytest.mark.parametrize("case", oracles.CASES)
def test_norms_are_those_of_the_oracles_terms(case):
    problem = oracles.problem(*case)
    architecture, parameters, X, Y, H_init = problem
    expected = oracles.terms(*problem)
    trace = forward(architecture, parameters, X, H_init)
    free, held = (term_norms(architecture, parameters, trace, Y), decompose(architecture, parameters, trace, Y).norms)
    assert set(free) == set(held) == {"W1", "Wh1", "b1"}
    for name in free:
        norms = np.sqrt((expected[name] ** 2).reshape(4, 4, -1).sum(axis=2))
        np.testing.assert_allclose(held[name], norms, rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(free[name], norms, rtol=1e-7, atol=1e-300)


SHAPES = [
    (3, 1, (2, 3, 2)),
    (10, 8, (4, 8, 3)),
    (12, 1, (8, 32, 8)),
    (20, 4, (16, 64, 10)),
    (20, 40, (2, 3, 2)),
    (70, 2, (3, 5, 2)),
    (90, 1, (2, 4, 2)),
    (80, 16, (2, 3, 2)),
]


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize(("T", "m", "sizes"), SHAPES)
def test_norms_without_the_terms_are_those_of_the_terms(T, m, sizes, mode):
    solved = random_network(T, m, sizes, mode=mode)
    found, expected = term_norms(*solved), decompose(*solved).norms
    for name in expected:
        assert found[name].shape == (T, T)
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6, atol=1e-14 * expected[name].max())
        assert not np.triu(found[name], 1).any()


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize(("T", "m", "sizes"), SHAPES)
def test_adjoint_norms_are_those_of_the_adjoints(T, m, sizes, mode):
    solved = random_network(T, m, sizes, mode=mode)
    expected = np.sqrt(np.square(decompose(*solved).adjoints).sum(axis=(2, 3)))
    np.testing.assert_allclose(adjoint_norms(*solved), expected, rtol=1e-10, atol=0)


def test_a_thousand_steps_stay_within_64_megabytes():
    solved = random_network(1000, 1, (8, 32, 8))
    tracemalloc.start()
    try:
        norms = term_norms(*solved)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 64e6
    assert all(np.isfinite(values).all() and values.any() for values in norms.values())


def scalar_chain(T, recurrent):
    """One linear unit at rest and a loss of slope 1 at the end: the term of b1 is recurrent^(T - 1 - k)."""
    architecture = Architecture(1, 1, 1, "identity", "identity", "squared_error", "sequence_to_vector")
    one, zero = np.ones((1, 1)), np.zeros(1)
    parameters = Parameters(one, np.array([[recurrent]]), zero, one, zero)
    return architecture, parameters, forward(architecture, parameters, np.zeros((T, 1, 1))), -one


@pytest.mark.parametrize("T", [40, 65, 400])
@pytest.mark.parametrize("recurrent", [2.0**-7, 0.5, 1.5, 2.0])
def test_norms_far_from_one_keep_their_digits(T, recurrent):
    expected = recurrent ** np.arange(T - 1.0, -1.0, -1.0)
    # Below the least normal float digits go one by one.
    normal = expected > 1e-300
    solved = scalar_chain(T, recurrent)
    for norms in (term_norms(*solved)["b1"][-1], adjoint_norms(*solved)[-1]):
        np.testing.assert_allclose(norms[normal], expected[normal], rtol=1e-12)


def test_tiny_terms_are_not_lost_by_squaring():
    solved = random_network(60, 2, (2, 8, 2), hidden="sigmoid", mode="sequence_to_vector")
    small = decompose(*solved).terms["b1"][-1, 0]
    found = term_norms(*solved)["b1"][-1, 0]
    assert 0 < found < 1e-25
    assert found == pytest.approx(abs(small).max() * np.linalg.norm(small / abs(small).max()), rel=1e-7)


@pytest.mark.parametrize("T", [20, 200])
def test_vanished_norms_down_to_the_smallest_float(T):
    architecture, parameters, trace, Y = random_network(T, 1, (2, 8, 2), hidden="sigmoid", mode="sequence_to_vector")
    shrunk = parameters._replace(Wh1=parameters.Wh1 * 1e-3)
    trace = forward(architecture, shrunk, trace.X)
    norms, held = (
        term_norms(architecture, shrunk, trace, Y)["Wh1"],
        decompose(architecture, shrunk, trace, Y).norms["Wh1"],
    )
    visible = held[-1] > 1e-290
    visible[0] = False  # its H_init is 0
    assert (held[-1][visible] < 1e-50).any()
    np.testing.assert_allclose(norms[-1][visible], held[-1][visible], rtol=1e-7)


@pytest.mark.parametrize("T", [10, 80])
def test_zero_states_have_norm_zero(T):
    architecture, parameters, trace, Y = random_network(T, 3, (2, 4, 2))
    trace = forward(architecture, parameters, trace.X)
    for norms in (term_norms(architecture, parameters, trace, Y), decompose(architecture, parameters, trace, Y).norms):
        assert not norms["Wh1"][:, 0].any()
        assert norms["Wh1"][-1, 1:].all()


@pytest.mark.parametrize("T", [10, 80])
def test_samples_that_cancel_are_seen_as_small(T):
    architecture, parameters, trace, _ = random_network(T, 1, (2, 4, 2))
    pair = ("identity", "squared_error")
    architecture = Architecture(2, 4, 2, "tanh", *pair)
    X = np.repeat(trace.X, 2, axis=1)
    twin = forward(architecture, parameters, X)
    Y = twin.Y_hat + np.array([[1.0], [-1.0]])
    for norms in (term_norms(architecture, parameters, twin, Y), decompose(architecture, parameters, twin, Y).norms):
        assert norms["Wh1"].max() < 1e-7


@pytest.mark.parametrize("recurrent", [2.0**-30, 0.5, 1.5])
def test_logarithms_reach_beyond_the_range_of_a_float(recurrent):
    T = 150
    expected = np.log10(recurrent) * np.arange(T - 1.0, -1.0, -1.0)
    solved = scalar_chain(T, recurrent)
    logs = log10_term_norms(*solved)["b1"]
    np.testing.assert_allclose(logs[-1], expected, rtol=1e-12, atol=1e-12)
    assert (logs[:-1] == -np.inf).all()
    norms = adjoint_norms(*solved)
    np.testing.assert_allclose(norms[-1], 10.0**expected, rtol=1e-10)
    assert not norms[:-1].any()


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize(("T", "m", "sizes"), SHAPES)
def test_logarithms_are_those_of_the_norms(T, m, sizes, mode):
    solved = random_network(T, m, sizes, mode=mode)
    norms, logs = term_norms(*solved), log10_term_norms(*solved)
    for name in norms:
        np.testing.assert_allclose(10.0 ** logs[name], norms[name], rtol=1e-9, atol=1e-300)
