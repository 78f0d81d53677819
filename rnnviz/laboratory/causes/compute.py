"""Why an error grows or shrinks on its way back: what Wh1 does, what the slopes f1' do, and both together.

``∂H_t/∂H_k = J_t ⋯ J_{k+1}`` with ``J_s = diag(f1'(A_s)) Wh1ᵀ``. With all slopes 1 it is a power of
Wh1ᵀ; with the unit matrix in the place of Wh1 it is a product of slopes, unit by unit.
"""

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import singular_values
from rnnviz.experiment.core import Experiment, run
from rnnviz.experiment.flow import Spectrum, sample_slopes, spectrum
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
    singular, weights = (_singular_values(each, experiment.parameters.Wh1.T) for each in (slopes, np.ones_like(slopes)))
    # The largest product of one unit's slopes over the last ``lag`` steps.
    slopes_alone = np.append(1.0, np.cumprod(slopes[::-1], axis=0).max(axis=1)[:-1])
    return Causes(singular, weights[:, 0], slopes_alone, slopes, own, spectrum(experiment))


def reference(experiment: Experiment) -> Experiment:
    """The experiment with gain and radius of its preset; itself where they are that already."""
    config = experiment.config
    base = PRESETS[config.preset].config
    wanted = config.replace(gain=base.gain, spectral_radius=base.spectral_radius)
    return experiment if wanted == config else run(wanted)


def _singular_values(slopes: np.ndarray, backwards: np.ndarray) -> np.ndarray:
    """(T, n1) singular values of the products from the last step back."""
    T, n1 = slopes.shape
    product, found = np.eye(n1), np.full((T, n1), np.nan)
    for lag in range(T):
        if not np.isfinite(product).all():
            break
        values = singular_values(product)
        lost = values < n1 * np.finfo(float).eps * values[0] * max(lag, 1)
        found[lag] = np.where(lost & (values > 0) & (lag > 0), np.nan, values)
        product = (product * slopes[T - 1 - lag]) @ backwards
    return found
