"""What is said beside each frame: one or two plain sentences with the live number in them."""

from __future__ import annotations

import re

import numpy as np

from rnnviz.engine import hidden_slope
from rnnviz.story.conventions import spoken
from rnnviz.story.notation import state, step_number
from rnnviz.story.numbers import capital, change, counted, each_of, four, percent, steps_back, the
from rnnviz.story.quantities import frobenius
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
        + _used(view)
    )


def _used(view: View) -> str:
    """Say how often each is used: the output layer where a prediction is read, the others at every step."""
    if len(view.loss_steps) == view.T:
        return f"The same ones are used at {each_of(view.T, 'step')}."
    steps = each_of(view.T, "step")
    return (
        f"The same {{W1}}, {{Wh1}} and {{b1}} are used at {steps}, {{W2}} and {{b2}} at the last one alone."
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
    return say(f"{{H_{t}}} mixes the input {{X_{t}}} with {{{before}}}: norm {four(size)}.{remark}")


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
    """One chain-rule term: its path, its size, its share."""
    size = frobenius(view.term(parameter, t, k))
    whole = frobenius(view.total(parameter))
    target, at = f"{{{parameter}}}", step_number(t)
    if parameter in ("W2", "b2"):
        return say(
            f"The error at t = {at} reaches {target} directly: norm {four(size)}. No path leads through time."
        )
    route = f"through {{H_{k}}}, {steps_back(t - k)}"
    if not view.kept(t, k):
        return say(
            f"The error at t = {at} would reach {target} {route}: norm {four(size)}. "
            f"Truncation ({view.truncation_kind} of {view.truncation}) leaves this term out."
        )
    if size == 0:
        return say(
            f"The error at t = {at} reaches {target} {route}: exactly 0. {zero_reason(view, parameter, t, k)}"
        )
    return say(
        f"The error at t = {at} reaches {target} {route}: norm {four(size)}, "
        f"{percent(size, whole)} as long as the whole gradient."
    )


def zero_reason(view: View, parameter: str, t: int, k: int) -> str:
    """Say which factor of a term that is exactly 0 is 0 as a whole: each of them alone makes it 0."""
    trace = view.trace
    inputs = {"W1": (f"X_{k}", trace.X[k]), "Wh1": (state(k - 1), trace.H[k - 1] if k else trace.H_init)}
    name, values = inputs.get(parameter, ("", np.ones(1)))
    if not values.any():
        return f"{{{name}}} is 0, so there is nothing that {{{parameter}}} could have scaled."
    if t > k and not view.parameters.Wh1.any():
        return "{Wh1} is 0: no error goes back through time."
    flat = [j for j in range(k, t + 1) if not hidden_slope(view.architecture, trace)[j].any()]
    if flat:
        return f"Every slope f₁′ of step {step_number(flat[-1])} is 0."
    if not view.parameters.W2.any():
        return f"{{W2}} is 0: no error reaches {{H_{t}}}."
    if not view.delta("b2", t, t).any():
        return f"The error at {{Z_{t}}} is 0."
    return "None of its factors is 0 as a whole, but their product is."


def rest(view: View, parameter: str, count: int, size: float) -> list:
    """Say how many terms the drawing leaves out in a long network, and how much they weigh."""
    norm = "Its norm is" if count == 1 else "Together they have norm"
    return say(
        f"{counted(count, 'more term')} with an end in the folded middle: computed, not drawn. "
        f"{norm} {four(size)}."
    )


def the_sum(view: View, parameter: str, count: int, residual: float) -> list:
    """Say that the terms add up, and how exactly."""
    size = frobenius(view.total(parameter))
    whose = "" if view.batch == 1 or view.is_batch else " for this sample"
    return say(
        f"{capital(the(count, 'term', 'is', 'add up to'))} {{dL/d{parameter}}}{whose}: norm {four(size)}. "
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
        f"With all five updated, the loss {change(epoch.loss, view.loss_after)}. Then forward again."
    )
