"""The engine against eager PyTorch, side by side in one process, one thread each, freshly allocated results.

Usage, from the root of the repository, where PyTorch is installed::

    python -m benchmarks.engine [tiny|small|medium|large|long|lstm|lstm-train …]

PyTorch is given its fast ways and not a straw man. For the terms, one gradient of each loss is taken to zero
perturbations of all pre-activations, which is D[t, k] for a whole row; batched products then give the terms.
For the norms two ways are timed, the terms of one row at a time and Gram matrices, and for a training step
three: the loop over time as it is commonly written, the same with all taken out of the loop that can be, and
``torch.nn.RNN``, whose loop runs in C++. A bar is held against the first of them; the others are printed too.
Of an LSTM the cell is written with fused operations (``addmm``, ``addcmul``, one ``sigmoid`` for three gates), all
gradients are also asked for at once (``is_grads_batched``), and a step is held against ``torch.nn.LSTM``.
"""

from __future__ import annotations

import os

# Read by the libraries when they are loaded.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

try:
    import torch
except ImportError:
    sys.exit("This comparison needs PyTorch, which rnnviz itself does not: pip install torch")

from rnnviz.engine import Architecture, Parameters, backward, decompose, forward, initialise, term_norms

RATE = 0.01
ROUNDS, SAMPLE_SECONDS, LIMIT_SECONDS = 15, 0.02, 60.0
LIMIT_BYTES = 2e9
DOUBLE = torch.float64


class Size(NamedTuple):
    """T, m, n0, n1, n2, how many times as fast to be in a step, the terms and the norms, and the cell."""

    T: int
    m: int
    n0: int
    n1: int
    n2: int
    bars: tuple[float | None, float | None, float | None] = (None, None, None)
    cell: str = "plain"

    @property
    def is_too_large(self) -> bool:
        """Whether all terms together would pass two gigabytes."""
        return 8 * self.T**2 * self.n1 * (self.n0 + 1 + self.n1 + self.m) > LIMIT_BYTES


SIZES = {
    "tiny": Size(3, 1, 2, 3, 2),
    "small": Size(10, 8, 4, 8, 3, (9, 8, 8)),
    "medium": Size(50, 32, 16, 64, 10, (2.1, 3.5, 4.5)),
    "large": Size(200, 32, 32, 128, 32),
    "long": Size(1000, 1, 8, 32, 8),
    "lstm": Size(10, 8, 4, 8, 3, (None, 4, None), "lstm"),
    "lstm-train": Size(40, 32, 4, 16, 3, (1, None, None), "lstm"),
}


class Ours:
    """The engine, by its public functions."""

    def __init__(self, architecture: Architecture, parameters: Parameters, X: np.ndarray, Y: np.ndarray):
        self.architecture, self.parameters, self.X, self.Y = architecture, parameters, X, Y

    def trace(self):
        """The forward pass."""
        return forward(self.architecture, self.parameters, self.X)

    def step(self) -> Parameters:
        """Forward, backward, plain gradient descent."""
        gradients = backward(self.architecture, self.parameters, self.trace(), self.Y).gradients
        return Parameters(*(p - RATE * g for p, g in zip(self.parameters, gradients, strict=True)))

    def terms(self):
        """Every term, with the forward pass."""
        return decompose(self.architecture, self.parameters, self.trace(), self.Y)

    def norms(self) -> dict[str, np.ndarray]:
        """The norms of every term, with the forward pass."""
        return term_norms(self.architecture, self.parameters, self.trace(), self.Y)


