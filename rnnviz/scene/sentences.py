"""What is said beside each frame: one or two plain sentences with the live number in them."""

import re
from collections.abc import Sequence

import numpy as np

from rnnviz.engine import keeps
from rnnviz.notation.ids import Quantity, at, gradient, is_hidden, state
from rnnviz.notation.numbers import NO_PART, change, counted, four, percent, steps_back
from rnnviz.notation.quantities import frobenius, share
from rnnviz.notation.quantity import read
from rnnviz.scene import cells
from rnnviz.scene.scene import Sentence
from rnnviz.scene.updates import Update, first_update
from rnnviz.scene.view import View

_MARK = re.compile(r"\{([^{}]+)\}")


def say(text: str) -> Sentence:
    """Return a sentence as pieces: plain text, and a `Quantity` where ``{id}`` stood.

    Examples
    --------
    >>> say("reaches {Wh1} now")[1].kind
    'parameter'
    """
    pieces = _MARK.split(text)
    return tuple([read(piece) if place % 2 else piece for place, piece in enumerate(pieces) if piece])


def start(view: View) -> Sentence:
    """Start values: what is about to be learned, with how many numbers, and how often each is used."""
    count = sum(part.size for part in view.parameters)
    uses = f"The same ones are used at each of the {view.T} steps."
    if view.T == 1:
        uses = "There is one step, so each of them is used once."
    elif len(view.loss_steps) == 1:
        uses = (
            f"The same {{W1}}, {{Wh1}} and {{b1}} are used at each of the {view.T} steps, {{W2}} and {{b2}} "
            f"once, {_at_the_only(view)}."
        )
    elif is_padded(view):
        uses = (
            f"The same {{W1}}, {{Wh1}} and {{b1}} are used at each of the {view.T} steps, {{W2}} and {{b2}} "
            f"at the {len(view.loss_steps)} that have a loss."
        )
    return say(f"The network starts with {count} numbers in {{W1}}, {{Wh1}}, {{b1}}, {{W2}} and {{b2}}. {uses}")


def forward(view: View, t: int) -> Sentence:
    """Forward step: what goes into H_t."""
    (X, H), before, size = at(t, *"XH"), state(t - 1), frobenius(view.trace.H[t])
    samples = f", for all {view.batch} samples" if view.batch > 1 else ""
    remark = f"What came before reaches it only through {{{before}}}."
    if t == 0:
        remark = f"{{b1}} is broadcast: each of its numbers is added to one column{samples}."
    return say(f"{{{H}}} mixes the input {{{X}}} with {{{before}}}: length {four(size)}{view.rows_of}. {remark}")


def output(view: View, t: int) -> Sentence:
    """Output step: the prediction."""
    values = view.trace.Y_hat[view.output_row(t)][0]
    numbers = ", ".join(four(value) for value in values[:4]) + (", …" if len(values) > 4 else "")
    what = f"for sample {view.sample + 1}" if view.batch > 1 and not view.is_batch else "now"
    what = "for the first sample" if view.is_batch else what
    Y_hat, H = at(t, "Y_hat", "H")
    return say(f"The prediction {{{Y_hat}}} is read from {{{H}}} alone: {numbers} {what}.")


def loss(view: View, t: int) -> Sentence:
    """Loss step: how far the prediction is from the target."""
    (Y, Y_hat, L), value = at(t, "Y", "Y_hat", "L"), four(view.step_losses[t])
    only = "the last step" if t == view.T - 1 else "this step"
    last = f" Only {only} has a loss here." if len(view.loss_steps) == 1 and view.T > 1 else ""
    return say(f"Against the target {{{Y}}} the prediction {{{Y_hat}}} costs {{{L}}} = {value}{view.whose}.{last}")


def total(view: View) -> Sentence:
    """Total loss: a sum over steps, never a mean."""
    value = float(view.step_losses.sum()) * view.scale
    value_of = f"{{L}} = {four(value)}{view.whose}"
    if len(view.loss_steps) == 1:
        return say(f"The total loss is the loss {_at_the_only(view)}: {value_of}.")
    steps = f"{len(view.loss_steps)} steps" + (" that have a loss" if is_padded(view) else "")
    if view.conventions.is_mean:
        return say(f"The total loss is the mean over the {steps}: {value_of}.")
    return say(f"The total loss is the sum over the {steps}, not the mean: {value_of}.")


def is_padded(view: View) -> bool:
    """Whether some steps have an output and no loss."""
    return not view.architecture.is_sequence_to_vector and len(view.loss_steps) < view.T


