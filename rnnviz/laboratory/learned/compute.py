"""What a trained network can do: which classes it mixes up, how it writes and forecasts; and the way it took there."""

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, forward
from rnnviz.engine.side_by_side import as_many_as_are_written, losses_each
from rnnviz.experiment.core import Experiment, run_again, targets
from rnnviz.experiment.training import TrainingRun
from rnnviz.tasks import own
from rnnviz.tasks import sunspots as sunspot_data
from rnnviz.tasks.characters import visible
from rnnviz.tasks.own import LEAST_SPREAD

TEXT_TASKS = ("next_character", "own_text")
_SAMPLING = 77
_FINEST, _COARSEST, _BUDGET, _MARGIN = 35, 13, 1.5e9, 0.25
FARTHEST = 1e150
"""Below it the squares of two numbers and their sum are floats."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each of n classes was named for each target: counts (n, n), [target, answer]."""

    counts: np.ndarray
    labels: tuple[str, ...]
    right: int
    total: int


def confusion(experiment: Experiment, parameters: Parameters, held_out: bool = False) -> Confusion | None:
    """Count targets against answers, on the sequences learned from or on those held out.

    None for real-valued targets or where nothing is held out.
    """
    task = experiment.task
    X, Y = (task.held_out_X, task.held_out_Y) if held_out else (task.X, targets(task))
    if task.kind == "real" or X is None or Y is None:
        return None
    trace = forward(experiment.architecture, parameters, X) if held_out else run_again(experiment, parameters)
    binary = task.kind == "binary"
    labels = ("0", "1") if binary else tuple(task.output_labels)
    wanted, said = ((each > 0.5).astype(int) if binary else each.argmax(axis=-1) for each in (Y, trace.Y_hat))
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    counted = slice(None) if held_out or task.mask is None else np.flatnonzero(task.mask)
    np.add.at(counts, (wanted.ravel()[counted], said.ravel()[counted]), 1)
    return Confusion(counts, labels, int(np.trace(counts)), int(counts.sum()))


def written_text(experiment: Experiment, parameters: Parameters, temperature: float, length: int = 120) -> str:
    """Let a network that names the next character go on from the first one of its text.

    Each of the `length` characters after it is drawn from softmax(Z / temperature) and read as the next
    input; the state, and an LSTM's memory, is carried on. Blanks and line ends are written as their signs. The same
    seed and parameters write the same text. ValueError if the task is not one of a text, or the temperature is not
    above 0.
    """
    if experiment.task.name not in TEXT_TASKS:
        raise ValueError(f"experiment: got the task {experiment.task.name}, expected next_character or own_text")
    if not temperature > 0:
        raise ValueError(f"temperature: got {temperature!r}, expected a number above 0")
    alphabet = experiment.task.output_labels
    draws = np.random.default_rng([_SAMPLING, experiment.config.seed]).random(length)
    current = int(experiment.task.X[0, 0].argmax())
    state, memory, text = np.zeros((1, experiment.config.hidden)), None, [alphabet[current]]
    for draw in draws:
        X = np.zeros((1, 1, len(alphabet)))
        X[0, 0, current] = 1.0
        trace = forward(experiment.architecture, parameters, X, state, memory)
        logits, state, memory = trace.Z[-1, 0], trace.H[-1], None if trace.C is None else trace.C[-1]
        weights = np.exp((logits - logits.max()) / temperature)
        # The draw falls on one of the classes, which lie side by side by their weight.
        current = min(int(np.searchsorted(np.cumsum(weights / weights.sum()), draw)), len(alphabet) - 1)
        text.append(alphabet[current])
    return "".join(text)


def printable(text: str) -> str:
    """Return a written text with its blanks as blanks; line ends and other signs stay visible."""
    return text.replace(visible(" "), " ")


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts of the held-out years in sunspot numbers.

    `forecasts` and `errors`, mean absolute ones, have the keys "network", "last value" and "11 years ago".
    """

    years: np.ndarray
    truth: np.ndarray
    forecasts: dict[str, np.ndarray]
    errors: dict[str, float]


def sunspot_forecast(experiment: Experiment, parameters: Parameters) -> Forecast:
    """One forecast for each held-out year from the T true years before it, beside two naive forecasts."""
    X, truth, years = _held_out_years(experiment)
    outputs = forward(experiment.architecture, parameters, X).Y_hat[-1, :, 0]
    return _forecast(years, truth, outputs, sunspot_data.baselines(years))


def _held_out_years(experiment: Experiment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The T years before each held-out year, its number and its year; ValueError for another task."""
    if experiment.task.name != "sunspots":
        raise ValueError(f"experiment: got the task {experiment.task.name}, expected sunspots")
    return sunspot_data.contexts(experiment.config.steps)


