"""A step of the forward pass opened, the states over time, predictions beside their targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnviz.edits import unmarked
from rnnviz.story.notation import symbol
from rnnviz.story.numbers import beyond_rounding, counted, four, part_of
from rnnviz.story.quantities import frobenius as norm


def step_sentence(matrices: Mapping[str, np.ndarray], t: int) -> str:
    """Say how much of a step's pre-activation is input and how much the state before, in Markdown.

    What is the same in all samples of a batch tells nothing of what each has read, so it is told apart.

    Parameters
    ----------
    matrices : mapping
        From ``experiment.step_matrices``.
    t : int
        The step.
    """
    before = f"H_{t - 1}" if t else "H_init"
    present, past = matrices[f"X_{t} W1"], matrices[f"{before} Wh1"]
    fresh = rf"$X_{{{t}}} W_1$, of length **{four(norm(present))}**"
    memory, which = rf"${symbol(before).latex} W_{{h1}}$", rf"${symbol(before).latex}$"
    if not past.any():
        factors = ((which, before), ("$W_{h1}$", "Wh1"))
        zero = next((latex for latex, name in factors if not matrices[name].any()), memory)
        return f"At t = {t} nothing is remembered, as {zero} is 0: the input is {fresh}."
    kept = f"{memory}, of length **{four(norm(past))}**"
    text = f"At t = {t} the state before enters as {kept}, the input as {fresh}."
    if len(past) == 1:
        return text
    apart = [four(beyond_rounding(_spread(part))) for part in (past, present)]
    return (
        f"{text} Around their means over the samples they spread by **{apart[0]}** and **{apart[1]}**; what "
        "is the same in all samples says nothing of what each has read."
    )


def _spread(rows: np.ndarray) -> float:
    """Return how far the samples are from their mean, all together."""
    return norm(rows - rows.mean(axis=0))


def unrolled_words(T: int, opened: int) -> str:
    """Say what the picture of the unrolled network shows."""
    return f"Unrolled over {counted(T, 'step')}: every Hₜ comes from Xₜ and Hₜ₋₁. Step {opened} is marked."


def states(trace: object, sample: int) -> np.ndarray:
    """Return the hidden states (n1, T) of one sample, of the batch mean for sample −1."""
    chosen = trace.H.mean(axis=1) if sample < 0 else trace.H[:, sample]
    return chosen.T


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions beside their targets, in the unit of the task.

    Attributes
    ----------
    axis : str
        What runs along x: the steps, the years, or in sequence_to_vector the samples of the batch.
    places : tuple
        Labels along x.
    outputs : tuple of str
        Labels of the outputs.
    target : ndarray, shape (places, outputs)
    predicted : dict of str to ndarray, shape (places, outputs)
    unit : str
    kind : str
        "classes", "binary" or "real", as the task's targets are.
    samples : tuple of target and predicted, or None
        Where the places are means over the batch, what was averaged: each (places, m, outputs).
    """

    axis: str
    places: tuple
    outputs: tuple[str, ...]
    target: np.ndarray
    predicted: dict[str, np.ndarray]
    unit: str
    kind: str
    samples: tuple[np.ndarray, dict[str, np.ndarray]] | None = None

    @property
    def as_classes(self) -> bool:
        """Whether there is a number for each of several classes."""
        return self.kind == "classes"


def prediction(task: object, Y_hats: dict[str, np.ndarray], sample: int) -> Prediction:
    """Lay predictions beside the targets of a task.

    Parameters
    ----------
    task : tasks.Task
    Y_hats : dict of str to ndarray, shape (T, m, n2) or (1, m, n2)
        Each ``Trace.Y_hat`` by name, for example ``{"before": …, "after": …}``.
    sample : int
        In sequence_to_sequence the sample shown, −1 for the mean over the batch.
    """
    samples = None
    if task.mode == "sequence_to_vector":
        target, chosen = task.Y, {name: Y_hat[-1] for name, Y_hat in Y_hats.items()}
        axis, places = "sample", tuple(range(len(target)))
    else:
        target = _chosen(task.Y, sample)
        chosen = {name: _chosen(Y_hat, sample) for name, Y_hat in Y_hats.items()}
        axis, places = _time(task, sample)
        if sample < 0 and task.Y.shape[1] > 1:
            samples = task.to_unit(task.Y), {name: task.to_unit(each) for name, each in Y_hats.items()}
    converted = {name: task.to_unit(values) for name, values in chosen.items()}
    target = task.to_unit(target)
    return Prediction(axis, places, task.output_labels, target, converted, task.unit, task.kind, samples)


