"""Questions on truncation (7)."""

from __future__ import annotations

import math

import numpy as np

from rnnviz import engine
from rnnviz.notation.numbers import counted, four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import Holes, apart, significant, some_of, template
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError, one_of
from rnnviz.teaching.questions.words import every, runs

Term = tuple[int, int]
_LONGEST_DRAWN = 12
"""Longer windows hardly cut what can be seen."""


def _length(scope: Scope, draw: Draw) -> int:
    """A length τ of truncation: the configured one, else a drawn one of those that cut something."""
    drawn = int(draw.integers(min(2, scope.T - 1), min(scope.T, _LONGEST_DRAWN + 1)))
    configured = scope.experiment.config.truncation
    return configured if configured and scope.is_cut else drawn


def _sorted_out(scope: Scope, kind: str, length: int) -> tuple[list[Term], list[Term]]:
    """The drawn terms that a truncation cuts, and those that it keeps."""
    kept = [pair for pair in scope.terms if engine.keeps(pair[0], pair[1], length, kind)]
    cut = [pair for pair in scope.terms if pair not in kept]
    if not cut or not kept:
        raise UnaskedError
    return cut, kept


@template
def window_cuts(scope: Scope, draw: Draw) -> Holes | None:
    """Ask which term a window leaves out; the border t − k = τ − 1 is among the choices."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut, kept = _sorted_out(scope, "window", length)
    nearest = [pair for pair in cut if pair[0] - pair[1] == length] or cut
    border = [pair for pair in kept if pair[0] - pair[1] == length - 1]
    t, k = one_of(draw, nearest)
    others = some_of(draw, border, 1) + some_of(draw, kept, 3)
    replies = [dict(s=s, j=j, reply=_window_reply(scope, length, s, j)) for s, j in others[:4]]
    return dict(kind="window", length=length, parameter=parameter, t=t, k=k, lag=t - k, others=replies)


def _window_reply(scope: Scope, length: int, t: int, k: int) -> str:
    where = f"{scope.term_name(t, k)} has lag {t - k}"
    if t - k == length - 1:
        return f"{where}, the last that is kept: counted from 0 the window has {counted(length, 'lag')}."
    if t == k:
        return f"{where}: every window keeps a loss's own step."
    return f"{where}, below {length}: kept. What counts is t − k, not how early k = {scope.step_number(k)} is."


@template
def chunk_cuts(scope: Scope, draw: Draw) -> Holes | None:
    """Ask which term blocks of τ steps leave out."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut, kept = _sorted_out(scope, "chunk", length)
    t, k = one_of(draw, [pair for pair in cut if engine.keeps(pair[0], pair[1], length, "window")] or cut)
    far = sorted(kept, key=lambda pair: pair[1] - pair[0])[:3]
    others = some_of(draw, far, 2) + some_of(draw, kept, 2)
    return dict(
        kind="chunk", length=length, parameter=parameter, t=t, k=k, every=every(length),
        border=scope.step_number((k // length + 1) * length),
        window=f" A window of {length} would keep it." if t - k < length else "",
        others=[dict(s=s, j=j, lag=s - j, block=_block(scope, length, s)) for s, j in others],
    )  # fmt: skip


def _block(scope: Scope, length: int, t: int) -> str:
    """The steps of the block of step t, in words."""
    start = t // length * length
    end = min(start + length, scope.T) - 1
    first, last = scope.step_number(start), scope.step_number(end)
    return f"step {first} alone" if start == end else f"steps {first} to {last}"


_OTHER = {"window": "chunk", "chunk": "window"}


def _by(kind: str, length: int) -> str:
    return f"a window of τ = {length}" if kind == "window" else f"detaching {every(length)}"


@template
def kept_count(scope: Scope, draw: Draw) -> Holes | None:
    """Count the terms that a truncation keeps."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, engine.TRUNCATIONS)
    count, all_terms = scope.count(kind, length), scope.count()
    name = _by(kind, length)
    losses = f"{scope.count_losses} {'loss' if scope.count_losses == 1 else 'losses'}"
    return dict(
        count=count, initial=name[0].upper(), others=name[1:], all_terms=all_terms,
        other=scope.count(_OTHER[kind], length), other_name=_by(_OTHER[kind], length), reach=_REACH[kind],
        one_more=scope.count(kind, length + 1), too_far=_one_too_far(kind, length), length=length,
        own=_OWN[scope.count_losses > 1],
        end=scope.T - 1, losses=losses, parameter=parameter, name=name, are="is" if count == 1 else "are",
        kind=kind,
    )  # fmt: skip


_OWN = {True: "Every loss has terms of its own.", False: "The last block need not be full."}
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


@template
def truncated_length(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the length of a truncated gradient."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, engine.TRUNCATIONS)
    parts = {name: scope.gradient(parameter, name, length) for name in _OTHER}
    full = scope.gradient(parameter)
    value, whole, lost = (frobenius(part) for part in (parts[kind], full, full - parts[kind]))
    telling = scope.outweighs_rounding[parameter] and min(value, whole) >= 1e-6 * max(value, whole)
    if not telling or not apart(parts[kind], full):
        return None
    name = _by(kind, length)
    grows = " It is longer than the full one: the terms left out pulled against it." if value > whole else ""
    return dict(
        value=value, whole=whole, grows=grows, cut=lost if significant(lost, whole) else None,
        shared=whole * scope.count(kind, length) / scope.count(), other=frobenius(parts[_OTHER[kind]]),
        other_name=_by(_OTHER[kind], length), less=whole - lost, parameter=parameter, name=name, kind=kind,
        length=length,
    )  # fmt: skip


@template
def detach_or_reset(scope: Scope, draw: Draw) -> Holes | None:
    """Ask what detaching does to the loss, which is nothing."""
    length = _length(scope, draw)
    losses, n = scope.step_losses, scope.count_losses
    loss = scope.scale * float(losses.sum())
    reset = scope.scale * _loss_with_resets(scope, length)
    start = (scope.T - 1) // length * length
    last = scope.scale * float(losses[start:].sum())
    if loss < 1e-12 or not math.isfinite(reset):
        return None
    changed = f"makes it {four(reset)}" if four(reset) != four(loss) else "happens to change nothing here"
    return dict(
        loss=loss, reset=reset, cut_at=f"H_{start}" if start in scope.steps else "H_init", last=last, n=n,
        end=scope.T - 1, shared=loss * length / scope.T, length=length,
        once_a_block=loss * math.ceil(scope.T / length),
        how_many="Each step has one loss." if n > 1 else "Only the last step has one.",
        every=every(length), changed=changed,
    )  # fmt: skip


def _loss_with_resets(scope: Scope, length: int) -> float:
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
