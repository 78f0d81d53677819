"""Ways to the engine's numbers that share no code with it.

The network here is written from the equations alone and *untied*: every step has its own copy of the
parameters. The derivative of L_t by the copy of step k is then term(t, k) by definition. Derivatives are
complex steps, Im f(x + ih) / h with h = 1e-100, exact to rounding [1]_.

.. [1] W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
   40, 1998.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from rnnviz.engine import Architecture, Parameters

STEP = 1e-100
NAMES = Parameters._fields
HIDDEN = ("tanh", "relu", "sigmoid", "identity")
PAIRS = [
    ("softmax", "categorical_cross_entropy"),
    ("softmax", "binary_cross_entropy"),
    ("softmax", "squared_error"),
    ("sigmoid", "categorical_cross_entropy"),
    ("sigmoid", "binary_cross_entropy"),
    ("sigmoid", "squared_error"),
    ("identity", "squared_error"),
    ("relu", "squared_error"),
]
MODES = ("sequence_to_sequence", "sequence_to_vector")
CASES = [
    pytest.param((hidden, pair, mode), id="-".join((hidden, *pair, mode)), marks=[pytest.mark.slow] * (place % 3 > 0))
    for place, (hidden, pair, mode) in enumerate(product(HIDDEN, PAIRS, MODES))
]
"""Every activation with every loss in both modes; a third of them, which has each two of the three, in every run."""


def activation(name, a):
    """f(a) for real or complex a."""
    if name == "tanh":
        return np.tanh(a)
    if name == "sigmoid":
        return 1 / (1 + np.exp(-a))
    if name == "relu":
        return np.where(a.real > 0, a, 0)
    if name == "softmax":
        e = np.exp(a - a.real.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    return a


def complement(name, p, z):
    """1 - p without the subtraction: the other outputs together for softmax, f(-z) for sigmoid."""
    return p @ (1 - np.eye(p.shape[-1])) if name == "softmax" else 1 / (1 + np.exp(z))


def loss(name, p, y, left):
    """Loss of each sample, the textbook formula; `left` is 1 - p."""
    if name == "categorical_cross_entropy":
        return -(y * np.log(p)).sum(axis=-1)
    if name == "binary_cross_entropy":
        return -(y * np.log(p) + (1 - y) * np.log(left)).sum(axis=-1)
    return 0.5 * ((p - y) ** 2).sum(axis=-1)


def next_state(architecture, theta, x, state, entering=None):
    """One step, gate by gate: (h,) or (h, c); `entering` is the h that enters the pre-activations."""
    n, h = architecture.n_hidden, state[0]
    seen = h if entering is None else entering

    def part(i, h):
        block = slice(i * n, (i + 1) * n)
        return x @ theta.W1[:, block] + h @ theta.Wh1[:, block] + theta.b1[block]

    if architecture.cell == "plain":
        return (activation(architecture.hidden_activation, part(0, seen)),)
    if architecture.cell == "lstm":
        i, f, o = (activation("sigmoid", part(block, seen)) for block in range(3))
        c = f * state[1] + i * np.tanh(part(3, seen))
        return o * np.tanh(c), c
    r, z = (activation("sigmoid", part(block, seen)) for block in range(2))
    if architecture.reset == "before":
        candidate = np.tanh(part(2, r * seen))
    else:
        inner = seen @ theta.Wh1[:, 2 * n :] + theta.b1[3 * n :]
        candidate = np.tanh(x @ theta.W1[:, 2 * n :] + theta.b1[2 * n : 3 * n] + r * inner)
    return (z * h + (1 - z) * candidate,)


def untied_losses(
    architecture, copies, X, Y, H_init, detach=None, C_init=None, mask=None, direct_from=None, nudge=None
):
    """(T,) losses L_t, the parameters of step t being copies[t].

    With `detach`, the state loses its derivative before every step that is a multiple of it. After step
    `direct_from` no derivative enters a pre-activation by way of the state. ``nudge = (k, add)`` moves the state of k.
    """
    state, losses = (H_init, *([] if C_init is None else [C_init])), np.zeros(len(X), dtype=complex)
    for t, (x, theta) in enumerate(zip(X, copies, strict=True)):
        if detach and t % detach == 0:
            state = tuple(each.real for each in state)
        held = state[0].real if direct_from is not None and t > direct_from else None
        state = next_state(architecture, theta, x, state, held)
        if nudge and t == nudge[0]:
            state = tuple(each + more for each, more in zip(state, nudge[1], strict=True))
        if architecture.mode == "sequence_to_sequence" or t == len(X) - 1:
            y = Y[t] if architecture.mode == "sequence_to_sequence" else Y
            z = state[0] @ theta.W2 + theta.b2
            p = activation(architecture.output_activation, z)
            each = loss(architecture.loss, p, y, complement(architecture.output_activation, p, z))
            factors = 1 if mask is None else mask[t] if architecture.mode == "sequence_to_sequence" else mask
            losses[t] = (each * factors).mean()
    return losses


def _stepped(parameters, name, entry):
    array = getattr(parameters, name).astype(complex)
    array[entry] += 1j * STEP
    return parameters._replace(**{name: array})


def terms(architecture, parameters, X, Y, H_init, *, direct=False, **more):
    """{name: (T, T) + θ.shape}: [t, k] is the derivative of L_t by the copy of θ at step k, or its `direct` part."""
    T, found = len(X), {}
    for name in NAMES:
        shape = getattr(parameters, name).shape
        found[name] = np.zeros((T, T, *shape))
        for entry in np.ndindex(shape):
            stepped = _stepped(parameters, name, entry)
            for k in range(T):
                copies = [stepped if s == k else parameters for s in range(T)]
                losses = untied_losses(architecture, copies, X, Y, H_init, direct_from=k if direct else None, **more)
                found[name][(slice(None), k, *entry)] = losses.imag / STEP
    return found


def gradient(architecture, parameters, X, Y, H_init, detach=None, **more):
    """∂L/∂θ of the tied network."""
    found = {}
    for name in NAMES:
        found[name] = np.zeros(getattr(parameters, name).shape)
        for entry in np.ndindex(found[name].shape):
            copies = [_stepped(parameters, name, entry)] * len(X)
            losses = untied_losses(architecture, copies, X, Y, H_init, detach, **more)
            found[name][entry] = losses.sum().imag / STEP
    return Parameters(**found)


def state_derivative(architecture, parameters, X, H_init, t, k, sample, C_init=None):
    """∂H_t/∂H_k of one sample, [i, j] = ∂H_t[i]/∂H_k[j], by a complex step of each unit; of [H | C] with a C_init."""
    n1, initial = architecture.n_hidden, [H_init, *([] if C_init is None else [C_init])]
    jacobian = np.zeros((len(initial) * n1,) * 2)
    for j, unit in enumerate(np.eye(len(jacobian))):
        state = [each[sample].astype(complex) for each in initial]
        for s in range(t + 1):
            state = next_state(architecture, parameters, X[s, sample], state)
            if s == k:
                moved = zip(state, np.split(unit, len(state)), strict=True)
                state = [each.real + 1j * STEP * part for each, part in moved]
        jacobian[:, j] = np.concatenate(state).imag / STEP
    return jacobian


def relative_error(found, expected):
    """Largest difference over the largest expected entry; 0 only for an exact 0 where all expected are 0."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    difference = abs(found - expected).max()
    largest = abs(expected).max()
    return difference / largest if largest else difference


