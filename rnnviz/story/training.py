"""The training player's scene: before − step = after of every parameter, at the epochs that are kept."""

from __future__ import annotations

import numpy as np

from rnnviz.story.notation import PARAMETERS, symbol
from rnnviz.story.numbers import four
from rnnviz.story.quantities import shown

MOST_NUMBERS = 6_000
MOST_FRAMES = 120


def build_training_scene(run, config) -> dict | None:
    """Return the scene of a training run, or None if it has no finite epoch to show.

    Parameters
    ----------
    run : TrainingRun
        With snapshots of the parameters before each kept epoch and what its update adds.
    config : RunConfig
        For the name of the step (rate × gradient, or what the optimiser makes of it).

    Returns
    -------
    dict
        JSON-ready: ``frames`` (epoch, sentence, place on the time axis), ``parameters`` (the three matrices
        of each at every frame), ``curve`` (the total loss, scaled to the unit square).
    """
    usable = [place for place in range(len(run.snapshot_epochs)) if _is_finite(run, place)]
    if not usable:
        return None
    kept = _thinned(usable, run)
    return {
        "kind": "training",
        "parameter": config.parameter,
        "epochs": int(run.epochs_done),
        "frames": [_frame(run, config, place) for place in kept],
        "curve": _curve(run),
        "parameters": {name: _part(run, config, name, kept) for name in PARAMETERS},
    }


def _is_finite(run, place: int) -> bool:
    return all(
        np.isfinite(run.parameters[name][place]).all() and np.isfinite(run.updates[name][place]).all()
        for name in PARAMETERS
    )


def _thinned(places: list[int], run) -> list[int]:
    """Keep so many epochs that the player stays light; early ones, where most happens, more densely."""
    each = sum(_drawn(run.parameters[name][0]).size for name in PARAMETERS)
    count = max(2, min(MOST_FRAMES, MOST_NUMBERS // (3 * each)))
    if len(places) <= count:
        return places
    spread = np.unique(np.geomspace(1, len(places), count).round().astype(int) - 1)
    even = np.linspace(0, len(places) - 1, count // 2).round().astype(int)
    return [places[i] for i in sorted({*spread.tolist()[: count // 2], *even.tolist()})]


def _drawn(values: np.ndarray) -> np.ndarray:
    matrix = np.atleast_2d(values)
    return matrix[np.ix_(shown(matrix.shape[0]), shown(matrix.shape[1]))]


def _frame(run, config, place: int) -> dict:
    epoch = int(run.snapshot_epochs[place])
    loss = float(run.losses[epoch])
    step = float(np.sqrt(sum(np.sum(run.updates[name][place] ** 2) for name in PARAMETERS)))
    clipped = " The gradient was clipped." if bool(run.clipped[epoch]) else ""
    words = f"Epoch {epoch}: the loss is {four(loss)}; all parameters together move by {four(step)}.{clipped}"
    return {"epoch": epoch, "sentence": words, "x": epoch / max(1, run.epochs_done - 1)}


def _part(run, config, name: str, kept: list[int]) -> dict:
    before, update = run.parameters[name][kept], run.updates[name][kept]
    matrix = np.atleast_2d(before[0])
    return {
        "label": [list(piece) for piece in symbol(name).label],
        "words": symbol(name).words,
        "shape": list(matrix.shape),
        "rows": shown(matrix.shape[0]),
        "columns": shown(matrix.shape[1]),
        "captions": {"before": "before", "step": _step_words(config), "after": "after"},
        "before": _rounded(before),
        "step": _rounded(-update),
        "after": _rounded(before + update),
        "largest": float(max(np.abs(before).max(), np.abs(before + update).max())),
        "largest_step": float(np.abs(update).max()),
    }


def _step_words(config) -> str:
    plain = config.optimiser == "sgd" and config.clip_norm is None and config.clip_value is None
    return f"rate {four(config.learning_rate)} × gradient" if plain else f"step of {config.optimiser}"


def _rounded(stack: np.ndarray) -> list[list[list[float]]]:
    """Four digits are twice what the player prints, and a quarter of what a float would take to send."""
    matrices = stack.reshape(len(stack), -1, stack.shape[-1])
    drawn = matrices[:, shown(matrices.shape[1])][:, :, shown(matrices.shape[2])]
    sizes = np.abs(drawn)
    usual = (sizes >= 1e-12) & (sizes < 1e12)
    scale = 10.0 ** (3 - np.floor(np.log10(np.where(usual, sizes, 1.0))))
    return np.where(usual, np.rint(drawn * scale) / scale, drawn).tolist()


def _curve(run) -> dict:
    losses = np.asarray(run.losses, dtype=float)
    finite = np.isfinite(losses)
    places = np.flatnonzero(finite)
    places = places[np.unique(np.linspace(0, len(places) - 1, min(len(places), 400)).round().astype(int))]
    low, high = float(losses[places].min()), float(losses[places].max())
    span = high - low or 1.0
    xs = (places / max(1, run.epochs_done - 1)).tolist()
    words = f"total loss over {run.epochs_done} epochs, between {four(low)} and {four(high)}"
    return {"xs": xs, "ys": ((losses[places] - low) / span).tolist(), "words": words}
