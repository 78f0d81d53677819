"""The questions worked out again, from what was asked and the raw numbers; no code of theirs is used.

`Net` is the network written anew from its equations. Its derivatives are complex steps of what it computes,
or products of Jacobians written out; the tests hold both against `oracles`. A solver takes the question and
the network as the stage shows it and gives back a function that decides one choice by its text.
"""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.experiment.plain_loop import loop_code
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import symbol
from tests import oracles

STEP = 1e-100


class Net:
    """One sample of an experiment, or all of them, in plain loops."""

    def __init__(self, experiment, everything=False):
        self.conventions = Conventions.of(experiment.config)
        config, task = experiment.config, experiment.task
        self.experiment, self.config, self.parameters = experiment, config, experiment.parameters
        self.architecture = experiment.architecture
        X, Y, start = task.X, task.Y, experiment.H_init
        self.rows = Y if Y.ndim == 3 else Y[None]
        if not everything and config.sample >= 0:
            one = [config.sample]
            X, self.rows, start = X[:, one], self.rows[:, one], start[one]
        self.X, self.H_init = X, start
        self.T, self.m = X.shape[:2]
        self.first = self.T - len(self.rows)
        losses = self.T - self.first
        self.scale = 1 / losses if config.over_time == "mean" else 1.0
        self.offset = int(config.first_step)

    def f1(self, a):
        return oracles.activation(self.architecture.hidden_activation, a)

    def f2(self, z):
        """The prediction; of a sigmoid both ends, where the exponential of one side would overflow."""
        if self.architecture.output_activation != "sigmoid":
            return oracles.activation(self.architecture.output_activation, z)
        return np.where(z.real > 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))

    def sample_losses(self, z, y):
        """Of each sample, from the logits, so that a tiny probability does no harm."""
        pair = self.architecture.output_activation, self.architecture.loss
        if pair == ("softmax", "categorical_cross_entropy"):
            top = z.real.max(axis=-1, keepdims=True)
            return (y * (top + np.log(np.exp(z - top).sum(-1, keepdims=True)) - z)).sum(-1)
        if pair == ("sigmoid", "binary_cross_entropy"):
            return (y * softplus(-z) + (1 - y) * softplus(z)).sum(-1)
        p = self.f2(z)
        if pair[0] in ("softmax", "sigmoid"):
            left = oracles.complement("softmax", p, z) if pair[0] == "softmax" else self.f2(-z)
        if pair[1] == "squared_error" and pair[0] in ("softmax", "sigmoid"):
            residual = np.where(p.real > 0.5, (1 - y) - left, p - y)
            return 0.5 * (residual**2).sum(-1)
        return oracles.loss(pair[1], p, y, left if pair[1] == "binary_cross_entropy" else None)

    def step(self, h, t, theta):
        return self.X[t] @ theta.W1 + h @ theta.Wh1 + theta.b1

    def loss_at(self, h, t, theta):
        """L_t from H_t, averaged over the batch; 0 where there is none."""
        if t < self.first:
            return 0.0
        return self.sample_losses(h @ theta.W2 + theta.b2, self.rows[t - self.first]).mean()

    def losses(self, copies):
        """(T,) losses, a copy of the parameters for each step."""
        state, found = self.start, np.zeros(self.T, dtype=complex)
        for t in range(self.T):
            state = oracles.next_state(self.architecture, copies[t], self.X[t], state)
            found[t] = self.loss_at(state[0], t, copies[t])
        return found

    def losses_from(self, k, sample, unit):
        """(T,) derivatives of L_t by one unit of H_k, by a complex step of it."""
        h = self.H[k].astype(complex)
        h[sample, unit] += 1j * STEP
        found = np.zeros(self.T, dtype=complex)
        found[k] = self.loss_at(h, k, self.parameters)
        for t in range(k + 1, self.T):
            h = self.f1(self.step(h, t, self.parameters))
            found[t] = self.loss_at(h, t, self.parameters)
        return found.imag / STEP

    def stepped(self, name, place):
        array = getattr(self.parameters, name).astype(complex)
        array[place] += 1j * STEP
        return self.parameters._replace(**{name: array})

    def by_entry(self, name, place):
        """(T,) derivatives of all L_t by one entry, used at every step."""
        return self.losses([self.stepped(name, place)] * self.T).imag / STEP

    def states_by_entry(self, name, place):
        """(T, n1) derivatives of H_t of the first sample by one entry, used at every step."""
        h, theta, found = self.H_init, self.stepped(name, place), []
        for t in range(self.T):
            h = self.f1(self.step(h, t, theta))
            found.append(h[0].imag / STEP)
        return np.array(found)

    def immediate_by_entry(self, name, place, k):
        """(n1,) derivatives of H_k by one entry of step k alone."""
        before = self.H[k - 1] if k else self.H_init
        return self.f1(self.step(before, k, self.stepped(name, place)))[0].imag / STEP

    @cached_property
    def A(self):
        return self._passed[0]

    @cached_property
    def H(self):
        return self._passed[1]

    @cached_property
    def _passed(self):
        if self.architecture.cell != "plain":
            return None, np.array([state[0] for state in self.states])
        h, A, H = self.H_init, [], []
        for t in range(self.T):
            A.append(self.step(h, t, self.parameters))
            h = self.f1(A[-1])
            H.append(h)
        return np.array(A), np.array(H)

    @cached_property
    def states(self):
        """Of a gated cell (H,) or (H, C) by step."""
        state, found = self.start, []
        for t in range(self.T):
            state = oracles.next_state(self.architecture, self.parameters, self.X[t], state)
            found.append(state)
        return found

    @property
    def start(self):
        return (self.H_init, np.zeros_like(self.H_init))[: 1 + (self.architecture.cell == "lstm")]

    def before_gate(self, name, t):
        """(m, n1): the pre-activation of a gate, from what it reads."""
        n = self.architecture.n_hidden
        place = {"lstm": ("input", "forget", "output"), "gru": ("reset", "update")}[self.architecture.cell].index(name)
        block, before = slice(place * n, (place + 1) * n), self.H[t - 1] if t else self.H_init
        return (
            self.X[t] @ self.parameters.W1[:, block]
            + before @ self.parameters.Wh1[:, block]
            + self.parameters.b1[block]
        )

    @property
    def keeps(self):
        """The name of the gate that keeps."""
        return {"lstm": "forget", "gru": "update"}[self.architecture.cell]

    def all_keeping(self, t):
        return oracles.activation("sigmoid", self.before_gate(self.keeps, t))

    def keeping(self, t, unit):
        return float(self.all_keeping(t)[0, unit])

    def deltas(self, t, k, direct):
        """(m, ·): each sample's ∂L_t by each bias of step k, all of it or along the direct path alone."""
        found, network = [], self.architecture
        for column in range(len(self.parameters.b1)):
            state = self.states[k - 1] if k else self.start
            for s in range(k, t + 1):
                theta = self.stepped("b1", column) if s == k else self.parameters
                held = state[0].real if direct and s > k else None
                state = oracles.next_state(network, theta, self.X[s], state, held)
            z = state[0] @ self.parameters.W2 + self.parameters.b2
            found.append(self.sample_losses(z, self.rows[t - self.first]).imag / STEP)
        return np.array(found).T

    def gated_term(self, name, t, k, direct=False):
        D, n, before = self.deltas(t, k, direct), self.architecture.n_hidden, self.H[k - 1] if k else self.H_init
        if name == "b1":
            return D.sum(axis=0)
        if name == "W1" or self.architecture.cell == "lstm":
            enters = self.X[k] if name == "W1" else before
            return enters.T @ D[:, : self.parameters.W1.shape[1]]
        is_after = self.architecture.reset == "after"
        r = 1.0 if is_after else oracles.activation("sigmoid", self.before_gate("reset", k))
        candidate = D[:, 3 * n :] if is_after else D[:, 2 * n :]
        return np.hstack([before.T @ D[:, : 2 * n], (r * before).T @ candidate])

    @cached_property
    def slope(self):
        return self.f1(self.A + 1j * STEP).imag / STEP

    @cached_property
    def Z(self):
        return self.H @ self.parameters.W2 + self.parameters.b2

    @cached_property
    def P(self):
        return self.f2(self.Z)

    @cached_property
    def dZ(self):
        """(T, m, n2): each sample's own loss by its logits."""
        found = np.zeros(self.Z.shape)
        for t in range(self.first, self.T):
            for j in range(found.shape[2]):
                z = self.Z[t].astype(complex)
                z[:, j] += 1j * STEP
                found[t, :, j] = self.sample_losses(z, self.rows[t - self.first]).imag / STEP
        return found

    def entering(self, name, k):
        before = self.H[k - 1] if k else self.H_init
        return {"W1": self.X[k], "Wh1": before, "b1": np.ones((self.m, 1))}[name]

    def adjoint(self, t, k):
        """∂L_t/∂H_k, (m, n1), by the Jacobians of every sample."""
        a = self.dZ[t] / self.m @ self.parameters.W2.T
        for s in range(t, k, -1):
            a = self.hop(a, s)
        return a

    def hop(self, a, s):
        """Each sample's row vector times its own diag(f1') Wh1ᵀ of step s."""
        return np.einsum("mi,mij->mj", a, self.slope[s][:, :, None] * self.parameters.Wh1.T)

    def delta(self, t, k):
        return self.adjoint(t, k) * self.slope[k]

    def term(self, name, t, k):
        found = self.entering(name, k).T @ self.delta(t, k)
        return found[0] if name == "b1" else found

    def rows_of_terms(self, name, t):
        """Every term (t, k) of one loss, k = 0 … t."""
        a, found = self.dZ[t] / self.m @ self.parameters.W2.T, []
        for k in range(t, -1, -1):
            delta = a * self.slope[k]
            part = self.entering(name, k).T @ delta
            found.append(part[0] if name == "b1" else part)
            a = self.hop(a, k)
        return np.array(found[::-1])

    @cached_property
    def whole(self):
        """The network with all samples, whichever is looked at."""
        return Net(self.experiment, everything=True)

    @cached_property
    def whole_gradient(self):
        """The gradient of the whole batch."""
        return self.whole.gradient()

    def exists(self, t, k):
        return self.first <= t < self.T and 0 <= k <= t

    def kept(self, t, k, kind=None, length=None):
        kind = kind or self.config.truncation_kind
        length = length or self.config.truncation or self.T
        if kind == "window":
            return self.exists(t, k) and t - k < length
        return self.exists(t, k) and all(s % length for s in range(k + 1, t + 1))

    def jacobian(self, t, k):
        """∂H_t/∂H_k of the first sample by complex steps."""
        arguments = self.architecture, self.parameters, self.X, self.H_init
        return oracles.state_derivative(*arguments, t, k, 0)

    def gradient(self, keep=None):
        """The kept terms of all parameters added up one by one; every one by default."""
        found = Parameters(*(np.zeros_like(v) for v in self.parameters))
        for t in range(self.first, self.T):
            for name in ("W1", "Wh1", "b1"):
                for k, part in enumerate(self.rows_of_terms(name, t)):
                    if keep is None or keep(t, k):
                        getattr(found, name)[...] += part
            found.W2[...] += self.H[t].T @ self.dZ[t] / self.m
            found.b2[...] += self.dZ[t].sum(axis=0) / self.m
        return found


