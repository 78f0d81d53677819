"""The scene of one edit: the loss along the edited number, the slope it had there, and what came of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnviz.experiment.whatif import WhatIf
from rnnviz.notation.conventions import LECTURE, Conventions
from rnnviz.notation.ids import PARAMETERS, plain, symbol
from rnnviz.notation.numbers import four, rounded
from rnnviz.notation.quantities import finite
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
def what_if_scene(found: WhatIf, scale: float = 1.0, conventions: Conventions = LECTURE) -> dict:
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
    edit, T, losses = found.edit, len(found.after.trace.X), _losses(found, scale)
    quantity, place = _drawn(edit, T, conventions)
    label = _label(edit, T, conventions)
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
        "curve": _curve(found, losses),
        "steps": _steps(found, conventions),
        "was": ["Before the newest edit: network, factors and grid show the numbers as they were."],
        "edits": [_listed(one, T, conventions) for one in read(found.after.config.edits)],
    }


def _losses(found: WhatIf, scale: float) -> _Losses:
    return _Losses(
        before=scale * found.before.backward.loss,
        after=scale * found.after.backward.loss,
        true=scale * found.true,
        slope=scale * found.slope,
        predicted=scale * found.predicted,
        along=scale * found.losses,
    )


def _drawn(edit: Edit, T: int, conventions: Conventions) -> tuple[str, tuple[int, int]]:
    """Return the id of the drawn matrix and the place in it: a bias is one row, X_t has a row a sample."""
    quantity, place = edit.variable, edit.entry[-2:]
    if edit.variable in ("X", "Y"):
        quantity = f"{edit.variable}_{edit.entry[0] if len(edit.entry) == 3 else T - 1}"
    row, column = place if len(place) == 2 else (0, *place)
    weight = edit.variable in PARAMETERS and len(edit.entry) == 2
    turned = conventions.is_column or (weight and conventions.flips_weights)
    return quantity, (column, row) if turned else (row, column)


def _label(edit: Edit, T: int, conventions: Conventions) -> tuple[tuple[str, str], ...]:
    quantity, (row, column) = _drawn(edit, T, conventions)
    return (*symbol(quantity, conventions).label, (f"[{row}, {column}]", ""))


def _listed(edit: Edit, T: int, conventions: Conventions) -> dict:
    return {"text": f"{plain(_label(edit, T, conventions))} = {four(edit.value)}", "edit": str(edit)}


def _sentence(found: WhatIf, losses: _Losses, name: str) -> str:
    if found.value_before == found.value_after:
        return f"{name} is {four(found.value_after)} as before: nothing changes."
    change = f"{name} {_moved(found.value_before, found.value_after)}"
    change += "" if found.alone else ", the rest of its row with it"
    if not np.isfinite(losses.true):
        return f"{change}: the loss was {_said(losses.before)} and is {_said(losses.after)} now."
    verb = "falls" if losses.true < 0 else "rises"
    came = f"{verb} by {four(abs(losses.true))}" if losses.true else "stays as it is"
    return f"{change}: the loss {came}. {_prediction(found, losses)}"


def _moved(before: float, after: float) -> str:
    """Both values, with as many digits as tell them apart."""
    digits = next((n for n in range(4, 17) if rounded(before, n) != rounded(after, n)), 17)
    return f"from {rounded(before, digits)} to {rounded(after, digits)}"


def _said(loss: float) -> str:
    return four(loss) if np.isfinite(loss) else "no finite number"


def _prediction(found: WhatIf, losses: _Losses) -> str:
    if not np.isfinite(losses.predicted):
        return "The slope there is no finite number."
    step = found.value_after - found.value_before
    times = four(step) if step >= 0 else f"({four(step)})"
    noun = "a fall" if losses.predicted < 0 else "a rise"
    said = f"{noun} of {four(abs(losses.predicted))}" if losses.predicted else "no change"
    return f"The slope there, {four(losses.slope + 0.0)} × {times}, had predicted {said}{_verdict(losses)}"


def _verdict(losses: _Losses) -> str:
    """Return how the prediction went: the more the curve bends on the way, the less it holds."""
    if four(losses.predicted + 0.0) == four(losses.true + 0.0):
        return "."
    if losses.true == 0 and abs(losses.predicted) <= np.spacing(abs(losses.before)):
        return ", too little to be seen in the loss."
    missed = abs(losses.predicted - losses.true)
    close = missed <= ALMOST * max(abs(losses.true), abs(losses.predicted))
    return ", almost the same." if close else "; the curve bends."


def _curve(found: WhatIf, losses: _Losses) -> dict:
    ends = found.values[[0, -1]]
    heights = losses.before + losses.slope * (ends - found.value_before)
    known = losses.along[np.isfinite(losses.along)]
    return {
        "xs": found.values.tolist(),
        "ys": [finite(loss) for loss in losses.along.tolist()],
        "tangent": [[x, finite(y)] for x, y in zip(ends.tolist(), heights.tolist(), strict=True)],
        "low": finite(float(np.min(known, initial=np.inf))),
        "high": finite(float(np.max(known, initial=-np.inf))),
    }


def _steps(found: WhatIf, conventions: Conventions) -> list[dict]:
    before, after = (each.backward.step_losses.tolist() for each in (found.before, found.after))
    first = found.after.architecture.first_loss_step(len(after))
    return [
        {"t": t, "name": conventions.step(t), "before": finite(before[t]), "after": finite(after[t])}
        for t in range(first, len(after))
    ]
