"""Training, recorded epoch by epoch."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Epoch, Parameters, forward, step_losses, train
from rnnviz.engine.side_by_side import losses_each
from rnnviz.notation.counts import counted, part_of

from . import costs
from .core import Experiment

_REMEMBERED = {"sgd": 0, "momentum": 1, "adam": 2}
"""How many arrays of the parameters' size each optimiser remembers."""
_PROGRESS_INTERVAL = 0.05


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What training did, epoch by epoch (E epochs were done; S of them are kept in full).

    Attributes
    ----------
    losses : (E,) array
    step_losses : (E, T) array
    gradient_norms : dict of (E,) arrays
        For each parameter, before clipping.
    clipped : (E,) array of bool
    epochs_done : int
    finite : bool
    message : str
        Why training stopped early, broken or by the reader; "" if it did not.
    snapshot_epochs : (S,) array of int
        Every epoch up to 300 of them, fewer of a large network; beyond, ever fewer on a log scale, with first and last.
    parameters, gradients, used, updates : dict of (S, …) arrays
        Before the update, the gradient there, the same after clipping, and what the update adds.
    states : dict of dict of (S, …) arrays
        What the optimiser remembers, by its name (see ``engine.Epoch.state``) and then by parameter.
    held_out_losses : (S,) array or None
        On sequences that training never sees.
    final : Parameters
        After the last update that left them finite.
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


Progress = Callable[[float, int, float], None]


def train_run(experiment: Experiment, progress: Progress | None = None) -> TrainingRun:
    """Train for the configured epochs, or until a number stops being finite.

    ``progress(fraction, epoch, loss)`` is called at most 20 times a second, and at the end with 1.0.
    """
    recorder = Recorder(experiment)
    report = _throttled(progress, experiment.config.epochs)
    for epoch in recorder.epochs():
        report(epoch)
    report(epoch, done=True)
    return recorder.result()


class Recorder:
    """A training run in the making, which can be looked at before it is done."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.wanted = set(kept_epochs(experiment.config.epochs, _most(experiment)).tolist())
        self.history: list[tuple] = []
        self.snapshots: list[Epoch] = []
        self.last: Epoch | None = None
        self.sound: Epoch | None = None

    @property
    def cost(self) -> costs.Cost:
        """What the run costs before it is made."""
        config = self.experiment.config
        return costs.training(costs.Size.of(self.experiment), config.epochs, _REMEMBERED[config.optimiser])

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
        snapshots = list(self.snapshots)
        assert self.last is not None, "nothing was trained yet"
        if self.sound is not None and self.sound is not snapshots[-1]:
            snapshots.append(self.sound)
        return _training_run(self.experiment, self.history, snapshots, self.last)


def _most(experiment: Experiment) -> int:
    """How many epochs are kept in full: 300, fewer of a large network."""
    return costs.snapshots(costs.Size.of(experiment), _REMEMBERED[experiment.config.optimiser])


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
            return found[_spread(len(found), most)]
        count += most - len(found)


def _spread(count: int, most: int) -> np.ndarray:
    """``most`` places of so many, with the first and the last."""
    return np.linspace(0, count - 1, most).round().astype(int)


def _states(snapshots: list[Epoch]) -> dict[str, dict[str, np.ndarray]]:
    usable = [epoch.state for epoch in snapshots]
    names = usable[0] if all(usable) else {}
    return {name: _stacked(state[name] for state in usable) for name in names}


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
    )


def _throttled(progress: Progress | None, total: int) -> Callable[..., None]:
    """`progress` of an epoch, at most once an interval and always when done."""
    called = time.perf_counter()

    def report(epoch: Epoch, done: bool = False) -> None:
        nonlocal called
        now = time.perf_counter()
        if progress is not None and (done or now - called > _PROGRESS_INTERVAL):
            called = now
            progress(1.0 if done else (epoch.epoch + 1) / total, epoch.epoch, epoch.loss)

    return report


def _training_run(experiment: Experiment, history: list, snapshots: list[Epoch], last: Epoch) -> TrainingRun:
    losses, step_losses, norms, clipped = zip(*history, strict=True)
    parameters = _stacked(epoch.parameters for epoch in snapshots)
    return TrainingRun(
        losses=np.array(losses),
        step_losses=np.array(step_losses),
        gradient_norms={name: np.array([n[name] for n in norms]) for name in Parameters._fields},
        clipped=np.array(clipped, dtype=bool),
        epochs_done=len(history),
        finite=last.finite,
        message=_stopped_early(experiment, len(history)) if last.finite else _why_stopped(losses, norms),
        snapshot_epochs=np.array([epoch.epoch for epoch in snapshots]),
        parameters=parameters,
        gradients=_stacked(epoch.gradients for epoch in snapshots),
        used=_stacked(epoch.used for epoch in snapshots),
        updates=_stacked(epoch.updates for epoch in snapshots),
        states=_states(snapshots),
        held_out_losses=_held_out_losses(experiment, parameters),
        final=_final(experiment, snapshots[-1]),
    )


def _stacked(values: Iterable[Parameters]) -> dict[str, np.ndarray]:
    return {name: np.array(each) for name, each in zip(Parameters._fields, zip(*values, strict=True), strict=True)}


def _stopped_early(experiment: Experiment, done: int) -> str:
    planned = experiment.config.epochs
    if done == planned:
        return ""
    return f"Stopped after {part_of(done, planned, 'epoch')}; what was done is shown."


def _why_stopped(losses: Sequence[float], norms: Sequence[dict[str, float]]) -> str:
    """One sentence with the numbers of the last finite update."""
    finite = [(loss, max(each.values())) for loss, each in zip(losses, norms, strict=True) if np.isfinite(loss)]
    if not finite:
        return "With these start values the first loss is not a finite number."
    loss, norm = finite[-1]
    return (
        f"Training stopped after {counted(len(losses) - 1, 'update')}: the numbers were no longer finite. "
        f"The last finite loss was {_digits(loss)} and the largest gradient norm {_digits(norm)}. "
        "A smaller learning rate or clipping may help."
    )


def _digits(value: float) -> str:
    return f"{value:.4g}".replace("e+", "e")


def _final(experiment: Experiment, last: Epoch) -> Parameters:
    """The parameters after the last update, or before it where the loss would no longer be finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        after = last.after
    if not all(np.isfinite(values).all() for values in after):
        return last.parameters
    trace = forward(experiment.architecture, after, experiment.task.X, experiment.H_init)
    finite = np.isfinite(step_losses(experiment.architecture, trace, experiment.task.Y).sum())
    return after if finite else last.parameters


def _held_out_losses(experiment: Experiment, parameters: dict[str, np.ndarray]) -> np.ndarray | None:
    """All snapshots at once: one after the other they took as long as the training itself."""
    task, architecture = experiment.task, experiment.architecture
    if task.held_out_X is None or task.held_out_Y is None:
        return None
    H_init = np.zeros((task.held_out_X.shape[1], architecture.n_hidden))
    stacked = Parameters(**parameters)
    return losses_each(architecture, stacked, task.held_out_X, task.held_out_Y, H_init)