def softplus(x):
    """ln(1 + exp(x)) with all its digits, of complex numbers too."""
    return np.where(x.real > 0, x + np.log1p(np.exp(-x)), np.log1p(np.exp(x)))


def value(text):
    """The number that a choice says."""
    return float(text.replace("−", "-"))


def says(expected, slack=0.0):
    """Decide choices that are numbers: the one that is the expected number to four digits."""
    return lambda text: abs(value(text) - expected) <= 6e-4 * abs(expected) + slack


def named_term(net, text):
    return tuple(int(part) - net.offset for part in re.findall(r"\d+", text))


def close(one, other):
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if one.shape != other.shape:
        return False
    return abs(one - other).max() <= 1e-8 * max(abs(other).max(), abs(one).max())


def stretch(matrix):
    if not matrix.any():
        return 0.0
    return float(np.sqrt(np.linalg.eigvalsh(matrix.T @ matrix / abs(matrix).max() ** 2).max())) * float(
        abs(matrix).max()
    )


def _place(facts):
    return tuple(facts["entry"])


def count_terms(net, q):
    t = q.facts["t"]
    return lambda text: int(text) == sum(net.kept(t, k) for k in range(net.T))


def row_adds(net, q):
    t, name = q.facts["t"], q.facts["parameter"]
    row = net.rows_of_terms(name, t)
    total = sum(part for k, part in enumerate(row) if net.kept(t, k))
    return says(total[_place(q.facts)])


