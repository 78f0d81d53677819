"""The training studio's scene: every parameter moving, and what follows from it, epoch by epoch."""

from collections.abc import Sequence

import numpy as np

from rnnviz.charts.limits import LARGEST
from rnnviz.charts.packed import packed_array
from rnnviz.engine import Architecture
from rnnviz.experiment.core import ends
from rnnviz.experiment.training import TrainingRun
from rnnviz.experiment.watch import Watched
from rnnviz.notation.equations import mathml
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS, symbol
from rnnviz.notation.numbers import counted, four, percent
from rnnviz.notation.rules import clips, is_cut, is_mean, rule, truncates, written
from rnnviz.scene import panels
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
_MOVE = "; all parameters together move by {3}."
WHOLE = {
    "start": "Epoch {0}: the total loss is {1}" + _MOVE,
    "part": "Epoch {0}: the total loss is {1}, {4} % of the {5} it started with" + _MOVE,
    "times": "Epoch {0}: the total loss is {1}, {4} times the {5} it started with" + _MOVE,
}
"""The sentence on a whole epoch: at the start, below twice the first loss, above it."""
CLIPPING = " The gradient of all five parameters was clipped."
MOVED = "How far each weight has moved since the start"


def played_places(run: TrainingRun, config: RunConfig) -> list[int]:
    """Return which of a run's snapshots are played: all finite ones, thinned so that the studio stays light.

    Early ones, where most happens, are kept more densely; the first and the last always.
    """
    stacks = [values[name] for values in (run.parameters, run.gradients, run.updates) for name in PARAMETERS]
    finite = np.all([np.isfinite(stack.reshape(len(stack), -1)).all(axis=1) for stack in stacks], axis=0)
    usable = np.flatnonzero(finite).tolist()
    each = sum(values[0].size for values in run.parameters.values()) * (3 + len(run.states))
    count = int(np.clip(MOST_NUMBERS // each, FEWEST_FRAMES, MOST_FRAMES))
    if len(usable) <= count:
        return usable
    dense = np.geomspace(1, len(usable), count).round().astype(int) - 1
    even = np.linspace(0, len(usable) - 1, count // 2).round().astype(int)
    return [usable[i] for i in sorted({*dense[: count // 2].tolist(), *even.tolist()})]


def build_training_scene(
    run: TrainingRun, watched: Watched, task: Task, config: RunConfig, pinned: TrainingRun | None = None
) -> dict:
    """Return the scene of a training run that has at least one finite epoch, JSON-ready; arrays are packed.

    Parameters
    ----------
    watched : Watched
        Of the same run at the places that :func:`played_places` names.
    pinned : TrainingRun, optional
        A run that stays beside this one: its curves, and its parameters at the same epochs.
    """
    places, cut, mean = watched.places, truncates(config), is_mean(config)
    epochs = run.snapshot_epochs[places]
    gradient, step = (
        np.hypot.reduce([_lengths(_matrices(values[name][places])) for name in PARAMETERS])
        for values in (run.gradients, run.updates)
    )
    losses = run.losses[epochs]
    outcome, beside, first = _beside_first(losses, float(run.losses[0]))
    charts = (
        panels.losses(run, epochs, pinned, mean),
        panels.step_losses(run, epochs),
        panels.gradients(run, config.clip_norm, epochs, pinned, cut),
        panels.ratios(run, places),
        panels.lags(watched, run, cut),
        panels.gates(watched, run),
    )
    return {
        "kind": "training",
        "parameter": config.parameter,
        "epochs": int(run.epochs_done),
        "frames": epochs.tolist(),
        "words": {"whole": WHOLE, "clipping": CLIPPING},
        "outcome": outcome,
        "acts": [[id, name, TRUNCATED if id == "bptt" and cut else words] for id, name, words in ACTS],
        "remark": OVER_TIME.format(config.steps) if mean else "",
        "loop": packed_array(np.stack([epochs, losses, gradient, step, beside, first], axis=1)),  # fills the sentences
        "clipped": run.clipped[epochs].astype(int).tolist(),
        "parameters": {name: _part(run, config, name, places, pinned) for name in PARAMETERS},
        "moved": {
            "title": MOVED,
            "words": f"{MOVED}: the wider an edge, the farther; the colour tells the direction.",
            "names": [[kind, [list(piece) for piece in label]] for kind, label in _columns()],
        },
        "panels": [each for each in charts if each is not None],
        "outputs": _outputs(run, watched, task, config),
        "states": _states(watched, task),
    }


def _beside_first(losses: np.ndarray, first: float) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Which sentence of ``WHOLE`` fits each loss, and the loss as a part in percent or as times of the first one."""
    with np.errstate(all="ignore"):
        times = losses / first
    kinds = np.where(times < 2, "part", "times")
    kinds[~np.isfinite(times) | (np.arange(len(losses)) == 0)] = "start"
    beside = np.nan_to_num(np.where(kinds == "part", 100 * np.minimum(times, 2), times))
    return kinds.tolist(), np.array([float(f"{each:.2g}") for each in beside]), np.full(len(losses), first)


def _columns() -> list[tuple[str, tuple]]:
    """Return the columns of the network of weights, and what is written over each."""
    state = (("H", ""), ("t", "sub"))
    past = (("H", ""), ("t−1", "sub"))
    return [
        ("past", past),
        ("input", (("X", ""), ("t", "sub"))),
        ("state", state),
        ("output", (("Ŷ", ""), ("t", "sub"))),
    ]


def _part(run: TrainingRun, config: RunConfig, name: str, places: np.ndarray, pinned: TrainingRun | None) -> dict:
    """One parameter at every frame: matrices, the rule, what stands between gradient and step, and words on them."""
    before, gradient, update, given = (
        _matrices(values[name][places]) for values in (run.parameters, run.gradients, run.updates, run.used)
    )
    behind = ({"clipped gradient": run.used} if clips(config) else {}) | run.states
    states = {title: _matrices(values[name][places]) for title, values in behind.items()}
    largest, after = {title: _largest(values) for title, values in states.items()}, before + update
    # One colour scale for all frames, so that growth is seen; each its own where the start would be pale.
    limits = np.maximum(_largest(before), _largest(after))
    limits = np.full_like(limits, limits.max()) if limits.max() <= 20 * limits[0] else limits
    called = "truncated gradient" if is_cut(config, name) else "gradient"
    words, numbers = _told(config, called, update, gradient, given)
    if blocks := _blocks(config, name):
        words += _by_block(blocks, len(numbers))
        numbers += map(_lengths, np.split(update, len(blocks), axis=2))
    step = {
        "sgd": f"−rate × clipped {called}", "momentum": "−rate × velocity", "adam": "step of Adam",
    }[config.optimiser]  # fmt: skip
    return {
        "label": [list(piece) for piece in symbol(name).label],
        "words": symbol(name).words,
        "shape": list(before.shape[1:]),
        "rule": [mathml(line) for line in rule(config, name)],
        "names": written(config, name, states),
        "captions": {
            "before": "before",
            "gradient": called,
            "clipped gradient": f"clipped {called}",
            "step": f"−{four(config.learning_rate)} × {called}" if _is_plain(config) else step,
            "after": "after",
        },
        "before": packed_array(before),
        "gradient": packed_array(gradient),
        "step": packed_array(update),
        "states": {title: packed_array(values) for title, values in states.items()},
        "limits": {
            title: packed_array(values)
            for title, values in {
                "before": limits, "gradient": _largest(gradient), "step": _largest(update), **largest,
            }.items()
        },
        "axis": _around_zero(before),
        "movers": _movers(update),
        "tells": {"words": words, "values": packed_array(np.stack(numbers, axis=1))}
        | {"still": f"Nothing moves {LABELS[name]} in this epoch."},
    } | _beside(run, name, places, after, pinned)  # fmt: skip


def _by_block(blocks: Sequence[str], first: int) -> str:
    """The step's length in each block of a gated cell; ``first`` is the place of the first among the numbers."""
    return f" By block it is {', '.join(f'{{{place}}} ({block})' for place, block in enumerate(blocks, first))}."


def _beside(run: TrainingRun, name: str, places: np.ndarray, after: np.ndarray, pinned: TrainingRun | None) -> dict:
    """The pinned run's parameter after the kept epoch nearest to each frame, where both have one shape.

    With what the present run has more: shortened for the browser first, equal numbers would differ.
    """
    if pinned is None or pinned.parameters[name].shape[1:] != run.parameters[name].shape[1:]:
        return {}
    there = panels.nearest(pinned.snapshot_epochs, run.snapshot_epochs[places])
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


def _told(
    config: RunConfig, name: str, update: np.ndarray, gradient: np.ndarray, given: np.ndarray
) -> tuple[str, list[np.ndarray]]:
    """Words on the step of one parameter, whose gradient is called ``name``, with places for its numbers (F,) each.

    What an optimiser makes of a gradient is told beside the one that it was given; clipping is told apart.
    """
    rate = config.learning_rate
    step, whole, kept = (_lengths(values) for values in (update, rate * gradient, rate * given))
    if _is_plain(config):
        return f"The step is −rate × {name}, {{0}} long.", [step]
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
    return words, numbers


def _blocks(config: RunConfig, name: str) -> tuple[str, ...]:
    """Return the blocks of a hidden parameter of a gated cell by the names of their gates."""
    layer = Architecture(1, 1, 1, cell=config.cell, reset=config.reset).layer
    blocks = layer.biases if name == "b1" else layer.blocks
    return blocks if len(blocks) > 1 and name in HIDDEN_PARAMETERS else ()


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
    words = "What the network says (now), with its start values and at its best, beside the targets."
    if config.sample < 0 and not last and task.Y.shape[1] > 1:
        words = (
            f"The mean over the {task.Y.shape[1]} sequences of what the network says (now), with its start "
            "values and at its best, beside the mean of the targets. Means can be close where no sequence is."
        )
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
        "words": words,
        "right": None if watched.right is None else watched.right.tolist(),
        "asked": int(ends(task).sum()) if task.Y.ndim == 3 else task.Y.size,
    }


def _states(watched: Watched, task: Task) -> dict:
    """The path of the states, coloured by the class of the sequence's last target where there are classes."""
    classes = None
    if task.kind in ("classes", "binary"):
        last = task.Y if task.Y.ndim == 2 else task.Y[ends(task) - 1, np.arange(task.Y.shape[1])]
        chosen = last[: watched.states.shape[2]]
        classes = chosen.argmax(axis=1) if task.kind == "classes" else (chosen[:, 0] > 0.5).astype(int)
    share, end = percent(watched.spread, 1.0), "; colours are classes."
    return {
        "points": packed_array(watched.states),
        "scale": _around_zero(watched.states),
        "classes": None if classes is None else classes.tolist(),
        "words": (
            f"The hidden states of {counted(watched.states.shape[2], 'sequence')} along their two main directions at "
            f"the last epoch, which hold {share} of the spread. A ring marks the last step"
            + (". Later steps are darker." if classes is None else end)
        ),
    }
