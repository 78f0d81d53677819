"""GRU and LSTM against a network written again gate by gate, untied, with derivatives by complex steps."""

import numpy as np
import pytest

from rnnviz.engine import Parameters, train
from rnnviz.engine.gates import (
    CELLS,
    GatedArchitecture,
    backward_gated,
    forward_gated,
    gated_adjoint_norms,
    gated_adjoints,
    initialise_gated,
)
from rnnviz.engine.training import plan
from tests import oracles

PAIRS = [("softmax", "categorical_cross_entropy"), ("sigmoid", "binary_cross_entropy"), ("identity", "squared_error")]
CASES = [(cell, pair, mode) for cell in CELLS for pair in PAIRS for mode in oracles.MODES]
STEP = oracles.STEP


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1][1]}-{case[2]}")
def problem(request):
    return a_problem(*request.param)


def a_problem(cell, pair=PAIRS[0], mode=oracles.MODES[0], *, T=5, m=3, sizes=(2, 3, 2), seed=0):
    n0, n1, n2 = sizes
    architecture = GatedArchitecture(cell, n0, n1, n2, *pair, mode)
    stream = np.random.default_rng(seed)
    parameters = Parameters(*(0.6 * stream.normal(size=shape) for shape in architecture.shapes))
    X = stream.normal(size=(T, m, n0))
    shape = (m, n2) if mode == "sequence_to_vector" else (T, m, n2)
    Y = stream.random(shape)
    if pair[1] == "categorical_cross_entropy":
        Y /= Y.sum(axis=-1, keepdims=True)
    starts = [stream.normal(size=(m, n1)) for _ in range(2 if architecture.cell == "lstm" else 1)]
    return architecture, parameters, X, Y, starts


def solved(problem):
    architecture, parameters, X, Y, starts = problem
    return architecture, parameters, forward_gated(architecture, parameters, X, *starts), Y


def train_gated(architecture, parameters, X, Y, **settings):
    """Train as the app does: each update follows the gradient of `backward_gated`."""
    rule = {"optimiser": "sgd", "clip_norm": None, "clip_value": None} | settings

    def gradient(at):
        return backward_gated(architecture, at, forward_gated(architecture, at, X), Y)

    return plan(parameters, gradient, **rule)


def sigma(a):
    return 1 / (1 + np.exp(-a))


def next_state(cell, theta, x, state):
    """One step, gate by gate; the state is [h] or [h, c]."""
    n = state[0].shape[-1]

    def part(i, h):
        block = slice(i * n, (i + 1) * n)
        return x @ theta.W1[:, block] + h @ theta.Wh1[:, block] + theta.b1[block]

    h = state[0]
    if cell == "gru":
        r, z = sigma(part(0, h)), sigma(part(1, h))
        return [z * h + (1 - z) * np.tanh(part(2, r * h))]
    i, f, o, g = sigma(part(0, h)), sigma(part(1, h)), sigma(part(2, h)), np.tanh(part(3, h))
    c = f * state[1] + i * g
    return [o * np.tanh(c), c]


def untied_losses(architecture, copies, X, Y, starts, nudge=None):
    """(T,) complex losses; copies[t] are the parameters of step t; nudge = (k, what is added to S_k)."""
    state, losses = [np.asarray(each) for each in starts], np.zeros(len(X), dtype=complex)
    for t, (x, theta) in enumerate(zip(X, copies, strict=True)):
        state = next_state(architecture.cell, theta, x, state)
        if nudge and nudge[0] == t:
            state = [each + more for each, more in zip(state, nudge[1], strict=True)]
        if architecture.mode == "sequence_to_sequence" or t == len(X) - 1:
            z = state[0] @ theta.W2 + theta.b2
            y = Y[t] if architecture.mode == "sequence_to_sequence" else Y
            p = oracles.activation(architecture.output_activation, z)
            left = oracles.complement(architecture.output_activation, p, z)
            losses[t] = oracles.loss(architecture.loss, p, y, left).mean()
    return losses


def stepped(parameters, name, entry):
    array = getattr(parameters, name).astype(complex)
    array[entry] += 1j * STEP
    return parameters._replace(**{name: array})


def terms(problem, name):
    """(T, T) + θ.shape, [t, k]: the derivative of L_t by the copy of θ at step k."""
    architecture, parameters, X, Y, starts = problem
    T, shape = len(X), getattr(parameters, name).shape
    found = np.zeros((T, T, *shape))
    for entry in np.ndindex(shape):
        moved = stepped(parameters, name, entry)
        for k in range(T):
            copies = [moved if s == k else parameters for s in range(T)]
            found[(slice(None), k, *entry)] = untied_losses(architecture, copies, X, Y, starts).imag / STEP
    return found


