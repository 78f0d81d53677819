"""Training with the gradient of a wrong backward loop."""

from __future__ import annotations

import numpy as np

from rnnviz.engine import Architecture, Parameters, forward
from rnnviz.engine import step_losses as losses_of_steps
from rnnviz.engine.forward import run as run_forward
from rnnviz.engine.pulse import told
from rnnviz.engine.values import checked_count, checked_positive
from rnnviz.experiment.mistakes import check_mistake, gradient_of_copy
from rnnviz.experiment.plain_loop import loop_arguments


@np.errstate(all="ignore")
def broken_training(
    mistake: str | None,
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    *,
    epochs: int,
    learning_rate: float,
    H_init: np.ndarray | None = None,
) -> np.ndarray:
    """Train with the gradient of the copy, ``θ ← θ - η g``: losses after 0, 1, … updates, while finite."""
    check_mistake(mistake)
    epochs = checked_count("epochs", epochs, 0)
    learning_rate = checked_positive("learning_rate", learning_rate, zero=True)
    start, losses = forward(architecture, parameters, X, H_init), list[float]()
    for _ in told(range(epochs + 1)):
        trace = run_forward(architecture, parameters, start.X, start.H_init)
        loss = float(losses_of_steps(architecture, trace, Y).sum())
        if not np.isfinite(loss):
            break
        losses.append(loss)
        gradient = gradient_of_copy(mistake, loop_arguments(architecture, parameters, trace, Y))
        parameters = Parameters(*(v - learning_rate * g for v, g in zip(parameters, gradient, strict=True)))
    return np.array(losses)
