"""What is left of an error after each lag, and which lags and losses the gradient comes from."""

from dataclasses import dataclass

import numpy as np

from rnnviz.experiment.flow import bound
from rnnviz.notation.numbers import low

MOST_BANDS = 8
"""More bands of one colour can no longer be told apart."""


@dataclass(frozen=True, eq=False)
class Left:
    """‖∂L_t/∂H_k‖ / ‖∂L_t/∂H_t‖ by lag t − k, as (T,) arrays; of an LSTM by the whole state, H and C.

    Over all samples and all steps with a loss, NaN where there is none.
    """

    lag: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    far: int  # the last step whose loss sends an error to its own state, and so the longest lag; −1 where none does

    @property
    def spread(self) -> float:
        """The largest factor between two losses or samples at one lag; infinite beside 0 and infinity."""
        with np.errstate(all="ignore"):
            return float(np.nanmax(self.high / self.low, initial=1.0))


@dataclass(frozen=True, eq=False)
class Lags(Left):
    """What is left in a plain cell, and what theory says about it.

    The bound is (γ σₘₐₓ)^lag, never exceeded (Pascanu et al. 2013), with room for the rounding of the products. The
    trend is ρ^lag, ρ the rate of the powers of Wh1: ‖Wh1^p‖^(1/p) tends to it (Gelfand 1941); it is no bound.
    """

    bound: np.ndarray
    trend: np.ndarray
    stretch: float  # γ σₘₐₓ: no step can stretch an error by more


@dataclass(frozen=True, eq=False)
class Paths(Left):
    """What is left in a gated cell, and what came along its direct path alone: the median of that, (T,)."""

    direct: np.ndarray


def lags(flow: np.ndarray, gamma: float, spectral_norm: float, spectral_radius: float) -> Lags:
    """Return the shares that are left after each lag, with the bound and the long-run rate.

    ``flow``, (T, T) or (T, T, m), holds ‖∂L_t/∂H_k‖ at ``[t, k]``, of every sample; NaN above the diagonal
    and where there is no loss. ``gamma`` is the largest slope of the activation.
    """
    left, stretch = _left(flow), gamma * spectral_norm
    return Lags(*left, bound(stretch, left[0]), spectral_radius ** left[0], stretch)


def paths(flow: np.ndarray, direct: np.ndarray) -> Paths:
    """Return the shares that are left after each lag; ``direct`` holds what ``flow`` does, along the direct path."""
    return Paths(*_left(flow), _left(direct)[1])


@np.errstate(all="ignore")
def _left(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Return what a `Left` holds."""
    flow = flow.reshape(*flow.shape[:2], -1)
    lag, own = np.arange(len(flow)), np.diagonal(flow).T
    # An error that overflows on its way counts as infinite; where that cannot be told the share is NaN.
    shares = ((np.diagonal(flow, -back).T / own[back:])[own[back:] > 0] for back in lag)
    median, low, high = np.array([_middle_and_ends(each) for each in shares]).T
    sends = np.flatnonzero((own > 0).any(axis=1)) if np.isfinite(flow[-1]).all() else lag
    return lag, median, low, high, int(sends.max(initial=-1))


def _middle_and_ends(values: np.ndarray) -> tuple[float, float, float]:
    """Return median, smallest and largest; NaN of no values, and where one is NaN."""
    return (np.median(values), values.min(), values.max()) if values.size else (np.nan, np.nan, np.nan)


@dataclass(frozen=True, eq=False)
class ByLag:
    """Shares (T,) of the gradient of one parameter by lag t − k; all of them sum to 1.

    The positive shares of the terms of a lag go along the gradient, the negative ones against it; ``reached``
    is the share of all terms up to and with a lag: what a window of lag + 1 steps keeps.
    """

    along: np.ndarray
    against: np.ndarray
    reached: np.ndarray


def shares_by_lag(shares: np.ndarray) -> ByLag:
    """Gather the shares (T, T) of the terms (t, k) by their lag."""
    along, against = (
        np.array([side(np.diagonal(shares, -lag), 0).sum() for lag in range(len(shares))])
        for side in (np.maximum, np.minimum)
    )
    return ByLag(along, against, np.cumsum(along + against))


PATH_NAMES = ("direct path", "through gates and candidates")


def by_path(found: ByLag, direct: ByLag) -> np.ndarray:
    """Return the share of each lag that came along the direct path, and that of the rest, (2, T)."""
    whole, alone = (each.along + each.against for each in (found, direct))
    return np.array([alone, whole - alone])


def within(found: ByLag, share: float) -> int:
    """Return the smallest lag from which on less than 1 − ``share`` is missing, and stays so."""
    missing = np.flatnonzero(np.abs(1 - found.reached) > 1 - share)
    return int(missing[-1]) + 1 if missing.size else 0


@dataclass(frozen=True, eq=False)
class Bands:
    """The errors that reach each state, in bands of the losses that they came from.

    A band is named by its loss steps; its row of ``values`` (bands, T) is what it adds to ‖∂L/∂H_k‖, negative
    where it pulls against the others.
    """

    names: tuple[str, ...]
    values: np.ndarray


def bands(contributions: np.ndarray) -> Bands:
    """Gather rows (t) of ``contributions`` (T, T) into at most `MOST_BANDS` bands of neighbouring losses."""
    present = np.flatnonzero(contributions.any(axis=1))
    groups = np.array_split(present, min(MOST_BANDS, len(present))) if present.size else []
    ends = (dict.fromkeys((int(group[0]), int(group[-1]))) for group in groups)
    names = tuple(" to ".join(f"L{low(step)}" for step in each) for each in ends)
    sums = [contributions[group].sum(axis=0) for group in groups]
    return Bands(names, np.array(sums).reshape(len(groups), len(contributions)))
