"""A step of the forward pass opened, the states over time, predictions beside their targets."""

from collections.abc import Mapping

import numpy as np

from rnnviz.laboratory.forward.compute import Prediction, fit
from rnnviz.notation.ids import state, symbol
from rnnviz.notation.numbers import beyond_rounding, counted, four, part_of
from rnnviz.notation.quantities import frobenius as norm
from rnnviz.settings.edits import unmarked
from rnnviz.tasks import Task


def step_sentence(matrices: Mapping[str, np.ndarray], t: int) -> str:
    """Say how much of a step's pre-activation is input and how much the state before, in Markdown.

    What is the same in all samples of a batch tells nothing of what each has read, so it is told apart.
    """
    before = state(t - 1)
    present, past = matrices[f"X_{t} W1"], matrices[f"{before} Wh1"]
    fresh = rf"$X_{{{t}}} W_1$, of length **{four(norm(present))}**"
    memory, which = rf"${symbol(before).latex} W_{{h1}}$", rf"${symbol(before).latex}$"
    if not past.any():
        factors = ((which, before), ("$W_{h1}$", "Wh1"))
        zero = next((latex for latex, name in factors if not matrices[name].any()), memory)
        return f"At t = {t} nothing is remembered, as {zero} is 0: the input is {fresh}."
    past_part = f"{memory}, of length **{four(norm(past))}**"
    text = f"At t = {t} the state before enters as {past_part}, the input as {fresh}."
    if len(past) == 1:
        return text
    one, other = (four(beyond_rounding(norm(part - part.mean(axis=0)))) for part in (past, present))
    text += f" Around their means over the samples they spread by **{one}** and **{other}**"
    return f"{text}; what is the same in all samples says nothing of what each has read."


def unrolled_words(T: int, opened: int) -> str:
    """Say what the picture of the unrolled network shows."""
    return f"Unrolled over {counted(T, 'step')}: every Hₜ comes from Xₜ and Hₜ₋₁. Step {opened} is marked."


def fit_sentence(shown: Prediction) -> str:
    """Say how close the predictions are to their targets: each sample's own, also of a mean."""
    target, values = shown.target, shown.predicted
    of, seen = "", ""
    if shown.samples is not None:
        each, m = shown.samples, shown.samples[0].shape[1]
        target, values = (part.reshape(-1, part.shape[-1]) for part in each)
        of = f", {len(shown.target)} in each of {m} samples" if m > 1 else ", of all samples"
        rings = ", and a ring the class of more than half of them" if shown.as_classes else ""
        over = f"the {m} samples" if m > 1 else "the samples that have not ended"
        seen = f" The picture shows the means over {over}{rings}."
    close = fit(shown.as_classes, target, values)
    right, off = part_of(close.right, len(values), "place", bold=True), four(close.error)
    if shown.kind == "classes":
        text = f"puts the most weight on the right class in {right}{of}; "
        text += f"the right class gets {four(close.weight)} on average"
    elif shown.kind == "binary":
        text = f"is on the right side of ½ in {right}{of}, and off by {off} on average"
    else:
        unit = f" ({unmarked(shown.unit)})" if shown.unit else ""
        text = f"is off by **{off}**{unit} on average, over {counted(len(values), 'place')}{of}"
    return f"The prediction {text}.{seen}"


def states_sentence(values: np.ndarray, samples: int = 1) -> str:
    """Say what the states (n1, T) look like, of one sample or as the mean over so many."""
    swing = values.max(axis=1) - values.min(axis=1)
    unit, size = int(swing.argmax()), f"hidden state of {counted(len(values), 'number')}"
    size = f"The {size}" if samples == 1 else f"The mean {size} over the {samples} samples"
    low, high = (four(float(end)) for end in (values.min(), values.max()))
    if values.shape[1] == 1:
        return f"{size} is **{low}**." if low == high else f"{size} lies between **{low}** and **{high}**."
    if low == high or swing[unit] == 0:
        stays = f"stays at **{low}**" if low == high else f"stays as it is, between **{low}** and **{high}**"
        return f"{size} {stays}."
    moves = "" if len(values) == 1 else f"; unit {unit} moves most, by {four(float(swing[unit]))}"
    return f"{size} runs from **{low}** to **{high}**{moves}."


def read_at(task: Task, sample: int) -> tuple[str, ...]:
    """Return a label for each step: its number, and on a second line what is read there if it is short."""
    T = len(task.X)
    if sample < 0 or any(len(token) > 3 for token in task.tokens[sample]):
        return tuple(map(str, range(T)))
    return tuple(f"{t}\n{token}" for t, token in enumerate(task.tokens[sample]))


def predictions_table(shown: Prediction) -> dict[str, np.ndarray]:
    """Return targets and predictions, a column for each output."""
    columns: dict[str, np.ndarray] = {shown.axis: np.array(shown.places)}
    for output, label in enumerate(shown.outputs):
        suffix = f" ({label})" if len(shown.outputs) > 1 else ""
        columns["target" + suffix] = shown.target[:, output]
        columns["prediction" + suffix] = shown.predicted[:, output]
    return columns
