"""Norms whose squares, factors or values leave the range of a float, against exact powers of two."""

from __future__ import annotations

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
    norms,
    term_norms,
)


def chain(T, recurrent, readout=1.0, m=1):
    """One linear unit at rest; the term (T - 1, k) of b1 is -readout · recurrent^(T - 1 - k)."""
    architecture = Architecture(1, 1, 1, "identity", "identity", "squared_error", "sequence_to_vector")
    one, zero = np.ones((1, 1)), np.zeros(1)
    parameters = Parameters(one, np.array([[recurrent]]), zero, readout * one, zero)
    trace = forward(architecture, parameters, np.zeros((T, m, 1)))
    return architecture, parameters, trace, np.ones((m, 1))


@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize("T", [20, 300])
@pytest.mark.parametrize(("recurrent", "readout"), [(2.0**-12, 1.0), (2.0**40, 1.0), (0.5, 2.0**-900)])
def test_logarithms_do_not_end_where_floats_do(T, recurrent, readout, m):
    solved = chain(T, recurrent, readout, m)
    lags = np.arange(T - 1, -1, -1)
    expected = np.log10(readout) + lags * np.log10(recurrent)
    # The adjoint of each of m samples is 1 / m of the number, and there are m of them.
    np.testing.assert_allclose(log10_term_norms(*solved)["b1"][-1], expected, rtol=1e-12, atol=1e-12)
    with np.errstate(divide="ignore"):
        adjoints = np.log10(adjoint_norms(*solved)[-1])
    held = abs(expected) < 300
    np.testing.assert_allclose(adjoints[held], (expected - 0.5 * np.log10(m))[held], rtol=1e-12, atol=1e-12)
    assert (np.sign(adjoints[~held]) == np.sign(expected[~held])).all()


@pytest.mark.parametrize("T", [5, 100])
def test_norms_whose_squares_underflow_are_kept(T):
    solved = chain(T, 0.5, readout=1e-200)
    expected = 1e-200 * 0.5 ** np.arange(T - 1.0, -1.0, -1.0)
    for found in (term_norms(*solved)["b1"], decompose(*solved).norms["b1"], adjoint_norms(*solved)):
        np.testing.assert_allclose(found[-1], expected, rtol=1e-12)
        assert not found[:-1].any()


@pytest.mark.parametrize("T", [8, 80])
def test_slopes_far_in_saturation_are_counted(T):
    architecture = Architecture(1, 1, 1, "tanh", "identity", "squared_error", "sequence_to_vector")
    one = np.ones((1, 1))
    parameters = Parameters(one, 1e60 * one, np.zeros(1), one, np.zeros(1))
    X = np.full((T, 1, 1), 75.0)
    start = np.zeros((1, 1))
    # A = 75 at every step: the states are 1, and each slope is 4 exp(-150).
    trace = forward(architecture, parameters._replace(Wh1=0 * one), X, start)
    slope = np.log10(4.0) - 150.0 / np.log(10.0)
    found = log10_term_norms(architecture, parameters, trace, np.zeros((1, 1)))["b1"][-1]
    expected = slope + np.arange(T - 1.0, -1.0, -1.0) * (slope + 60.0)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("m", [1, 2, 40])
def test_losses_are_taken_in_blocks(m, monkeypatch):
    monkeypatch.setattr(norms, "_SMALL", 0)
    architecture = Architecture(2, 3, 2)
    parameters = initialise(architecture, seed=1, scheme="normal", spectral_radius=0.01)
    stream = np.random.default_rng(m)
    trace = forward(architecture, parameters, stream.normal(size=(70, m, 2)))
    solved = architecture, parameters, trace, np.eye(2)[stream.integers(2, size=(70, m))]
    whole = log10_term_norms(*solved)
    monkeypatch.setattr(norms, "_BLOCK", 7 * m * max(m, 3))
    for name, found in log10_term_norms(*solved).items():
        np.testing.assert_allclose(found, whole[name], rtol=1e-12)


@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize("size", [1e-250, 1e250])
@pytest.mark.parametrize("small", [0, norms._SMALL])
def test_inputs_whose_squares_leave_the_range_are_counted(size, m, small, monkeypatch):
    monkeypatch.setattr(norms, "_SMALL", small)
    architecture, parameters, trace, Y = chain(70, 0.5, m=m)
    X = np.full((70, m, 1), size)
    trace = forward(architecture, parameters._replace(W2=np.zeros((1, 1))), X)
    # Read out by 0, the states leave the slope of the loss at -1; the adjoints then go by a readout of 1.
    solved = architecture, parameters, trace, Y
    deltas = 0.5 ** np.arange(69.0, -1.0, -1.0)
    before = np.abs(np.concatenate([[0.0], trace.H[:-1, 0, 0]]))
    np.testing.assert_allclose(term_norms(*solved)["W1"][-1], size * deltas, rtol=1e-12)
    np.testing.assert_allclose(term_norms(*solved)["Wh1"][-1], before * deltas, rtol=1e-12)
