"""How gradients travel through time: adjoints, Jacobian products and their bound."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Attribution, adjoint_norms, attribution, direct_path_terms, hidden_slope, singular_values
from rnnviz.engine.activations import HIDDEN
from rnnviz.engine.jacobians import step_jacobians
from rnnviz.engine.progress import tracked
from rnnviz.engine.reductions import norm
from rnnviz.engine.values import checked_step

from .core import Experiment, decomposition, loss_steps, norms_of_terms

_SINGULAR_VALUES = 400_000
"""How many thousand multiplications a map of Jacobians may cost: about half a second."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Wh1's spectral `radius` (largest |eigenvalue|) and spectral `norm` (σₘₐₓ), and `gamma` = max |f₁′|."""

    radius: float
    norm: float
    gamma: float
    eigenvalues: np.ndarray
    singular_values: np.ndarray


def spectrum(experiment: Experiment) -> Spectrum:
    """Eigenvalues and singular values of a plain cell's Wh1, largest first."""
    if experiment.architecture.cell != "plain":
        raise ValueError(f"cell: got {experiment.architecture.cell!r}, expected 'plain', whose Wh1 alone is square")
    Wh1 = experiment.parameters.Wh1
    eigenvalues = np.linalg.eigvals(Wh1)
    eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    stretches = singular_values(Wh1)
    gamma = HIDDEN[experiment.architecture.hidden_activation].max_slope
    return Spectrum(float(np.abs(eigenvalues[0])), float(stretches[0]), gamma, eigenvalues, stretches)


def gradient_flow(experiment: Experiment) -> np.ndarray:
    """‖∂L_t/∂H_k‖ (T, T) over batch and units; NaN above the diagonal and in rows without a loss."""
    norms = adjoint_norms(*experiment.problem)
    norms[~_reached(experiment)] = np.nan
    return norms


def attributed(experiment: Experiment, directly: bool = False) -> Attribution:
    """What each loss sends to each step; the norms of the samples NaN where `gradient_flow` is."""
    found = attribution(*experiment.problem, directly=directly)
    found.sample_norms[~_reached(experiment)] = np.nan
    return found


def terms_of_losses(experiment: Experiment) -> dict[str, np.ndarray]:
    """Frobenius norms (T, T) of the terms of W1, Wh1 and b1, NaN where `gradient_flow` is."""
    reached = _reached(experiment)
    return {name: np.where(reached, norms, np.nan) for name, norms in norms_of_terms(experiment).items()}


def terms_by_path(experiment: Experiment) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | None:
    """Norms as `terms_of_losses`, of what came along the direct path and of the rest; None where that is too much."""
    whole, reached = decomposition(experiment), _reached(experiment)
    if whole is None:
        return None
    direct = direct_path_terms(*experiment.problem)
    rest = {name: whole.terms[name] - terms for name, terms in direct.items()}
    one, other = (
        {
            name: np.where(reached, np.sqrt((terms**2).sum(axis=tuple(range(2, terms.ndim)))), np.nan)
            for name, terms in each.items()
        }
        for each in (direct, rest)
    )
    return one, other


def _reached(experiment: Experiment) -> np.ndarray:
    """(T, T) bool: the pairs (t, k) with a loss at t and a way back to k."""
    there = np.tri(experiment.config.steps, dtype=bool)
    there[[t for t in range(len(there)) if t not in loss_steps(experiment.architecture, experiment.trace)]] = False
    return there


def drawn_steps(experiment: Experiment) -> np.ndarray:
    """The steps t and k at which a map of Jacobians is computed: all, or evenly spaced ones to the last.

    Singular values cost s³ each, so a large network gets a coarser map; every number on it is exact.
    """
    T, s = experiment.config.steps, experiment.architecture.layer.state_size
    most = max(25, int(np.sqrt(2 * _SINGULAR_VALUES / s**3 * 1e3)))
    every = -(-T // most)
    return np.arange((T - 1) % every, T, every)


def jacobian_norms(
    experiment: Experiment, sample: int = 0, steps: Sequence[int] | np.ndarray | None = None
) -> np.ndarray:
    """‖∂H_t/∂H_k‖₂ of one sample, for t and k of these ascending steps: 1 on the diagonal, NaN above it.

    Of an LSTM by the whole state, H and C. One that overflowed is NaN as well.
    """
    one = jacobians_of_steps(experiment, sample)
    T, s, _ = one.shape
    drawn = list(range(T) if steps is None else steps)
    row, norms = np.empty((0, s, s)), np.full((len(drawn), len(drawn)), np.nan)
    for t in tracked(range(drawn[0], T)):
        row = one[t] @ row
        if t in drawn:
            row = np.concatenate([row, np.eye(s)[None]])
            finite = np.flatnonzero(np.isfinite(row).all(axis=(1, 2)))
            norms[len(row) - 1, finite] = singular_values(row[finite])[:, 0]
    return norms


def jacobians_of_steps(experiment: Experiment, sample: int, directly: bool = False) -> np.ndarray:
    """(T, s, s) array: one sample's ∂H_t/∂H_{t-1}, or what of it goes along the direct path of a gated cell."""
    network = experiment.architecture, experiment.parameters, experiment.trace
    return step_jacobians(*network, checked_step("sample", sample, experiment.task.X.shape[1]), directly)


def sample_slopes(experiment: Experiment, sample: int) -> np.ndarray:
    """f₁′(A_t) of one sample of a plain cell: (T, n1); ValueError if the batch has no such sample."""
    checked_step("sample", sample, experiment.task.X.shape[1])
    return hidden_slope(experiment.architecture, experiment.trace)[:, sample]


KEEPING = {"gru": "update", "lstm": "forget"}
"""The gate of each cell that keeps what was there before: z of H, f of C."""


def gates(experiment: Experiment) -> dict[str, np.ndarray]:
    """The gates and the candidate of a gated cell by their names, (T, m, n1) each; none of a plain one."""
    blocks, values = experiment.architecture.layer.blocks, experiment.trace.gates
    return {} if values is None else dict(zip(blocks, np.split(values, len(blocks), axis=2), strict=True))


def length_of_gradient(experiment: Experiment) -> dict[str, float]:
    """Frobenius norm of ∂L/∂θ for each parameter."""
    with np.errstate(over="ignore", invalid="ignore"):
        return {name: norm(values) for name, values in experiment.backward.gradients._asdict().items()}


VANISHED, EXPLODED, GROWN = 1e-2, 1e1, 1.5
"""Shares beyond which the words "vanishes", "explodes" and "grows" are used."""
_ROUNDING = 200 * np.finfo(float).eps
"""What a step of a product may lose or win by rounding, with up to 64 units."""


def bound(stretch: float, lag: np.ndarray) -> np.ndarray:
    """Return stretch^lag, the bound of what is left, with room for rounding and for underflow."""
    with np.errstate(over="ignore", under="ignore"):
        powers = (stretch * (1 + _ROUNDING)) ** lag
    return powers if stretch == 0 else np.maximum(powers, np.finfo(float).tiny)
