"""When a training run breaks: where it began, what was still sound, and what would have helped."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Parameters, log10_term_norms
from rnnviz.experiment.core import Experiment, run_again
from rnnviz.experiment.flow import spectrum
from rnnviz.experiment.training import TrainingRun
from rnnviz.settings.fields import Value

GROWN = 1.0
"""A term has grown when it is so many powers of ten longer than any term was before the first update."""
_MOST_LOOKED_AT = 60


@dataclass(frozen=True)
class Breakdown:
    """How a run of training broke."""

    epoch: int  # the first whose loss or gradient is not finite
    healthy: int  # the last with finite parameters, loss and gradient
    parameter: str  # of whose gradient the norm grew most up to there
    norms: tuple[float, float]  # that norm before the first update and at the last healthy epoch
    term: tuple[str, int, int] | None  # parameter, t and k of the term that grew first; None where all began at 0
    grew_at: int  # the epoch at which it did
    lengths: tuple[float, float]  # log10 of that parameter's longest term before, and of this one at `grew_at`


class Remedy(NamedTuple):
    """A change of settings that may keep a run finite: its name and the settings."""

    label: str
    changes: Mapping[str, Value]


def breakdown(experiment: Experiment, run: TrainingRun) -> Breakdown | None:
    """Find out where a run broke; None for a run that stayed finite or that never was."""
    norms = run.gradient_norms
    sound = np.flatnonzero(np.isfinite([run.losses, *norms.values()]).all(axis=0))
    if run.finite or sound.size == 0 or sound[0] != 0:
        return None
    healthy, tiny = int(sound[-1]), np.finfo(float).tiny

    def growth(name: str) -> float:
        """By which factor, as a logarithm, a norm grew; one that was 0 grew from the smallest float."""
        return float(np.log10(max(norms[name][healthy], tiny)) - np.log10(max(norms[name][0], tiny)))

    parameter = max(norms, key=growth)
    ends = float(norms[parameter][0]), float(norms[parameter][healthy])
    return Breakdown(run.epochs_done - 1, healthy, parameter, ends, *_first_to_grow(experiment, run, healthy))


def _first_to_grow(
    experiment: Experiment, run: TrainingRun, healthy: int
) -> tuple[tuple[str, int, int] | None, int, tuple[float, float]]:
    """The first term that passed the threshold; if none did, the one that grew most."""
    start = _terms(experiment, run, 0)
    longest = {name: float(values.max()) for name, values in start.items()}
    best, term, grew_at, lengths = -np.inf, None, 0, (-np.inf, -np.inf)
    recorded = np.flatnonzero(run.snapshot_epochs <= healthy)
    looked_at = np.unique(np.linspace(0, len(recorded) - 1, _MOST_LOOKED_AT).round().astype(int))
    for place in recorded[looked_at]:
        for name, values in _terms(experiment, run, place).items():
            t, k = np.unravel_index(int(np.argmax(values)), values.shape)
            growth = float(values[t, k]) - longest[name] if np.isfinite(longest[name]) else -np.inf
            if growth > best:
                best, term, grew_at = growth, (name, int(t), int(k)), int(run.snapshot_epochs[place])
                lengths = (longest[name], float(values[t, k]))
        if best >= GROWN:
            break
    return term, grew_at, lengths


def _terms(experiment: Experiment, run: TrainingRun, place: int) -> dict[str, np.ndarray]:
    parameters = Parameters(*(run.parameters[name][place] for name in Parameters._fields))
    trace = run_again(experiment, parameters)
    norms = log10_term_norms(experiment.architecture, parameters, trace, experiment.task.Y)
    return {name: np.where(np.isnan(values), -np.inf, values) for name, values in norms.items()}


def remedies(experiment: Experiment) -> list[Remedy]:
    """What is worth trying, each alone: a tenth of the rate, clipping, and a plain cell's smaller spectral radius."""
    config = experiment.config
    rate = config.learning_rate / 10
    limit = 1.0 if config.clip_norm is None else config.clip_norm / 10
    wanted: dict[str, dict[str, Value]] = {
        f"Learning rate {rate:.3g}": {"learning_rate": rate},
        f"Clip by norm {limit:.3g}": {"clip_norm": limit},
    }
    if config.cell == "plain":
        radius = 0.9 * min(1.0, spectrum(experiment).radius)
        wanted[f"Spectral radius {radius:.3g}"] = {"spectral_radius": round(radius, 6)}
    found = []
    for label, changes in wanted.items():
        with suppress(ValueError):
            config.replace(**changes)
            found.append(Remedy(label, changes))
    return found
