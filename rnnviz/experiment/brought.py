"""An experiment of a network and a batch that somebody else has made."""

import numpy as np

from rnnviz.engine import Architecture, Parameters, backward, forward
from rnnviz.engine.validation import checked_inputs
from rnnviz.experiment.core import Experiment
from rnnviz.settings.config import RunConfig
from rnnviz.tasks.task import OUTPUT_PAIRS, Task, rows_as_tokens

_KINDS = {"categorical_cross_entropy": "classes", "binary_cross_entropy": "binary", "squared_error": "real"}
_SENTENCE = "A network of one's own, on its own batch."


def brought_experiment(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    learning_rate: float = 0.1,
    C_init: np.ndarray | None = None,
) -> Experiment:
    """Return the experiment of a network, its batch and one step of plain gradient descent.

    Parameters
    ----------
    architecture, parameters, X, Y, H_init, C_init
        As for `rnnviz.engine.forward` and `backward`.
    learning_rate : float
        η of the update.

    Raises
    ------
    ValueError
        As `forward` and `backward`, for an output and a loss that no run has together, and for more
        steps, samples or units than can be shown.
    """
    X = checked_inputs(architecture, X)
    trace = forward(architecture, parameters, X, H_init, C_init)
    result = backward(architecture, parameters, trace, Y)
    output = _output(architecture)
    config = RunConfig(
        mode=architecture.mode, steps=len(X), batch=X.shape[1], hidden=architecture.n_hidden, output=output,
        activation=architecture.hidden_activation, cell=architecture.cell, reset=architecture.reset,
        learning_rate=learning_rate,
    )  # fmt: skip
    task = Task(
        "brought", X, np.asarray(Y, dtype=float), _KINDS[architecture.loss], architecture.output_activation,
        architecture.loss, architecture.mode, _SENTENCE, _labels("x", architecture.n_inputs),
        _labels("y", architecture.n_outputs), rows_as_tokens([[""] * X.shape[1]] * len(X)),
    )  # fmt: skip
    return Experiment(config, task, architecture, parameters, trace, result)


def _output(architecture: Architecture) -> str:
    """The choice of `RunConfig.output` that has this output activation and this loss."""
    names = {pair: name for name, pair in OUTPUT_PAIRS.items()}
    activation, loss = architecture.output_activation, architecture.loss
    if (activation, loss) not in names:
        fitting = " or ".join(repr(each) for other, each in names if other == activation)
        raise ValueError(f"loss: got {loss!r}, expected {fitting} for the output {activation!r}")
    return names[activation, loss]


def _labels(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{place}" for place in range(1, count + 1))