def missing_path(net, q):
    t = q.facts["t"]
    absent = {(t, k) for k in range(net.T) if net.kept(t, k)} - {(t, k) for k in q.facts["listed"]}
    return lambda text: text.startswith("term") and {named_term(net, text)} == absent


def nudge(net, q):
    derivative = net.by_entry(q.facts["parameter"], _place(q.facts))[q.facts["t"]]
    return says(q.facts["nudge"] * derivative)


def two_ways_on(net, q):
    return says(net.scale * net.losses_from(q.facts["k"], 0, q.facts["unit"]).sum())


def dh_next_sum(net, q):
    k = q.facts["k"]
    carried = np.zeros_like(net.H_init)
    for s in range(net.T - 1, k, -1):
        dh = net.dZ[s] / net.m @ net.parameters.W2.T + carried
        carried = (dh * net.slope[s]) @ net.parameters.Wh1.T

    def decide(text):
        at = k if text.count(symbol(f"H_{k}", net.conventions).latex) else k + 1
        end = net.T if "sum" in text else k + 2
        steps = range(k if r"\ge" in text else k + 1, end)
        if any(t >= net.first and t < at for t in steps):
            return False
        found = sum(net.adjoint(t, at) for t in steps if t >= net.first)
        return close(found, carried)

    return decide


