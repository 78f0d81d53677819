"""From a `RunConfig` to the data, the start values, the forward pass, the gradient and its terms."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnviz.engine import (
    Architecture,
    Backward,
    Decomposition,
    Parameters,
    Trace,
    backward,
    decompose,
    forward,
    hidden_slope,
    initialise,
    step_losses,
    term_norms,
)
from rnnviz.engine.forward import with_mask
from rnnviz.engine.initialisation import rescaled
from rnnviz.engine.jacobians import of_sample
from rnnviz.engine.validation import checked_targets
from rnnviz.settings.config import FIELDS, RunConfig
from rnnviz.settings.edits import Edit, left_out, read, written
from rnnviz.tasks import Task, make

from . import costs


@dataclass(frozen=True, eq=False)
class Experiment:
    """A configuration and everything that follows from it before training.

    `config` is the reconciled one, with the edits that were applied, and `notes` says what had to be changed;
    `backward` is the full gradient.
    """

    config: RunConfig
    task: Task
    architecture: Architecture
    parameters: Parameters
    trace: Trace
    backward: Backward
    notes: tuple[str, ...] = ()

    @property
    def H_init(self) -> np.ndarray:
        """(m, n1) array: the state before step 0: `start_state`, or zeros, with the edits."""
        return self.trace.H_init

    @property
    def C_init(self) -> np.ndarray | None:
        """(m, n1) array: an LSTM's memory before step 0, zeros; None for other cells."""
        return self.trace.C_init

    @property
    def problem(self) -> tuple[Architecture, Parameters, Trace, np.ndarray]:
        """What the engine's functions of a gradient take: architecture, parameters, trace and targets."""
        return self.architecture, self.parameters, self.trace, self.task.Y


def run(config: RunConfig) -> Experiment:
    """Data, start values, edits, forward pass and full gradient of a configuration.

    ValueError says which edited target does not fit the loss, and what was expected.
    """
    config, notes = config.reconciled()
    return of_task(config, make(config), notes)


def of_task(config: RunConfig, task: Task, notes: tuple[str, ...] = ()) -> Experiment:
    """`run` with the data at hand; they begin with weights and a state of their own where a reader brought these."""
    architecture = architecture_of(config, task)
    parameters = _start(config, architecture, task)
    own_start = FIELDS["start_state"].is_read(config)
    H_init = np.full((task.X.shape[1], config.hidden), config.start_state if own_start else 0.0)
    H_init = H_init if task.H_init is None else task.H_init
    if config.edits:
        edits, arrays, dropped = _edited(read(config.edits), task, parameters, H_init)
        _check_targets(architecture, arrays["Y"], edits)
        config, notes, H_init = config.replace(edits=written(edits)), notes + dropped, arrays["H_init"]
        task = dataclasses.replace(task, X=arrays["X"], Y=arrays["Y"])
        parameters = Parameters(*(arrays[name] for name in Parameters._fields))
    trace = with_mask(architecture, forward(architecture, parameters, task.X, H_init, task.C_init), task.mask)
    return Experiment(
        config, task, architecture, parameters, trace, backward(architecture, parameters, trace, task.Y), notes
    )


def architecture_of(config: RunConfig, task: Task) -> Architecture:
    """The network of a configuration on a task's data."""
    sizes, asked = (task.X.shape[2], config.hidden, task.Y.shape[-1]), (task.output_activation, task.loss, task.mode)
    return Architecture(*sizes, config.activation, *asked, config.cell, config.reset)


def _start(config: RunConfig, architecture: Architecture, task: Task) -> Parameters:
    """The start values, drawn or the task's, scaled; a gated cell has biases of its gates instead of one for all."""
    drawn = config.seed, config.scheme, config.spectral_radius, config.forget_bias, config.update_bias
    start = task.start or initialise(architecture, *drawn)
    if task.start:
        blocks = np.hsplit(start.Wh1, len(architecture.layer.blocks))
        start = start._replace(Wh1=np.hstack([rescaled(block, config.spectral_radius) for block in blocks]))
    b1 = start.b1 + config.bias if FIELDS["bias"].is_read(config) else start.b1
    return start._replace(W1=start.W1 * config.input_scale, Wh1=start.Wh1 * config.gain, b1=b1)


def run_again(experiment: Experiment, parameters: Parameters) -> Trace:
    """The pass of the same experiment at other parameters."""
    trace = forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init, experiment.C_init)
    return with_mask(experiment.architecture, trace, experiment.task.mask)


def with_parameters(experiment: Experiment, parameters: Parameters) -> Experiment:
    """The same experiment at other parameters, for example trained ones."""
    trace = run_again(experiment, parameters)
    result = backward(experiment.architecture, parameters, trace, experiment.task.Y)
    return dataclasses.replace(experiment, parameters=parameters, trace=trace, backward=result)


def loss_steps(architecture: Architecture, trace: Trace) -> list[int]:
    """The steps at which some sample of a pass has a loss."""
    T = len(trace.X)
    if architecture.is_sequence_to_vector:
        return [T - 1]
    return [t for t in range(T) if trace.mask is None or trace.mask[t].any()]


def check_losses(trace: Trace, who: str) -> None:
    """Raise ValueError where a pass has padding, of which whoever asks cannot speak."""
    if trace.mask is not None and not trace.mask.all():
        raise ValueError(f"mask: got padding, expected a loss at every step: {who}")