def _chosen(values: np.ndarray, sample: int) -> np.ndarray:
    return values.mean(axis=1) if sample < 0 else values[:, sample]


def _time(task: object, sample: int) -> tuple[str, tuple]:
    if task.time is None or sample < 0:
        return "step t", tuple(range(len(task.Y)))
    return "year", tuple(int(year) for year in task.time[:, sample])


def fit_sentence(shown: Prediction) -> str:
    """Say how close the last-named predictions are to their targets: each sample's own, also of a mean."""
    name = list(shown.predicted)[-1]
    target, values = shown.target, shown.predicted[name]
    of, seen = "", ""
    if shown.samples is not None:
        each, m = shown.samples, shown.samples[0].shape[1]
        target, values = (part.reshape(-1, part.shape[-1]) for part in (each[0], each[1][name]))
        of = f", {len(shown.target)} in each of {m} samples"
        rings = ", and a ring the class of more than half of them" if shown.as_classes else ""
        seen = f" The picture shows the means over the {m} samples{rings}."
    return _fitted(shown, name, _fit(shown.as_classes, target, values), len(values), of) + seen


def _fitted(shown: Prediction, name: str, close: Fit, count: int, of: str) -> str:
    if shown.kind == "classes":
        return (
            f"The {name} puts the most weight on the right class in "
            f"{part_of(close.right, count, 'place', bold=True)}{of}; "
            f"the right class gets {four(close.weight)} on average."
        )
    if shown.kind == "binary":
        return (
            f"The {name} is on the right side of ½ in {part_of(close.right, count, 'place', bold=True)}{of}, "
            f"and off by {four(close.error)} on average."
        )
    places = counted(count, "place")
    return f"The {name} is off by **{four(close.error)}**{_unit(shown)} on average, over {places}{of}."


def states_sentence(values: np.ndarray, samples: int = 1) -> str:
    """Say what the states (n1, T) look like, of one sample or as the mean over so many."""
    swing = values.max(axis=1) - values.min(axis=1)
    unit, size = int(swing.argmax()), f"The {_state_of(samples, len(values))}"
    low, high = (four(float(end)) for end in (values.min(), values.max()))
    if values.shape[1] == 1:
        return f"{size} is **{low}**." if low == high else f"{size} lies between **{low}** and **{high}**."
    if low == high or swing[unit] == 0:
        stays = f"stays at **{low}**" if low == high else f"stays as it is, between **{low}** and **{high}**"
        return f"{size} {stays}."
    moves = "" if len(values) == 1 else f"; unit {unit} moves most, by {four(float(swing[unit]))}"
    return f"{size} runs from **{low}** to **{high}**{moves}."


def _state_of(samples: int, numbers: int) -> str:
    state = f"hidden state of {counted(numbers, 'number')}"
    return state if samples == 1 else f"mean {state} over the {samples} samples"


def read_at(task: object, sample: int) -> tuple[str, ...]:
    """Return a label for each step: its number, and on a second line what is read there if it is short."""
    T = len(task.X)
    if sample < 0 or any(len(token) > 3 for token in task.tokens[sample]):
        return tuple(str(t) for t in range(T))
    return tuple(f"{t}\n{token}" for t, token in enumerate(task.tokens[sample]))


class Fit(NamedTuple):
    """How many places are right, the mean weight on the right class, and the mean absolute error."""

    right: int
    weight: float
    error: float


def _fit(as_classes: bool, target: np.ndarray, values: np.ndarray) -> Fit:
    wanted = target > 0.5
    same = values.argmax(axis=1) == target.argmax(axis=1) if as_classes else (values > 0.5) == wanted
    weight = float(np.mean(np.sum(values * wanted, axis=1)))
    return Fit(int(np.sum(same)), weight, float(np.mean(np.abs(values - target))))


def _unit(shown: Prediction) -> str:
    return f" ({unmarked(shown.unit)})" if shown.unit else ""
