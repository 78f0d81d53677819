"""The engine against eager PyTorch, side by side in one process, one thread each, freshly allocated results.

Usage: ``python -m benchmarks.engine [SIZE …]``, from the root of the repository, where PyTorch is installed.

PyTorch is given its fast way and not a straw man. A training step is timed both with ``torch.nn.RNN``, whose loop
runs in C++, and with a loop over the steps, and the faster counts. For the terms one gradient of each loss is taken
to zero perturbations of all pre-activations, which is D[t, k] for a whole row; batched products then give the terms.
For the norms the faster of two ways counts, terms of one row at a time or Gram matrices.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from rnnviz.engine import Architecture, Parameters, backward, decompose, forward, initialise, term_norms

RATE = 0.01
SECONDS = 2.0


class Size(NamedTuple):
    """T, m, n0, n1, n2, and the ratios to reach for a step, the terms and the norms."""

    T: int
    m: int
    n0: int
    n1: int
    n2: int
    bars: tuple[float | None, float | None, float | None]


SIZES = {
    "tiny": Size(3, 1, 2, 3, 2, (None, None, None)),
    "small": Size(10, 8, 4, 8, 3, (9, 8, 8)),
    "medium": Size(50, 32, 16, 64, 10, (2.1, 3.5, 4.5)),
    "large": Size(200, 32, 32, 128, 32, (None, None, None)),
    "long": Size(1000, 1, 8, 32, 8, (None, None, None)),
}
LIMIT = 2e9


class Peer:
    """Eager PyTorch at one size: the same network, data and results as ours."""

    def __init__(self, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> None:
        self.X, self.Y = torch.tensor(X), torch.tensor(Y)
        self.parameters = [torch.tensor(p, requires_grad=True) for p in parameters]
        self.rnn = torch.nn.RNN(X.shape[2], len(parameters.b1), dtype=torch.float64)
        with torch.no_grad():
            for ours, theirs in zip(("W1", "Wh1", "b1"), self.rnn.parameters(), strict=False):
                theirs.copy_(torch.tensor(getattr(parameters, ours).T))
            self.rnn.bias_hh_l0.zero_()

    def loss(self, Z: torch.Tensor) -> torch.Tensor:
        """Σ_t of the losses averaged over the batch."""
        return -(self.Y * torch.log_softmax(Z, -1)).sum() / self.X.shape[1]

    def step_in_cpp(self) -> list[torch.Tensor]:
        """A training step through torch.nn.RNN."""
        W2, b2 = self.parameters[3:]
        H, _ = self.rnn(self.X)
        learned = [*self.rnn.parameters(), W2, b2]
        gradients = torch.autograd.grad(self.loss(H @ W2 + b2), learned)
        with torch.no_grad():
            return [p - RATE * g for p, g in zip(learned, gradients, strict=True)]

    def step_in_loop(self) -> list[torch.Tensor]:
        """A training step through a loop over time."""
        gradients = torch.autograd.grad(self.loss(self.states()[1]), self.parameters)
        with torch.no_grad():
            return [p - RATE * g for p, g in zip(self.parameters, gradients, strict=True)]

    def states(self, perturbations=None) -> tuple[list[torch.Tensor], torch.Tensor]:
        """All states and logits; a perturbation of each pre-activation may be added."""
        W1, Wh1, b1, W2, b2 = self.parameters
        if perturbations is not None:
            W1, Wh1, b1, W2, b2 = (p.detach() for p in self.parameters)
        inputs = (self.X @ W1 + b1).unbind()
        if perturbations is not None:
            inputs = [a + e for a, e in zip(inputs, perturbations, strict=True)]
        h, states = torch.zeros_like(inputs[0]), []
        for a in inputs:
            h = torch.tanh(a + h @ Wh1)
            states.append(h)
        return states, torch.stack(states) @ W2 + b2

    def rows(self):
        """S = [X | 1 | H before] for every step, transposed, and an iterator over the rows D[t, :t + 1]."""
        T, m, _ = self.X.shape
        perturbations = [torch.zeros(m, len(self.parameters[2]), dtype=torch.float64, requires_grad=True) for _ in range(T)]
        states, Z = self.states(perturbations)
        losses = -(self.Y * torch.log_softmax(Z, -1)).sum((1, 2)) / m
        with torch.no_grad():
            before = torch.stack([torch.zeros_like(states[0]), *states[:-1]])
            S = torch.cat([self.X, torch.ones(T, m, 1, dtype=torch.float64), before], dim=2)
        each = losses.unbind()

        def gradients():
            for t in range(T):
                yield t, torch.stack(torch.autograd.grad(each[t], perturbations[: t + 1], retain_graph=True))

        return S.transpose(1, 2).contiguous(), gradients()

    def terms(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Every term of [W1; b1; Wh1], and D."""
        S, gradients = self.rows()
        T, p, m = S.shape
        n1 = len(self.parameters[2])
        terms, D = torch.zeros(T, T, p, n1, dtype=torch.float64), torch.zeros(T, T, m, n1, dtype=torch.float64)
        for t, row in gradients:
            D[t, : t + 1] = row
            torch.bmm(S[: t + 1], row, out=terms[t, : t + 1])
        return terms, D

    def norms_of_rows(self) -> torch.Tensor:
        """Norms of every term, from the terms of one row at a time."""
        S, gradients = self.rows()
        n0, T = self.X.shape[2], len(S)
        norms = torch.zeros(3, T, T, dtype=torch.float64)
        for t, row in gradients:
            squares = torch.bmm(S[: t + 1], row).square_().sum(2)
            parts = squares[:, :n0].sum(1), squares[:, n0], squares[:, n0 + 1 :].sum(1)
            norms[:, t, : t + 1] = torch.stack(parts).sqrt_()
        return norms

    def norms_by_gram(self) -> torch.Tensor:
        """Norms of every term, from the m × m Gram matrices of its two factors."""
        S, gradients = self.rows()
        n0, T = self.X.shape[2], len(S)
        X, H = S[:, :n0], S[:, n0 + 1 :]
        grams = torch.stack([X.transpose(1, 2) @ X, torch.ones(T, S.shape[2], S.shape[2], dtype=X.dtype), H.transpose(1, 2) @ H])
        norms = torch.zeros(3, T, T, dtype=torch.float64)
        for t, row in gradients:
            gram = torch.bmm(row, row.transpose(1, 2))
            norms[:, t, : t + 1] = (grams[:, : t + 1] * gram).sum((2, 3)).clamp_(min=0).sqrt_()
        return norms


