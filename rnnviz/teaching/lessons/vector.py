"""Sequence to vector: one loss at the end, and its way back to every use of a weight."""

from __future__ import annotations

from rnnviz.notation.numbers import the
from rnnviz.teaching.lessons import chain, parts
from rnnviz.teaching.lessons.model import TEXTS, Lesson, Paragraph, Setting

KIND = "sequence to vector"
PRODUCES = TEXTS["vector"]


def lesson(of: Setting) -> Lesson:
    """The lesson for a network whose only loss is at the last step."""
    paragraphs = [
        *parts.introduction(of, KIND, PRODUCES),
        *parts.forward_states(of, with_output=False),
        parts.output(of.last, "The output is computed at the last time step only"),
        *_loss(of),
        parts.wanted(of),
        *_output_layer(of),
        *(one for name in chain.ORDER for one in _hidden(of, name)),
        *parts.parameter_updates(of),
        *parts.gradient_descent(of, _forward_lines(of)),
    ]
    return Lesson("vector", tuple(paragraphs))


def _forward_lines(of: Setting) -> tuple:
    states = tuple(chain.forward_step(t) for t in range(of.T))
    return (*states, chain.output_step(of.last), chain.loss_step(of.last))


def _loss(of: Setting) -> list[Paragraph]:
    last = of.last
    return [
        Paragraph(
            "Loss",
            f"The loss compares {{Y_hat_{last}}} with {{Y_{last}}}. It is the only one: the total loss is "
            "the "
            "loss at the last time step.",
            f"loss-{last}",
            (chain.loss_step(last), chain.total_loss(of.losses)),
        ),
        *parts.example_losses(of),
    ]


def _output_layer(of: Setting) -> list[Paragraph]:
    last = of.last
    return [
        Paragraph(
            "Gradients",
            f"Output layer gradients are only from the final time step: {{{name}}} is used there alone, so "
            "no "
            "path leads through time.",
            f"term-{last}-{last}",
            (chain.over_losses(name, of.losses),),
            parameter=name,
        )
        for name in ("b2", "W2")
    ]


def _hidden(of: Setting, name: str) -> list[Paragraph]:
    last, whole = of.last, f"dL/d{name}"
    opening = Paragraph(
        name,
        f"Hidden layer gradients are derivatives of the loss from the final time step. For {{{name}}}:",
        f"loss-{last}",
        (chain.over_losses(name, of.losses),),
        parameter=name,
        lit=(name, f"L_{last}"),
    )
    walk = [_term(of, name, k) for k in range(last, -1, -1)]
    closing = Paragraph(
        name,
        "BPTT sums the derivatives over all the time steps. What all terms share stands before the bracket; "
        f"inside {'is' if of.T == 1 else 'are'} {the(of.T, 'term')}.",
        "sum",
        (chain.bracketed(name, last, whole),),
        parameter=name,
    )
    return [opening, *walk, closing]


def _term(of: Setting, name: str, k: int) -> Paragraph:
    """The sum grows by one term, the step k from which it comes one further back."""
    last = of.last
    text = (
        f"{{H_{last}}} uses {{{name}}} itself. That gives the first term, with no step back."
        if k == last
        else f"But {{H_{k + 1}}} also depends on {{H_{k}}}, and {{H_{k}}} used {{{name}}} too: one step "
        "further "
        "back, one more factor, one more term."
    )
    lines = (chain.terms(name, last, list(range(last, k - 1, -1)), f"dL/d{name}"),)
    return Paragraph(name, text, f"term-{last}-{k}", lines, parameter=name, box=chain.box(name, last, k))
