"""What is said beside each frame: one or two plain sentences with the live number in them."""

from __future__ import annotations

import re

import numpy as np

from rnnviz.engine import keeps
from rnnviz.notation.ids import state
from rnnviz.notation.numbers import NO_PART, change, counted, four, percent, steps_back
from rnnviz.notation.quantities import frobenius, share
from rnnviz.scene.updates import Update, first_update
from rnnviz.scene.view import View

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
    names = "{W1}, {Wh1}, {b1}, {W2} and {b2}"
    return say(f"The network starts with {count} numbers in {names}. {_uses(view)}")


def _uses(view: View) -> str:
    """How often a number is used: those of the output layer only where there is a prediction."""
    if view.T == 1:
        return "There is one step, so each of them is used once."
    if len(view.loss_steps) == 1:
        return (
            f"The same {{W1}}, {{Wh1}} and {{b1}} are used at each of the {view.T} steps, {{W2}} and {{b2}} "
            "once, at the last."
        )
    return f"The same ones are used at each of the {view.T} steps."


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
    return say(f"{{H_{t}}} mixes the input {{X_{t}}} with {{{before}}}: length {four(size)}{view.rows_of}.{remark}")


def output(view: View, t: int) -> list:
    """Output step: the prediction."""
    values = view.trace.Y_hat[view.output_row(t)][0]
    numbers = ", ".join(four(value) for value in values[:4]) + (", …" if len(values) > 4 else "")
    what = f"for sample {view.sample + 1}" if view.batch > 1 and not view.is_batch else "now"
    what = "for the first sample" if view.is_batch else what
    return say(f"The prediction {{Y_hat_{t}}} is read from {{H_{t}}} alone: {numbers} {what}.")


def loss(view: View, t: int) -> list:
    """Loss step: how far the prediction is from the target."""
    value = view.step_losses[t]
    last = " Only the last step has a loss here." if len(view.loss_steps) == 1 and view.T > 1 else ""
    return say(
        f"Against the target {{Y_{t}}} the prediction {{Y_hat_{t}}} costs {{L_{t}}} = {four(value)}{view.whose}.{last}"
    )


def total(view: View) -> list:
    """Total loss: a sum over steps, never a mean."""
    value = float(view.step_losses.sum()) * view.scale
    value_of = f"{{L}} = {four(value)}{view.whose}"
    if len(view.loss_steps) == 1:
        return say(f"The total loss is the loss at the last step: {value_of}.")
    if view.conventions.is_mean:
        return say(f"The total loss is the mean over the {view.T} steps: {value_of}.")
    return say(f"The total loss is the sum over the {view.T} steps, not the mean: {value_of}.")


def term(view: View, parameter: str, t: int, k: int) -> list:
    """One chain-rule term: its path, its length, its share."""
    found = view.term(parameter, t, k)
    size, part = frobenius(found), share_words(view, parameter, found)
    target, at = f"{{{parameter}}}", view.step_number(t)
    if parameter in ("W2", "b2"):
        return say(
            f"The error at t = {at} reaches {target} directly: length {four(size)}, {part}. No path leads through time."
        )
    route = f"through {{H_{k}}}, {steps_back(t - k)}"
    if not view.kept(t, k):
        return say(
            f"The error at t = {at} would reach {target} {route}: length {four(size)}{view.whose}. "
            f"Truncation ({view.truncation_kind} of {view.truncation}) leaves this term out."
        )
    if size == 0:
        return say(
            f"The error at t = {at} reaches {target} {route}: exactly 0{view.whose}. "
            f"{zero_reason(view, parameter, t, k)}"
        )
    return say(f"The error at t = {at} reaches {target} {route}: length {four(size)}, {part}.")


def share_words(view: View, parameter: str, term: np.ndarray) -> str:
    """Return a term's share of the gradient, and what one below 0 or above all of it means."""
    found = share(term, view.summed(parameter))
    whole = ("the truncated gradient" if view.cuts(parameter) else "the gradient") + view.whose
    if found is None:
        return f"no share, for {whole} is 0 or not finite"
    text = f"{percent(found, 1)} of {whole}"
    if found < -NO_PART:
        return f"{text}: it pulls against the others"
    return f"{text}: others pull against it" if found > 1.005 else text


def zero_reason(view: View, parameter: str, t: int, k: int) -> str:
    """Say which factor of a term that is exactly 0 is 0 as a whole: each of them alone makes it 0."""
    trace = view.trace
    inputs = {"W1": (f"X_{k}", trace.X[k]), "Wh1": (state(k - 1), trace.H[k - 1] if k else trace.H_init)}
    name, values = inputs.get(parameter, ("", np.ones(1)))
    if not values.any():
        return f"{{{name}}} is 0, so there is nothing that {{{parameter}}} could have scaled."
    if t > k and not view.parameters.Wh1.any():
        return "{Wh1} is 0: no error goes back through time."
    flat = [j for j in range(k, t + 1) if not view.slopes[j].any()]
    if flat:
        return f"Every slope f₁′ of step {view.step_number(flat[-1])} is 0."
    if not view.parameters.W2.any():
        return f"{{W2}} is 0: no error reaches {{H_{t}}}."
    if not view.delta("b2", t, t).any():
        return f"The error at {{Z_{t}}} is 0."
    return "None of its factors is 0 as a whole, but their product is."


