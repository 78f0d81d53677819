"""How much of an error arrives how far back, and what theory says about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.settings import LABELS
from rnnviz.story.numbers import four, steps_back

VANISHED, EXPLODED = 1e-2, 1e1
"""Shares beyond which the words "vanishes" and "explodes" are used."""


@dataclass(frozen=True, eq=False)
class Lags:
    """‖∂L_t/∂H_k‖ / ‖∂L_t/∂H_t‖ by lag t − k, and what theory says about it.

    Attributes
    ----------
    lag : ndarray of int, shape (T,)
    last : ndarray, shape (T,)
        For the loss at T − 1.
    low, high : ndarray, shape (T,)
        Smallest and largest over all steps with a loss; NaN where there is none.
    bound : ndarray, shape (T,)
        (γ σ_max)^lag: never exceeded (Pascanu et al. 2013).
    trend : ndarray, shape (T,)
        ρ^lag: the long-run rate of the powers of Wh1 alone, no bound.
    stretch : float
        γ σ_max: no step can stretch an error by more.
    """

    lag: np.ndarray
    last: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bound: np.ndarray
    trend: np.ndarray
    stretch: float


def lags(flow: np.ndarray, gamma: float, spectral_norm: float, spectral_radius: float) -> Lags:
    """Return the shares that are left after each lag, with the bound and the long-run rate.

    Parameters
    ----------
    flow : ndarray, shape (T, T)
        ‖∂L_t/∂H_k‖ at ``[t, k]``, NaN above the diagonal and where there is no loss.
    gamma : float
        The largest slope of the activation.
    spectral_norm, spectral_radius : float
        Largest singular value and largest |eigenvalue| of Wh1.
    """
    T = len(flow)
    shares = np.full((T, T), np.nan)
    for t in np.flatnonzero(np.nan_to_num(np.diagonal(flow)) > 0):
        shares[: t + 1, t] = flow[t, t::-1] / flow[t, t]
    lag = np.arange(T)
    with np.errstate(over="ignore", under="ignore"):
        bound, trend = (gamma * spectral_norm) ** lag, spectral_radius**lag
    low, high = (np.array([_edge(row, pick) for row in shares]) for pick in (np.min, np.max))
    return Lags(lag, shares[:, T - 1], low, high, bound, trend, gamma * spectral_norm)


def _edge(row: np.ndarray, pick: object) -> float:
    present = row[~np.isnan(row)]
    return float(pick(present)) if present.size else np.nan


def flow_sentence(found: Lags) -> str:
    """Say how much of the last error arrives at the first step, and whether it had to be so."""
    back, left = len(found.lag) - 1, float(found.last[-1])
    if back == 0:
        return "With a single step there is no way back: the gradient is immediate."
    if np.isnan(left):
        return "The last loss sends no error to its own state, so there is nothing to follow back."
    steps = "one step" if back == 1 else f"{back} steps"
    verdict, reason = _verdict(left), _reason(left, found.stretch)
    return (
        f"The error of the last loss {verdict}: {steps} back, **{four(left)}** of its length is left "
        f"in the first state, {reason}."
    )


def _verdict(left: float) -> str:
    if left == 0:
        return "**is gone**"
    return "**vanishes**" if left < VANISHED else "**explodes**" if left > EXPLODED else "**is carried**"


def _reason(left: float, stretch: float) -> str:
    bound = f"γ σ_max = {four(stretch)}"
    if left == 0:
        return "exactly, in double precision"
    if left < VANISHED:
        return (
            f"as it had to: {bound} is below 1" if stretch < 1 else f"though {bound} would have allowed more"
        )
    return f"and {bound} allows it" if stretch >= 1 else f"within what {bound} allows"


def with_loss(terms: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Return the norms of the terms with NaN in the rows of steps that have no loss, as in ``flow``."""
    return np.where(np.isnan(np.diagonal(flow))[:, None], np.nan, terms)


def zero_sentence(norms: np.ndarray) -> str:
    """Say how many of the drawn norms are exactly 0: they have no place on a log scale."""
    reachable = np.tri(*norms.shape, dtype=bool) & ~np.isnan(norms)
    zeros, count = int(np.sum(norms[reachable] == 0)), int(reachable.sum())
    if zeros == 0:
        return f"None of the {count} norms is exactly 0."
    return f"Grey: {zeros} of the {count} norms are exactly 0, for which a log scale has no place."


def terms_sentence(norms: np.ndarray, parameter: str) -> str:
    """Say where the longest term of a parameter comes from, and how the one from furthest back compares.

    Parameters
    ----------
    norms : ndarray, shape (T, T)
        NaN in the rows of steps without a loss.
    parameter : str
    """
    name = LABELS[parameter]
    by_lag = np.array([np.nan_to_num(np.diagonal(norms, -lag)).max() for lag in range(len(norms))])
    present = np.flatnonzero(by_lag > 0)
    if present.size == 0:
        return f"Every term of {name} is exactly 0: nothing is learned from these data."
    largest, furthest = int(by_lag.argmax()), int(present[-1])
    text = f"The longest term of {name} lies {steps_back(largest)}, with length **{four(by_lag[largest])}**"
    if furthest == largest:
        return text + "; no other reaches further back."
    return text + f"; from furthest away, {steps_back(furthest)}, comes **{four(by_lag[furthest])}**."
