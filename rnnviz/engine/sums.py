"""Sums of terms, in one sweep that holds no other term than those asked for: by row, column, lag and truncation.

With D[t, k] = ∂L_t/∂A_k and S_k = [X_k | 1 | H_{k-1}] a term is S_kᵀ D[t, k]; a sum of terms of one source step is one
product, S_kᵀ Σ_t D[t, k]. So all sums need the D of one source step, or of one lag, at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_losses, direct_adjoints
from .decomposition import output_terms
from .forward import Trace
from .reductions import as_rows
from .stacks import by_parameter, stacked_inputs
from .sweeps import Source, by_lag, by_source
from .values import TRUNCATIONS, checked_step, checked_truncation, end_of_reach


@np.errstate(all="ignore")
def loss_step_terms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, t: int
) -> dict[str, np.ndarray]:
    """The terms of one loss L_t, (T,) + θ.shape for all five parameters: [k] = term(t, k), zero for k > t.

    W2 and b2 have no path through time: only [t] is not 0. Memory grows as T, not as T².
    """
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y)
    t = checked_step("t", t, len(trace.X))
    S, read = stacked_inputs(architecture, trace), output_terms(trace, dZ)
    sources = [source.deltas[0].copy() for source in by_source(architecture, parameters, trace, dZ, range(t, t + 1))]
    D = np.concatenate([sources[::-1], np.zeros((len(S) - t - 1, *sources[0].shape))])
    for terms in read.values():
        terms[np.arange(len(terms)) != t] = 0.0
    return by_parameter(np.matmul(S.swapaxes(1, 2), D), architecture) | read


@np.errstate(all="ignore")
def lag_gradients(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> Parameters:
    """Add up the terms (t, k) of each lag t - k: (T,) + θ.shape, [lag] = Σ_t term(t, t - lag).

    Their sum over all lags is ∂L/∂θ, that over lag < τ the gradient truncated to a window of τ steps. W2 and b2 have
    lag 0 only.
    """
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y)
    S, back = stacked_inputs(architecture, trace), architecture.layer.back(parameters, trace)
    stacks, direct = np.zeros((len(S), S.shape[2], back.columns)), direct_adjoints(parameters, trace, dZ)
    for lag, first, _, deltas in by_lag(direct, architecture.first_loss_step(len(S)), back):
        stacks[lag] = as_rows(S[first : first + len(deltas)]).T @ as_rows(deltas)
    read = output_terms(trace, dZ)
    for terms in read.values():
        terms[0] = terms.sum(axis=0)
        terms[1:] = 0.0
    return Parameters(**by_parameter(stacks, architecture), **read)


@np.errstate(all="ignore")
def truncated_gradients(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, lengths: Sequence[int]
) -> dict[str, Parameters]:
    """The gradients of `backward`, "window" and "chunk", (S,) + θ.shape: [i] is truncated to ``lengths[i]``.

    What a truncation leaves at source step k is the sum of the terms (t, k) of the losses from k up to some step, which
    depends on kind and length: every truncation picks the one of these running sums that it keeps. W2 and b2 are cut by
    none and so the same for all.
    """
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y)
    reaches = np.array([checked_truncation(each, "window", len(trace.X)) for each in lengths], dtype=int)
    S, k = stacked_inputs(architecture, trace).swapaxes(1, 2), np.arange(len(trace.X))
    ends = np.minimum([end_of_reach(k, reaches[:, None], kind) for kind in TRUNCATIONS], len(k)).reshape(-1, len(k))
    stacks = np.zeros((len(ends), S.shape[1], architecture.layer.columns))
    for source in by_source(architecture, parameters, trace, dZ, running=True):
        sums, places = np.matmul(S[source.k], source.deltas), ends[:, source.k] - 1 - source.first
        if places.min(initial=0) >= 0:
            stacks += sums.take(places, axis=0)
        else:  # the losses of some truncations end before the first one
            some = np.flatnonzero(places >= 0)
            stacks[some] += sums[places[some]]
    read = {name: terms.sum(axis=0) for name, terms in output_terms(trace, dZ).items()}
    read = {name: np.broadcast_to(total, (len(reaches), *total.shape)) for name, total in read.items()}
    parts = zip(TRUNCATIONS, np.split(stacks, 2), strict=True)
    return {kind: Parameters(**by_parameter(stack, architecture), **read) for kind, stack in parts}


@dataclass(frozen=True, eq=False)
class TermSums:
    """Sums of the kept terms, and some terms of their own; all arrays have the parameter's shape.

    `terms` by (parameter, t, k) are those that were asked for, kept or not. Sums over the terms that the truncation
    keeps, at the steps and lags that were asked for: `rows` by (parameter, t) are ∂L_t/∂θ, `columns` by (parameter, k)
    what the backward loop adds at step k, `lags` by (parameter, t − k). `totals` and `cut` by parameter are the sum of
    all kept terms, and of those that the truncation leaves out.
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
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y)
    T = len(trace.X)
    steps = sorted({checked_step("steps", step, T) for step in steps})
    reach = checked_truncation(truncation, truncation_kind, T)
    sweep = _Sums(architecture, trace, steps, reach, truncation_kind)
    for source in by_source(architecture, parameters, trace, dZ):
        sweep.add(source)
    found = sweep.found()
    for name, terms in output_terms(trace, dZ).items():
        found.totals[name] = found.lags[name, 0] = terms.sum(axis=0)
        found.cut[name] = np.zeros(terms.shape[1:])
        for t in steps:
            found.rows[name, t] = found.columns[name, t] = found.terms[name, t, t] = terms[t].copy()
    return found


