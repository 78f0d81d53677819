"""What helps a network to look far back: the same task, seed and size, learned in several ways."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from rnnviz.config import RunConfig
from rnnviz.engine import Epoch, adjoint_norms, forward, step_losses, train
from rnnviz.engine.gates import (
    GatedArchitecture,
    backward_gated,
    forward_gated,
    gated_adjoint_norms,
    initialise_gated,
    train_gated,
)

from .core import Experiment, run

TASKS = ("adding", "echo")
LENGTHS = (10, 20, 40, 80)
HIDDEN, BATCH = 16, 64
HELD_OUT_POINTS = 60
LEARNED = 0.5
"""A task is called learned when the held-out loss is below this part of the best constant answer's."""

_ADAM = {"optimiser": "adam", "learning_rate": 0.01}
_CAREFUL = _ADAM | {"clip_norm": 1.0}


@dataclass(frozen=True)
class Cure:
    """One way to learn.

    Attributes
    ----------
    name, label : str
    cell : {"rnn", "gru", "lstm"}
    changes : mapping
        Settings of the `RunConfig` that differ from the first way.
    sentence : str
        What is changed.
    """

    name: str
    label: str
    cell: str = "rnn"
    changes: Mapping[str, object] = field(default_factory=dict)
    sentence: str = ""


