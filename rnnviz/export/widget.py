"""The stage as a widget of a notebook; needs the optional package anywidget."""

from functools import cache
from typing import Any

from rnnviz.browser import colours, faces, script, stage_style, style
from rnnviz.engine import Parameters
from rnnviz.engine.activations import HIDDEN
from rnnviz.engine.validation import as_float, kind_of
from rnnviz.engine.values import checked_name, checked_sample
from rnnviz.experiment.brought import brought_experiment
from rnnviz.export.standalone import in_script
from rnnviz.scene.build import build_scene
from rnnviz.tasks.networks.archive import Entries
from rnnviz.tasks.networks.brought import Brought, of_entries

_MISSING = "rnnviz.show needs anywidget: pip install 'rnnviz[notebook]'"


def show(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    H_init: Any = None,
    C_init: Any = None,
    activation: str = "tanh",
    learning_rate: float = 0.1,
    parameter: str = "Wh1",
    sample: int = 0,
) -> Any:
    """Show one training step of a network in a notebook: the stage, with every number, self-contained.

    Parameters
    ----------
    model : Parameters, torch.nn.Module, pair of modules or Brought
        Weights; a module that holds one ``torch.nn.RNN``, ``GRU`` or ``LSTM`` and one linear layer, or these two; or
        what `rnnviz.load` returns, with its own batch.
    x : array_like, shape (T, m, n0)
        The batch, time first; (m, T, n0) for a module with ``batch_first``.
    y : array_like, shape as x with n2, or (m, n2)
        Targets at every step, or of the last one alone: rows that sum to 1 are classes, with softmax and cross-entropy;
        anything else are numbers, with the squared error.
    H_init, C_init : array_like, shape (m, n1), optional
        The state before step 0, and an LSTM's memory; zeros if None.
    activation : {"tanh", "relu", "sigmoid", "identity"}
        Of the hidden units of Parameters; a module has its own.
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
        For shapes or numbers that make no network, or more than can be shown. It names the argument, what came and what
        was expected.
    """
    checked_name("parameter", parameter, Parameters._fields)
    checked_name("activation", activation, tuple(HIDDEN))
    came = model if isinstance(model, Brought) else of_entries(_entries(model, x, y, H_init, C_init, activation))
    experiment = brought_experiment(came, learning_rate)
    scene = build_scene(experiment, parameter, checked_sample(sample, came.X.shape[1]), offline=True)
    return _kind()(scene=in_script(scene | {"first_frame": "start"}))


def _entries(model: Any, x: Any, y: Any, H_init: Any, C_init: Any, activation: str) -> Entries:
    """The network and its batch as a file has them."""
    found: Entries = {"X": as_float("x", x), "Y": as_float("y", y)}
    found |= {name: as_float(name, one) for name, one in (("H_init", H_init), ("C_init", C_init)) if one is not None}
    if isinstance(model, Parameters):
        weights = {name: as_float(name, value) for name, value in model._asdict().items()}
        return found | weights | {"activation": activation}
    modules = [model] if hasattr(model, "state_dict") else list(model) if isinstance(model, tuple | list) else []
    if not modules or not all(hasattr(one, "state_dict") for one in modules):
        raise ValueError(f"model: got {kind_of(model)}, expected Parameters, or a module of PyTorch, or two of them")
    for place, one in enumerate(modules):
        came = {f"{place}.{name}": value for name, value in one.state_dict().items()}
        found |= {name: as_float(name, value) for name, value in came.items()}
        for layer in one.modules():
            if hasattr(layer, "batch_first"):
                found["layout"] = "batch_first" if layer.batch_first else "time_first"
                found["activation"] = getattr(layer, "nonlinearity", "tanh")
    return found


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
        _css = faces(None) + colours(".rnnviz-widget") + stage_style() + style("widget")
        scene = traitlets.Unicode().tag(sync=True)

    return StageWidget