def column_entry(net, q):
    """The loss by the copy of step k alone, all losses added: a complex step of that copy."""
    name, k = q.facts["parameter"], q.facts["k"]
    copies = [net.stepped(name, _place(q.facts)) if s == k else net.parameters for s in range(net.T)]
    return says(net.scale * net.losses(copies).sum().imag / STEP)


def which_cells(net, q):
    s = q.facts["step"]
    grid = {(t, k) for t in range(net.T) for k in range(net.T) if net.exists(t, k)}
    wanted = {(t, k) for t, k in grid if s == (k if q.facts["asked"] == "column" else t)}

    def decide(text):
        inside = re.match(r"term\((\w+), (\w+)\)", text).groups()
        bounds = re.findall(r"from (\d+) to (\d+)", text)
        values = range(int(bounds[0][0]), int(bounds[0][1]) + 1) if bounds else [0]
        cells = {tuple((int(part) if part.isdigit() else v) - net.offset for part in inside) for v in values}
        return cells == wanted

    return decide


def products(net, q):
    hops = sum(1 for t in range(net.first, q.facts["t"] + 1) for _ in range(t, 0, -1))
    return lambda text: int(text) == hops


def immediate_entry(net, q):
    f = q.facts
    return says(net.immediate_by_entry(f["parameter"], _place(f), f["k"])[f["unit"]])


def total_entry(net, q):
    f = q.facts
    return says(net.states_by_entry(f["parameter"], _place(f))[f["k"], f["unit"]])


def last_factor(net, q):
    f = q.facts
    t, name, place = f["t"], f["parameter"], _place(f)
    loss = net.by_entry(name, place)[t]
    adjoints = [net.adjoint(t, k)[0] for k in range(t + 1)]
    uses = [net.immediate_by_entry(name, place, k) for k in range(t + 1)]
    totals = net.states_by_entry(name, place)

    def decide(text):
        if "Jacobian" in text:
            return False
        if "total" in text:
            factors = totals[: t + 1]
        else:
            own = rf"\partial^{{+}} {symbol('H_{}'.format(f['k']), net.conventions).latex}}}" in text
            factors = uses if own else [uses[t]] * (t + 1)
        return close(sum(a @ v for a, v in zip(adjoints, factors, strict=True)), loss)

    return decide


