"""Training, recorded epoch by epoch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Epoch, Parameters, step_losses, train
from rnnviz.engine.side_by_side import losses_each
from rnnviz.notation.counts import counted, part_of

from . import costs
from .core import Experiment, run_again

_REMEMBERED = {"sgd": 0, "momentum": 1, "adam": 2}
"""How many arrays of the parameters' size each optimiser remembers."""


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What training did, epoch by epoch; E epochs were done, and S of them, `snapshot_epochs`, are kept in full.

    By epoch: `losses` (E,), `step_losses` (E, T), `gradient_norms` (E,) of each parameter before clipping, `clipped`
    (E,). The snapshots are every epoch up to 300 of them, fewer of a large network; beyond, ever fewer on a log scale,
    with first and last. `parameters` before the update, `gradients` there, `used`, the same after clipping, and
    `updates`, what is added, are (S, …) by parameter; so are the `states`, what the optimiser remembers, by their names
    (see ``engine.Epoch.state``). `held_out_losses` (S,) are of sequences that training never sees, None where there are
    none. `final` are the parameters after the last update that left them finite; `message` says why training stopped
    early, broken or by the reader, and is "" if it did not.
    """

    losses: np.ndarray
    step_losses: np.ndarray
    gradient_norms: dict[str, np.ndarray]
    clipped: np.ndarray
    epochs_done: int
    finite: bool
    message: str
    snapshot_epochs: np.ndarray
    parameters: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    used: dict[str, np.ndarray]
    updates: dict[str, np.ndarray]
    states: dict[str, dict[str, np.ndarray]]
    held_out_losses: np.ndarray | None
    final: Parameters


def train_run(experiment: Experiment) -> TrainingRun:
    """Train for the configured epochs, or until a number stops being finite."""
    recorder = Recorder(experiment)
    for _ in recorder.epochs():
        pass
    return recorder.result()


class Recorder:
    """A training run in the making, which can be looked at before it is done."""

    def __init__(self, experiment: Experiment) -> None:
        config, size = experiment.config, costs.Size.of(experiment)
        remembered = _REMEMBERED[config.optimiser]
        self.experiment, self.cost = experiment, costs.training(size, config.epochs, remembered)
        self.wanted = set(kept_epochs(config.epochs, costs.snapshots(size, remembered)).tolist())
        self.history: list[tuple] = []
        self.snapshots: list[Epoch] = []
        self.last: Epoch | None = None
        self.sound: Epoch | None = None

    def epochs(self) -> Iterator[Epoch]:
        """Train, and give every epoch when it is recorded."""
        for epoch in epochs_of(self.experiment):
            self.history.append((epoch.loss, epoch.step_losses, epoch.gradient_norms, epoch.clipped))
            if epoch.epoch == 0 or (epoch.finite and epoch.epoch in self.wanted):
                self.snapshots.append(epoch)
            self.last = epoch
            self.sound = epoch if epoch.finite else self.sound
            yield epoch

    def result(self) -> TrainingRun:
        """Return what was recorded so far; the last finite epoch is among the snapshots."""
        assert self.last is not None, "nothing was trained yet"
        kept = self.snapshots + ([] if self.sound in (None, self.snapshots[-1]) else [self.sound])
        losses, step_losses, norms, clipped = zip(*self.history, strict=True)
        parameters = _stacked(epoch.parameters for epoch in kept)
        done, planned = len(losses), self.experiment.config.epochs
        stopped = "" if done == planned else f"Stopped after {part_of(done, planned, 'epoch')}; what was done is shown."
        remembered = kept[0].state if all(epoch.state for epoch in kept) else {}
        return TrainingRun(
            losses=np.array(losses),
            step_losses=np.array(step_losses),
            gradient_norms={name: np.array([n[name] for n in norms]) for name in Parameters._fields},
            clipped=np.array(clipped, dtype=bool),
            epochs_done=done,
            finite=self.last.finite,
            message=stopped if self.last.finite else _why_stopped(losses, norms),
            snapshot_epochs=np.array([epoch.epoch for epoch in kept]),
            parameters=parameters,
            gradients=_stacked(epoch.gradients for epoch in kept),
            used=_stacked(epoch.used for epoch in kept),
            updates=_stacked(epoch.updates for epoch in kept),
            states={name: _stacked(epoch.state[name] for epoch in kept) for name in remembered},
            held_out_losses=_held_out_losses(self.experiment, parameters),
            final=_final(self.experiment, kept[-1]),
        )


def kept_epochs(total: int, most: int = costs.MOST_SNAPSHOTS) -> np.ndarray:
    """Return the epochs that are kept in full: all up to ``most``, else so many, ever wider on a log scale.

    The early ones, where most happens, are kept without a gap.

    Examples
    --------
    >>> kept_epochs(5000)[[0, 1, 2, -2, -1]].tolist()
    [0, 1, 2, 4908, 4999]
    """
    if total <= most:
        return np.arange(total)
    count = most
    while True:
        found = np.unique(np.geomspace(1, total, count).round().astype(int)) - 1
        if len(found) >= most:
            return found[np.linspace(0, len(found) - 1, most).round().astype(int)]
        count += most - len(found)


def epochs_of(
    experiment: Experiment, epochs: int | None = None, parameters: Parameters | None = None
) -> Iterator[Epoch]:
    """Train as configured; for other ``epochs`` or from other ``parameters`` than the configured ones."""
    config, task = experiment.config, experiment.task
    return train(
        experiment.architecture,
        experiment.parameters if parameters is None else parameters,
        task.X,
        task.Y,
        epochs=config.epochs if epochs is None else epochs,
        learning_rate=config.learning_rate,
        optimiser=config.optimiser,
        clip_norm=config.clip_norm,
        clip_value=config.clip_value,
        truncation=config.truncation,
        truncation_kind=config.truncation_kind,
        H_init=experiment.H_init,
        **experiment.trace.more,
    )


def _stacked(values: Iterable[Parameters]) -> dict[str, np.ndarray]:
    return {name: np.array(each) for name, each in zip(Parameters._fields, zip(*values, strict=True), strict=True)}


def _why_stopped(losses: Sequence[float], norms: Sequence[dict[str, float]]) -> str:
    """One sentence with the numbers of the last finite update."""
    finite = [(loss, max(each.values())) for loss, each in zip(losses, norms, strict=True) if np.isfinite(loss)]
    if not finite:
        return "With these start values the first loss is not a finite number."
    loss, norm = (f"{value:.4g}".replace("e+", "e") for value in finite[-1])
    return (
        f"Training stopped after {counted(len(losses) - 1, 'update')}: the numbers were no longer finite. "
        f"The last finite loss was {loss} and the largest gradient norm {norm}. "
        "A smaller learning rate or clipping may help."
    )


def _final(experiment: Experiment, last: Epoch) -> Parameters:
    """The parameters after the last update, or before it where the loss would no longer be finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        after = last.after
    if not all(np.isfinite(values).all() for values in after):
        return last.parameters
    trace = run_again(experiment, after)
    finite = np.isfinite(step_losses(experiment.architecture, trace, experiment.task.Y).sum())
    return after if finite else last.parameters


def _held_out_losses(experiment: Experiment, parameters: dict[str, np.ndarray]) -> np.ndarray | None:
    """All snapshots at once: one after the other they took as long as the training itself."""
    task, architecture = experiment.task, experiment.architecture
    if task.held_out_X is None or task.held_out_Y is None:
        return None
    H_init = np.zeros((task.held_out_X.shape[1], architecture.n_hidden))
    return losses_each(architecture, Parameters(**parameters), task.held_out_X, task.held_out_Y, H_init)
