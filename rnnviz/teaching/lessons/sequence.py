"""Sequence to sequence: a loss at every step, each with its own way back."""

from __future__ import annotations

from rnnviz.notation.numbers import capital, counted, the
from rnnviz.teaching.lessons import chain, parts
from rnnviz.teaching.lessons.model import TEXTS, Lesson, Paragraph, Setting

KIND = "sequence to sequence"
PRODUCES = TEXTS["sequence"]


def lesson(of: Setting) -> Lesson:
    """The lesson for a network with a loss at every step."""
    paragraphs = [
        *parts.introduction(of, KIND, PRODUCES),
        *parts.forward_states(of, with_output=True),
        *_loss(of),
        parts.wanted(of),
        *_output_layer(of),
        *(one for name in chain.ORDER for one in _hidden(of, name)),
        *parts.parameter_updates(of),
        *parts.gradient_descent(of, _forward_lines(of)),
    ]
    return Lesson("sequence", tuple(paragraphs))


def _forward_lines(of: Setting) -> tuple:
    pairs = tuple(one for t in range(of.T) for one in (chain.forward_step(t), chain.output_step(t)))
    return (*pairs, chain.total_loss(of.losses))


def _loss(of: Setting) -> list[Paragraph]:
    each = [
        Paragraph("Loss", f"Step {t} is compared with its own target {{Y_{t}}}.", f"loss-{t}", (chain.loss_step(t),))
        for t in of.losses
    ]
    total = Paragraph("Loss", TEXTS["total_loss"], "loss", (chain.total_loss(of.losses),))
    return [*each, total, *parts.example_losses(of)]


def _output_layer(of: Setting) -> list[Paragraph]:
    return [
        Paragraph(
            "Gradients",
            f"Output layer gradients are summed from each time step. {{{name}}} serves every output, and "
            "each "
            "loss asks for its own change.",
            "sum",
            (chain.over_losses(name, of.losses),),
            parameter=name,
        )
        for name in ("b2", "W2")
    ]


def _hidden(of: Setting, name: str) -> list[Paragraph]:
    opening = Paragraph(
        name,
        f"Hidden layer gradients are the sum of the derivatives of the loss from each time step. For {{{name}}}:",
        "loss",
        (chain.over_losses(name, of.losses),),
        parameter=name,
        lit=(name, *(f"L_{t}" for t in of.losses)),
    )
    rows = [one for t in of.losses for one in _row(name, t)]
    count = of.T * (of.T + 1) // 2
    closing = Paragraph(
        name,
        f"{capital(the(of.T, 'row', 'is', 'together are'))} the gradient: {counted(count, 'term')} in all.",
        "sum",
        (chain.over_losses(name, of.losses),),
        parameter=name,
    )
    return [opening, *rows, closing]


def _row(name: str, t: int) -> list[Paragraph]:
    """The terms of one loss, one by one, then with the bracket; a single term needs none."""
    walk = [_term(name, t, k) for k in range(t, -1, -1)]
    if t == 0:
        return walk
    closing = Paragraph(
        name,
        f"What the {t + 1} terms of {{L_{t}}} share stands before the bracket.",
        f"term-{t}-0",
        (chain.bracketed(name, t),),
        parameter=name,
        lit=(f"dL_{t}/d{name}",),
    )
    return [*walk, closing]


def _term(name: str, t: int, k: int) -> Paragraph:
    text = (
        f"The loss {{L_{t}}} reaches {{{name}}} through {{H_{t}}} itself."
        if k == t
        else f"{{H_{k + 1}}} also depends on {{H_{k}}}, which used {{{name}}} {_earlier(t - k)}: one more term."
    )
    lines = (chain.terms(name, t, list(range(t, k - 1, -1))),)
    return Paragraph(name, text, f"term-{t}-{k}", lines, parameter=name, box=chain.box(name, t, k))


def _earlier(steps: int) -> str:
    return "one step earlier" if steps == 1 else f"{steps} steps earlier"