@pytest.mark.parametrize("name", Parameters._fields)
def test_the_gradient_is_the_sum_of_the_untied_terms(problem, name):
    expected = terms(problem, name)
    found = getattr(backward_gated(*solved(problem)).gradients, name)
    assert oracles.relative_error(found, expected.sum(axis=(0, 1))) < 1e-12


def test_losses_are_those_of_the_untied_network(problem):
    architecture, parameters, X, Y, starts = problem
    result = backward_gated(*solved(problem))
    expected = untied_losses(architecture, [parameters] * len(X), X, Y, starts).real
    np.testing.assert_allclose(result.step_losses, expected, rtol=1e-13)
    assert result.loss == pytest.approx(expected.sum(), rel=1e-13)


def test_adjoints_are_derivatives_by_the_state_that_is_handed_on(problem):
    architecture, parameters, X, Y, starts = problem
    found, copies = gated_adjoints(*solved(problem)), [parameters] * len(X)
    expected, n = np.zeros_like(found), architecture.n_hidden
    for k, sample, unit in np.ndindex(len(X), X.shape[1], found.shape[3]):
        nudge = [np.zeros((X.shape[1], n), dtype=complex) for _ in range(2 if architecture.cell == "lstm" else 1)]
        nudge[unit // n][sample, unit % n] = 1j * STEP
        moved = untied_losses(architecture, copies, X, Y, starts, (k, nudge))
        expected[:, k, sample, unit] = moved.imag / STEP
    assert oracles.relative_error(found, expected) < 1e-12
    norms = np.sqrt((expected**2).sum(axis=(2, 3)))
    np.testing.assert_allclose(gated_adjoint_norms(*solved(problem)), norms, rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("cell", CELLS)
def test_long_sequences_keep_their_digits(cell):
    problem = a_problem(cell, T=60, m=2)
    gradients = backward_gated(*solved(problem)).gradients
    architecture, parameters, X, Y, starts = problem
    for name, entry in (("Wh1", (1, 2)), ("W1", (0, 5)), ("b1", (4,))):
        moved = [stepped(parameters, name, entry)] * len(X)
        expected = untied_losses(architecture, moved, X, Y, starts).sum().imag / STEP
        largest = abs(getattr(gradients, name)).max()
        assert abs(getattr(gradients, name)[entry] - expected) < 1e-10 * largest


@pytest.mark.parametrize("cell", CELLS)
def test_training_is_plain_gradient_descent_and_learns(cell):
    architecture, parameters, X, Y, _ = a_problem(cell, m=1)
    expected, losses = parameters, []
    for epoch in train_gated(architecture, parameters, X, Y, epochs=40, learning_rate=0.1):
        np.testing.assert_allclose(epoch.parameters.Wh1, expected.Wh1, rtol=0, atol=1e-12)
        trace = forward_gated(architecture, expected, X)
        gradients = backward_gated(architecture, expected, trace, Y).gradients
        expected = Parameters(*(p - 0.1 * g for p, g in zip(expected, gradients, strict=True)))
        losses.append(epoch.loss)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("cell", CELLS)
def test_adam_and_clipping_follow_the_plain_networks_rules(cell):
    architecture, parameters, X, Y, _ = a_problem(cell)
    run = list(
        train_gated(architecture, parameters, X, Y, epochs=3, learning_rate=0.01, optimiser="adam", clip_norm=1e-3)
    )
    assert all(epoch.clipped for epoch in run)
    step = np.concatenate([update.ravel() for update in run[0].updates])
    gradient = np.concatenate([g.ravel() for g in run[0].gradients])
    np.testing.assert_allclose(step, -0.01 * np.sign(gradient), rtol=0.2, atol=2e-3)


def test_a_training_that_overflows_ends_quietly():
    architecture, parameters, X, Y, _ = a_problem("lstm", PAIRS[2])
    run = list(train_gated(architecture, parameters, X, 1e200 * Y, epochs=50, learning_rate=10.0))
    assert not run[-1].finite
    assert len(run) < 50


@pytest.mark.parametrize("cell", CELLS)
def test_start_values_keep_the_state(cell):
    architecture = GatedArchitecture(cell, 4, 6, 2)
    first, again, other = (initialise_gated(architecture, seed) for seed in (1, 1, 2))
    assert [each.shape for each in first] == list(architecture.shapes)
    np.testing.assert_array_equal(first.Wh1, again.Wh1)
    assert (first.Wh1 != other.Wh1).any()
    for block in np.split(first.Wh1, first.Wh1.shape[1] // 6, axis=1):
        np.testing.assert_allclose(block.T @ block, np.eye(6), atol=1e-12)
    kept = first.b1[6:12]
    assert (kept == 1).all()
    assert first.b1.sum() == kept.sum()
    limit = np.sqrt(6 / (4 + 6))
    assert 0.8 * limit < abs(first.W1).max() <= limit
    assert 0.3 < abs(first.W2).max() <= np.sqrt(6 / (6 + 2))
    assert (initialise_gated(architecture, 1, keep_bias=-2.0).b1[6:12] == -2).all()
    for bias in (np.nan, "a", None, [1.0]):
        with pytest.raises(ValueError, match="keep_bias: got"):
            initialise_gated(architecture, 1, bias)


def test_a_limit_by_value_cuts_every_entry():
    architecture, parameters, X, Y, _ = a_problem("lstm")
    (epoch,) = train_gated(architecture, parameters, X, Y, epochs=1, learning_rate=1.0, clip_value=1e-3)
    cut = [np.clip(gradient, -1e-3, 1e-3) for gradient in epoch.gradients]
    for update, gradient in zip(epoch.updates, cut, strict=True):
        np.testing.assert_array_equal(update, -gradient)
    assert epoch.clipped


def test_a_trace_of_another_network_is_refused_by_name():
    architecture, parameters, _, Y, _ = a_problem("gru")
    for other, name in (
        (a_problem("gru", sizes=(4, 3, 2)), "X"),
        (a_problem("lstm"), "gates"),
        (a_problem("gru", mode="sequence_to_vector"), "Z"),
        (a_problem("gru", sizes=(2, 3, 5)), "Z"),
    ):
        trace = forward_gated(other[0], other[1], other[2])
        with pytest.raises(ValueError, match=rf"trace\.{name}: got shape"):
            backward_gated(architecture, parameters, trace, Y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell": "rnn"}, "cell: got 'rnn', expected one of gru, lstm"),
        ({"n_hidden": 0}, "n_hidden: got 0, expected an integer"),
        ({"output_activation": "relu", "loss": "binary_cross_entropy"}, "output_activation: got 'relu'"),
        ({"mode": "both"}, "mode: got 'both'"),
    ],
)
def test_nonsense_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        GatedArchitecture(**({"cell": "gru", "n_inputs": 2, "n_hidden": 3, "n_outputs": 2} | change))


def test_wrong_arrays_are_refused_by_name():
    architecture, parameters, X, Y, starts = a_problem("gru")
    trace = forward_gated(architecture, parameters, X)
    with pytest.raises(ValueError, match=r"Wh1: got shape \(3, 8\), expected \(3, 9\)"):
        forward_gated(architecture, parameters._replace(Wh1=parameters.Wh1[:, :8]), X)
    with pytest.raises(ValueError, match="X: got nan"):
        forward_gated(architecture, parameters, X * np.nan)
    with pytest.raises(ValueError, match="C_init: got an array, expected None for the GRU"):
        forward_gated(architecture, parameters, X, starts[0], starts[0])
    with pytest.raises(ValueError, match=r"H_init: got shape \(1, 3\), expected \(3, 3\)"):
        forward_gated(architecture, parameters, X, starts[0][:1])
    with pytest.raises(ValueError, match="Y: got shape"):
        backward_gated(architecture, parameters, trace, Y[:2])
    with pytest.raises(ValueError, match="trace: got int, expected the GatedTrace"):
        backward_gated(architecture, parameters, 3, Y)
    with pytest.raises(ValueError, match=r"trace.gates: got shape"):
        backward_gated(*a_problem("lstm")[:2], trace, Y)
    with pytest.raises(ValueError, match="parameters: got int, expected Parameters"):
        forward_gated(architecture, 3, X)
    with pytest.raises(ValueError, match="optimiser: got 'none'"):
        train_gated(architecture, parameters, X, Y, epochs=1, learning_rate=0.1, optimiser="none")


def test_both_kinds_of_training_share_their_records():
    architecture, parameters, X, Y, _ = a_problem("gru")
    gated = next(train_gated(architecture, parameters, X, Y, epochs=1, learning_rate=0.1))
    plain = oracles.problem()
    record = next(train(plain[0], plain[1], plain[2], plain[3], epochs=1, learning_rate=0.1))
    assert type(gated) is type(record)
    assert set(gated.gradient_norms) == set(Parameters._fields)