class Ours:
    """The engine at the same size, by its public functions."""

    def __init__(self, architecture: Architecture, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> None:
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


def pair(size: Size) -> tuple[Ours, Peer]:
    """The same network and data for both."""
    architecture = Architecture(size.n0, size.n1, size.n2)
    parameters = initialise(architecture, seed=0, scheme="orthogonal")
    stream = np.random.default_rng(1)
    X = stream.standard_normal((size.T, size.m, size.n0))
    Y = np.eye(size.n2)[stream.integers(size.n2, size=(size.T, size.m))]
    return Ours(architecture, parameters, X, Y), Peer(parameters, X, Y)


def check(size: Size, ours: Ours, peer: Peer) -> None:
    """Both compute the same before anything is timed."""
    W1, Wh1, b1 = peer.step_in_loop()[:3]
    step = ours.step()
    for mine, theirs in ((step.W1, W1), (step.Wh1, Wh1), (step.b1, b1)):
        np.testing.assert_allclose(mine, theirs.detach().numpy(), rtol=1e-9, atol=1e-12)
    if too_large(size):
        return
    mine, theirs = ours.terms().terms, peer.terms()[0].numpy()
    np.testing.assert_allclose(mine["Wh1"], theirs[:, :, size.n0 + 1 :], rtol=1e-9, atol=1e-12)
    norms = ours.norms()
    for way in (peer.norms_of_rows, peer.norms_by_gram):
        np.testing.assert_allclose(norms["W1"], way()[0].numpy(), rtol=1e-6, atol=1e-12)


def too_large(size: Size) -> bool:
    """Whether all terms together would pass two gigabytes."""
    return 8 * size.T**2 * size.n1 * (size.n0 + 1 + size.n1 + size.m) > LIMIT


def medians(ways: list[Callable[[], object]], seconds: float = SECONDS) -> list[float]:
    """Median processor seconds of each, called in turn; with one thread that is what an idle machine takes."""
    times: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds * len(ways) or len(times[0]) < 5:
        for way, record in zip(ways, times, strict=True):
            before = time.process_time()
            result = way()
            record.append(time.process_time() - before)
            del result
    return [statistics.median(record) for record in times]


def compare(name: str, size: Size) -> None:
    """Print one line an operation: our time, the peer's best time, how many times as fast, and the bar."""
    ours, peer = pair(size)
    check(size, ours, peer)
    table = {"step": (ours.step, peer.step_in_cpp, peer.step_in_loop)}
    if not too_large(size):
        table["terms"] = (ours.terms, peer.terms)
    table["norms"] = (ours.norms, peer.norms_of_rows, peer.norms_by_gram)
    bars = dict(zip(("step", "terms", "norms"), size.bars, strict=True))
    for operation, ways in table.items():
        mine, *theirs = medians(list(ways))
        best = min(theirs)
        bar = f"bar {bars[operation]}" if bars[operation] else ""
        print(f"{name:7} {operation:6} {mine * 1e3:10.3f} ms  {best * 1e3:10.3f} ms  {best / mine:6.2f}x  {bar}", flush=True)


def main(names: list[str]) -> None:
    """Compare at the named sizes, or at all."""
    torch.set_num_threads(1)
    print(f"numpy {np.__version__}, torch {torch.__version__}, one thread each; ours, PyTorch, ratio")
    for name in names or SIZES:
        compare(name, SIZES[name])


if __name__ == "__main__":
    main(sys.argv[1:])
