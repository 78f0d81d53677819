"""One experiment end to end: from a `RunConfig` to numbers, and the views of them that the pages show.

Everything here is a pure function of its arguments; nothing is cached and nothing is drawn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.config import RunConfig
from rnnviz.engine import (
    Architecture,
    Backward,
    Decomposition,
    Epoch,
    Parameters,
    Trace,
    backward,
    decompose,
    forward,
    initialise,
    term_norms,
    train,
)
from rnnviz.tasks import Task, make
from rnnviz.tasks import sunspots as sunspot_data

MAX_TERM_BYTES = 64 * 2**20
MAX_SNAPSHOTS = 300
_PROGRESS_INTERVAL = 0.05
_MAX_SLOPE = {"tanh": 1.0, "relu": 1.0, "identity": 1.0, "sigmoid": 0.25}


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


# --- the forward pass, opened ---------------------------------------------------------------------------


def step_matrices(experiment: Experiment, t: int, sample: int | None = None) -> dict[str, np.ndarray]:
    """The matrices of one forward step, in the order in which they are computed.

    Parameters
    ----------
    t : int
        Step, 0 ≤ t < T.
    sample : int, optional
        One sequence: matrices have one row. −1: the mean over the batch of each quantity (the mean of H is
        not f₁ of the mean of A). None: all m rows.

    Returns
    -------
    dict
        ``X_t``, ``W1``, ``X_t W1``, ``H_{t-1}`` (``H_init`` at t = 0), ``Wh1``, ``H_{t-1} Wh1``, ``b1``,
        ``A_t``, ``H_t`` and, where step t has an output, ``W2``, ``H_t W2``, ``b2``, ``Z_t``, ``Y_hat_t``,
        ``Y_t``; biases as (1, n).
    """
    T, m, _ = experiment.task.X.shape
    if not 0 <= t < T:
        raise ValueError(f"t: got {t}, expected a step from 0 to {T - 1}")
    if sample is not None and not -1 <= sample < m:
        raise ValueError(f"sample: got {sample}, expected −1 to {m - 1} or None")
    parameters, trace = experiment.parameters, experiment.trace
    before, name = (trace.H[t - 1], f"H_{t - 1}") if t else (_initial_state(experiment), "H_init")
    X, H = experiment.task.X[t], trace.H[t]
    rows = {f"X_{t}": X, "W1": None, f"X_{t} W1": X @ parameters.W1}
    rows |= {name: before, "Wh1": None, f"{name} Wh1": before @ parameters.Wh1, "b1": None}
    rows |= {f"A_{t}": trace.A[t], f"H_{t}": H}
    out = _output_index(experiment, t)
    if out is not None:
        rows |= {"W2": None, f"H_{t} W2": H @ parameters.W2, "b2": None, f"Z_{t}": trace.Z[out]}
        rows |= {f"Y_hat_{t}": trace.Y_hat[out], f"Y_{t}": _targets(experiment.task)[out]}
    return {
        key: np.atleast_2d(getattr(parameters, key)) if value is None else _rows(value, sample)
        for key, value in rows.items()
    }


def _initial_state(experiment: Experiment) -> np.ndarray:
    shape = experiment.trace.H.shape[1:]
    H_init = experiment.trace.H_init
    return np.zeros(shape) if H_init is None else np.broadcast_to(H_init, shape)


def _output_index(experiment: Experiment, t: int) -> int | None:
    """Where step t stands in Z and Y_hat, or None where there is no output."""
    if experiment.task.mode == "sequence_to_sequence":
        return t
    return 0 if t == len(experiment.task.X) - 1 else None


def _targets(task: Task) -> np.ndarray:
    """Y with a leading axis for the steps that have an output."""
    return task.Y if task.Y.ndim == 3 else task.Y[None]


def _rows(values: np.ndarray, sample: int | None) -> np.ndarray:
    if sample is None:
        return values
    return values.mean(axis=0, keepdims=True) if sample == -1 else values[sample : sample + 1]


# --- predictions ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Predictions:
    """Outputs before and after training beside the targets, (steps with an output, m, n2), in `unit`.

    Accuracies are fractions of right answers over steps and samples, or None for real-valued targets.
    """

    before: np.ndarray
    after: np.ndarray
    truth: np.ndarray
    unit: str
    accuracy_before: float | None
    accuracy_after: float | None


def predictions_before_after(experiment: Experiment, parameters: Parameters) -> Predictions:
    """The outputs of the start values and of `parameters` on the training sequences."""
    task = experiment.task
    after = forward(experiment.architecture, parameters, task.X).Y_hat
    before, truth = experiment.trace.Y_hat, _targets(task)
    return Predictions(
        before=task.to_unit(before),
        after=task.to_unit(after),
        truth=task.to_unit(truth),
        unit=task.unit,
        accuracy_before=accuracy(task.kind, before, truth),
        accuracy_after=accuracy(task.kind, after, truth),
    )


def accuracy(kind: str, Y_hat: np.ndarray, Y: np.ndarray) -> float | None:
    """Fraction of right answers: the largest output of "classes", the side of ½ of "binary", else None."""
    if kind == "classes":
        return float((Y_hat.argmax(axis=-1) == Y.argmax(axis=-1)).mean())
    if kind == "binary":
        return float(((Y_hat > 0.5) == (Y > 0.5)).mean())
    return None


def held_out_accuracy(experiment: Experiment, parameters: Parameters) -> float | None:
    """Accuracy on sequences that training never saw, or None where there are none."""
    task = experiment.task
    if task.held_out_X is None:
        return None
    Y_hat = forward(experiment.architecture, parameters, task.held_out_X).Y_hat
    return accuracy(
        task.kind, Y_hat, task.held_out_Y if Y_hat.ndim == task.held_out_Y.ndim else task.held_out_Y[None]
    )


@dataclass(frozen=True, eq=False)
class Forecast:
    """Next-year forecasts of the held-out years in sunspot numbers.

    `forecasts` and `errors` have the keys "network", "last value" and "11 years ago"; an error is a dict with
    "mae" and "rmse".
    """

    years: np.ndarray
    truth: np.ndarray
    forecasts: dict[str, np.ndarray]
    errors: dict[str, dict[str, float]]


def sunspot_forecast(experiment: Experiment, parameters: Parameters) -> Forecast:
    """One forecast for each held-out year from the T true years before it, beside two naive forecasts.

    Raises
    ------
    ValueError
        If the task is not sunspots.
    """
    if experiment.task.name != "sunspots":
        raise ValueError(f"experiment: got the task {experiment.task.name}, expected sunspots")
    X, truth, years = sunspot_data.contexts(experiment.config.steps)
    outputs = forward(experiment.architecture, parameters, X).Y_hat[-1, :, 0]
    forecasts = {"network": sunspot_data.to_unit(outputs)} | sunspot_data.baselines(years)
    errors = {name: sunspot_data.errors(values, truth) for name, values in forecasts.items()}
    return Forecast(years, truth, forecasts, errors)


# --- gradient flow --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Wh1's spectral `radius` (largest |eigenvalue|) and spectral `norm` (σ_max), and `gamma` = max |f₁′|."""

    radius: float
    norm: float
    gamma: float
    eigenvalues: np.ndarray
    singular_values: np.ndarray