def problem(
    hidden="tanh",
    pair=PAIRS[0],
    mode=MODES[0],
    *,
    T=4,
    m=3,
    sizes=(2, 3, 2),
    seed=0,
    scale=1.0,
    cell=("plain", "before"),
):
    """A random network with data: architecture, parameters, X, Y, H_init; no unit near a kink of ReLU."""
    output, loss_name = pair
    n0, n1, n2 = sizes
    architecture = Architecture(n0, n1, n2, hidden, output, loss_name, mode, *cell)
    stream = np.random.default_rng(seed)
    blocks = {"plain": 1, "gru": 3, "lstm": 4}[cell[0]] * n1
    shapes = ((n0, blocks), (n1, blocks), (blocks + n1 * (cell == ("gru", "after")),), (n1, n2), (n2,))
    parameters = Parameters(*(scale * stream.normal(size=shape) for shape in shapes))
    X, H_init = stream.normal(size=(T, m, n0)), stream.normal(size=(m, n1))
    Y = targets(stream, loss_name, (T, m, n2) if mode == MODES[0] else (m, n2))
    return architecture, parameters, X, Y, H_init


def targets(stream, loss_name, shape):
    """Random targets that fit the loss: distributions, probabilities, any numbers."""
    if loss_name == "categorical_cross_entropy":
        return stream.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    if loss_name == "binary_cross_entropy":
        return stream.uniform(size=shape)
    return stream.normal(size=shape)