def rest(view: View, parameter: str, count: int, size: float) -> list:
    """Say how many terms the drawing leaves out in a long network, and how much they weigh."""
    norm = "Its length is" if count == 1 else "Together they have length"
    return say(
        f"{counted(count, 'more term')} with an end in the folded middle: computed, not drawn. "
        f"{norm} {four(size)}{view.whose}."
    )


def the_sum(view: View, parameter: str, count: int, residual: float) -> list:
    """Say that the terms add up, how exactly, and what their sum is where truncation leaves some out."""
    size = frobenius(view.total(parameter))
    kept = "kept term" if view.cuts(parameter) else "term"
    added = f"The one {kept} is" if count == 1 else f"The {counted(count, kept)} add up to"
    if view.scale != 1:
        added = f"The {counted(count, kept)} add up; 1/{len(view.loss_steps)} of the sum is"
    return say(
        f"{added} {{dL/d{parameter}}}{view.whose}: length {four(size)}.{left_out(view, parameter)} "
        f"The backward loop gives the same; the largest difference is {four(residual)}."
    )


def left_out(view: View, parameter: str) -> str:
    """Say what truncation leaves of the gradient; nothing where it cuts none."""
    if not view.cuts(parameter):
        return ""
    cut = view.cut(parameter)
    if not cut.any():
        return " The terms that truncation leaves out add up to 0 here."
    size = four(frobenius(cut))
    return (
        f" Truncation leaves out terms of length {size} together: this is not the gradient of "
        f"the loss, but what remains when {_held_constant(view)}."
    )


def _held_constant(view: View) -> str:
    """Which state is detached; blocks that keep the terms of a window are told as one."""
    tau = view.truncation or view.T
    if all(view.kept(t, k) == keeps(t, k, tau, "window") for t in view.loss_steps for k in range(t + 1)):
        whose = "each loss" if len(view.loss_steps) > 1 else "the loss"
        return f"{whose} holds the state {counted(tau, 'step')} before its own constant (detached)"
    return f"the state is held constant (detached) after every {tau} steps"


def update(view: View, parameter: str) -> list:
    """The update: how far the parameter moves by which rule, and what it does to the loss."""
    found = first_update(view, parameter)
    if found is None:
        return say("The gradient is not finite, so there is no update. A lower rate or clipping keeps it finite.")
    moved = frobenius(found.change)
    far = f"{{{parameter}}} moves by {four(moved)}" if moved else f"{{{parameter}}} does not move"
    return say(
        f"{far}: {_reason(found)}.{_clipped(found)}{_over_time(view)} "
        f"With all five updated, {_change(view)}. Then forward again."
    )


def _reason(found: Update) -> str:
    if not found.gradient.any():
        return f"{_given(found)} is 0"
    if found.is_beyond:
        return "the square of its gradient, which Adam divides by, is beyond the largest number"
    return {"sgd": _plain, "momentum": _momentum, "adam": _adam}[found.view.rule.optimiser](found)


def _plain(found: Update) -> str:
    return f"the rate {four(found.view.rule.rate)} times {_given(found)}, against it"


def _momentum(found: Update) -> str:
    return f"{_plain(found)}. At the first update the velocity is that gradient, so this is the plain step"


def _adam(found: Update) -> str:
    """How many entries move by the whole rate: all whose gradient is much larger than ε."""
    rate, sizes = found.view.rule.rate, np.abs(found.change)
    count = sum(four(size) == four(rate) for size in sizes.ravel().tolist())
    return (
        f"at its first update Adam divides each entry of {_given(found)} by its own size, plus ε. "
        f"{_how_many(count, sizes.size)} by the rate {four(rate)}, against the sign of the gradient"
    )


def _how_many(count: int, entries: int) -> str:
    if entries == 1:
        return "Its one entry moves" if count else "Its one entry does not move"
    return f"{count} of {entries} entries {'moves' if count == 1 else 'move'}"


def _given(found: Update) -> str:
    """What the rule is given, in words."""
    view = found.view
    name = "truncated gradient" if view.cuts(found.parameter) else "gradient"
    clipped = "clipped " if found.is_clipped else ""
    if view.batch > 1:
        return f"the {clipped}mean {name} of all {view.batch} samples"
    return f"the {clipped}{name}"


def _clipped(found: Update) -> str:
    short, limit = four(found.shortened), found.limit
    by_norm = f"shortened all five together to {short} of their length" if found.shortened != 1 else ""
    by_value = f"limited each entry to ±{four(limit)}" if limit is not None else ""
    cut = ", then ".join(filter(None, (by_norm, by_value)))
    return f" Clipping {cut}." if cut else ""


def _over_time(view: View) -> str:
    if view.scale == 1:
        return ""
    losses = len(view.loss_steps)
    return f" Training goes by the sum over the {losses} steps, {losses} times the mean that is written here."


def _change(view: View) -> str:
    before, after = view.first_epoch.loss, view.loss_after
    loss = f"the loss of all {view.batch} samples" if view.batch > 1 else "the loss"
    loss += ", summed over time," if view.scale != 1 else ""
    if not np.isfinite(after):
        return f"{loss} is no longer finite, after {four(before)}"
    return f"{loss} {change(before, after)}"