def spectrum(experiment: Experiment) -> Spectrum:
    """Eigenvalues and singular values of Wh1, largest first."""
    Wh1 = experiment.parameters.Wh1
    eigenvalues = np.linalg.eigvals(Wh1)
    eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    singular_values = np.linalg.svd(Wh1, compute_uv=False)
    gamma = _MAX_SLOPE[experiment.architecture.hidden_activation]
    return Spectrum(
        float(np.abs(eigenvalues[0])), float(singular_values[0]), gamma, eigenvalues, singular_values
    )


def jacobian_bound(experiment: Experiment) -> np.ndarray:
    """(T,) array: (γ σ_max(Wh1))^lag, above ‖∂H_t/∂H_k‖₂ for every t − k = lag (Pascanu et al. 2013)."""
    values = spectrum(experiment)
    return (values.gamma * values.norm) ** np.arange(experiment.config.steps)


def gradient_flow(experiment: Experiment) -> np.ndarray:
    """‖∂L_t/∂H_k‖ for all (t, k), without holding the adjoints.

    Returns
    -------
    (T, T) array
        Frobenius norm over the batch and the hidden units of the adjoint ∂L_t/∂H_k (m, n1), where L_t is
        averaged over the batch. NaN where there is nothing: above the diagonal, and in rows without a loss
        (all but the last in sequence_to_vector).
    """
    Wh1, slopes = experiment.parameters.Wh1, _slopes(experiment)
    T = len(slopes)
    flow = np.full((T, T), np.nan)
    first = T - 1 if experiment.task.mode == "sequence_to_vector" else 0
    adjoints = np.zeros_like(slopes)
    adjoints[first:] = _direct_adjoints(experiment)
    for k in reversed(range(T)):
        t = max(k, first)
        flow[t:, k] = _frobenius(adjoints[t:])
        adjoints[t:] = (adjoints[t:] * slopes[k]) @ Wh1.T
    return flow


