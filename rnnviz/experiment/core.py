"""From a `RunConfig` to the data, the start values, the forward pass, the gradient and its terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.config import RunConfig
from rnnviz.engine import (
    Architecture,
    Backward,
    Decomposition,
    Parameters,
    Trace,
    backward,
    decompose,
    forward,
    initialise,
    term_norms,
)
from rnnviz.tasks import Task, make

MAX_TERM_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Experiment:
    """A configuration and everything that follows from it before training.

    `config` is the reconciled one and `notes` says what had to be changed; `backward` is the full gradient.
    """

    config: RunConfig
    task: Task
    architecture: Architecture
    parameters: Parameters
    trace: Trace
    backward: Backward
    notes: tuple[str, ...] = ()


def run(config: RunConfig) -> Experiment:
    """Data, start values, forward pass and full gradient of a configuration."""
    config, notes = config.reconciled()
    task = make(config)
    architecture = Architecture(
        n_inputs=task.X.shape[2],
        n_hidden=config.hidden,
        n_outputs=task.Y.shape[-1],
        hidden_activation=config.activation,
        output_activation=task.output_activation,
        loss=task.loss,
        mode=task.mode,
    )
    start = initialise(architecture, config.seed, config.scheme, config.spectral_radius)
    return _experiment(config, task, architecture, start._replace(W1=start.W1 * config.input_scale), notes)


def with_parameters(experiment: Experiment, parameters: Parameters) -> Experiment:
    """The same experiment at other parameters, for example trained or edited ones."""
    return _experiment(
        experiment.config, experiment.task, experiment.architecture, parameters, experiment.notes
    )


def _experiment(config, task, architecture, parameters, notes) -> Experiment:
    trace = forward(architecture, parameters, task.X)
    result = backward(architecture, parameters, trace, task.Y)
    return Experiment(config, task, architecture, parameters, trace, result, notes)


def kept(experiment: Experiment) -> Backward:
    """The gradient of the terms that the configured truncation keeps; the full one without truncation."""
    config = experiment.config
    if config.truncation is None:
        return experiment.backward
    return backward(
        experiment.architecture,
        experiment.parameters,
        experiment.trace,
        experiment.task.Y,
        truncation=config.truncation,
        truncation_kind=config.truncation_kind,
    )


def kept_mask(experiment: Experiment) -> np.ndarray:
    """(T, T) bool: which terms (t, k) the configured truncation keeps; none lies above the diagonal.

    `window` keeps t − k < τ, `chunk` keeps t and k of the same block of τ steps.
    """
    config = experiment.config
    t, k = np.ogrid[: config.steps, : config.steps]
    reach = config.truncation or config.steps
    near = t - k < reach if config.truncation_kind == "window" else t // reach == k // reach
    return (k <= t) & near


def decomposition_bytes(experiment: Experiment) -> int:
    """Size of all terms of W1, Wh1, b1 and of all adjoints together."""
    T, m, n0 = experiment.task.X.shape
    n1 = experiment.config.hidden
    return 8 * T * T * n1 * (n0 + n1 + 1 + m)


def decomposition(experiment: Experiment) -> Decomposition | None:
    """Every chain-rule term, or None where holding them would pass 64 MiB (use `norms_of_terms`)."""
    if decomposition_bytes(experiment) > MAX_TERM_BYTES:
        return None
    return decompose(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)


def norms_of_terms(experiment: Experiment) -> dict[str, np.ndarray]:
    """Frobenius norms (T, T) of the terms of W1, Wh1 and b1, at any size."""
    return term_norms(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)


def targets(task: Task) -> np.ndarray:
    """Y with a leading axis for the steps that have an output: (T or 1, m, n2)."""
    return task.Y if task.Y.ndim == 3 else task.Y[None]
