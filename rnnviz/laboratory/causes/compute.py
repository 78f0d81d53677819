"""Why an error grows or shrinks on its way back: two causes, each alone, and both together.

``∂H_t/∂H_k = J_t ⋯ J_{k+1}``. In the plain cell ``J_s = diag(f1'(A_s)) Wh1ᵀ``: with all slopes 1 the product is a power
of Wh1ᵀ; with the unit matrix in the place of Wh1 it is one of slopes, unit by unit. In a gated cell J_s is a sum: the
direct path, through the gate that keeps, and the rest, through gates and candidates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import singular_values
from rnnviz.experiment.core import Experiment, run
from rnnviz.experiment.flow import KEEPING, Spectrum, gates, jacobians_of_steps, sample_slopes, spectrum
from rnnviz.settings.config import PRESETS

SATURATED = 0.1
"""A unit whose slope is below this part of the largest one possible is called saturated."""


@dataclass(frozen=True, eq=False)
class Causes:
    """The way back from the last state of one sample, with its two causes apart.

    ``singular[lag]``, (T, n1), has all singular values of ∂H_{T-1}/∂H_{T-1-lag}, largest first; NaN where one is
    lost in the rounding of the product, or not finite.
    """

    singular: np.ndarray
    weights: np.ndarray  # (T,), the largest singular value of the power of Wh1 alone: every slope is 1
    slopes_alone: np.ndarray  # (T,), that of the slopes alone: Wh1 is the unit matrix
    slopes: np.ndarray  # (T, n1), f1'(A_t), as used
    own_slopes: np.ndarray  # those of the network as it is; the same unless they are held
    spectrum: Spectrum  # of Wh1

    @property
    def bound(self) -> float:
        """γ σₘₐₓ: no step can stretch an error by more."""
        return self.spectrum.gamma * self.spectrum.norm

    @property
    def saturated(self) -> np.ndarray:
        """(T,) array: the share of the units that are saturated at each step."""
        return (self.slopes < SATURATED * self.spectrum.gamma).mean(axis=1)


@np.errstate(all="ignore")
def causes(experiment: Experiment, sample: int = 0, held: bool = True) -> Causes:
    """Take the product of Jacobians apart into Wh1 and slopes.

    Held slopes are those of the same network with the gain and the spectral radius of its preset, as if every
    A_t were clamped there. Gain and radius then move Wh1 alone, bias and input scale the slopes alone.
    ValueError if the batch has no such sample.
    """
    own = sample_slopes(experiment, sample)
    slopes = sample_slopes(reference(experiment), sample) if held else own
    backwards = experiment.parameters.Wh1.T

    def left(steep: np.ndarray) -> np.ndarray:
        return _singular_values(steep.shape, lambda product, t: (product * steep[t]) @ backwards)

    singular, weights = left(slopes), left(np.ones_like(slopes))
    # The largest product of one unit's slopes over the last ``lag`` steps.
    slopes_alone = np.append(1.0, np.cumprod(slopes[::-1], axis=0).max(axis=1)[:-1])
    return Causes(singular, weights[:, 0], slopes_alone, slopes, own, spectrum(experiment))


@dataclass(frozen=True, eq=False)
class GatedCauses:
    """The way back from the last state of one sample of a gated cell, by its two paths apart.

    ``singular`` (T, s) is as in `Causes`, of the whole state; ``direct`` and ``rest`` (T,) are the largest singular
    values of the product of what goes along the direct path at every step, and of what does not. ``values`` are the
    gates and the candidate by their names, (T, n1); ``keeping`` names the gate of the direct path.
    """

    singular: np.ndarray
    direct: np.ndarray
    rest: np.ndarray
    values: dict[str, np.ndarray]
    keeping: str


@np.errstate(all="ignore")
def gated_causes(experiment: Experiment, sample: int = 0) -> GatedCauses:
    """Take the product of a gated cell's Jacobians apart; ValueError if the batch has no such sample."""
    whole, direct = (jacobians_of_steps(experiment, sample, directly) for directly in (False, True))

    def left(steps: np.ndarray) -> np.ndarray:
        return _singular_values(steps.shape[:2], lambda product, t: product @ steps[t])

    values = {name: gate[:, sample] for name, gate in gates(experiment).items()}
    alone, rest = left(direct)[:, 0], left(whole - direct)[:, 0]
    return GatedCauses(left(whole), alone, rest, values, KEEPING[experiment.architecture.cell])


def reference(experiment: Experiment) -> Experiment:
    """The experiment with gain and radius of its preset; itself where they are that already."""
    config = experiment.config
    base = PRESETS[config.preset].config
    wanted = config.replace(gain=base.gain, spectral_radius=base.spectral_radius)
    return experiment if wanted == config else run(wanted)


def _singular_values(shape: tuple[int, ...], hand: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    """(T, s) singular values of the products from the last step back; `hand` takes one from step t to t − 1."""
    (T, s), found = shape, np.full(shape, np.nan)
    product = np.eye(s)
    for lag in range(T):
        if not np.isfinite(product).all():
            break
        values = singular_values(product)
        lost = values < s * np.finfo(float).eps * values[0] * max(lag, 1)
        found[lag] = np.where(lost & (values > 0) & (lag > 0), np.nan, values)
        product = hand(product, T - 1 - lag)
    return found