def free_run(experiment: Experiment, parameters: Parameters) -> Forecast:
    """Forecast year after year, each from the T values before it, of which ever more are forecasts.

    The naive forecasts know as little: "last value" repeats that of 1939, "11 years ago" the last cycle.
    """
    X, truth, years = _held_out_years(experiment)
    window, said = X[:, :1].copy(), []
    for _ in years:
        output = forward(experiment.architecture, parameters, window).Y_hat[-1:]
        said.append(float(output[0, 0, 0]))
        window = np.concatenate([window[1:], output])
    known = sunspot_data.to_unit(X[:, 0, 0])
    naive = {"last value": np.full(len(years), known[-1]), "11 years ago": np.resize(known[-11:], len(years))}
    return _forecast(years, truth, np.array(said), naive)


MOST_FORECASTS, MOST_NEXT = 1000, 12
SEASONAL = 0.4
"""From this correlation on, a series is told to repeat itself."""


@dataclass(frozen=True, eq=False)
class OwnForecast:
    """One forecast for each held-out row of a reader's numbers, in their unit, and what comes after the last row.

    ``forecasts`` and ``errors``, mean absolute ones, have the keys "network", "last value" and, where the rows that are
    trained on repeat themselves, "value s rows before".
    """

    first: int  # the first held-out row of Y
    known: np.ndarray  # (R,): all targets
    forecasts: dict[str, np.ndarray]
    errors: dict[str, float]
    next: np.ndarray  # each from the forecasts before it; of a series alone
    begin: int = 1  # which row of the reader's the first target is, from 1


