"""The code of the NumPy script in pieces: the lecture's five steps, each with its title and its equations.

The script is the pieces one after another; the notebook puts sentences and equations between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.export.contents import Contents, assignments
from rnnviz.export.numpy_code import (
    ACTIVATIONS,
    BACKWARD,
    CHECK,
    CLIPPING,
    DIFFERENCES,
    ENDS,
    FINGERPRINT,
    FORWARD,
    KEPT_START,
    KEPT_SUM,
    LOOPS,
    LOSSES,
    OUTPUTS,
    SIGMOID,
    TERMS,
    TRAINING,
    TRUNCATIONS,
    UPDATES,
)
from rnnviz.export.rounding import Course

ARRAY = "np.array({}, dtype=float)"


@dataclass(frozen=True)
class Piece:
    """One step of a script.

    Attributes
    ----------
    name : str
        "numbers", "expected", "forward", "loss", "loop", "terms", "differences" or "training".
    title : str
    code : str
        Runs after the pieces before it.
    """

    name: str
    title: str
    code: str


def pieces(holds: Contents) -> list[Piece]:
    """Return the pieces of a NumPy script, in the order in which they run."""
    return [
        Piece("numbers", "Start values, data, settings", _numbers(holds)),
        Piece("expected", "What rnnviz computed", _expected(holds)),
        Piece("forward", "Forward", _forward(holds)),
        Piece("loss", "Loss", _loss(holds)),
        Piece("loop", "Backpropagation Through Time: one loop", _loop(holds)),
        Piece("terms", "The same gradient, term by term", _terms(holds)),
        Piece("differences", "Is the gradient right?", DIFFERENCES),
        Piece("training", "Update: training", _training(holds)),
    ]


def _numbers(holds: Contents) -> str:
    imports = (
        'import hashlib\n\nimport numpy as np\n\nnp.seterr(all="ignore")  # what overflows is reported below'
    )
    start, data = assignments(holds.start, ARRAY), assignments(holds.data, ARRAY)
    return "\n\n".join([imports, start, data, assignments(holds.settings, ARRAY), "T, m, n0 = X.shape"])


def _expected(holds: Contents) -> str:
    listed = ",\n    ".join(f'"{name}": {name}' for name in holds.numbers)
    check = FINGERPRINT.format(numbers=listed, fingerprint=holds.fingerprint)
    return "\n\n".join([assignments(holds.expected, ARRAY), check, CHECK])


def _pair(holds: Contents) -> tuple[str, str]:
    architecture = holds.experiment.architecture
    return architecture.output_activation, architecture.loss


def _forward(holds: Contents) -> str:
    architecture = holds.experiment.architecture
    hidden, output = architecture.hidden_activation, architecture.output_activation
    helper = [SIGMOID] if "sigmoid" in (hidden, output) else []
    read = "H[-1:]" if architecture.is_sequence_to_vector else "H"
    return "\n\n\n".join([*helper, ACTIVATIONS[hidden], OUTPUTS[output], FORWARD.replace("READ", read)])


def preamble(experiment: Experiment) -> str:
    """Return what a frame's few lines stand on: start values, data, settings and the forward pass."""
    holds = Contents(experiment, "numpy", Course(experiment.config.epochs, np.empty((0, 3)), None), {}, {})
    data = [assignments(part, ARRAY) for part in (holds.start, holds.data, holds.rates)]
    return "\n\n".join(["import numpy as np", *data, "T, m, n0 = X.shape", _forward(holds)])


def _loss(holds: Contents) -> str:
    losses, gradient = LOSSES[_pair(holds)]
    return losses + "\n\n\n" + gradient + ENDS["loss"]


def _loop(holds: Contents) -> str:
    code = [BACKWARD.replace("NAME", "backward").replace("LOOP", LOOPS["full"])]
    if holds.truncated:
        kind = holds.experiment.config.truncation_kind
        code.append(BACKWARD.replace("NAME", "truncated_backward").replace("LOOP", LOOPS[kind]))
    return "\n\n\n".join(code) + ENDS["loop"] + (ENDS["truncated loop"] if holds.truncated else "")


def _terms(holds: Contents) -> str:
    if not holds.truncated:
        return TERMS.replace("KEPT", "") + ENDS["terms"]
    rule = TRUNCATIONS[holds.experiment.config.truncation_kind]
    code = TERMS.replace("KEPT", KEPT_START) + KEPT_SUM.replace("RULE", rule)
    return code + ENDS["terms"] + ENDS["truncated terms"]


def _training(holds: Contents) -> str:
    config, clipping = holds.experiment.config, ""
    for name in ("clip_norm", "clip_value"):
        clipping += CLIPPING[name] if getattr(config, name) is not None else ""
    memory, update = UPDATES[config.optimiser]
    code = TRAINING.replace("MEMORY\n", memory).replace("CLIPPING\n", clipping).replace("UPDATE\n", update)
    code = code.replace("BACKWARD", "truncated_backward" if holds.truncated else "backward")
    return code + ENDS["training" if holds.course.ended is None else "broken training"]