CURES: tuple[Cure, ...] = (
    Cure("plain", "tanh", sentence="tanh, Xavier start, plain gradient descent."),
    Cure(
        "clipping", "tanh, clipped", changes={"clip_norm": 1.0}, sentence="The gradient is cut to length 1."
    ),
    Cure(
        "truncation",
        "tanh, truncated",
        changes={"truncation": 10},
        sentence="Terms that reach further back than 10 steps are left out.",
    ),
    Cure("adam", "tanh, Adam", changes=_ADAM, sentence="Adam instead of plain gradient descent."),
    Cure(
        "orthogonal",
        "orthogonal, Adam",
        changes=_CAREFUL | {"scheme": "orthogonal"},
        sentence="Wₕ₁ starts orthogonal; Adam, clipped.",
    ),
    Cure(
        "identity-relu",
        "ReLU, identity, Adam",
        changes=_CAREFUL | {"activation": "relu", "scheme": "identity"},
        sentence="ReLU units, Wₕ₁ starts as the identity; Adam, clipped.",
    ),
    Cure("gru", "GRU, Adam", "gru", _CAREFUL, "A gated cell with two gates; Adam, clipped."),
    Cure(
        "lstm", "LSTM, Adam", "lstm", _CAREFUL, "A gated cell with three gates and a memory; Adam, clipped."
    ),
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one way of learning reached at one length.

    Attributes
    ----------
    cure : Cure
    steps : int
        T.
    losses : (E,) array
        On the training sequences, before each update.
    held_out_epochs, held_out : (P,) arrays
        After how many updates, and the held-out loss there; the last one is after all of them.
    constant : float
        Held-out loss of the best constant answer to the training targets.
    start, end : (T,) arrays
        ‖∂L_{T-1}/∂S_k‖ / ‖∂L_{T-1}/∂S_{T-1}‖ by lag, S being the state that is handed on, before and after
        training.
    finite : bool
    seconds : float
    """

    cure: Cure
    steps: int
    losses: np.ndarray
    held_out_epochs: np.ndarray
    held_out: np.ndarray
    constant: float
    start: np.ndarray
    end: np.ndarray
    finite: bool
    seconds: float

    @property
    def left(self) -> float:
        """The last held-out loss as a part of the best constant answer's; infinite if training broke."""
        return float(self.held_out[-1] / self.constant) if self.finite else np.inf

    @property
    def learned(self) -> bool:
        """Whether the last held-out loss is below `LEARNED` of the best constant answer's."""
        return self.left < LEARNED


@dataclass(frozen=True, eq=False)
class _Network:
    """A network of any cell: start values, its losses, its adjoint norms, and its training."""

    start: object
    loss: Callable[[object, np.ndarray, np.ndarray], float]
    norms: Callable[[object], np.ndarray]
    epochs: Callable[[], Iterator[Epoch]]


def plan(lengths: tuple[int, ...] = LENGTHS) -> list[tuple[int, Cure]]:
    """All runs of a sweep, the shortest first."""
    return [(steps, cure) for steps in lengths for cure in CURES]


def config_of(task: str, steps: int, cure: Cure, seed: int, epochs: int) -> RunConfig:
    """The configuration of one run; a gated cell takes task, size and training from it."""
    lag = {"lag": steps - 1} if task == "echo" else {}
    rate = {"learning_rate": 0.05 if task == "adding" else 0.1}
    common = {"hidden": HIDDEN, "batch": BATCH, "mode": "sequence_to_vector", "seed": seed, "epochs": epochs}
    return RunConfig(preset=task, task=task, steps=steps, **(common | lag | rate | dict(cure.changes)))


def cure_run(
    task: str,
    steps: int,
    cure: Cure,
    seed: int = 0,
    epochs: int = 300,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Train one way at one length.

    Parameters
    ----------
    task : {"adding", "echo"}
        Asked once, after the last step; echo asks for the first symbol.
    steps : int
        T.
    cure : Cure
    seed, epochs : int
    progress : callable, optional
        Called as ``progress(fraction)`` after every epoch; what it raises ends the run.

    Raises
    ------
    ValueError
        For a task that is none of the two.
    """
    if task not in TASKS:
        raise ValueError(f"task: got {task!r}, expected one of {', '.join(TASKS)}")
    experiment = run(config_of(task, steps, cure, seed, epochs))
    network = _plain(experiment) if cure.cell == "rnn" else _gated(experiment, cure.cell)
    return _learned(experiment, network, cure, progress or (lambda fraction: None))


@np.errstate(over="ignore")
def _learned(experiment: Experiment, network: _Network, cure: Cure, progress: Callable) -> Outcome:
    task, total, began = experiment.task, experiment.config.epochs, time.perf_counter()
    wanted = set(np.linspace(0, total - 1, min(HELD_OUT_POINTS, total)).round().astype(int).tolist())
    losses, held_out, last = [], {}, None
    for epoch in network.epochs():
        losses.append(epoch.loss)
        progress(len(losses) / total)
        if epoch.finite and epoch.epoch in wanted:
            held_out[epoch.epoch] = network.loss(epoch.parameters, task.held_out_X, task.held_out_Y)
        last = epoch if epoch.finite else last
    finite = epoch.finite and _is_finite(epoch.after)
    end = epoch.after if finite else last.parameters if last else network.start
    if finite:
        held_out[total] = network.loss(end, task.held_out_X, task.held_out_Y)
    return Outcome(
        cure,
        experiment.config.steps,
        np.array(losses),
        np.array(list(held_out)),
        np.array(list(held_out.values())),
        constant_loss(experiment),
        _by_lag(network.norms(network.start)),
        _by_lag(network.norms(end)),
        finite,
        time.perf_counter() - began,
    )


def _is_finite(parameters: tuple) -> bool:
    return all(np.isfinite(values).all() for values in parameters)


def _plain(experiment: Experiment) -> _Network:
    architecture, task, config = experiment.architecture, experiment.task, experiment.config
    names = ("epochs", "learning_rate", "optimiser", "clip_norm", "truncation")

    def loss(parameters, X, Y) -> float:
        return float(step_losses(architecture, forward(architecture, parameters, X), Y).sum())

    def norms(parameters) -> np.ndarray:
        return adjoint_norms(architecture, parameters, forward(architecture, parameters, task.X), task.Y)

    def epochs() -> Iterator[Epoch]:
        chosen = {name: getattr(config, name) for name in names}
        return train(architecture, experiment.parameters, task.X, task.Y, **chosen)

    return _Network(experiment.parameters, loss, norms, epochs)


def _gated(experiment: Experiment, cell: str) -> _Network:
    plain, task, config = experiment.architecture, experiment.task, experiment.config
    sizes = (plain.n_inputs, plain.n_hidden, plain.n_outputs)
    architecture = GatedArchitecture(cell, *sizes, plain.output_activation, plain.loss, plain.mode)
    start = initialise_gated(architecture, config.seed)
    names = ("epochs", "learning_rate", "optimiser", "clip_norm")

    def loss(parameters, X, Y) -> float:
        return backward_gated(architecture, parameters, forward_gated(architecture, parameters, X), Y).loss

    def norms(parameters) -> np.ndarray:
        trace = forward_gated(architecture, parameters, task.X)
        return gated_adjoint_norms(architecture, parameters, trace, task.Y)

    def epochs() -> Iterator[Epoch]:
        chosen = {name: getattr(config, name) for name in names}
        return train_gated(architecture, start, task.X, task.Y, **chosen)

    return _Network(start, loss, norms, epochs)


def _by_lag(norms: np.ndarray) -> np.ndarray:
    """The row of the last loss as shares by lag; NaN where its own step has no error."""
    row = norms[-1, ::-1]
    with np.errstate(all="ignore"):
        return np.where(row[0] > 0, row / row[0], np.nan)


def constant_loss(experiment: Experiment) -> float:
    """Held-out loss of the constant answer that is best for the training targets: their mean."""
    task, mean = experiment.task, experiment.task.Y.mean(axis=0)
    if task.loss == "squared_error":
        return float(0.5 * ((task.held_out_Y - mean) ** 2).sum(axis=1).mean())
    seen = task.held_out_Y[:, mean > 0]
    return float(-(seen * np.log(mean[mean > 0])).sum(axis=1).mean())


def longest_learned(outcomes: list[Outcome], cure: Cure) -> int | None:
    """The longest T up to which a cure learned at every length that was tried; None if not even the first."""
    longest = None
    for outcome in sorted((each for each in outcomes if each.cure is cure), key=lambda each: each.steps):
        if not outcome.learned:
            break
        longest = outcome.steps
    return longest
