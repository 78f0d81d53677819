"""The stage as a widget of a notebook; needs the optional package anywidget."""

from functools import cache
from typing import Any

import numpy as np

from rnnviz.browser import colours, faces, script, stage_style, style
from rnnviz.engine import Architecture, Parameters
from rnnviz.experiment.brought import brought_experiment
from rnnviz.export.standalone import in_script
from rnnviz.scene.build import build_scene

_MISSING = "rnnviz.show needs anywidget: pip install 'rnnviz[notebook]'"


def show(
    model: Any,
    x: Any,
    y: Any,
    *,
    H_init: np.ndarray | None = None,
    activation: str = "tanh",
    learning_rate: float = 0.1,
    parameter: str = "Wh1",
    sample: int = 0,
) -> Any:
    """Show one training step of a network in a notebook: the stage, with every number, self-contained.

    Parameters
    ----------
    model : Parameters
        The network's weights.
    x : array_like, shape (T, m, n0)
        The batch, time first.
    y : array_like, shape (T, m, n2) or (m, n2)
        Targets at every step, or of the last one alone: rows that sum to 1 are classes, with softmax and cross-entropy;
        anything else are numbers, with the squared error.
    H_init : array_like, shape (m, n1), optional
        The state before step 0; zeros if None.
    activation : {"tanh", "relu", "sigmoid", "identity"}
        Of the hidden units.
    learning_rate : float
        Of the one update.
    parameter : {"W1", "Wh1", "b1", "W2", "b2"}
        Whose gradient is taken apart first.
    sample : int
        Which sample is looked at, −1 for the mean over the batch.

    Returns
    -------
    anywidget.AnyWidget

    Raises
    ------
    ImportError
        Without anywidget.
    ValueError
        For shapes or numbers that make no network.
    """
    X, Y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    architecture = _architecture(model, X, Y, activation)
    experiment = brought_experiment(architecture, model, X, Y, H_init, learning_rate)
    scene = build_scene(experiment, parameter, sample, offline=True)
    return _kind()(scene=in_script(scene | {"first_frame": "start"}))


def _architecture(parameters: Parameters, X: np.ndarray, Y: np.ndarray, activation: str) -> Architecture:
    sizes = X.shape[-1], len(parameters.b1), Y.shape[-1]
    is_classes = Y.shape[-1] > 1 and bool((Y >= 0).all()) and np.allclose(Y.sum(axis=-1), 1)
    output = ("softmax", "categorical_cross_entropy") if is_classes else ("identity", "squared_error")
    mode = "sequence_to_vector" if Y.ndim == 2 else "sequence_to_sequence"
    return Architecture(*sizes, activation, *output, mode)


@cache
def _kind() -> Any:
    """The class of the widget, made once it is asked for."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError(_MISSING) from None

    class StageWidget(anywidget.AnyWidget):
        """A stage in a cell."""

        _esm = script("widget")
        _css = faces(offline=True) + colours(".rnnviz-widget") + stage_style() + style("widget")
        scene = traitlets.Unicode().tag(sync=True)

    return StageWidget
