"""Questions on sums and means, over time and over the batch, and on clipping (10)."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from rnnviz.engine import sample_losses
from rnnviz.experiment.clipping import Clipping, angle, clipping
from rnnviz.notation.ids import step_number
from rnnviz.notation.numbers import four
from rnnviz.teaching.questions.asking import Draft, one_of, option, settled, template
from rnnviz.teaching.questions.words import listed, tex


@template("over-time", 10, "Sum or mean over time", least=2, draws=False)
def over_time(scope, draw):
    """Ask for the total loss."""
    losses = scope.step_losses
    total, T = float(losses.sum()), scope.T
    if total < 1e-12:
        return None
    value, mean_holds = scope.scale * total, scope.scale != 1
    last, count = float(losses[-1]), T - scope.first_loss
    kind = "mean" if mean_holds else "sum"
    shown = f"are {listed(losses[scope.first_loss :])}" if count <= 6 else f"sum to {four(total)}"
    which = f"The losses of the {count} steps {shown}." if count > 1 else (
        f"Only the last of the {T} steps has a loss, {four(last)}.")  # fmt: skip
    rule = f"The losses of the steps are {'averaged' if mean_holds else 'added'}: {four(value)}."
    over = tuple(f"L_{t}" for t in scope.losses)
    choices = settled(
        option(value, rule if count > 1 else "One loss, and nothing divides it by the number of steps.", "L",
               *over),
        [
            option(total, f"That is the sum. Here the mean over {count} losses is set.", "L"),
            option(total / T, f"That divides by the {T} steps. " + (
                "Here losses are added, so each step keeps its full say." if count > 1 else
                "Those without a loss do not count."), "L"),
            option(last, "That is the last loss alone. Every step has one here.", f"L_{T - 1}"),
            option(float(losses.max()), "That is the largest loss alone. Every step has one here.", "L",
                   *over[:1]),
        ],
    )  # fmt: skip
    setting = f" The total is set to their {kind}." if mean_holds else ""
    prompt = f"{which}{setting} What is the total loss {tex('L')}?"
    answer = (
        f"L is {four(value)}, the {kind} over the {count} losses." if count > 1 else f"L is {four(value)}."
    )
    return choices and Draft(prompt, choices, "loss", "Wh1", answer, {})


@template("over-batch", 10, "Sum or mean over the batch")
def over_batch(scope, draw):
    """Ask for the loss of one step over a batch."""
    experiment, t = scope.experiment, scope.an_error(draw)
    m = experiment.trace.X.shape[1]
    if m < 2:
        return None
    each = sample_losses(experiment.architecture, experiment.trace, experiment.task.Y)[t]
    total, value, T = float(each.sum()), float(each.mean()), scope.T
    if total < 1e-12:
        return None
    name = f"L_{t}"
    choices = settled(
        option(value, f"The mean over {m} samples: a larger batch does not by itself make the loss larger.",
               name),
        [
            option(total, f"That is the sum. The loss is a mean over the {m} samples.", name),
            option(value / T, f"That divides by the {T} steps as well. {tex(name)} is of one step.", name),
            option(float(each.max()), "That is the worst sample alone. All samples count alike.", name),
            option(total / T, f"That divides by the {T} steps instead of the {m} samples. {tex(name)} is of "
                   "one step.", name),
        ],
    )  # fmt: skip
    prompt = (
        f"At step {step_number(t)} the losses of the {m} samples sum to {four(total)}. What is {tex(name)} "
        "of the whole batch?"
    )
    answer = f"It is their mean, {four(value)}."
    return choices and Draft(prompt, choices, f"loss-{t}", "Wh1", answer, {"t": t})


def _clipped(scope, draw):
    """A drawn limit, as a part of the norm and of the largest entry, and what clipping to it does."""
    part = float(one_of(draw, (0.2, 0.3, 0.4, 0.5, 0.6)))
    found = clipping(scope.experiment, part, part)
    if found is None or not 1e-250 < found.length < 1e250:
        return None
    parts = {each.name: scope.scale * getattr(found, each.name) for each in fields(found)}
    return part, Clipping(**parts)


def _cut(clip: Clipping) -> str:
    """How many entries clipping by value shortens."""
    entries = len(clip.before)
    return f"{round(clip.cut * entries)} of the {entries} entries"


def _of_batch(scope) -> str:
    return " of the whole batch" if scope.experiment.trace.X.shape[1] > 1 else ""


def _gradient_lights(parameter: str) -> tuple[str, ...]:
    return f"dL/d{parameter}", f"{parameter}_step"


@template("clip-angle", 10, "Clipping and direction")
def clip_angle(scope, draw):
    """Ask by how many degrees clipping turns the gradient."""
    found, kind, parameter = _clipped(scope, draw), one_of(draw, ("norm", "value")), scope.a_parameter(draw)
    if found is None:
        return None
    part, clip = found
    turned = float(angle(clip.before, clip.by_value))
    short = float(np.degrees(np.arccos(min(1.0, clip.lengths[1] / clip.length))))
    if turned < 0.05:
        return None
    value = 0.0 if kind == "norm" else turned
    lights = _gradient_lights(parameter)
    limit = clip.limit_norm if kind == "norm" else clip.limit_value
    replies = {
        "norm": "One factor shortens every entry alike: the direction stays.",
        "value": f"Above the limit: {_cut(clip)}. The factors differ, so the direction turns.",
    }
    choices = settled(
        option(value, replies[kind], *lights),
        [
            option(turned, "That is what clipping by value would do, each entry to "
                   f"{four(clip.limit_value)}: it cuts the large entries only.", *lights),
            option(0.0, "That is clipping by norm, which shortens all entries alike. By value the large ones "
                   "are cut and the small ones stay.", *lights),
            option(short, "That reads the shortening as an angle. How short and how far turned are two "
                   "things.", *lights),
            option(90.0, "That would leave nothing of the old direction.", *lights),
        ],
    )  # fmt: skip
    words = "Its length is limited" if kind == "norm" else "The size of each of its entries is limited"
    prompt = (
        f"The full gradient{_of_batch(scope)}, all parameters together, has length {four(clip.length)}. "
        f"{words} to {four(limit)}. By how many degrees does it turn?"
    )
    answer = f"It turns by {four(value)} degrees."
    facts = {"kind": kind, "part": part}
    return choices and Draft(prompt, choices, "update", parameter, answer, facts)


@template("clip-length", 10, "Clipping and length")
def clip_length(scope, draw):
    """Ask how long a clipped gradient is."""
    found, kind, parameter = _clipped(scope, draw), one_of(draw, ("norm", "value")), scope.a_parameter(draw)
    if found is None:
        return None
    part, clip = found
    limit = clip.limit_norm if kind == "norm" else clip.limit_value
    value = float(clip.lengths[0] if kind == "norm" else clip.lengths[1])
    lights, count = _gradient_lights(parameter), len(clip.before)
    replies = {
        "norm": "Its length was above the limit, so it is scaled down to just that.",
        "value": f"Above the limit and cut to it: {_cut(clip)}. The length is that of all {count} entries.",
    }
    others = {
        "norm": [
            option(clip.length * part**2, f"That scales by {part} twice. Once brings it to the limit.",
                   *lights),
            option(clip.lengths[1], f"That is clipping by value, each entry to {four(clip.limit_value)}. "
                   "Here the limit is for the length of all.", *lights),
        ],
        "value": [
            option(limit, "That is clipping by norm. By value the limit is for each entry, and the length is "
                   "over all.", *lights),
            option(limit * np.sqrt(count), f"That takes all {count} entries for cut. Above the limit: "
                   f"{_cut(clip)}.", *lights),
        ],
    }  # fmt: skip
    choices = settled(
        option(value, replies[kind], *lights),
        [
            *others[kind],
            option(clip.length, "That is the length before. The limit is below it." if kind == "norm" else
                   "That is the length before; its largest entry was above the limit.", *lights),
            option(clip.length - limit, "That subtracts the limit. A limit is a size to come down to.",
                   *lights),
        ],
    )  # fmt: skip
    words = "its length is limited" if kind == "norm" else "the size of each entry is limited"
    prompt = (
        f"The full gradient{_of_batch(scope)}, {count} entries of all parameters together, has length "
        f"{four(clip.length)}, its largest entry the size {four(np.abs(clip.before).max())}. Now {words} to "
        f"{four(limit)}. How long is it then?"
    )
    answer = f"Its length is then {four(value)}."
    facts = {"kind": kind, "part": part}
    return choices and Draft(prompt, choices, "update", parameter, answer, facts)
