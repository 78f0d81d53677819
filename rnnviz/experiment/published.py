"""Numbers that somebody has printed of a network beside those that are computed here."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from rnnviz.engine import input_gradients
from rnnviz.experiment.core import Experiment
from rnnviz.tasks.networks.known import Published

_HALF = 0.5 * (1 + 1e-9)


@dataclass(frozen=True)
class Printed:
    """What a page calls some numbers, how it prints them, the same digits of the ones here, and which of them agree."""

    name: str
    printed: tuple[str, ...]
    ours: tuple[str, ...]
    agree: tuple[bool, ...]


def arrays(experiment: Experiment) -> dict[str, np.ndarray]:
    """Return what a page may print: X, H, Y_hat, the loss, and the derivatives by all that goes in, "dW1" and so on."""
    trace, result = experiment.trace, experiment.backward
    found = {"X": trace.X, "H": trace.H, "Y_hat": trace.Y_hat, "loss": np.array(result.loss)}
    of_inputs = {f"d{name}": value for name, value in input_gradients(*experiment.problem).items()}
    return found | of_inputs | {f"d{name}": value for name, value in result.gradients._asdict().items()}


def beside(experiment: Experiment, published: Iterable[Published]) -> tuple[Printed, ...]:
    """Return printed numbers beside those of an experiment, to the digit to which they are printed."""
    there = arrays(experiment)
    return tuple(_beside(there[each.of], each) for each in published)


def _beside(array: np.ndarray, published: Published) -> Printed:
    at = tuple(place if isinstance(place, int) else slice(None) for place in published.at)
    values = np.atleast_1d(array[at])
    pairs = list(zip(published.printed, values.tolist(), strict=True))
    ours = tuple(f"{value:.{_decimals(text)}f}" for text, value in pairs)
    agree = tuple(abs(float(text) - value) <= _HALF * 10.0 ** -_decimals(text) for text, value in pairs)
    return Printed(published.name, published.printed, ours, agree)


def _decimals(text: str) -> int:
    return -int(Decimal(text).as_tuple().exponent)
