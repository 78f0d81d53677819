"""The pieces that both of the lecture's walks share: the network, its losses, the updates, the five steps."""

from __future__ import annotations

from rnnviz.notation.equations import sign
from rnnviz.settings.fields import LABELS
from rnnviz.teaching.lessons import chain
from rnnviz.teaching.lessons.model import TEXTS, Line, Paragraph, Setting

BINARY = r"L = -\,[\,y \log_e \hat{y} + (1 - y) \log_e (1 - \hat{y})\,]"
CATEGORICAL = r"L = -\sum_{j=1}^{K} y_j \log_e \hat{y}_j"

LOSSES = {
    "categorical_cross_entropy": "categorical cross entropy",
    "binary_cross_entropy": "binary cross entropy",
    "squared_error": "the squared error",
}


def named(activation: str) -> str:
    """An activation as the app calls it."""
    return LABELS.get(activation, activation)


def written(latex: str) -> Line:
    """A line of LaTeX that stands for no quantity of the stage."""
    return (sign(latex),)


def introduction(of: Setting, kind: str, produces: str) -> list[Paragraph]:
    """What is going to be trained, and in which steps."""
    steps = ", ".join(f"$t_{{{t}}}$" for t in range(of.T))
    copies = f"one copy of the layer for each step {steps}" if of.T > 1 else f"one copy of the layer, at {steps}"
    made = tuple(f"{name}_{t}" for t in of.losses for name in ("Y_hat", "L"))
    return [
        Paragraph(
            "Network",
            f"Let us train a {kind} network, unrolled over {_steps(of.T)}: {copies}. "
            "All copies share the same weights.",
            "start",
            (chain.general_state(), chain.general_output()),
        ),
        Paragraph("Network", TEXTS["training"], "start"),
        Paragraph("Network", produces, "start", lit=made),
    ]


def _steps(T: int) -> str:
    return "one time step" if T == 1 else f"{T} time steps"


def forward_states(of: Setting, with_output: bool) -> list[Paragraph]:
    """A paragraph for each step of the forward pass, its output beside it where every step has one."""
    found = []
    for t in range(of.T):
        before = "{H_init}, the state before the first step" if t == 0 else f"{{H_{t - 1}}}, what was kept"
        text = f"Step {t} mixes the input {{X_{t}}} with {before}."
        found.append(Paragraph("Forward", text, f"forward-{t}", (chain.forward_step(t),)))
        if with_output:
            found.append(output(t, "At once the prediction is read from the new state"))
    return found


def output(t: int, words: str) -> Paragraph:
    """The prediction of one step."""
    return Paragraph("Forward", f"{words}: {{Y_hat_{t}}}.", f"output-{t}", (chain.output_step(t),))


def example_losses(of: Setting) -> list[Paragraph]:
    """The two losses that the lecture names, and the one in use."""
    at, used = f"loss-{of.last}", LOSSES[of.loss]
    return [
        Paragraph("Loss", TEXTS["two_losses"], at, (written(BINARY),)),
        Paragraph(
            "Loss",
            "Categorical cross entropy suits one of $K$ classes: of the sum only the logarithm of the right "
            f"class remains, because its $y_j$ is 1 and the others are 0. This network uses {used}.",
            at,
            (written(CATEGORICAL),),
        ),
    ]


def truncated(of: Setting) -> str:
    """What the stage shows otherwise than the lecture where terms are left out; "" where none is."""
    if not of.truncation:
        return ""
    return (
        f" The lecture takes every term. Here truncation ({of.truncation}) leaves some out: the stage greys "
        "them, and writes the sum of the others as $g^{\\tau}$, since it is no $\\partial L$."
    )


def wanted(of: Setting) -> Paragraph:
    """The five derivatives."""
    return Paragraph(
        "Gradients",
        "For backpropagation we have to calculate the partial derivative of the loss function with respect "
        "to "
        f"the parameters {{Wh1}}, {{W1}}, {{W2}}, {{b1}} and {{b2}}.{truncated(of)}",
        "loss",
        (chain.all_gradients(),),
        lit=("W1", "Wh1", "b1", "W2", "b2"),
    )


def another_rule(of: Setting) -> str:
    """What this network does otherwise than the lecture in its update; "" where it does the same."""
    name = {"sgd": "", "momentum": "momentum", "adam": "Adam"}[of.optimiser]
    used = " and ".join(filter(None, (name, "clipping" if of.clips else "")))
    if not used:
        return ""
    return f" This is plain gradient descent; this network trains with {used}, and the stage shows that step."


def parameter_updates(of: Setting) -> list[Paragraph]:
    """Each parameter moves against its gradient."""
    words = {
        "b2": "With all gradients known, every parameter takes one step against its gradient: the learning "
        f"rate is what the gradient is multiplied by. First {{b2}}.{another_rule(of)}",
        "W2": "Then {W2}.",
        "b1": "The same for {b1}: its gradient is the sum of the chain-rule terms.",
        "W1": "For {W1}.",
        "Wh1": "And for {Wh1}. One training step is done.",
    }
    return [Paragraph("Updates", text, "update", (chain.update(name),), parameter=name) for name, text in words.items()]


def gradient_descent(of: Setting, forward: tuple[Line, ...]) -> list[Paragraph]:
    """The lecture's five steps."""
    return [
        Paragraph("Five steps", TEXTS["step_1"], "start", (chain.start_values(),)),
        Paragraph("Five steps", TEXTS["step_2"], "loss", forward),
        Paragraph("Five steps", TEXTS["step_3"], "sum", (chain.all_gradients(),)),
        Paragraph("Five steps", TEXTS["step_4"], "update", chain.updates()),
        Paragraph("Five steps", TEXTS["step_5"], "forward-0"),
    ]