def _direct_adjoints(experiment: Experiment) -> np.ndarray:
    """∂L_t/∂H_t, the part of the adjoint that does not pass through H_{t+1}, for each step with a loss.

    It is the gradient of a network that only reads out: each H_t enters as its input, through identity
    weights and without recurrence.
    """
    original, n1 = experiment.architecture, experiment.config.hidden
    readout = Architecture(n1, n1, original.n_outputs, "identity", original.output_activation, original.loss)
    parameters = experiment.parameters._replace(W1=np.eye(n1), Wh1=np.zeros((n1, n1)), b1=np.zeros(n1))
    Y = _targets(experiment.task)
    trace = forward(readout, parameters, experiment.trace.H[-len(Y) :])
    return backward(readout, parameters, trace, Y).deltas


def _slopes(experiment: Experiment) -> np.ndarray:
    """f₁′(A_t), (T, m, n1), written with H_t."""
    H, name = experiment.trace.H, experiment.architecture.hidden_activation
    if name == "tanh":
        return 1 - H**2
    if name == "sigmoid":
        return H * (1 - H)
    return (H > 0).astype(float) if name == "relu" else np.ones_like(H)


def _frobenius(values: np.ndarray) -> np.ndarray:
    """Norms over the last two axes, scaled so that squaring neither under- nor overflows."""
    largest = np.abs(values).max(axis=(-2, -1))
    scale = np.where(largest > 0, largest, 1.0)
    return largest * np.sqrt(np.square(values / scale[..., None, None]).sum(axis=(-2, -1)))


def jacobian_norms(experiment: Experiment, sample: int = 0) -> np.ndarray:
    """‖∂H_t/∂H_k‖₂ of one sample for all (t, k): (T, T), 1 on the diagonal, NaN above it.

    It takes T²/2 singular values: 15 ms at T = 50, n1 = 8, but seconds at T = 200, n1 = 64.
    """
    slopes, Wh1 = _slopes(experiment)[:, sample], experiment.parameters.Wh1
    T, n1 = slopes.shape
    norms = np.full((T, T), np.nan)
    row = np.eye(n1)[None]
    norms[0, 0] = 1.0
    for t in range(1, T):
        row = np.concatenate([(slopes[t][:, None] * Wh1.T) @ row, np.eye(n1)[None]])
        norms[t, : t + 1] = np.linalg.svd(row, compute_uv=False)[:, 0]
    return norms


def median_by_lag(grid: np.ndarray) -> np.ndarray:
    """(T,) medians of a (T, T) grid over the cells of each lag t − k; NaN cells do not count."""
    diagonals = (np.diagonal(grid, -lag) for lag in range(len(grid)))
    present = (values[~np.isnan(values)] for values in diagonals)
    return np.array([np.median(values) if values.size else np.nan for values in present])


# --- training -------------------------------------------------------------------------------------------


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
        Why training stopped early; "" if it did not.
    snapshot_epochs : (S,) array of int
        Every epoch up to 300 of them, evenly thinned beyond.
    parameters, gradients, updates : dict of (S, …) arrays
        Before the update, the gradient there, and what the update adds.
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
    updates: dict[str, np.ndarray]
    held_out_losses: np.ndarray | None
    final: Parameters


