"""The training studio's scene: every parameter moving, and what follows from it, epoch by epoch."""

from __future__ import annotations

import numpy as np

from rnnviz.charts.limits import LARGEST
from rnnviz.charts.packed import packed_array
from rnnviz.experiment.training import TrainingRun
from rnnviz.experiment.watch import Watched
from rnnviz.notation.equations import mathml
from rnnviz.notation.ids import PARAMETERS, symbol
from rnnviz.notation.numbers import counted, four, percent
from rnnviz.notation.rules import clips, is_cut, is_mean, rule, truncates, written
from rnnviz.scene import panels
from rnnviz.scene.panels import nearest
from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import LABELS
from rnnviz.tasks.task import Task

MOST_NUMBERS, MOST_FRAMES, FEWEST_FRAMES = 80_000, 300, 24
MOST_MOVERS = 3
STRAIGHT = 1e-5
"""Degrees that rounding leaves of no angle: near it the cosine has lost half of its digits."""

ACTS = (
    ("start", "Start values", "Epoch {0} begins with these parameters."),
    ("forward", "Forward", "Forward: with them the network says Ŷ."),
    ("loss", "Loss", "Loss: compared with the targets, L = {1}."),
    ("bptt", "BPTT", "BPTT: back through time to the gradient of every parameter; together it is {2} long."),
    ("update", "Update", "Update: all parameters together move by {3}, and the loop begins again."),
)
"""The loop of the lecture: id, name, and the sentence with epoch, loss, length of gradient and of step."""
TRUNCATED = "BPTT: back through time to the truncated gradient; all together it is {2} long."
OVER_TIME = (
    "Training goes by the sum of the losses over the {0} steps. Written as their mean, L and its gradient "
    "are 1/{0} of what is shown here, and the same step is {0} η times that gradient."
)
"""What is said where L is written as a mean over time."""
WHOLE = (
    "Epoch {0}: the loss is {1}; all parameters together move by {3}.",
    " The gradient of all five parameters was clipped.",
)
"""The sentence on a whole epoch, and what follows it where the gradient was clipped."""


