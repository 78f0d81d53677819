"""What is said beside each frame: one or two plain sentences with the live number in them."""

from __future__ import annotations

import re

import numpy as np

from rnnviz.story.conventions import spoken
from rnnviz.story.notation import state, step_number
from rnnviz.story.numbers import NO_PART, counted, four, percent, steps_back
from rnnviz.story.quantities import frobenius, share
from rnnviz.story.view import View

_MARK = re.compile(r"\{([^{}]+)\}")


def say(text: str) -> list:
    """Return a sentence as pieces: plain text, and ``{"q": id}`` where ``{id}`` stood.

    Examples
    --------
    >>> say("reaches {Wh1} now")
    ['reaches ', {'q': 'Wh1'}, ' now']
    """
    pieces = _MARK.split(text)
    return [{"q": piece} if place % 2 else piece for place, piece in enumerate(pieces) if piece]


def start(view: View) -> list:
    """Start values: what is about to be learned, and with how many numbers."""
    count = sum(part.size for part in view.parameters)
    return say(
        f"The network starts with {count} numbers in {{W1}}, {{Wh1}}, {{b1}}, {{W2}} and {{b2}}. "
        f"The same ones are used at each of the {view.T} steps."
    )


def forward(view: View, t: int) -> list:
    """Forward step: what goes into H_t."""
    before = state(t - 1)
    size = frobenius(view.trace.H[t])
    samples = f", for all {view.batch} samples" if view.batch > 1 else ""
    remark = (
        f" {{b1}} is broadcast: each of its numbers is added to one column{samples}."
        if t == 0
        else f" What came before reaches it only through {{{before}}}."
    )
    return say(f"{{H_{t}}} mixes the input {{X_{t}}} with {{{before}}}: length {four(size)}.{remark}")


def output(view: View, t: int) -> list:
    """Output step: the prediction."""
    values = view.trace.Y_hat[view.output_row(t)][0]
    numbers = ", ".join(four(value) for value in values[:4]) + (", …" if len(values) > 4 else "")
    what = "for the first sample" if view.is_batch else "now"
    return say(f"The prediction {{Y_hat_{t}}} is read from {{H_{t}}} alone: {numbers} {what}.")


def loss(view: View, t: int) -> list:
    """Loss step: how far the prediction is from the target."""
    value = view.step_losses[t]
    last = " Only the last step has a loss here." if len(view.loss_steps) == 1 and view.T > 1 else ""
    return say(
        f"Against the target {{Y_{t}}} the prediction {{Y_hat_{t}}} costs {{L_{t}}} = {four(value)}.{last}"
    )


def total(view: View) -> list:
    """Total loss: a sum over steps, never a mean."""
    value = float(view.step_losses.sum())
    if len(view.loss_steps) == 1:
        return say(f"The total loss is the loss at the last step: {{L}} = {four(value)}.")
    if spoken().over_time == "mean":
        return say(f"The total loss is the mean over the {view.T} steps: {{L}} = {four(value / view.T)}.")
    return say(f"The total loss is the sum over the {view.T} steps, not the mean: {{L}} = {four(value)}.")


def term(view: View, parameter: str, t: int, k: int) -> list:
    """One chain-rule term: its path, its length, its share."""
    found, whole = view.term(parameter, t, k), view.total(parameter)
    size = frobenius(found)
    target, at = f"{{{parameter}}}", step_number(t)
    if parameter in ("W2", "b2"):
        return say(
            f"The error at t = {at} reaches {target} directly: length {four(size)}, "
            f"{share_words(found, whole)}. No path leads through time."
        )
    route = f"through {{H_{k}}}, {steps_back(t - k)}"
    if not view.kept(t, k):
        return say(
            f"The error at t = {at} would reach {target} {route}: length {four(size)}. "
            f"Truncation ({view.truncation_kind} of {view.truncation}) leaves this term out."
        )
    if size == 0:
        return say(
            f"The error at t = {at} reaches {target} {route}: exactly 0. {zero_reason(view, parameter, k)}"
        )
    return say(
        f"The error at t = {at} reaches {target} {route}: length {four(size)}, {share_words(found, whole)}."
    )


def share_words(part: np.ndarray, total: np.ndarray) -> str:
    """Return a term's share of the gradient, and what one below 0 or above all of it means."""
    found = share(part, total)
    if found is None:
        return "no share, for the gradient is 0 or not finite"
    text = f"{percent(found, 1)} of the gradient"
    if found < -NO_PART:
        return f"{text}: it pulls against the others"
    return f"{text}: others pull against it" if found > 1.005 else text


def zero_reason(view: View, parameter: str, k: int) -> str:
    """Say why a term is exactly zero."""
    if parameter == "Wh1" and k == 0 and not view.trace.H_init.any():
        return "{H_init} is 0, so there is nothing that {Wh1} could have scaled."
    return "A slope or an input on its path is 0."


def rest(view: View, parameter: str, count: int, size: float) -> list:
    """Say how many terms the drawing leaves out in a long network, and how much they weigh."""
    return say(
        f"{counted(count, 'more term')} with an end in the folded middle: computed, not drawn. "
        f"Together they have length {four(size)}."
    )


def the_sum(view: View, parameter: str, count: int, residual: float) -> list:
    """Say that the terms add up, and how exactly."""
    size = frobenius(view.total(parameter))
    words = "term adds" if count == 1 else "terms add"
    whose = "" if view.batch == 1 or view.is_batch else " for this sample"
    return say(
        f"The {count} {words} up to {{dL/d{parameter}}}{whose}: length {four(size)}. "
        f"The backward loop gives the same; the largest difference is {four(residual)}."
    )


def update(view: View, parameter: str) -> list:
    """The update: how far the parameter moves, and what it does to the loss."""
    epoch = view.first_epoch
    if not epoch.finite:
        return say(
            "The gradient is not finite, so there is no update. A lower rate or clipping keeps it finite."
        )
    step = frobenius(getattr(epoch.updates, parameter))
    mean = f" by the mean gradient of all {view.batch} samples" if view.batch > 1 else ""
    clipped = " The gradient was clipped first." if epoch.clipped else ""
    return say(
        f"{{{parameter}}} moves by {four(step)} against its gradient{mean}.{clipped} "
        f"With all five updated, {_change(epoch.loss, view.loss_after)}. Then forward again."
    )


def _change(before: float, after: float) -> str:
    words = "falls" if after < before else "rises" if after > before else "stays"
    return f"the loss {words} from {four(before)} to {four(after)}"
