"""Sums of terms by row, by column and by lag, in one sweep that holds no other term than those asked for.

With D[t, k] = ∂L_t/∂A_k and S_k = [X_k | 1 | H_{k-1}] a term is S_kᵀ D[t, k]; a sum of terms of one source
step is one product, S_kᵀ Σ_t D[t, k]. So all sums need the D of one source step at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, step_losses_and_logit_gradient
from .forward import Trace
from .sweeps import Source, by_source
from .truncations import end_of_reach
from .validation import checked_step, checked_truncation


@dataclass(frozen=True, eq=False)
class TermSums:
    """Sums of the kept terms, and some terms of their own; all arrays have the parameter's shape.

    Attributes
    ----------
    terms : dict of arrays
        (parameter, t, k): the terms that were asked for, kept or not.
    rows, columns, lags : dict of arrays
        (parameter, t): ∂L_t/∂θ; (parameter, k): what the backward loop adds at step k; (parameter, t − k).
        Sums over the terms that the truncation keeps, at the steps and lags that were asked for.
    totals, cut : dict of arrays
        By parameter: the sum of all kept terms, and of those that the truncation leaves out.
    """

    terms: dict[tuple[str, int, int], np.ndarray] = field(default_factory=dict)
    rows: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    columns: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    lags: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    totals: dict[str, np.ndarray] = field(default_factory=dict)
    cut: dict[str, np.ndarray] = field(default_factory=dict)


@np.errstate(all="ignore")
def term_sums(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    Y: np.ndarray,
    steps: Sequence[int],
    truncation: int | None = None,
    truncation_kind: str = "window",
) -> TermSums:
    """Add up the terms of these steps by row and column, and by all lags between two of them.

    For P steps the sums hold P² + 4 P times the parameters at most, and while made as much as `forward` does.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    T = len(trace.X)
    steps = sorted({checked_step("steps", step, T) for step in steps})
    reach = checked_truncation(truncation, truncation_kind, T)
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    found, sweep = TermSums(), _Sums(architecture, trace, steps, reach, truncation_kind)
    for source in by_source(architecture, parameters, trace, dZ):
        sweep.add(source)
    n0 = trace.X.shape[2]
    for name, which in {"W1": slice(n0), "b1": n0, "Wh1": slice(n0 + 1, None)}.items():
        _name(found, sweep, name, which)
    _output_sums(found, architecture, trace, dZ, steps)
    return found


class _Sums:
    """Adds up stacks [W1; b1; Wh1] of terms, source step by source step."""

    def __init__(self, architecture: Architecture, trace: Trace, steps: list[int], reach: int, kind: str) -> None:
        self.trace, self.reach, self.kind = trace, reach, kind
        (T, _, n0), n1 = trace.X.shape, trace.H.shape[2]
        self.total, self.cut = np.zeros((2, n0 + 1 + n1, n1))
        self.losses = [t for t in steps if t >= architecture.first_loss_step(T)]
        self.terms: dict[tuple[int, int], np.ndarray] = {}
        self.columns = {k: np.zeros_like(self.total) for k in steps}
        self.rows = {t: np.zeros_like(self.total) for t in steps}
        self.lags = {t - k: np.zeros_like(self.total) for t in steps for k in steps if k <= t}

    def add(self, source: Source) -> None:
        """Add what ends at one source step."""
        k, first, deltas = source.k, source.first, source.deltas
        S, end = self._inputs(k), min(len(self.trace.H), end_of_reach(k, self.reach, self.kind))
        kept = range(first, end)
        column = S @ deltas[: len(kept)].sum(axis=0) if kept else np.zeros_like(self.total)
        self.total += column
        if end < len(self.trace.H):
            self.cut += S @ deltas[len(kept) :].sum(axis=0)
        if k in self.columns:
            self.columns[k] += column
        self._add_terms(source, S, kept)

    def _add_terms(self, source: Source, S: np.ndarray, kept: range) -> None:
        k, first, deltas = source.k, source.first, source.deltas
        for t in self.losses:
            if t >= k and (k in self.columns or t in kept):
                term = S @ deltas[t - first]
                if k in self.columns:
                    self.terms[t, k] = term
                if t in kept:
                    self.rows[t] += term
        for lag, added in self.lags.items():
            if k + lag in kept:
                at = self.terms.get((k + lag, k))
                added += S @ deltas[k + lag - first] if at is None else at

    def _inputs(self, k: int) -> np.ndarray:
        """S_kᵀ."""
        trace = self.trace
        before = trace.H[k - 1] if k else trace.H_init
        return np.concatenate([trace.X[k], np.ones((len(before), 1)), before], axis=1).T


def _name(found: TermSums, sweep: _Sums, name: str, which: slice | int) -> None:
    """Take one parameter's part of each stack, as an array of its own: a view would hold the whole stack."""
    found.totals[name], found.cut[name] = sweep.total[which].copy(), sweep.cut[which].copy()
    found.terms.update({(name, *at): stack[which].copy() for at, stack in sweep.terms.items()})
    for sums, stacks in ((found.rows, sweep.rows), (found.columns, sweep.columns), (found.lags, sweep.lags)):
        sums.update({(name, at): stack[which].copy() for at, stack in stacks.items()})


def _output_sums(found: TermSums, architecture: Architecture, trace: Trace, dZ: np.ndarray, steps: list[int]) -> None:
    """W2 and b2 have no path through time: one term for each loss, at k = t and lag 0."""
    read, first = trace.H[-len(dZ) :], architecture.first_loss_step(len(trace.X))
    parts = {
        "W2": (np.tensordot(read, dZ, ((0, 1), (0, 1))), lambda row: read[row].T @ dZ[row]),
        "b2": (dZ.sum(axis=(0, 1)), lambda row: dZ[row].sum(axis=0)),
    }
    for name, (total, of_row) in parts.items():
        found.totals[name] = found.lags[name, 0] = total
        found.cut[name] = np.zeros_like(total)
        for t in steps:
            own = of_row(t - first) if t >= first else np.zeros_like(total)
            found.rows[name, t] = found.columns[name, t] = found.terms[name, t, t] = own
