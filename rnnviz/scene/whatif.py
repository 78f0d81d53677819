"""The scene of one edit: the loss along the edited number, the slope it had there, and what came of it."""

from typing import NamedTuple

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.experiment.whatif import WhatIf
from rnnviz.notation.conventions import PLAIN, Conventions
from rnnviz.notation.ids import PARAMETERS, Quantity, plain, symbol
from rnnviz.notation.numbers import four, rounded
from rnnviz.notation.quantities import finite
from rnnviz.scene.cells import block_of
from rnnviz.settings.edits import Edit, read

ALMOST = 0.01
"""Up to this share of the larger one, what came is called almost what the slope had predicted."""


class _Losses(NamedTuple):
    """The loss before and after, along the entry, and its slope: summed over time, or their mean."""

    before: float
    after: float
    true: float
    slope: float
    predicted: float
    along: np.ndarray


@np.errstate(all="ignore")
def what_if_scene(found: WhatIf, scale: float = 1.0, conventions: Conventions = PLAIN) -> dict:
    """Return the scene of the newest edit, written in these conventions.

    Parameters
    ----------
    scale : float
        What the total loss is multiplied by: 1, or 1 over the number of losses where L is their mean.

    Returns
    -------
    dict
        JSON-ready; what is not finite goes as its name.

        - ``variable``, ``entry``: the engine's; ``quantity``, ``place``: id, row and column of the drawn
          matrix; ``label``: pieces of text with their place.
        - ``before``, ``after``: the entry's two values; ``slope``, ``predicted``, ``true``; ``sentence``.
        - ``curve``: ``xs``, ``ys``; ``tangent``, two points of the line with that slope; ``low`` and
          ``high``, the smallest and largest finite loss of the curve.
        - ``steps``: L_t before and after, of the steps that have a loss, by t and its written ``name``.
        - ``edits``: all of them, the newest last, as they are said and as they stand in the link.
    """
    edit = found.edit
    totals = scale * found.before.backward.loss, scale * found.after.backward.loss
    losses = _Losses(*totals, scale * found.true, scale * found.slope, scale * found.predicted, scale * found.losses)
    quantity, place, label = _drawn(edit, found.after, conventions)
    ends, known = found.values[[0, -1]], losses.along[np.isfinite(losses.along)]
    heights = losses.before + losses.slope * (ends - found.value_before)
    before, after = (each.backward.step_losses.tolist() for each in (found.before, found.after))
    listed = ((one, plain(_drawn(one, found.after, conventions)[2])) for one in read(found.after.config.edits))
    return {
        "variable": edit.variable,
        "entry": list(edit.entry),
        "quantity": quantity,
        "place": list(place),
        "label": [list(piece) for piece in label],
        "before": found.value_before,
        "after": found.value_after,
        "slope": finite(losses.slope),
        "predicted": finite(losses.predicted),
        "true": finite(losses.true),
        "sentence": _sentence(found, losses, plain(label)),
        "curve": {
            "xs": found.values.tolist(),
            "ys": [finite(loss) for loss in losses.along.tolist()],
            "tangent": [[x, finite(y)] for x, y in zip(ends.tolist(), heights.tolist(), strict=True)],
            "low": finite(float(np.min(known, initial=np.inf))),
            "high": finite(float(np.max(known, initial=-np.inf))),
        },
        "steps": [
            {"t": t, "name": conventions.step(t), "before": finite(before[t]), "after": finite(after[t])}
            for t in range(found.after.architecture.first_loss_step(len(after)), len(after))
        ],
        "was": ["Before the newest edit: network, factors and grid show the numbers as they were."],
        "edits": [{"text": f"{name} = {four(one.value)}", "edit": str(one)} for one, name in listed],
    }


def _drawn(
    edit: Edit, experiment: Experiment, conventions: Conventions
) -> tuple[str, tuple[int, int], tuple[tuple[str, str], ...]]:
    """The drawn matrix, the place in it and how the entry is called: a bias is one row, X_t has a row a sample."""
    quantity, entry = edit.variable, edit.entry[-2:]
    if edit.variable in ("X", "Y"):
        quantity = Quantity(edit.variable, edit.entry[0] if len(edit.entry) == 3 else len(experiment.trace.X) - 1)
    row, column = entry if len(entry) == 2 else (0, *entry)
    quantity, column = block_of(experiment.architecture, quantity, column)
    weight = edit.variable in PARAMETERS and len(edit.entry) == 2
    turned = conventions.is_column or (weight and conventions.flips_weights)
    place = (column, row) if turned else (row, column)
    return quantity, place, (*symbol(quantity, conventions).label, (f"[{place[0]}, {place[1]}]", ""))


def _sentence(found: WhatIf, losses: _Losses, name: str) -> str:
    if found.value_before == found.value_after:
        return f"{name} is {four(found.value_after)} as before: nothing changes."
    # Both values have as many digits as tell them apart.
    was, now = found.value_before, found.value_after
    digits = next((n for n in range(4, 17) if rounded(was, n) != rounded(now, n)), 17)
    change = f"{name} from {rounded(was, digits)} to {rounded(now, digits)}"
    change += "" if found.alone else ", the rest of its row with it"
    if not np.isfinite(losses.true):
        before, after = (four(one) if np.isfinite(one) else "no finite number" for one in losses[:2])
        return f"{change}: the loss was {before} and is {after} now."
    verb = "falls" if losses.true < 0 else "rises"
    came = f"{verb} by {four(abs(losses.true))}" if losses.true else "stays as it is"
    return f"{change}: the loss {came}. {_prediction(now - was, losses)}"


def _prediction(step: float, losses: _Losses) -> str:
    """What the slope had predicted and how that went: the more the curve bends on the way, the less it holds."""
    if not np.isfinite(losses.predicted):
        return "The slope there is no finite number."
    times = four(step) if step >= 0 else f"({four(step)})"
    noun = "a fall" if losses.predicted < 0 else "a rise"
    said = f"{noun} of {four(abs(losses.predicted))}" if losses.predicted else "no change"
    missed, largest = abs(losses.predicted - losses.true), max(abs(losses.true), abs(losses.predicted))
    verdict = ", almost the same." if missed <= ALMOST * largest else "; the curve bends."
    if four(losses.predicted + 0.0) == four(losses.true + 0.0):
        verdict = "."
    elif losses.true == 0 and abs(losses.predicted) <= np.spacing(abs(losses.before)):
        verdict = ", too little to be seen in the loss."
    return f"The slope there, {four(losses.slope + 0.0)} × {times}, had predicted {said}{verdict}"
