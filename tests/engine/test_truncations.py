"""All truncations in one sweep, against the one-by-one loop and against the sum of the kept untied terms."""

import numpy as np
import pytest

from rnnviz.engine import Architecture, backward, forward, initialise, truncated_gradients
from tests import oracles

KINDS = ("window", "chunk")


@pytest.fixture(params=oracles.CASES)
def problem(request):
    return oracles.problem(*request.param)


def solved(problem):
    architecture, parameters, X, Y, H_init = problem
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def close(found, expected, digits=1e-12):
    np.testing.assert_allclose(found, expected, rtol=0, atol=digits * max(abs(expected).max(), 1e-300))


def agrees_with_backward(case, lengths):
    found = truncated_gradients(*case, lengths)
    for kind in KINDS:
        for place, length in enumerate(lengths):
            expected = backward(*case, truncation=int(length), truncation_kind=kind).gradients
            for name, gradient in expected._asdict().items():
                close(getattr(found[kind], name)[place], gradient)


def test_every_length_is_that_of_the_loop(problem):
    case = solved(problem)
    agrees_with_backward(case, range(1, len(case[2].X) + 3))


def test_every_length_is_the_sum_of_the_kept_terms(problem):
    case, terms = solved(problem), oracles.terms(*problem)
    T = len(case[2].X)
    t, k = np.ogrid[:T, :T]
    lengths = np.arange(1, T + 1)
    found = truncated_gradients(*case, lengths)
    for place, length in enumerate(lengths):
        masks = {"window": t - k < length, "chunk": t // length == k // length}
        for kind, near in masks.items():
            for name in ("W1", "Wh1", "b1"):
                whole = getattr(found[kind], name)
                expected = terms[name][near & (k <= t)].sum(axis=0)
                np.testing.assert_allclose(
                    whole[place], expected, rtol=0, atol=1e-12 * max(abs(terms[name]).max(), 1e-300)
                )


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize(("T", "m", "n1"), [(50, 16, 8), (1, 2, 3), (23, 1, 1)])
def test_every_length_of_longer_sequences(mode, T, m, n1):
    architecture = Architecture(2, n1, 3, "tanh", mode=mode)
    parameters = initialise(architecture, 3, "orthogonal", 1.1)
    stream = np.random.default_rng(1)
    X, Y = stream.normal(size=(T, m, 2)), np.eye(3)[stream.integers(3, size=(T, m))]
    Y = Y[-1] if mode == "sequence_to_vector" else Y
    case = architecture, parameters, forward(architecture, parameters, X), Y
    agrees_with_backward(case, np.arange(1, T + 1))


def test_lengths_may_come_in_any_order_and_repeat(problem):
    agrees_with_backward(solved(problem), [3, 1, 3, 2])


def test_what_explodes_beyond_floats_leaves_the_short_truncations_finite():
    architecture = Architecture(1, 4, 1, "identity", "identity", "squared_error")
    parameters = initialise(architecture, 0)._replace(Wh1=1e30 * np.eye(4))
    X, Y = np.zeros((30, 2, 1)), np.ones((30, 2, 1))
    case = architecture, parameters, forward(architecture, parameters, X), Y
    found = truncated_gradients(*case, [1, 5, 30])
    for kind in KINDS:
        for place, length in enumerate((1, 5)):
            expected = backward(*case, truncation=length, truncation_kind=kind).gradients.b1
            assert np.isfinite(expected).all()
            close(found[kind].b1[place], expected)
        assert not np.isfinite(found[kind].b1[2]).any()


@pytest.mark.parametrize("length", [0, -1, 1.5])
def test_a_length_that_cannot_be_is_refused(length):
    case = solved(oracles.problem())
    with pytest.raises(ValueError, match=f"truncation: got {length}, expected an integer of at least 1"):
        truncated_gradients(*case, [1, length])


def test_large_networks_are_swept_within_bounded_memory():
    import tracemalloc

    architecture = Architecture(2, 64, 2)
    parameters = initialise(architecture, 0, "orthogonal")
    stream = np.random.default_rng(0)
    X, Y = stream.normal(size=(200, 64, 2)), np.eye(2)[stream.integers(2, size=(200, 64))]
    case = architecture, parameters, forward(architecture, parameters, X), Y
    lengths = np.unique(np.geomspace(1, 200, 40).astype(int))
    tracemalloc.start()
    found = truncated_gradients(*case, lengths)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80e6
    full = backward(*case).gradients
    for kind in KINDS:
        for name, gradient in full._asdict().items():
            close(getattr(found[kind], name)[-1], gradient)