def when_equal(net, q):
    name, place = q.facts["parameter"], _place(q.facts)
    totals = net.states_by_entry(name, place)
    uses = np.array([net.immediate_by_entry(name, place, k) for k in range(net.T)])
    gaps, sizes = abs(totals - uses).max(axis=1), abs(totals).max(axis=1)
    floor = 1e-90 * sizes.max()  # what a complex step leaves of the second order
    equal = {k for k in range(net.T) if gaps[k] <= max(1e-9 * sizes[k], floor)}

    def decide(text):
        if text in ("no step", "every step"):
            return equal == (set(range(net.T)) if text == "every step" else set())
        return {int(number) - net.offset for number in re.findall(r"\d+", text)} == equal

    return decide


def jacobian_entry(net, q):
    return says(net.jacobian(q.facts["t"], q.facts["t"] - 1)[q.facts["i"], q.facts["j"]])


def jacobian_product(net, q):
    t, W = q.facts["t"], net.parameters.Wh1
    true = net.jacobian(t, t - 1)

    def decide(text):
        weights = W.T if r"\top" in text else W
        if "diag" not in text:
            return close(weights, true)
        at = t if symbol(f"A_{t}", net.conventions).latex in text else t - 1
        slopes = np.diag(net.slope[at, 0])
        first = text.index("diag") < text.index(symbol("Wh1", net.conventions).latex)
        return close(slopes @ weights if first else weights @ slopes, true)

    return decide


def one_step_back(net, q):
    t = q.facts["t"]
    return says(net.losses_from(t - 1, 0, q.facts["unit"])[t])


def which_weight(net, q):
    """With that weight alone left, unit j still moves unit i."""

    def decide(text):
        a, b = (int(part) for part in re.search(r"\[(\d+), (\d+)\]", text).groups())
        only = np.zeros_like(net.parameters.Wh1)
        only[a, b] = 1.0
        state = np.eye(len(only))[q.facts["j"]]
        return bool((state @ only)[q.facts["i"]])

    return decide


def _shape_is(shape):
    return lambda text: tuple(int(part) for part in text.split(" × ")) == tuple(shape)


def shape_of(net, q):
    t, name = q.facts["t"], q.facts["name"]
    arrays = {"X": net.X[t], "H": net.H[t], "A": net.A[t], "Z": net.Z[t], "Y_hat": net.P[t]}
    return _shape_is((arrays | net.parameters._asdict())[name].shape)


def tensor_shape(net, q):
    theta = getattr(net.parameters, q.facts["parameter"])
    return _shape_is((len(net.H[0, 0]), *theta.shape))


def which_product(net, q):
    f = q.facts
    t, k, name = f["t"], f["k"], f["parameter"]
    true = np.zeros(getattr(net.parameters, name).shape)
    for place in np.ndindex(true.shape):
        copies = [net.stepped(name, place) if s == k else net.parameters for s in range(net.T)]
        true[place] = net.losses(copies)[t].imag / STEP
    into, error, after = net.entering(name, k), net.delta(t, k), net.H[k]
    late = symbol(f"H_{k}", net.conventions).latex

    def decide(text):
        if r"\circ" in text:
            return close(into * error, true)
        if text.startswith(rf"${late}^"):
            return close(after.T @ error, true)
        if text.startswith(r"$\frac"):
            return close(error.T @ into, true)
        turned = text.index(r"\top") < text.index(r"\frac")
        return close(into.T @ error if turned else into @ error.T, true)

    return decide


def count_predictions(net, q):
    predicted = sum(net.P[t].size for t in range(net.first, q.facts["t"] + 1))
    return lambda text: int(text) == predicted


def factor_shape(net, q):
    n1, n2 = net.parameters.W2.shape
    return _shape_is({"output": (1, n2), "readout": (n2, n1), "hop": (n1, n1)}[q.facts["factor"]])


def logit_gradient(net, q):
    return says(net.dZ[q.facts["t"], 0, q.facts["entry"]])


def logit_sum(net, q):
    return says(net.dZ[q.facts["t"], 0].sum(), slack=1e-9)