def _at_the_only(view: View) -> str:
    """Where the only loss is."""
    t = view.loss_steps[0]
    return "at the last step" if t == view.T - 1 else f"at step {view.step_number(t)}, the only one that has a loss"


def term(view: View, parameter: str, t: int, k: int) -> Sentence:
    """One chain-rule term: its path, its length, its share."""
    found = view.term(parameter, t, k)
    size, part = frobenius(found), share_words(view, parameter, found)
    target, at = f"{{{parameter}}}", view.step_number(t)
    if not is_hidden(parameter):
        return say(
            f"The error at t = {at} reaches {target} directly: length {four(size)}, {part}. No path leads through time."
        )
    route = f"through {{{state(k, view.kind)}}}, {steps_back(t - k)}"
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


def hop(view: View, j: int, through: Sequence[float]) -> Sentence:
    """One step Jacobian: what it lets through straight, and how much more goes through each gate."""
    kind, gate = view.roads[-1], Quantity("f" if view.kind == "S" else "z", j)
    values, lengths = view.known(gate), [four(one) for one in through]
    spread = four(values.min()) if values.min() == values.max() else f"{four(values.min())} to {four(values.max())}"
    named = ", ".join(f"{size} through {{{Quantity(one, j)}}}" for size, one in zip(lengths, view.gates, strict=True))
    return say(
        f"{{{Quantity(kind, j)}}} follows {{{Quantity(kind, j - 1)}}} straight by {{{gate}}}, {spread}{view.whose}. "
        f"What reads {{{state(j - 1)}}} adds parts of length {named}."
    )


def roads(view: View, parameter: str, t: int, k: int) -> Sentence:
    """The two roads of a term: how much of it kept to the direct path, and how much went through the gates."""
    direct, gates = cells.roads(view, parameter, t, k)
    start, end = (Quantity("C" if view.kind == "S" else "H", j) for j in (t, k))
    sizes = [four(frobenius(part)) if part.any() else "exactly 0" for part in (direct, gates)]
    if view.kept(t, k):
        whole = " of the truncated gradient" if view.cuts(parameter) else " of the gradient"
        for place, part in enumerate((direct, gates)):
            if (found := share(part, view.summed(parameter))) is not None and part.any():
                sizes[place], whole = f"{sizes[place]}, {percent(found, 1)}{whole}", ""
    return say(
        f"Straight from {{{start}}} to {{{end}}}: length {sizes[0]}. "
        f"Through gates and candidates: {sizes[1]}{view.whose}."
    )


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
    entry = cells.entering(view, parameter, k)
    if entry is not None and not view.known(entry).any():
        return f"{{{entry}}} is 0, so there is nothing that {{{parameter}}} could have scaled."
    if not view.gates:
        if t > k and not view.parameters.Wh1.any():
            return "{Wh1} is 0: no error goes back through time."
        flat = [j for j in range(k, t + 1) if not view.slopes[j].any()]
        if flat:
            return f"Every slope f₁′ of step {view.step_number(flat[-1])} is 0."
    elif flat_gate := _flat_gate(view, parameter, k):
        return flat_gate
    H, Z = at(t, *"HZ")
    if not view.parameters.W2.any():
        return f"{{W2}} is 0: no error reaches {{{H}}}."
    if not view.delta("b2", t, t).any():
        return f"The error at {{{Z}}} is 0."
    if view.gates and view.is_batch:
        return "In every sample a factor is 0, or their product is."
    return "None of its factors is 0 as a whole, but their product is."


def _flat_gate(view: View, parameter: str, k: int) -> str:
    """Say that what a block brings at step k does not move the state at all; nothing where it does."""
    if view.is_batch or cells.slope_value(view, parameter, k).any():
        return ""
    before, slope = state(k - 1, "C"), cells.slope(view, parameter, k)
    if cells.added_to(view, parameter, k).kind == "Af" and not view.known(before).any():
        return f"{{{before}}} is 0, so the forget gate had nothing to keep."
    return f"{{{slope}}} is 0: the state does not follow what {{{parameter}}} brings."


def rest(view: View, count: int, size: float) -> Sentence:
    """Say how many terms the drawing leaves out in a long network, and how much they weigh."""
    norm = "Its length is" if count == 1 else "Together they have length"
    return say(
        f"{counted(count, 'more term')} with an end in the folded middle: computed, not drawn. "
        f"{norm} {four(size)}{view.whose}."
    )


