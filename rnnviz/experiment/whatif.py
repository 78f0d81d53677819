"""What one edited number does to the loss, and what its slope had said it would do."""

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import input_gradients, losses_along
from rnnviz.settings.edits import Edit, read, with_edit, written

from .core import Experiment, exists, run, values_of

CURVE_POINTS = 81
SMALLEST_MARGIN = 0.5


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The newest edit of an experiment beside the experiment without it; losses are means over the batch.

    `before` is without the newest edit, with all earlier ones, `after` with it, and `alone` says whether only that
    entry differs. A one-hot target takes two edits to move, and half of them leaves a row that does not sum to 1: then
    `before` is without the earlier edits of the row as well, and the whole row moves on a line with the entry.

    `slope` is g = ∂L/∂entry at `before`, `predicted` is g (value_after − value_before), and `true` what the loss really
    gained. `values` (81,) are increasing values of the entry around the two, which are among them; `step_losses` (81,
    T) are L_t at `before` with the entry put to each of them, and `losses` (81,) their sums over t.
    """

    edit: Edit
    value_before: float
    value_after: float
    before: Experiment
    after: Experiment
    alone: bool
    slope: float
    predicted: float
    true: float
    values: np.ndarray
    step_losses: np.ndarray
    losses: np.ndarray


@np.errstate(all="ignore")
def what_if(experiment: Experiment) -> WhatIf | None:
    """Compare an experiment with itself before its newest edit; None without edits.

    The slope is that of the whole gradient: truncation, clipping and the optimiser have no part in it.
    """
    edits = read(experiment.config.edits)
    if not edits:
        return None
    edit, before = edits[-1], _without_newest(experiment, list(edits))
    old = float(values_of(before, edit.variable)[edit.entry])
    alone = len(read(before.config.edits)) == len(edits) - 1
    margin = max(1.5 * abs(edit.value - old), SMALLEST_MARGIN)
    even = np.linspace(min(old, edit.value) - margin, max(old, edit.value) + margin, CURVE_POINTS - 2)
    values = np.sort(np.append(even, [old, edit.value]))
    slope, step_losses = (_alone if alone else _with_row)(before, experiment, edit, values)
    return WhatIf(
        edit=edit,
        value_before=old,
        value_after=edit.value,
        before=before,
        after=experiment,
        alone=alone,
        slope=slope,
        predicted=slope * (edit.value - old),
        true=experiment.backward.loss - before.backward.loss,
        values=values,
        step_losses=step_losses,
        losses=step_losses.sum(axis=1),
    )


def _without_newest(experiment: Experiment, edits: list[Edit]) -> Experiment:
    """Run without the newest edit, and without those of its row of targets that do not fit on their own."""
    newest = edits.pop()
    while True:
        try:
            return run(experiment.config.replace(edits=written(edits)))
        except ValueError:
            row = [
                edit
                for edit in edits
                if newest.variable == edit.variable == "Y" and edit.entry[:-1] == newest.entry[:-1]
            ]
            if not row:
                raise
            edits.remove(row[-1])


def with_one_edit(experiment: Experiment, edit: Edit) -> str:
    """Return the experiment's edits with one more, as text.

    A distribution has to sum to 1: where a class is given another probability, the other classes share what
    is left in their old proportions, each by an edit of its own before the reader's. ValueError if the
    experiment has no such entry, or the probability of a class would lie outside 0 to 1.
    """
    shape = values_of(experiment, edit.variable).shape
    if not exists(edit.entry, shape):
        raise ValueError(f"edits: got {edit}, expected an index into {edit.variable} of shape {shape}")
    text = experiment.config.edits
    if edit.variable == "Y" and experiment.architecture.loss == "categorical_cross_entropy":
        for other in _others(experiment, edit):
            text = with_edit(text, other)
    return with_edit(text, edit)


def _others(experiment: Experiment, edit: Edit) -> list[Edit]:
    """Edits that give the other classes of a distribution what one of them leaves."""
    if not 0 <= edit.value <= 1:
        raise ValueError(f"edits: got {edit}, expected a probability from 0 to 1")
    *row, chosen = edit.entry
    old = experiment.task.Y[tuple(row)]
    others = np.delete(np.arange(len(old)), chosen)
    rest = old[others].sum()
    shares = old[others] / rest if rest > 0 else np.full(len(others), 1 / max(1, len(others)))
    values = (1 - edit.value) * shares
    return [Edit("Y", (*row, int(j)), float(v)) for j, v in zip(others, values, strict=True)]


def _alone(before: Experiment, after: Experiment, edit: Edit, values: np.ndarray) -> tuple[float, np.ndarray]:
    """∂L/∂entry at `before`, and the step losses with the entry put to each of `values`."""
    slopes = before.backward.gradients._asdict() | input_gradients(*before.problem)
    network = before.architecture, before.parameters, before.task.X, before.task.Y, before.H_init
    losses = losses_along(*network, **before.trace.more, variable=edit.variable, entry=edit.entry, values=values)
    return float(slopes[edit.variable][edit.entry]), losses


def _with_row(before: Experiment, after: Experiment, edit: Edit, values: np.ndarray) -> tuple[float, np.ndarray]:
    """The same when the other targets of the row move in proportion: a cross-entropy is linear in its targets."""
    row, old = edit.entry[:-1], before.task.Y[edit.entry]
    move = after.task.Y[row] - before.task.Y[row]
    share = ((values - old) / (edit.value - old))[:, None]
    losses = (1.0 - share) * before.backward.step_losses + share * after.backward.step_losses
    return float(input_gradients(*before.problem)["Y"][row] @ move / move[edit.entry[-1]]), losses
