"""What a trained network can do: which classes it mixes up, how it writes, how it forecasts on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, forward
from rnnviz.experiment.core import Experiment, targets
from rnnviz.laboratory.learned.forecasts import Forecast, held_out_years
from rnnviz.tasks import sunspots as sunspot_data
from rnnviz.tasks.characters import visible

TEXT_TASKS = ("next_character", "own_text")
_SAMPLING = 77


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
    trace = forward(experiment.architecture, parameters, X, None if held_out else experiment.H_init)
    wanted, said = (_classes(task.kind, values) for values in (Y, trace.Y_hat))
    count = 2 if task.kind == "binary" else Y.shape[-1]
    counts = np.bincount(count * wanted + said, minlength=count * count).reshape(count, count)
    labels = ("0", "1") if task.kind == "binary" else task.output_labels
    return Confusion(counts, tuple(labels), int(np.trace(counts)), int(counts.sum()))


def _classes(kind: str, values: np.ndarray) -> np.ndarray:
    if kind == "binary":
        return (values > 0.5).astype(int).ravel()
    return values.argmax(axis=-1).ravel()


def written_text(experiment: Experiment, parameters: Parameters, temperature: float, length: int = 120) -> str:
    """Let a network that names the next character go on from the first one of its text.

    Each of the `length` characters after it is drawn from softmax(Z / temperature) and read as the next
    input; the state is carried on. Blanks and line ends are written as their signs. The same seed and
    parameters write the same text.

    Raises
    ------
    ValueError
        If the task is not one of a text or the temperature is not above 0.
    """
    if experiment.task.name not in TEXT_TASKS:
        raise ValueError(f"experiment: got the task {experiment.task.name}, expected next_character or own_text")
    if not temperature > 0:
        raise ValueError(f"temperature: got {temperature!r}, expected a number above 0")
    alphabet = experiment.task.output_labels
    draws = np.random.default_rng([_SAMPLING, experiment.config.seed]).random(length)
    current = int(experiment.task.X[0, 0].argmax())
    state, text = np.zeros((1, experiment.config.hidden)), [alphabet[current]]
    for draw in draws:
        X = np.zeros((1, 1, len(alphabet)))
        X[0, 0, current] = 1.0
        trace = forward(experiment.architecture, parameters, X, state)
        current, state = _drawn(trace.Z[-1, 0], temperature, draw), trace.H[-1]
        text.append(alphabet[current])
    return "".join(text)


def _drawn(logits: np.ndarray, temperature: float, draw: float) -> int:
    """The class that a number from 0 to 1 falls on when the classes lie side by side by their weight."""
    weights = np.exp((logits - logits.max()) / temperature)
    return min(int(np.searchsorted(np.cumsum(weights / weights.sum()), draw)), len(logits) - 1)


def printable(text: str) -> str:
    """Return a written text with its blanks as blanks; line ends and other signs stay visible."""
    return text.replace(visible(" "), " ")


def free_run(experiment: Experiment, parameters: Parameters) -> Forecast:
    """Forecast year after year, each from the T values before it, of which ever more are forecasts.

    The naive forecasts know as little: "last value" repeats that of 1939, "11 years ago" the last cycle.

    Raises
    ------
    ValueError
        If the task is not sunspots.
    """
    X, truth, years = held_out_years(experiment)
    window, said = X[:, :1].copy(), []
    for _ in years:
        output = forward(experiment.architecture, parameters, window).Y_hat[-1:]
        said.append(float(output[0, 0, 0]))
        window = np.concatenate([window[1:], output])
    known = sunspot_data.to_unit(X[:, 0, 0])
    forecasts = {"network": sunspot_data.to_unit(np.array(said))} | _repeated(known, len(years))
    errors = {name: sunspot_data.errors(values, truth) for name, values in forecasts.items()}
    return Forecast(years, truth, forecasts, errors)


def _repeated(known: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """The last known value, and the last cycle as far as it is known, over and over."""
    cycle = known[-11:]
    return {"last value": np.full(count, known[-1]), "11 years ago": np.resize(cycle, count)}