class Peer:
    """Eager PyTorch with the same network, data and results."""

    def __init__(self, parameters: Parameters, X: np.ndarray, Y: np.ndarray):
        self.X, self.Y, self.classes = torch.tensor(X), torch.tensor(Y), torch.tensor(Y.argmax(-1))
        self.parameters = [torch.tensor(p, requires_grad=True) for p in parameters]
        self.trained = [torch.tensor(p, requires_grad=True) for p in parameters]
        self.optimiser = torch.optim.SGD(self.trained, lr=RATE)
        self.rnn = self.module(X.shape[2], len(parameters.W2), dtype=DOUBLE)

    module = torch.nn.RNN

    @property
    def steps(self) -> list[Callable[[], object]]:
        """The ways to train; a bar is held against the first."""
        return [self.step_plain, self.step_hoisted, self.step_in_cpp]

    @property
    def all_terms(self) -> list[Callable[[], object]]:
        """The ways to every term."""
        return [self.terms]

    def step_plain(self) -> None:
        """A training step as it is commonly written."""
        W1, Wh1, b1, W2, b2 = self.trained
        self.optimiser.zero_grad()
        h, loss = torch.zeros(self.X.shape[1], len(b1), dtype=DOUBLE), 0.0
        for x, classes in zip(self.X, self.classes, strict=True):
            h = torch.tanh(x @ W1 + h @ Wh1 + b1)
            loss = loss + torch.nn.functional.cross_entropy(h @ W2 + b2, classes)
        loss.backward()
        self.optimiser.step()

    def step_hoisted(self) -> list[torch.Tensor]:
        """A training step with the inputs' part, the outputs and the losses of all steps in one call each."""
        gradients = torch.autograd.grad(self._loss(self._states()[1]), self.parameters)
        return self._descended(self.parameters, gradients)

    def step_in_cpp(self) -> list[torch.Tensor]:
        """A training step through torch.nn.RNN or LSTM."""
        W2, b2 = self.parameters[3:]
        learned = [*self.rnn.parameters(), W2, b2]
        gradients = torch.autograd.grad(self._loss(self.rnn(self.X)[0] @ W2 + b2), learned)
        return self._descended(learned, gradients)

    def terms(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Every term of [W1; b1; Wh1], and D."""
        S, rows = self._rows()
        T, p, m = S.shape
        n1 = len(self.parameters[2])
        terms, D = torch.zeros(T, T, p, n1, dtype=DOUBLE), torch.zeros(T, T, m, n1, dtype=DOUBLE)
        for t, row in rows:
            D[t, : t + 1] = row
            torch.bmm(S[: t + 1], row, out=terms[t, : t + 1])
        return terms, D

    def norms_of_rows(self) -> torch.Tensor:
        """Norms of every term, from the terms of one row at a time."""
        S, rows = self._rows()
        n0, T = self.X.shape[2], len(S)
        norms = torch.zeros(3, T, T, dtype=DOUBLE)
        for t, row in rows:
            squares = torch.bmm(S[: t + 1], row).square_().sum(2)
            parts = squares[:, :n0].sum(1), squares[:, n0], squares[:, n0 + 1 :].sum(1)
            norms[:, t, : t + 1] = torch.stack(parts).sqrt_()
        return norms

    def norms_by_gram(self) -> torch.Tensor:
        """Norms of every term, from the m × m Gram matrices of its two factors."""
        S, rows = self._rows()
        n0, (T, _, m) = self.X.shape[2], S.shape
        X, H = S[:, :n0], S[:, n0 + 1 :]
        one = torch.ones(T, m, m, dtype=DOUBLE)
        grams = torch.stack([X.transpose(1, 2) @ X, one, H.transpose(1, 2) @ H])
        norms = torch.zeros(3, T, T, dtype=DOUBLE)
        for t, row in rows:
            gram = torch.bmm(row, row.transpose(1, 2))
            norms[:, t, : t + 1] = (grams[:, : t + 1] * gram).sum((2, 3)).clamp_(min=0).sqrt_()
        return norms

    def _loss(self, Z: torch.Tensor) -> torch.Tensor:
        return -(self.Y * torch.log_softmax(Z, -1)).sum() / self.X.shape[1]

    @staticmethod
    def _descended(learned, gradients) -> list[torch.Tensor]:
        with torch.no_grad():
            return [p - RATE * g for p, g in zip(learned, gradients, strict=True)]

    def _states(self, perturbations=None) -> tuple[list[torch.Tensor], torch.Tensor]:
        """All states and logits; with perturbations of the pre-activations, derivatives go to those alone."""
        W1, Wh1, b1, W2, b2 = self.parameters
        if perturbations is not None:
            W1, Wh1, b1, W2, b2 = (p.detach() for p in self.parameters)
        inputs = (self.X @ W1 + b1).unbind()
        if perturbations is not None:
            inputs = [a + e for a, e in zip(inputs, perturbations, strict=True)]
        states = self._loop(inputs, Wh1)
        return states, torch.stack(states) @ W2 + b2

    def _loop(self, inputs, Wh1) -> list[torch.Tensor]:
        h, states = torch.zeros_like(inputs[0]), []
        for a in inputs:
            h = torch.tanh(a + h @ Wh1)
            states.append(h)
        return states

    def _rows(self) -> tuple[torch.Tensor, Iterator[tuple[int, torch.Tensor]]]:
        """[X | 1 | H before] of every step, transposed, and an iterator over t, D[t, : t + 1]."""
        S, losses, perturbations = self._graph()

        def rows():
            for t, loss in enumerate(losses.unbind()):
                row = torch.autograd.grad(loss, perturbations[: t + 1], retain_graph=True)
                yield t, torch.stack(row)

        return S, rows()

    def _graph(self) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        """[X | 1 | H before] of every step, transposed, the losses, and zeros added to the pre-activations."""
        T, m, _ = self.X.shape
        zeros = torch.zeros(T, m, len(self.parameters[2]), dtype=DOUBLE)
        perturbations = [zero.requires_grad_() for zero in zeros.unbind()]
        states, Z = self._states(perturbations)
        losses = -(self.Y * torch.log_softmax(Z, -1)).sum((1, 2)) / m
        with torch.no_grad():
            before = torch.stack([torch.zeros_like(states[0]), *states[:-1]])
            S = torch.cat([self.X, torch.ones(T, m, 1, dtype=DOUBLE), before], dim=2)
        return S.transpose(1, 2).contiguous(), losses, perturbations


class LstmPeer(Peer):
    """The same of an LSTM."""

    module = torch.nn.LSTM

    @property
    def steps(self) -> list[Callable[[], object]]:
        """The ways to train; a bar is held against the first."""
        return [self.step_in_cpp, self.step_hoisted]

    @property
    def all_terms(self) -> list[Callable[[], object]]:
        """The ways to every term."""
        return [self.terms, self.terms_batched]

    def terms_batched(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Every term, from the gradients of all losses at once."""
        S, losses, perturbations = self._graph()
        unit = torch.eye(len(losses), dtype=DOUBLE)
        D = torch.stack(torch.autograd.grad(losses, perturbations, unit, is_grads_batched=True), dim=1)
        return torch.matmul(S, D), D

    def _loop(self, inputs, Wh1) -> list[torch.Tensor]:
        n = len(Wh1)
        h = c = torch.zeros(len(inputs[0]), n, dtype=DOUBLE)
        states = []
        for a in inputs:
            gates = torch.addmm(a, h, Wh1)
            enter, forget, leave = torch.sigmoid(gates[:, : 3 * n]).chunk(3, 1)
            c = torch.addcmul(forget * c, enter, torch.tanh(gates[:, 3 * n :]))
            h = leave * torch.tanh(c)
            states.append(h)
        return states


def pair(size: Size) -> tuple[Ours, Peer]:
    """The same network and data for both."""
    architecture = Architecture(size.n0, size.n1, size.n2, cell=size.cell)
    parameters = initialise(architecture, seed=0, scheme="orthogonal")
    stream = np.random.default_rng(1)
    X = stream.standard_normal((size.T, size.m, size.n0))
    Y = np.eye(size.n2)[stream.integers(size.n2, size=(size.T, size.m))]
    return Ours(architecture, parameters, X, Y), (Peer if size.cell == "plain" else LstmPeer)(parameters, X, Y)


def check(size: Size, ours: Ours, peer: Peer) -> None:
    """Both compute the same, before anything is timed."""
    for mine, hoisted in zip(ours.step(), peer.step_hoisted(), strict=True):
        np.testing.assert_allclose(mine, hoisted.numpy(), rtol=1e-9, atol=1e-12)
    if size.cell == "plain":
        peer.step_plain()
        for mine, plain in zip(ours.step(), peer.trained, strict=True):
            np.testing.assert_allclose(mine, plain.detach().numpy(), rtol=1e-9, atol=1e-12)
    if size.T > 100:
        return
    mine = ours.terms().terms
    for way in peer.all_terms:
        np.testing.assert_allclose(mine["Wh1"], way()[0].numpy()[:, :, size.n0 + 1 :], rtol=1e-9, atol=1e-12)
    for way in (peer.norms_of_rows, peer.norms_by_gram):
        np.testing.assert_allclose(ours.norms()["W1"], way()[0].numpy(), rtol=1e-6, atol=1e-12)


def medians(ways: list[Callable[[], object]]) -> list[float]:
    """Median processor seconds of a call of each.

    The ways take turns, so that all see the same machine; a turn is as many calls as fill some milliseconds,
    so that each is seen at the pace it has when it is called again and again, as in training. With one
    thread, processor time is what an idle machine takes.
    """
    counts = [calls_in_a_turn(way) for way in ways]
    start, rounds = time.perf_counter(), []
    while not rounds or (len(rounds) < ROUNDS and time.perf_counter() - start < LIMIT_SECONDS):
        rounds.append([seconds_of(way, count) for way, count in zip(ways, counts, strict=True)])
    return [statistics.median(turns) for turns in zip(*rounds, strict=True)]


def calls_in_a_turn(way: Callable[[], object]) -> int:
    """How many calls fill a turn; the first call, which warms up, decides alone where one fills it."""
    if seconds_of(way, 1) > SAMPLE_SECONDS:
        return 1
    return max(1, round(SAMPLE_SECONDS / max(seconds_of(way, 3), 1e-6)))


def seconds_of(way: Callable[[], object], count: int) -> float:
    """Mean processor seconds of `count` calls, each result dropped before the next."""
    before = time.process_time()
    for _ in range(count):
        way()
    return (time.process_time() - before) / count


def compare(name: str, size: Size) -> None:
    """Print a line for each operation and way of the peer: both times, the ratio, and the bar."""
    ours, peer = pair(size)
    check(size, ours, peer)
    table = {
        "step": (ours.step, peer.steps),
        "terms": (ours.terms, [] if size.is_too_large else peer.all_terms),
        "norms": (ours.norms, [peer.norms_of_rows, peer.norms_by_gram]),
    }
    for (operation, (mine, theirs)), bar in zip(table.items(), size.bars, strict=True):
        if theirs:
            times = medians([mine, *theirs])
            report(name, operation, [way.__name__ for way in theirs], times, bar)


def report(name: str, operation: str, ways: list[str], times: list[float], bar: float | None) -> None:
    """Print the ratios; the bar of a step is for the plain loop, of norms for the faster way."""
    mine, *theirs = times
    held = theirs[0] if operation == "step" else min(theirs)
    for way, seconds in zip(ways, theirs, strict=True):
        aim = f"bar {bar}" if bar and seconds == held else ""
        ours, peers = f"{mine * 1e3:10.3f} ms", f"{way:14}{seconds * 1e3:10.3f} ms"
        print(f"{name:11}{operation:6}{ours}  {peers} {seconds / mine:7.2f}x  {aim}")
    sys.stdout.flush()


def main(names: list[str]) -> None:
    """Compare at the named sizes, or at all."""
    torch.set_num_threads(1)
    print(f"numpy {np.__version__}, torch {torch.__version__}, one thread each: ours, PyTorch's, times as fast")
    for name in names or SIZES:
        compare(name, SIZES[name])


if __name__ == "__main__":
    main(sys.argv[1:])