def season(values: np.ndarray) -> int:
    """Return after how many rows a series repeats itself most clearly once it has turned; 0 where it does not."""
    rows = np.arange(len(values))
    flat = values - np.polyval(np.polyfit(rows, values, 1), rows)
    found = np.correlate(flat, flat, "full")[len(flat) - 1 :][: len(flat) // 3]
    below = np.flatnonzero(found < 0)
    if not below.size or found[0] <= LEAST_SPREAD**2 * float((values**2).sum()):
        return 0
    best = int(below[0] + found[below[0] :].argmax())
    return best if found[best] >= SEASONAL * found[0] else 0


def own_forecast(experiment: Experiment, parameters: Parameters) -> OwnForecast | None:
    """Forecast each held-out row from the T rows up to it; None for other data, or where no row is held out."""
    config, data = experiment.config, own.find(experiment.config.data)
    if data is None or data.task not in ("own_series", "own_columns"):
        return None
    T, last = config.steps, len(data.X)
    first = max(own.held_out_from(data, T), last - MOST_FORECASTS, T - 1, 1)
    if first >= last:
        return None
    unit = experiment.task.to_unit
    windows = data.X[np.arange(first, last) - np.arange(T)[::-1, None]]
    known = unit(data.Y[:, 0])
    said = {"network": unit(forward(experiment.architecture, parameters, windows).Y_hat[-1, :, 0])}
    said["last value"] = known[first - 1 : -1]
    if (repeats := season(known[: own.held_out_from(data, T)])) and repeats <= first:
        said[f"value {repeats} rows before"] = known[first - repeats : last - repeats]
    errors = {name: float(np.abs(values - known[first:]).mean()) for name, values in said.items()}
    return OwnForecast(first, known, said, errors, unit(_next(experiment, parameters, data)), 1 + data.ahead)


def _next(experiment: Experiment, parameters: Parameters, data: own.OwnData) -> np.ndarray:
    """What comes after the last row of a series, scaled: each value is read as the next input."""
    T, read, said = experiment.config.steps, [*data.X[:, 0], data.Y[-1, 0]], []
    for _ in range(MOST_NEXT if data.task == "own_series" else 0):
        window = np.array(read[-T:])[:, None, None]
        said.append(float(forward(experiment.architecture, parameters, window).Y_hat[-1, 0, 0]))
        read.append(said[-1])
    return np.array(said)


@dataclass(frozen=True)
class Turn:
    """From which epoch the held-out loss rises while the training loss falls, and both losses there and at the end."""

    epoch: int
    last: int
    held_out: tuple[float, float]
    training: tuple[float, float]


def turn(run: TrainingRun) -> Turn | None:
    """Return where the held-out loss is lowest, if it ends a hundredth or more above and that of training below."""
    if run.held_out_losses is None:
        return None
    epochs, held_out = run.snapshot_epochs, run.held_out_losses
    training = run.losses[epochs]
    sound = np.isfinite(held_out) & np.isfinite(training)
    if not sound.any():
        return None
    epochs, held_out, training = epochs[sound], held_out[sound], training[sound]
    low = int(held_out.argmin())
    if not (held_out[-1] > 1.01 * held_out[low] and training[-1] < training[low]):
        return None
    ends = (float(held_out[low]), float(held_out[-1])), (float(training[low]), float(training[-1]))
    return Turn(int(epochs[low]), int(epochs[-1]), *ends)


def _forecast(years: np.ndarray, truth: np.ndarray, outputs: np.ndarray, naive: dict[str, np.ndarray]) -> Forecast:
    forecasts = {"network": sunspot_data.to_unit(outputs)} | naive
    errors = {name: float(np.abs(values - truth).mean()) for name, values in forecasts.items()}
    return Forecast(years, truth, forecasts, errors)


@dataclass(frozen=True, eq=False)
class Course:
    """The recorded states of a run on a plane through its end.

    ``losses`` at [row of y, column of x] is L at the end plus x times the first and y times the second direction.
    """

    epochs: np.ndarray  # (S,)
    path: np.ndarray  # (S, 2), along the two directions, the last state at the origin
    share: float  # of the path's squared distances from its end the part that lies in the plane
    x: np.ndarray  # (P,)
    y: np.ndarray  # (P,)
    losses: np.ndarray  # (P, P)


def course(experiment: Experiment, run: TrainingRun) -> Course | None:
    """Lay a plane through the path of a run [1]_; None where fewer than three states have distances.

    The squares of numbers beyond `FARTHEST` are no floats: a state with one of them is left out, as is one
    that is not finite.

    .. [1] H. Li et al., "Visualizing the loss landscape of neural nets", NeurIPS 2018, section 7: the directions
       are the principal components of the path, taken from its end.
    """
    stacks = [run.parameters[name] for name in Parameters._fields]
    points = np.concatenate([stack.reshape(len(stack), -1) for stack in stacks], axis=1)
    near = (np.abs(points) < FARTHEST).all(axis=1)
    points = points[near]
    if len(points) < 3 or not np.ptp(points, axis=0).any():
        return None
    from_end = points - points[-1]
    directions = np.linalg.svd(from_end, full_matrices=False)[2][:2]
    path = from_end @ directions.T
    share = float((path**2).sum() / (from_end**2).sum())
    # How many values an axis has: the map costs their square in networks.
    T, m, n1 = experiment.trace.H.shape
    count = int(np.clip(np.sqrt(_BUDGET / (T * m * (n1 * (n1 + 30) + 600) + 60_000)), _COARSEST, _FINEST))
    room = _MARGIN * np.ptp(path, axis=0)
    room[room == 0] = 1.0
    x, y = np.linspace(path.min(axis=0) - room, path.max(axis=0) + room, count).T
    losses = _losses(experiment, points[-1], directions, x, y)
    return Course(run.snapshot_epochs[near], path, share, x, y, losses)


def _losses(
    experiment: Experiment, end: np.ndarray, directions: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    right, up = (grid.ravel()[:, None] for grid in np.meshgrid(x, y))
    task, like, found = experiment.task, experiment.parameters, []
    cuts = np.cumsum([values.size for values in like])[:-1]
    for part in as_many_as_are_written(experiment.architecture, len(right)):
        places = end + right[part] * directions[0] + up[part] * directions[1]
        rows = zip(np.split(places, cuts, axis=1), like, strict=True)
        networks = Parameters(*(row.reshape(len(places), *values.shape) for row, values in rows))
        found.append(
            losses_each(experiment.architecture, networks, task.X, task.Y, experiment.H_init, **experiment.trace.more)
        )
    return np.concatenate(found).reshape(len(y), len(x))
