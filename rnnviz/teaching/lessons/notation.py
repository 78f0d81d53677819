"""The first lesson: how a recurrent network is written down, every symbol and every shape."""

from __future__ import annotations

from rnnviz.notation.equations import sign, token
from rnnviz.notation.numbers import counted, each_of
from rnnviz.teaching.lessons import chain
from rnnviz.teaching.lessons.model import TEXTS, Lesson, Paragraph, Setting
from rnnviz.teaching.lessons.parts import LOSSES, named, written


def lesson(of: Setting) -> Lesson:
    """The lesson for the network of this setting."""
    paragraphs = (*_equations(of), *_sizes(of), *_parameters(of), *_losses(of))
    return Lesson("notation", paragraphs)


def _equations(of: Setting) -> list[Paragraph]:
    read = f"output-{of.losses[0]}"
    return [
        Paragraph("Equations", TEXTS["recurrence"], "start", (chain.general_state(),), lit=("W1", "Wh1", "b1")),
        Paragraph(
            "Equations",
            "$f_1$ is an activation function on layer $L_1$, typically tanh. "
            f"Here it is {named(of.hidden)}, applied to every entry on its own. $L_1$ and $L_2$ name the "
            "hidden and the output layer in these sentences alone: elsewhere $L$ with an index is a loss.",
            "forward-0",
            (chain.forward_step(0),),
        ),
        Paragraph("Equations", TEXTS["readout"], read, (chain.general_output(),), lit=("W2", "b2")),
        Paragraph(
            "Equations",
            "$f_2$ is an activation function on layer $L_2$, typically softmax for classification, or ReLU "
            "or "
            f"identity for regression. Here it is {named(of.output)}.",
            read,
            (chain.output_step(of.losses[0]),),
        ),
    ]


def _sizes(of: Setting) -> list[Paragraph]:
    states = tuple(f"H_{t}" for t in range(min(of.T, 5)))
    return [
        Paragraph(
            "Shapes",
            "$n_0$ is the number of features in the input data, $n_1$ the number of neurons in the hidden "
            "layer "
            f"$L_1$, $n_2$ the number of neurons in the output layer $L_2$, and $m$ the number of samples. "
            "Here "
            f"$n_0 = {of.n0}$, $n_1 = {of.n1}$, $n_2 = {of.n2}$ and $m = {of.m}$.",
            "start",
        ),
        Paragraph(
            "Shapes",
            f"$X_t$ is an $m \\times n_0$ matrix, here {of.m} × {of.n0}: a row for each sample, a column "
            "for each "
            "feature.",
            "forward-0",
            lit=("X_0",),
        ),
        Paragraph(
            "Shapes",
            f"$H_{{1t}}$ is an $m \\times n_1$ matrix, here {of.m} × {of.n1}. It is all that the network remembers.",
            "forward-0",
            lit=states,
        ),
        Paragraph(
            "Shapes",
            f"$\\hat{{Y}}_t$ is an $m \\times n_2$ matrix, here {of.m} × {of.n2}.",
            f"output-{of.losses[0]}",
            lit=tuple(f"Y_hat_{t}" for t in of.losses[:5]),
        ),
    ]


def _used(of: Setting) -> str:
    """How often each parameter is used, and what follows from it."""
    if of.T == 1:
        return (
            "With a single step every parameter is used once. Over more steps the same ones are used at each "
            "of them, and a gradient becomes a sum."
        )
    steps, why = f"at {each_of(of.T, 'step')}", "one weight gets a gradient from many places"
    used = (
        f"The same five parameters are used {steps}"
        if len(of.losses) > 1
        else f"The same {{W1}}, {{Wh1}} and {{b1}} are used {steps}, {{W2}} and {{b2}} at the last one alone"
    )
    return f"{used}. This is why {why}, and why the gradient is a sum."


def _parameters(of: Setting) -> list[Paragraph]:
    return [
        Paragraph(
            "Parameters",
            f"{{W1}} is an $n_0 \\times n_1$ matrix, here {of.n0} × {of.n1}. {{Wh1}} is an $n_1 \\times n_1$ "
            f"matrix, {of.n1} × {of.n1}: it leads from the hidden layer to itself, one step later. {{W2}} "
            "is an "
            f"$n_1 \\times n_2$ matrix, {of.n1} × {of.n2}.",
            "start",
            lit=("W1", "Wh1", "W2"),
        ),
        Paragraph(
            "Parameters",
            "{b1} is an $n_1 \\times 1$ vector and {b2} an $n_2 \\times 1$ vector; each is kept here as "
            "one row of "
            f"{of.n1} and of {of.n2}. The bias is added via broadcasting: every element of the bias vector "
            f"{{b2}} "
            "is added to the corresponding column of $H_{1t} W_2$.",
            f"output-{of.losses[0]}",
            lit=("b1", "b2"),
        ),
        Paragraph("Parameters", _used(of), "start", (chain.start_values(),)),
    ]


def _losses(of: Setting) -> list[Paragraph]:
    t, used = of.losses[-1], LOSSES[of.loss]
    at_last = " Here only the last step has one." if len(of.losses) == 1 and of.T > 1 else ""
    general = (sign(r"L_t = f(\hat{Y}_t, Y_t)"),)
    return [
        Paragraph(
            "Loss",
            f"The loss is a function of predicted against actual output. Here it is {used}.",
            f"loss-{t}",
            (written(r"L = f(\hat{Y}, Y)"),),
        ),
        Paragraph(
            "Loss", f"Each step can have a loss of its own.{at_last}", f"loss-{t}", (general, chain.loss_step(t))
        ),
        Paragraph(
            "Loss",
            "In general the total loss is the sum of the losses over all time steps. The lecture writes "
            "the last "
            f"step as $T$; with {counted(of.T, 'step')} counted from 0 the last one is {of.last}.",
            "loss",
            (written(r"L = \sum_{t=0}^{T} L_t"), (token("L"), sign(rf"= \sum_{{t=0}}^{{{of.last}}} L_t"))),
        ),
    ]