def fused(net, q):
    t = q.facts["t"]
    p, y, z = net.P[t, 0], net.rows[t - net.first, 0], net.Z[t, 0]
    loss = net.architecture.loss
    eye = np.eye(len(z))
    slope = np.array([net.f2(z + 1j * STEP * e)[i].imag for i, e in enumerate(eye)]) / STEP
    symbols = symbol(f"Y_hat_{t}", net.conventions).latex, symbol(f"Y_{t}", net.conventions).latex

    def above():
        left = 1 - p
        found = [oracles.loss(loss, p + 1j * STEP * e, y, left - 1j * STEP * e).imag for e in eye]
        return np.array(found) / STEP

    def decide(text):
        if "alone" in text:
            return close(above(), net.dZ[t, 0])
        if "-" not in text:
            return close(slope, net.dZ[t, 0])
        sign = 1 if f"{symbols[0]} - {symbols[1]}" in text else -1
        return close(sign * (p - y) * (slope if r"\circ" in text else 1), net.dZ[t, 0])

    return decide


def batch_share(net, q):
    f = q.facts
    whole = net.whole
    z = whole.Z[f["t"]].astype(complex)
    z[f["sample"], f["entry"]] += 1j * STEP
    return says(whole.sample_losses(z, whole.rows[f["t"] - whole.first]).mean().imag / STEP)


def _cut(net, q):
    return lambda text: not net.kept(*named_term(net, text), q.facts["kind"], q.facts["length"])


def kept_count(net, q):
    f = q.facts
    count = sum(net.kept(t, k, f["kind"], f["length"]) for t in range(net.T) for k in range(net.T))
    return lambda text: int(text) == count


def truncated_length(net, q):
    f = q.facts
    total = getattr(net.gradient(lambda t, k: net.kept(t, k, f["kind"], f["length"])), f["parameter"])
    return says(net.scale * np.linalg.norm(total))


def detach_or_reset(net, q):
    """Detached, the state keeps its numbers: the loss of the plain forward pass."""
    return says(net.scale * net.losses([net.parameters] * net.T).real.sum())


def largest_term(net, q):
    sizes = {pair: np.linalg.norm(net.term(q.facts["parameter"], *pair)) for pair in q.facts["terms"]}
    return lambda text: sizes[named_term(net, text)] == max(sizes.values())


def far_share(net, q):
    t, name = q.facts["t"], q.facts["parameter"]
    return says(np.linalg.norm(net.term(name, t, q.facts["k"])) / np.linalg.norm(net.term(name, t, t)))


def scaled_weights(net, q):
    f = q.facts
    scaled = net.parameters._replace(Wh1=f["factor"] * net.parameters.Wh1)
    arguments = net.architecture, scaled, net.X, net.H_init
    after = oracles.state_derivative(*arguments, f["t"], f["k"], 0)
    return says(stretch(after) / stretch(net.jacobian(f["t"], f["k"])))


def power_of_weights(net, q):
    f = q.facts
    before, weights = net.term(f["parameter"], f["t"], f["k"]), net.parameters.Wh1
    held = net.slope, net.dZ, net.H
    net.parameters = net.parameters._replace(Wh1=f["factor"] * weights)
    after = net.term(f["parameter"], f["t"], f["k"])
    net.parameters = net.parameters._replace(Wh1=weights)
    assert all(one is other for one, other in zip(held, (net.slope, net.dZ, net.H), strict=True))
    place = np.unravel_index(abs(before).argmax(), before.shape)
    return says(after[place] / before[place])


def what_vanishes(net, q):
    f = q.facts
    name, left = f["parameter"], (f["t"], f["k"])
    whole = getattr(net.gradient(), name)
    rest = getattr(net.gradient(lambda t, k: (t, k) != left), name)
    return says(np.linalg.norm(rest) / np.linalg.norm(whole))


GAMMA = {"tanh": 1.0, "relu": 1.0, "identity": 1.0, "sigmoid": 0.25}


def bound(net, q):
    most = GAMMA[net.architecture.hidden_activation] * stretch(net.parameters.Wh1)
    return says(most ** (q.facts["t"] - q.facts["k"]))