Progress = Callable[[float, int, float], None]


def train_run(experiment: Experiment, progress: Progress | None = None) -> TrainingRun:
    """Train for the configured epochs, or until a number stops being finite.

    Parameters
    ----------
    progress : callable, optional
        Called as ``progress(fraction, epoch, loss)`` at most 20 times a second, and at the end with 1.0.
    """
    total = experiment.config.epochs
    wanted = set(np.linspace(0, total - 1, min(total, MAX_SNAPSHOTS)).round().astype(int).tolist())
    report = _throttled(progress, total)
    history, snapshots, last = [], [], None
    for epoch in _epochs(experiment):
        history.append((epoch.loss, epoch.step_losses, epoch.gradient_norms, epoch.clipped))
        report(epoch)
        if epoch.finite:
            last = epoch
        if epoch.epoch == 0 or (epoch.finite and epoch.epoch in wanted):
            snapshots.append(epoch)
    if last is not None and last is not snapshots[-1]:
        snapshots.append(last)
    report(epoch, done=True)
    return _training_run(experiment, history, snapshots, epoch)


def _epochs(experiment: Experiment) -> Iterator[Epoch]:
    config, task = experiment.config, experiment.task
    return train(
        experiment.architecture,
        experiment.parameters,
        task.X,
        task.Y,
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        optimiser=config.optimiser,
        clip_norm=config.clip_norm,
        clip_value=config.clip_value,
        truncation=config.truncation,
        truncation_kind=config.truncation_kind,
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
    return TrainingRun(
        losses=np.array(losses),
        step_losses=np.array(step_losses),
        gradient_norms={name: np.array([n[name] for n in norms]) for name in Parameters._fields},
        clipped=np.array(clipped, dtype=bool),
        epochs_done=len(history),
        finite=last.finite,
        message="" if last.finite else _why_stopped(losses, norms),
        snapshot_epochs=np.array([epoch.epoch for epoch in snapshots]),
        parameters=_stacked(epoch.parameters for epoch in snapshots),
        gradients=_stacked(epoch.gradients for epoch in snapshots),
        updates=_stacked(epoch.updates for epoch in snapshots),
        held_out_losses=_held_out_losses(experiment, snapshots),
        final=_final(experiment, snapshots[-1]),
    )


def _stacked(values: Iterable[Parameters]) -> dict[str, np.ndarray]:
    return {
        name: np.array(each) for name, each in zip(Parameters._fields, zip(*values, strict=True), strict=True)
    }


def _why_stopped(losses: Sequence[float], norms: Sequence[dict[str, float]]) -> str:
    """One sentence with the numbers of the last finite update."""
    finite = [
        (loss, max(each.values())) for loss, each in zip(losses, norms, strict=True) if np.isfinite(loss)
    ]
    if not finite:
        return "The first loss is not a finite number; the start values are too large."
    loss, norm = finite[-1]
    return (
        f"Training stopped at update {len(losses)}: the numbers were no longer finite. "
        f"The last finite loss was {loss:.3g} and the largest gradient norm {norm:.3g}. A smaller learning rate or clipping helps."
    )


def _final(experiment: Experiment, last: Epoch) -> Parameters:
    """The parameters after the last update, or before it where the loss would no longer be finite."""
    after = Parameters(*(p + u for p, u in zip(last.parameters, last.updates, strict=True)))
    return (
        after
        if np.isfinite(_loss(experiment, after, experiment.task.X, experiment.task.Y))
        else last.parameters
    )


def _loss(experiment: Experiment, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        try:
            return backward(
                experiment.architecture, parameters, forward(experiment.architecture, parameters, X), Y
            ).loss
        except ValueError:
            return np.nan


def _held_out_losses(experiment: Experiment, snapshots: list[Epoch]) -> np.ndarray | None:
    task = experiment.task
    if task.held_out_X is None:
        return None
    return np.array(
        [_loss(experiment, epoch.parameters, task.held_out_X, task.held_out_Y) for epoch in snapshots]
    )