def played_places(run: TrainingRun, config: RunConfig) -> list[int]:
    """Return which of a run's snapshots are played: all finite ones, thinned so that the studio stays light.

    Early ones, where most happens, are kept more densely; the first and the last always.
    """
    usable = np.flatnonzero(_finite(run)).tolist()
    each = sum(values[0].size for values in run.parameters.values()) * (3 + len(run.states))
    count = int(np.clip(MOST_NUMBERS // each, FEWEST_FRAMES, MOST_FRAMES))
    if len(usable) <= count:
        return usable
    dense = np.geomspace(1, len(usable), count).round().astype(int) - 1
    even = np.linspace(0, len(usable) - 1, count // 2).round().astype(int)
    return [usable[i] for i in sorted({*dense[: count // 2].tolist(), *even.tolist()})]


def _finite(run: TrainingRun) -> np.ndarray:
    """(S,) bool: at which snapshots parameters, gradients and updates are finite."""
    stacks = (values[name] for values in (run.parameters, run.gradients, run.updates) for name in PARAMETERS)
    return np.all([np.isfinite(stack.reshape(len(stack), -1)).all(axis=1) for stack in stacks], axis=0)


def build_training_scene(
    run: TrainingRun, watched: Watched, task: Task, config: RunConfig, pinned: TrainingRun | None = None
) -> dict:
    """Return the scene of a training run that has at least one finite epoch.

    Parameters
    ----------
    watched : Watched
        Of the same run at the places that :func:`played_places` names.
    pinned : TrainingRun, optional
        A run that stays beside this one: its curves, and its parameters at the same epochs.

    Returns
    -------
    dict
        JSON-ready: ``frames`` (the epochs), ``words`` and ``acts`` (sentences on an epoch and on the steps
        of its loop, to be filled with ``loop``), ``parameters`` (matrices of each at every frame),
        ``panels`` (charts over the epochs),
        ``outputs`` (what the network says) and ``states`` (what it holds). Arrays are packed.
    """
    places = watched.places
    epochs = run.snapshot_epochs[places]
    return {
        "kind": "training",
        "parameter": config.parameter,
        "epochs": int(run.epochs_done),
        "frames": epochs.tolist(),
        "words": list(WHOLE),
        "acts": [_act(act, config) for act in ACTS],
        "remark": OVER_TIME.format(config.steps) if is_mean(config) else "",
        "loop": packed_array(_loop(run, places)),
        "clipped": run.clipped[epochs].astype(int).tolist(),
        "parameters": {name: _part(run, config, name, places, pinned) for name in PARAMETERS},
        "panels": _panels(run, watched, config, epochs, pinned),
        "outputs": _outputs(run, watched, task, config),
        "states": _states(watched, task),
    }


def _panels(
    run: TrainingRun, watched: Watched, config: RunConfig, epochs: np.ndarray, pinned: TrainingRun | None
) -> list[dict]:
    found = (
        panels.losses(run, epochs, pinned, is_mean(config)),
        panels.step_losses(run, epochs),
        panels.gradients(run, config.clip_norm, epochs, pinned, truncates(config)),
        panels.ratios(run, watched.places),
        panels.lags(watched, run, truncates(config)),
    )
    return [each for each in found if each is not None]


def _loop(run: TrainingRun, places: np.ndarray) -> np.ndarray:
    """Epoch, loss, length of the gradient and of the step, (F, 4): what fills the sentences."""
    epochs = run.snapshot_epochs[places]
    gradient, step = (
        np.hypot.reduce([_lengths(_matrices(values[name][places])) for name in PARAMETERS])
        for values in (run.gradients, run.updates)
    )
    return np.stack([epochs, run.losses[epochs], gradient, step], axis=1)


def _part(run: TrainingRun, config: RunConfig, name: str, places: np.ndarray, pinned: TrainingRun | None) -> dict:
    before, gradient, update = (
        _matrices(values[name][places]) for values in (run.parameters, run.gradients, run.updates)
    )
    states = {title: _matrices(values[name][places]) for title, values in _behind(run, config).items()}
    given = _matrices(run.used[name][places])
    return {
        "label": [list(piece) for piece in symbol(name).label],
        "words": symbol(name).words,
        "shape": list(before.shape[1:]),
        "rule": [mathml(line) for line in rule(config, name)],
        "names": written(config, name, states),
        "captions": {
            "before": "before",
            "gradient": _gradient(config, name),
            "clipped gradient": f"clipped {_gradient(config, name)}",
            "step": _step_words(config, name),
            "after": "after",
        },
        "before": packed_array(before),
        "gradient": packed_array(gradient),
        "step": packed_array(update),
        "states": {title: packed_array(values) for title, values in states.items()},
        "limits": {
            "before": packed_array(_steady(np.maximum(_largest(before), _largest(before + update)))),
            "gradient": packed_array(_largest(gradient)),
            "step": packed_array(_largest(update)),
            **{title: packed_array(_largest(values)) for title, values in states.items()},
        },
        "axis": _around_zero(before),
        "movers": _movers(update),
        "tells": _told(config, name, update, gradient, given)
        | {"still": f"Nothing moves {LABELS[name]} in this epoch."},
    } | _beside(run, name, places, before + update, pinned)


def _act(act: tuple[str, str, str], config: RunConfig) -> list[str]:
    return [*act[:2], TRUNCATED if act[0] == "bptt" and truncates(config) else act[2]]


def _gradient(config: RunConfig, name: str) -> str:
    return "truncated gradient" if is_cut(config, name) else "gradient"


def _behind(run: TrainingRun, config: RunConfig) -> dict[str, dict[str, np.ndarray]]:
    """What stands between gradient and step: the gradient as clipped, and what the optimiser remembers."""
    return ({"clipped gradient": run.used} if clips(config) else {}) | run.states


def _beside(run: TrainingRun, name: str, places: np.ndarray, after: np.ndarray, pinned: TrainingRun | None) -> dict:
    """The pinned run's parameter after the kept epoch nearest to each frame, where both have one shape.

    With what the present run has more: shortened for the browser first, equal numbers would differ.
    """
    if pinned is None or pinned.parameters[name].shape[1:] != run.parameters[name].shape[1:]:
        return {}
    there = nearest(pinned.snapshot_epochs, run.snapshot_epochs[places])
    with np.errstate(all="ignore"):
        other = _matrices(pinned.parameters[name][there] + pinned.updates[name][there])
        found = {"pinned": other, "difference": after - other}
    return {each: packed_array(np.where(np.isfinite(values), values, np.nan)) for each, values in found.items()}


def _matrices(stack: np.ndarray) -> np.ndarray:
    """Every entry of the stack as a matrix; a bias is a row, as in the lecture."""
    return stack.reshape(len(stack), -1, stack.shape[-1])


def _around_zero(stack: np.ndarray) -> dict:
    """A scale as far below zero as above it, that of the first frame where a later one would flatten it."""
    most = min(_most(stack), LARGEST) or 1.0
    return panels.signed_axis(np.array([-most, most]), _most(stack[0]))


def _most(values: np.ndarray) -> float:
    """The largest finite size."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _largest(stack: np.ndarray) -> np.ndarray:
    """The largest size at each frame: a colour scale of its own, since steps shrink by decades."""
    return np.abs(stack).max(axis=(1, 2))


def _steady(limits: np.ndarray) -> np.ndarray:
    """One colour scale for all frames, so that growth is seen; each its own where the start would be pale."""
    return np.full_like(limits, limits.max()) if limits.max() <= 20 * limits[0] else limits


def _movers(update: np.ndarray) -> list[list[int]]:
    """At each frame the flat places of the up to three biggest movers; none where many move alike."""
    sizes = np.abs(update).reshape(len(update), -1)
    order = np.argsort(-sizes, axis=1, kind="stable")[:, :MOST_MOVERS]
    top = sizes.max(axis=1, keepdims=True)
    alike = (sizes >= 0.999 * top).sum(axis=1) > MOST_MOVERS
    marked = (np.take_along_axis(sizes, order, axis=1) >= 0.7 * top) & (top > 0) & ~alike[:, None]
    return [row[keep].tolist() for row, keep in zip(order, marked, strict=True)]


def _is_plain(config: RunConfig) -> bool:
    return config.optimiser == "sgd" and config.clip_norm is None and config.clip_value is None


def _step_words(config: RunConfig, name: str) -> str:
    if _is_plain(config):
        return f"−{four(config.learning_rate)} × {_gradient(config, name)}"
    names = {
        "sgd": f"−rate × clipped {_gradient(config, name)}",
        "momentum": "−rate × velocity",
        "adam": "step of Adam",
    }
    return names[config.optimiser]


def _told(config: RunConfig, parameter: str, update: np.ndarray, gradient: np.ndarray, given: np.ndarray) -> dict:
    """Words on the step of one parameter with places for its numbers, which stand in ``values`` (F, n).

    What an optimiser makes of a gradient is told beside the one that it was given; clipping is told apart.
    """
    rate, name = config.learning_rate, _gradient(config, parameter)
    step, whole, kept = (_lengths(values) for values in (update, rate * gradient, rate * given))
    if _is_plain(config):
        return {"words": f"The step is −rate × {name}, {{0}} long.", "values": packed_array(step[:, None])}
    if config.optimiser == "sgd":
        maker, alone, beside, length = "Clipping", name, gradient, whole
    else:
        maker, beside, length = config.optimiser.capitalize(), given, kept
        alone = f"clipped {name}" if clips(config) else name
    words = f"{maker} makes the step {{0}} long; −rate × {alone} alone would be {{1}} long. The two point {{2}}° apart."
    numbers = [step, length, _angle(-update, beside)]
    if clips(config) and config.optimiser != "sgd":
        words += f" Before clipping, −rate × {name} is {{3}} long."
        numbers.append(whole)
    return {"words": words, "values": packed_array(np.stack(numbers, axis=1))}


def _lengths(stack: np.ndarray) -> np.ndarray:
    """Frobenius norms, scaled by the largest entry so that no square overflows."""
    largest = np.abs(stack).max(axis=(1, 2))
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    with np.errstate(over="ignore"):
        return scale * np.sqrt(((stack / scale[:, None, None]) ** 2).sum(axis=(1, 2)))


def _angle(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Degrees between two stacks of matrices; 0 where one of them is nothing or rounding alone parts them."""
    with np.errstate(all="ignore"):
        a, b = (values / np.abs(values).max(axis=(1, 2), keepdims=True) for values in (first, second))
        cosine = (a * b).sum(axis=(1, 2)) / (_lengths(a) * _lengths(b))
    found = np.degrees(np.arccos(np.clip(np.nan_to_num(cosine, nan=1.0), -1, 1)))
    return np.where(found < STRAIGHT, 0.0, found)


def _outputs(run: TrainingRun, watched: Watched, task: Task, config: RunConfig) -> dict:
    """What the network says at every frame beside the targets, and at which frame its loss was lowest."""
    losses = run.losses[run.snapshot_epochs[watched.places]]
    kind = "bars" if task.kind == "classes" else "lines"
    last = config.mode == "sequence_to_vector"
    values = np.concatenate([watched.predicted.ravel(), watched.target.ravel()])
    return {
        "kind": kind,
        "side": "sequence" if last else "step t",
        "labels": list(task.output_labels),
        "unit": task.unit,
        "predicted": packed_array(watched.predicted),
        "target": packed_array(watched.target),
        "losses": packed_array(run.step_losses[run.snapshot_epochs[watched.places]]),
        "best": int(np.argmin(losses)),
        "axis": panels.signed_axis(values, _most(watched.predicted[0])) if kind == "lines" else None,
        "words": _said(config, task),
        "right": None if watched.right is None else watched.right.tolist(),
        "asked": int(task.Y.shape[0] * task.Y.shape[1]),
    }


def _said(config: RunConfig, task: Task) -> str:
    """What the panel shows: one sequence, every sequence's answer, or means over the batch."""
    if config.sample >= 0 or config.mode == "sequence_to_vector" or task.Y.shape[1] == 1:
        return "What the network says (now), with its start values and at its best, beside the targets."
    return (
        f"The mean over the {task.Y.shape[1]} sequences of what the network says (now), with its start "
        "values and at its best, beside the mean of the targets. Means can be close where no sequence is."
    )


def _states(watched: Watched, task: Task) -> dict:
    """The path of the states, coloured by the class of the sequence's last target where there are classes."""
    classes = None
    if task.kind in ("classes", "binary"):
        last = task.Y[-1] if task.Y.ndim == 3 else task.Y
        chosen = last[: watched.states.shape[2]]
        classes = chosen.argmax(axis=1) if task.kind == "classes" else (chosen[:, 0] > 0.5).astype(int)
    share = percent(watched.spread, 1.0)
    flat = watched.states
    return {
        "points": packed_array(flat),
        "scale": _around_zero(flat),
        "classes": None if classes is None else classes.tolist(),
        "words": (
            f"The hidden states of {counted(flat.shape[2], 'sequence')} along their two main directions at "
            f"the last epoch, which hold {share} of the spread. A ring marks the last step"
            + ("." if classes is None else "; colours are classes.")
            + (" Later steps are darker." if classes is None else "")
        ),
    }