def guarantee(net, q):
    """A claim is right if its number is as it says, and this settles whether a step surely shrinks."""
    W, gamma = net.parameters.Wh1, GAMMA[net.architecture.hidden_activation]
    most = gamma * stretch(W)
    assert abs(most - 1) > 0.005
    product = r"$\gamma\,\sigma_{\max}$"
    settles = {f"{product} is below 1": most < 1, f"{product} is not below 1": most >= 1}

    def decide(text):
        verdict, reason = text.split(", because ")
        return (verdict == "Yes") == (most < 1) and settles.get(reason, False)

    return decide


def without_slopes(net, q):
    return says(stretch(net.parameters.Wh1.T))


def long_run(net, q):
    product = np.eye(len(net.parameters.Wh1))
    for _ in range(q.facts["power"]):
        product = product @ net.parameters.Wh1.T
    return says(stretch(product))


def over_time(net, q):
    losses = net.losses([net.parameters] * net.T).real[net.first :]
    return says(losses.mean() if net.config.over_time == "mean" else losses.sum())


def over_batch(net, q):
    whole = net.whole
    t = q.facts["t"]
    return says(np.mean(whole.sample_losses(whole.Z[t], whole.rows[t - whole.first])))


def _clipped(net, q):
    """The whole batch's gradient, and what is left of it."""
    gradient = net.scale * np.concatenate([part.ravel() for part in net.whole_gradient])
    size, part = np.sqrt((gradient**2).sum()), q.facts["part"]
    if q.facts["kind"] == "norm":
        return gradient, gradient * part
    limit = part * abs(gradient).max()
    assert size > 0
    return gradient, np.array([max(-limit, min(limit, g)) for g in gradient])


def clip_angle(net, q):
    before, after = _clipped(net, q)
    across = after - before * (after @ before) / (before @ before)
    return says(np.degrees(np.arctan2(np.linalg.norm(across), after @ before / np.linalg.norm(before))), 1e-6)


def clip_length(net, q):
    return says(np.linalg.norm(_clipped(net, q)[1]))


LINES = (
    "dZ = dZ_each / len(H_init)",
    "dh = dZ[k] @ W2.T + dh_next",
    "da = dh * slope[k]",
    "dW1 += X[k].T @ da",
    "dWh1 += (H[k - 1] if k > 0 else H_init).T @ da",
    "db1 += da.sum(axis=0)",
    "dW2 += H[k].T @ dZ[k]",
    "db2 += dZ[k].sum(axis=0)",
    "dh_next = da @ Wh1.T",
)


def run_code(net, lines):
    """The gradient that lines of the loop compute."""
    space = {"np": np, "Parameters": Parameters}
    exec("\n".join(lines), space)
    arguments = net.parameters, net.X, net.H, net.H_init, net.slope, net.dZ
    *_, (*_, sums) = space["backward_through_time"](*arguments)
    return sums


def repaired(lines, text):
    """The lines with that one written as it should be."""
    start = text.split("=")[0].strip(" +")
    (should,) = (line for line in LINES if line.split("=")[0].strip(" +") == start)
    return [line.replace(text, should) if line.strip() == text else line for line in lines]


def wrong_line(net, q):
    """Repair each line by itself: the wrong one is that whose repair gives the true gradient."""
    whole, true, lines = net.whole, net.whole_gradient, q.code.splitlines()

    def decide(text):
        found = run_code(whole, repaired(lines, text.strip("`")))
        return close(*(np.concatenate([part.ravel() for part in each]) for each in (found, true)))

    return decide


def check_finds(net, q):
    whole = net.whole
    wrong, right = re.findall("`([^`]+)`", q.prompt)[:2]
    assert right in LINES
    lines = [line.replace(right, wrong) if line.strip() == right else line for line in loop_code()]
    found = getattr(run_code(whole, lines), q.facts["parameter"])
    true = getattr(net.whole_gradient, q.facts["parameter"])
    return says(np.linalg.norm(found - true) / np.linalg.norm(true))


def gates_multiply(net, q):
    f = q.facts
    return says(np.prod([net.keeping(s, f["unit"]) for s in range(f["k"] + 1, f["t"] + 1)]))


def gate_held(net, q):
    return says(net.keeping(q.facts["t"], q.facts["unit"]) ** q.facts["steps"])


def raised_bias(net, q):
    before = net.before_gate(net.keeps, q.facts["t"])[0, q.facts["unit"]]
    return says(oracles.activation("sigmoid", before + 1))


