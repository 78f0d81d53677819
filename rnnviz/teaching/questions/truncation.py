"""Questions on truncation (7)."""

from __future__ import annotations

import math

import numpy as np

from rnnviz import engine
from rnnviz.notation.ids import step_number
from rnnviz.notation.numbers import counted, four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import (
    Draft,
    apart,
    one_of,
    option,
    settled,
    significant,
    some_of,
    template,
)
from rnnviz.teaching.questions.words import every, runs, term, tex

_LONGEST_DRAWN = 12
"""Longer windows hardly cut what can be seen."""


def _length(scope, draw) -> int:
    """A length τ of truncation: the configured one, else a drawn one of those that cut something."""
    drawn = int(draw.integers(min(2, scope.T - 1), min(scope.T, _LONGEST_DRAWN + 1)))
    return scope.experiment.config.truncation if scope.is_cut else drawn


def _sorted_out(scope, kind: str, length: int) -> tuple[list, list]:
    """The drawn terms that a truncation cuts, and those that it keeps."""
    kept = [pair for pair in scope.terms if engine.keeps(*pair, length, kind)]
    return [pair for pair in scope.terms if pair not in kept], kept


@template("window-cuts", 7, "What a window cuts", numbers=False, least=2)
def window_cuts(scope, draw):
    """Ask which term a window leaves out; the border t − k = τ − 1 is among the choices."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut, kept = _sorted_out(scope, "window", length)
    if not cut or not kept:
        return None
    nearest = [pair for pair in cut if pair[0] - pair[1] == length] or cut
    border = [pair for pair in kept if pair[0] - pair[1] == length - 1]
    t, k = one_of(draw, nearest)
    others = some_of(draw, border, 1) + some_of(draw, kept, 3)
    choices = settled(
        option(0, f"It goes {counted(t - k, 'step')} back. The window keeps the lags below {length}.",
               f"term_{t}_{k}", text=term(t, k)),
        [option(place + 1, _window_reply(length, *pair), "term_{}_{}".format(*pair), text=term(*pair))
         for place, pair in enumerate(others[:4])],
    )  # fmt: skip
    prompt = f"A window of τ = {length} truncates the gradient of {tex(parameter)}. Which term does it cut?"
    answer = f"{term(t, k)} is cut: its lag {t - k} is not below {length}."
    facts = {"kind": "window", "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _window_reply(length, t, k) -> str:
    where = f"{term(t, k)} has lag {t - k}"
    if t - k == length - 1:
        return f"{where}, the last that is kept: counted from 0 the window has {counted(length, 'lag')}."
    if t == k:
        return f"{where}: every window keeps a loss's own step."
    return f"{where}, below {length}: kept. What counts is t − k, not how early k = {step_number(k)} is."


@template("chunk-cuts", 7, "What blocks cut", numbers=False, least=2)
def chunk_cuts(scope, draw):
    """Ask which term blocks of τ steps leave out."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut, kept = _sorted_out(scope, "chunk", length)
    if not cut or not kept:
        return None
    t, k = one_of(draw, [pair for pair in cut if engine.keeps(*pair, length, "window")] or cut)
    far = sorted(kept, key=lambda pair: pair[1] - pair[0])[:3]
    others = some_of(draw, far, 2) + some_of(draw, kept, 2)
    border = step_number((k // length + 1) * length)
    choices = settled(
        option(0, f"The state is detached before step {border}, between its two ends."
               + (f" A window of {length} would keep it." if t - k < length else ""),
               f"term_{t}_{k}", text=term(t, k)),
        [option(place + 1, f"{term(*pair)} stays inside one block, {_block(scope, length, pair[0])}: kept, "
                f"lag {pair[0] - pair[1]}.", "term_{}_{}".format(*pair), text=term(*pair))
         for place, pair in enumerate(others)],
    )  # fmt: skip
    prompt = (
        f"The state is detached {every(length)}, from step {step_number(0)} on. Which term of "
        f"{tex(parameter)} is cut?"
    )
    answer = f"{term(t, k)} is cut: it crosses the border before step {border}."
    facts = {"kind": "chunk", "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _block(scope, length: int, t: int) -> str:
    """The steps of the block of step t, in words."""
    start = t // length * length
    end = min(start + length, scope.T) - 1
    first, last = step_number(start), step_number(end)
    return f"step {first} alone" if start == end else f"steps {first} to {last}"


_OTHER = {"window": "chunk", "chunk": "window"}


def _by(kind: str, length: int) -> str:
    return f"a window of τ = {length}" if kind == "window" else f"detaching {every(length)}"


@template("kept-count", 7, "How many terms are kept", numbers=False, least=2)
def kept_count(scope, draw):
    """Count the terms that a truncation keeps."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, engine.TRUNCATIONS)
    count, all_terms = scope.count(kind, length), scope.count()
    name, light = _by(kind, length), f"dL/d{parameter}"

    def number(value, reply, *lights):
        return option(value, reply, *(lights or (light,)), text=str(value))

    choices = settled(
        number(count, f"{name[0].upper()}{name[1:]} keeps {count} of {counted(all_terms, 'term')}."),
        [
            number(scope.count(_OTHER[kind], length), f"That is {_by(_OTHER[kind], length)}: {_REACH[kind]}"),
            number(all_terms, "Those are all terms. Truncation leaves some out."),
            number(scope.count(kind, length + 1), _one_too_far(kind, length), "lag_0"),
            number(length, "That is the length itself. " + (
                "Every loss has terms of its own." if scope.count_losses > 1 else
                "The last block need not be full."), f"L_{scope.T - 1}"),
        ],
    )  # fmt: skip
    losses = f"{scope.count_losses} {'loss' if scope.count_losses == 1 else 'losses'}"
    prompt = (
        f"The network has {counted(scope.T, 'step')} and {losses}. How many terms of {tex(parameter)} does "
        f"{name} keep?"
    )
    answer = f"{count} of {counted(all_terms, 'term')} {'is' if count == 1 else 'are'} kept."
    facts = {"kind": kind, "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


_REACH = {
    "window": "blocks end at fixed steps, a window goes equally far back from every loss.",
    "chunk": "a window goes equally far back from every loss, blocks end at fixed steps.",
}
"""How the kind that is asked for differs from the other one."""


def _one_too_far(kind: str, length: int) -> str:
    if kind == "chunk":
        return f"That is detaching {every(length + 1)}: a block of {counted(length, 'step')} is shorter."
    lags = runs(range(length))
    made = f"lags {lags} make" if length > 1 else f"lag {lags} alone makes"
    return f"That is one step too far: {made} up τ = {length}."


@template("truncated-length", 7, "What truncation does to the length", least=2)
def truncated_length(scope, draw):
    """Ask for the length of a truncated gradient."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, engine.TRUNCATIONS)
    parts = {name: scope.gradient(parameter, name, length) for name in _OTHER}
    full = scope.gradient(parameter)
    value, whole, lost = (frobenius(part) for part in (parts[kind], full, full - parts[kind]))
    telling = scope.outweighs_rounding[parameter] and min(value, whole) >= 1e-6 * max(value, whole)
    if not telling or not apart(parts[kind], full):
        return None
    light = f"dL/d{parameter}"
    name = _by(kind, length)
    grows = " It is longer than the full one: the terms left out pulled against it." if value > whole else ""
    choices = settled(
        option(value, f"The kept terms add up to a vector of length {four(value)}, all terms to one of "
               f"{four(whole)}.{grows}", light),
        [
            option(whole, "That is the full gradient. Truncation leaves terms out and changes it.", light),
            option(lost, "That is the length of what is cut, not of what is kept.", light)
            if significant(lost, whole) else None,
            option(whole * scope.count(kind, length) / scope.count(), "That shares the length by the number "
                   "of terms. They differ in size and direction.", light),
            option(frobenius(parts[_OTHER[kind]]), f"That is with {_by(_OTHER[kind], length)}, which cuts "
                   "other terms.", light),
            option(whole - lost, "That subtracts lengths. The two parts point in different directions.",
                   light),
        ],
    )  # fmt: skip
    prompt = (
        f"The full gradient of {tex(parameter)} has length {four(whole)}. How long is the truncated gradient "
        f"that {name} leaves?"
    )
    answer = f"With {name} the truncated gradient has length {four(value)}."
    facts = {"kind": kind, "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


@template("detach-or-reset", 7, "Detach is not reset", least=2)
def detach_or_reset(scope, draw):
    """Ask what detaching does to the loss, which is nothing."""
    length = _length(scope, draw)
    losses, n = scope.step_losses, scope.count_losses
    loss = scope.scale * float(losses.sum())
    reset = scope.scale * _loss_with_resets(scope, length)
    start = (scope.T - 1) // length * length
    last = scope.scale * float(losses[start:].sum())
    if loss < 1e-12 or not math.isfinite(reset):
        return None
    choices = settled(
        option(loss, "Detaching cuts the way back only. Forward the state goes on, so every number stays: "
               f"{four(loss)}.", "L"),
        [
            option(reset, "That is with the state set to 0 at each cut. Detaching keeps its value.",
                   f"H_{start}" if start in scope.steps else "H_init"),
            option(last, f"That counts the losses of the last block alone. All {n} count.",
                   f"L_{scope.T - 1}"),
            option(loss * length / scope.T, f"That takes a share of {length} of {scope.T} steps. The loss is "
                   "of the forward pass, which is not cut.", "L"),
            option(loss * math.ceil(scope.T / length), "That counts the loss once a block. "
                   + ("Each step has one loss." if n > 1 else "Only the last step has one."), "L"),
        ],
    )  # fmt: skip
    prompt = (
        f"The total loss {tex('L')} is {four(loss)}. The same forward pass runs once more, but now the state "
        f"is detached {every(length)}. What is the loss?"
    )
    changed = f"makes it {four(reset)}" if four(reset) != four(loss) else "happens to change nothing here"
    answer = f"It stays {four(loss)}; setting the state to 0 instead {changed}."
    return choices and Draft(prompt, choices, "loss", "Wh1", answer, {"length": length})


def _loss_with_resets(scope, length: int) -> float:
    """The total loss if every block of steps started from a zero state; H_init stays for the first."""
    architecture, parameters, trace, Y = scope.problem
    total = 0.0
    for start in range(0, scope.T, length):
        end = min(start + length, scope.T)
        if end <= scope.first_loss:
            continue
        begin = trace.H_init if start == 0 else np.zeros_like(trace.H_init)
        passed = engine.forward(architecture, parameters, trace.X[start:end], begin)
        total += float(engine.step_losses(architecture, passed, Y if Y.ndim == 2 else Y[start:end]).sum())
    return total