class _Sums:
    """Adds up stacks [W1; b1; Wh1] of terms, source step by source step."""

    def __init__(self, architecture: Architecture, trace: Trace, steps: list[int], reach: int, kind: str) -> None:
        self.architecture, self.reach, self.kind = architecture, reach, kind
        self.S, T = stacked_inputs(architecture, trace).swapaxes(1, 2), len(trace.X)
        self.total, self.cut = np.zeros((2, self.S.shape[1], architecture.layer.columns))
        self.losses = [t for t in steps if t >= architecture.first_loss_step(T)]
        self.terms: dict[tuple[int, int], np.ndarray] = {}
        self.columns = {k: np.zeros_like(self.total) for k in steps}
        self.rows = {t: np.zeros_like(self.total) for t in steps}
        self.lags = {t - k: np.zeros_like(self.total) for t in steps for k in steps if k <= t}

    def add(self, source: Source) -> None:
        """Add what ends at one source step."""
        k, first, deltas, T, S = source.k, source.first, source.deltas, len(self.S), self.S[source.k]
        kept = range(first, min(T, end_of_reach(k, self.reach, self.kind)))
        column = S @ deltas[: len(kept)].sum(axis=0)
        self.total += column
        if first + len(kept) < T:
            self.cut += S @ deltas[len(kept) :].sum(axis=0)
        if k in self.columns:
            self.columns[k] += column
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

    def found(self) -> TermSums:
        """Each parameter's part of every stack, as an array of its own: a view would hold the whole stack."""
        found, architecture = TermSums(), self.architecture
        for sums, stacks in ((found.rows, self.rows), (found.columns, self.columns), (found.lags, self.lags)):
            for at, stack in stacks.items():
                sums.update({(name, at): part.copy() for name, part in by_parameter(stack, architecture).items()})
        for (t, k), stack in self.terms.items():
            found.terms.update({(name, t, k): part.copy() for name, part in by_parameter(stack, architecture).items()})
        found.totals.update({name: part.copy() for name, part in by_parameter(self.total, architecture).items()})
        found.cut.update({name: part.copy() for name, part in by_parameter(self.cut, architecture).items()})
        return found