def the_sum(view: View, parameter: str, count: int, residual: float) -> Sentence:
    """Say that the terms add up, how exactly, and what their sum is where truncation leaves some out."""
    size = frobenius(view.total(parameter))
    kept = "kept term" if view.cuts(parameter) else "term"
    added = f"The one {kept} is" if count == 1 else f"The {counted(count, kept)} add up to"
    if view.scale != 1:
        added = f"The {counted(count, kept)} add up; 1/{len(view.loss_steps)} of the sum is"
    return say(
        f"{added} {{{gradient(parameter)}}}{view.whose}: length {four(size)}.{left_out(view, parameter)} "
        f"The backward loop gives the same; the largest difference is {four(residual)}."
    )


def left_out(view: View, parameter: str) -> str:
    """Say what truncation leaves of the gradient; nothing where it cuts none.

    Which state is detached is said with it; blocks that keep the terms of a window are told as one.
    """
    if not view.cuts(parameter):
        return ""
    cut, tau = view.cut(parameter), view.truncation or view.T
    if not cut.any():
        return " The terms that truncation leaves out add up to 0 here."
    held = f"the state is held constant (detached) after every {tau} steps"
    if all(view.kept(t, k) == keeps(t, k, tau, "window") for t in view.loss_steps for k in range(t + 1)):
        whose = "each loss" if len(view.loss_steps) > 1 else "the loss"
        held = f"{whose} holds the state {counted(tau, 'step')} before its own constant (detached)"
    return (
        f" Truncation leaves out terms of length {four(frobenius(cut))} together: this is not the gradient of "
        f"the loss, but what remains when {held}."
    )


def update(view: View, parameter: str) -> Sentence:
    """The update: how far the parameter moves by which rule, and what it does to the loss."""
    found = first_update(view, parameter)
    if found is None:
        return say("The gradient is not finite, so there is no update. A lower rate or clipping keeps it finite.")
    moved, losses = frobenius(found.change), len(view.loss_steps)
    far = f"{{{parameter}}} moves by {four(moved)}" if moved else f"{{{parameter}}} does not move"
    cut = [f"shortened all five together to {four(found.shortened)} of their length"] if found.shortened != 1 else []
    cut += [f"limited each entry to ±{four(found.limit)}"] if found.limit is not None else []
    clipped = f" Clipping {', then '.join(cut)}." if cut else ""
    over_time = f" Training goes by the sum over the {losses} steps, {losses} times the mean that is written here."
    return say(
        f"{far}: {_reason(found)}.{clipped}{over_time if view.scale != 1 else ''} "
        f"With all five updated, {_change(view)}. Then forward again."
    )


def _reason(found: Update) -> str:
    """What the rule makes of the gradient that it is given."""
    view, rule, sizes = found.view, found.view.rule, np.abs(found.change)
    given = f"{'clipped ' if found.is_clipped else ''}{'mean ' if view.batch > 1 else ''}"
    given = f"the {given}{'truncated gradient' if view.cuts(found.parameter) else 'gradient'}"
    given += f" of all {view.batch} samples" if view.batch > 1 else ""
    if not found.gradient.any():
        return f"{given} is 0"
    if found.is_beyond:
        return "the square of its gradient, which Adam divides by, is beyond the largest number"
    plain = f"the rate {four(rule.rate)} times {given}, against it"
    if rule.optimiser == "sgd":
        return plain
    if rule.optimiser == "momentum":
        return f"{plain}. At the first update the velocity is that gradient, so this is the plain step"
    # How many entries move by the whole rate: all whose gradient is much larger than ε.
    count = sum(four(size) == four(rule.rate) for size in sizes.ravel().tolist())
    many = f"{count} of {sizes.size} entries {'moves' if count == 1 else 'move'}"
    if sizes.size == 1:
        many = "Its one entry moves" if count else "Its one entry does not move"
    return (
        f"at its first update Adam divides each entry of {given} by its own size, plus ε. "
        f"{many} by the rate {four(rule.rate)}, against the sign of the gradient"
    )


def _change(view: View) -> str:
    before, after = view.first_epoch.loss, view.loss_after
    loss = f"the loss of all {view.batch} samples" if view.batch > 1 else "the loss"
    loss += ", summed over time," if view.scale != 1 else ""
    if not np.isfinite(after):
        return f"{loss} is no longer finite, after {four(before)}"
    return f"{loss} {change(before, after)}"