def why_one(net, q):
    """Each choice as a statement: the numbers of the first, and of the others whether they are so."""
    one, none = (float(oracles.activation("sigmoid", np.array(bias))) for bias in (1.0, 0.0))
    steps = q.facts["steps"]

    def decide(text):
        if "starts near" in text:
            numbers = [value(each) for each in re.findall(r"\d+(?:\.\d+)?(?:e−\d+)?", text)]
            wanted = [one, one**steps, steps, 0, none**steps]
            return np.allclose(numbers, wanted, rtol=6e-4)
        if "learns faster" in text:
            return one * (1 - one) > none * (1 - none)
        if "memory starts" in text:
            return net.start[1].any()
        return False  # between H_0 and C_0 no forget gate stands: their derivative has none in it

    return decide


def through_output_gate(net, q):
    """The loss from H_t = o tanh(C_t), by a complex step of C_t."""
    t, unit = q.facts["t"], q.facts["unit"]
    C = net.states[t][1].astype(complex)
    C[0, unit] += 1j * STEP
    shown = oracles.activation("sigmoid", net.before_gate("output", t)) * np.tanh(C)
    return says(net.loss_at(shown, t, net.parameters).imag / STEP)


def rest_of_jacobian(net, q):
    """All of the derivative by a complex step, less the product of the gates."""
    t, k, unit = (q.facts[name] for name in ("t", "k", "unit"))
    state = [one.astype(complex) for one in net.states[k]]
    state[-1][0, unit] += 1j * STEP
    for s in range(k + 1, t + 1):
        state = oracles.next_state(net.architecture, net.parameters, net.X[s], state)
    direct = np.prod([net.keeping(s, unit) for s in range(k + 1, t + 1)])
    whole = state[-1][0, unit].imag / STEP
    return says(whole - direct, 1e-12 * max(abs(whole), direct))


def longer_path(net, q):
    name, t, k = (q.facts[each] for each in ("parameter", "t", "k"))
    direct = net.gated_term(name, t, k, direct=True)
    along, through = np.linalg.norm(direct), np.linalg.norm(net.gated_term(name, t, k) - direct)
    longer = {"the direct path": along > through, "the way through gates and candidates": through > along}
    return lambda text: longer.get(text, along == through)


SOLVERS = {
    "gates-multiply": gates_multiply,
    "gate-held": gate_held,
    "raised-bias": raised_bias,
    "why-one": why_one,
    "through-output-gate": through_output_gate,
    "rest-of-jacobian": rest_of_jacobian,
    "longer-path": longer_path,
    "count-terms": count_terms,
    "row-adds": row_adds,
    "missing-path": missing_path,
    "nudge": nudge,
    "two-ways-on": two_ways_on,
    "immediate-entry": immediate_entry,
    "total-entry": total_entry,
    "last-factor": last_factor,
    "when-equal": when_equal,
    "dh-next-sum": dh_next_sum,
    "column-entry": column_entry,
    "which-cells": which_cells,
    "products": products,
    "jacobian-entry": jacobian_entry,
    "jacobian-product": jacobian_product,
    "one-step-back": one_step_back,
    "which-weight": which_weight,
    "shape-of": shape_of,
    "tensor-shape": tensor_shape,
    "which-product": which_product,
    "count-predictions": count_predictions,
    "factor-shape": factor_shape,
    "logit-gradient": logit_gradient,
    "logit-sum": logit_sum,
    "fused": fused,
    "batch-share": batch_share,
    "window-cuts": _cut,
    "chunk-cuts": _cut,
    "kept-count": kept_count,
    "truncated-length": truncated_length,
    "detach-or-reset": detach_or_reset,
    "largest-term": largest_term,
    "far-share": far_share,
    "scaled-weights": scaled_weights,
    "power-of-weights": power_of_weights,
    "what-vanishes": what_vanishes,
    "bound": bound,
    "guarantee": guarantee,
    "without-slopes": without_slopes,
    "long-run": long_run,
    "over-time": over_time,
    "over-batch": over_batch,
    "clip-angle": clip_angle,
    "clip-length": clip_length,
    "wrong-line": wrong_line,
    "check-finds": check_finds,
}