class Pass:
    """One sample's pass through a network, or the whole batch's; for those who say what they show of it."""

    architecture: Architecture
    parameters: Parameters
    trace: Trace
    Y: np.ndarray

    @property
    def problem(self) -> tuple[Architecture, Parameters, Trace, np.ndarray]:
        """What the engine's functions of a gradient take: architecture, parameters, trace and targets."""
        return self.architecture, self.parameters, self.trace, self.Y

    @property
    def is_batch(self) -> bool:
        """Whether the mean over several samples is shown."""
        return self.trace.A.shape[1] > 1

    @cached_property
    def step_losses(self) -> np.ndarray:
        """L_t, (T,)."""
        return step_losses(self.architecture, self.trace, self.Y)

    @cached_property
    def slopes(self) -> np.ndarray:
        """f1′(A), (T, m, n1); ValueError for a gated cell."""
        return hidden_slope(self.architecture, self.trace)


def pass_of(experiment: Experiment, sample: int) -> tuple[Trace, np.ndarray]:
    """The forward pass and the targets of one sample alone, a batch of one; of all samples where it is −1."""
    trace, Y, one = experiment.trace, experiment.task.Y, slice(sample, sample + 1)
    if sample < 0 or trace.X.shape[1] == 1:
        return trace, Y
    return of_sample(trace, sample), Y[one] if Y.ndim == 2 else Y[:, one]


def values_of(experiment: Experiment, variable: str) -> np.ndarray:
    """The array that edits of `variable` change: a parameter, X, Y or H_init."""
    if variable in Parameters._fields:
        return getattr(experiment.parameters, variable)
    return experiment.H_init if variable == "H_init" else getattr(experiment.task, variable)


def _edited(
    edits: Sequence[Edit], task: Task, start: Parameters, H_init: np.ndarray
) -> tuple[tuple[Edit, ...], dict[str, np.ndarray], tuple[str, ...]]:
    """The edits whose entry exists, copies of all arrays with them made, and a note on the others."""
    arrays = start._asdict() | {"X": task.X, "Y": task.Y, "H_init": H_init}
    arrays = {name: np.array(values, dtype=float) for name, values in arrays.items()}
    made = tuple(edit for edit in edits if exists(edit.entry, arrays[edit.variable].shape))
    for edit in made:
        arrays[edit.variable][edit.entry] = edit.value
    gone = (edit for edit in edits if edit not in made)
    return made, arrays, left_out(gone, "there is no such entry here")


def exists(entry: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape has an entry there, counted from 0."""
    return len(entry) == len(shape) and all(i < n for i, n in zip(entry, shape, strict=True))


def _check_targets(architecture: Architecture, Y: np.ndarray, edits: Sequence[Edit]) -> None:
    """Raise an error that names the newest edit whose row of targets does not fit the loss."""
    one = dataclasses.replace(architecture, mode="sequence_to_vector")
    for edit in reversed([edit for edit in edits if edit.variable == "Y"]):
        row = Y[edit.entry[:-1]]
        try:
            checked_targets(one, row[None], 1, 1)
        except ValueError:
            raise ValueError(f"{edit.name}: got {_misfit(architecture.loss, edit.value, row)}") from None


def _misfit(loss: str, value: float, row: np.ndarray) -> str:
    """What is wrong with an edited target, and what was expected."""
    if loss == "binary_cross_entropy":
        return f"the target {value:.6g}, expected a number from 0 to 1 for binary cross-entropy"
    if value < 0:
        return f"the target {value:.6g}, expected numbers of at least 0 for categorical cross-entropy"
    return (
        f"the target {value:.6g}, with which its row sums to {row.sum():.6g}; "
        "expected rows that sum to 1 for categorical cross-entropy"
    )


def truncated(experiment: Experiment) -> Backward:
    """The gradient of the terms that the configured truncation keeps; the full one without truncation."""
    length, kind = experiment.config.truncation, experiment.config.truncation_kind
    return experiment.backward if length is None else backward(*experiment.problem, length, kind)


def decomposition_bytes(experiment: Experiment) -> int:
    """Size of all terms of W1, Wh1, b1 and of all adjoints together."""
    (T, m, n0), layer = experiment.task.X.shape, experiment.architecture.layer
    biases = len(layer.biases) * layer.n1
    return 8 * T * T * (len(layer.blocks) * layer.n1 * (n0 + layer.n1) + biases + m * layer.state_size)


def decomposition(experiment: Experiment) -> Decomposition | None:
    """Every chain-rule term, or None where making them would hold more than 64 MiB (see `norms_of_terms`)."""
    if costs.every_term(costs.Size.of(experiment)).bytes > costs.MOST_BYTES:
        return None
    return decompose(*experiment.problem)


def norms_of_terms(experiment: Experiment) -> dict[str, np.ndarray]:
    """Frobenius norms (T, T) of the terms of W1, Wh1 and b1, at any size."""
    return term_norms(*experiment.problem)


def ends(task: Task) -> np.ndarray:
    """How many steps with an output each sample has before its padding, (m,); T where there is none."""
    steps, m = (task.Y.shape[0] if task.Y.ndim == 3 else 1), task.X.shape[1]
    return np.full(m, steps) if task.mask is None else task.mask.sum(axis=0).astype(int)


def over_samples(task: Task, values: np.ndarray) -> np.ndarray:
    """The mean of (…, T, m, n) over the samples that have not ended at each step, (…, longest, n)."""
    if task.mask is None:
        return values.mean(axis=-2)
    mask = task.mask[: ends(task).max(), :, None]
    kept = np.where(mask > 0, values[..., : len(mask), :, :], 0.0)
    found: np.ndarray = kept.sum(axis=-2) / mask.sum(axis=1)
    return found


def targets(task: Task) -> np.ndarray:
    """Y with a leading axis for the steps that have an output: (T or 1, m, n2)."""
    return task.Y if task.Y.ndim == 3 else task.Y[None]
