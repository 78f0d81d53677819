"""Ways to the engine's numbers that share no code with it.

The network here is written from the equations alone and *untied*: every step has its own copy of the
parameters. The derivative of L_t by the copy of step k is then term(t, k) by definition. Derivatives are
complex steps, Im f(x + ih) / h with h = 1e-100, exact to rounding [1]_.

.. [1] W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
   40, 1998.
"""

from __future__ import annotations

import numpy as np

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


def untied_losses(architecture, copies, X, Y, H_init, detach=None):
    """(T,) losses L_t, the parameters of step t being copies[t].

    With `detach`, the state loses its derivative before every step that is a multiple of it.
    """
    h, losses = H_init, np.zeros(len(X), dtype=complex)
    for t, (x, theta) in enumerate(zip(X, copies, strict=True)):
        if detach and t % detach == 0:
            h = h.real
        h = activation(architecture.hidden_activation, x @ theta.W1 + h @ theta.Wh1 + theta.b1)
        if architecture.mode == "sequence_to_sequence" or t == len(X) - 1:
            y = Y[t] if architecture.mode == "sequence_to_sequence" else Y
            z = h @ theta.W2 + theta.b2
            p = activation(architecture.output_activation, z)
            losses[t] = loss(architecture.loss, p, y, complement(architecture.output_activation, p, z)).mean()
    return losses


def _stepped(parameters, name, entry):
    array = getattr(parameters, name).astype(complex)
    array[entry] += 1j * STEP
    return parameters._replace(**{name: array})


def terms(architecture, parameters, X, Y, H_init):
    """{name: (T, T) + θ.shape}: [t, k] is the derivative of L_t by the copy of θ at step k."""
    T, found = len(X), {}
    for name in NAMES:
        shape = getattr(parameters, name).shape
        found[name] = np.zeros((T, T, *shape))
        for entry in np.ndindex(shape):
            stepped = _stepped(parameters, name, entry)
            for k in range(T):
                copies = [stepped if s == k else parameters for s in range(T)]
                losses = untied_losses(architecture, copies, X, Y, H_init)
                found[name][(slice(None), k, *entry)] = losses.imag / STEP
    return found


def gradient(architecture, parameters, X, Y, H_init, detach=None):
    """∂L/∂θ of the tied network."""
    found = {}
    for name in NAMES:
        found[name] = np.zeros(getattr(parameters, name).shape)
        for entry in np.ndindex(found[name].shape):
            copies = [_stepped(parameters, name, entry)] * len(X)
            losses = untied_losses(architecture, copies, X, Y, H_init, detach)
            found[name][entry] = losses.sum().imag / STEP
    return Parameters(**found)


def state_derivative(architecture, parameters, X, H_init, t, k, sample):
    """∂H_t/∂H_k of one sample, [i, j] = ∂H_t[i]/∂H_k[j], by a complex step of each unit of H_k."""
    n1 = len(parameters.b1)
    jacobian = np.zeros((n1, n1))
    for j in range(n1):
        h = H_init[sample].astype(complex)
        for s in range(t + 1):
            h = activation(
                architecture.hidden_activation, X[s, sample] @ parameters.W1 + h @ parameters.Wh1 + parameters.b1
            )
            if s == k:
                h = h.real + 1j * STEP * np.eye(n1)[j]
        jacobian[:, j] = h.imag / STEP
    return jacobian


def relative_error(found, expected):
    """Largest difference over the largest expected entry; 0 only for an exact 0 where all expected are 0."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    difference = abs(found - expected).max()
    largest = abs(expected).max()
    return difference / largest if largest else difference


def problem(hidden="tanh", pair=PAIRS[0], mode=MODES[0], *, T=4, m=3, sizes=(2, 3, 2), seed=0, scale=1.0):
    """A random network with data: architecture, parameters, X, Y, H_init; no unit near a kink of ReLU."""
    output, loss_name = pair
    n0, n1, n2 = sizes
    architecture = Architecture(n0, n1, n2, hidden, output, loss_name, mode)
    stream = np.random.default_rng(seed)
    shapes = ((n0, n1), (n1, n1), (n1,), (n1, n2), (n2,))
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
