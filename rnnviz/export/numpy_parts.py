"""The code of the NumPy script in pieces: the lecture's five steps, each with its title and its equations.

The script is the pieces one after another; the notebook puts sentences and equations between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.export.contents import Contents, assignments
from rnnviz.export.program import line_of, part
from rnnviz.export.rounding import Course

ARRAY = "np.array({}, dtype=float)"
_part = partial(part, "numpy_script")


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
        Piece("numbers", "Start values, data, settings", holds.numbers_as(ARRAY, _part)),
        Piece("expected", "What rnnviz computed", holds.expected_as(ARRAY, _part)),
        Piece("forward", "Forward", _forward(holds)),
        Piece("loss", "Loss", _loss(holds)),
        Piece("loop", "Backpropagation Through Time: one loop", _loop(holds)),
        Piece("terms", "The same gradient, term by term", _terms(holds)),
        Piece("differences", "Is the gradient right?", _part("differences")),
        Piece("training", "Update: training", _training(holds)),
    ]


def _forward(holds: Contents) -> str:
    architecture = holds.experiment.architecture
    hidden, output = architecture.hidden_activation, architecture.output_activation
    titles = [*(["sigmoid"] if "sigmoid" in (hidden, output) else []), f"f1 {hidden}", f"f2 {output}"]
    forward = _part("forward", read="H[-1:]" if architecture.is_sequence_to_vector else "H")
    return "\n\n\n".join([*map(_part, titles), forward])


def preamble(experiment: Experiment) -> str:
    """Return what a frame's few lines stand on: start values, data, settings and the forward pass."""
    holds = Contents(experiment, "numpy", Course(experiment.config.epochs, np.empty((0, 3)), None), {}, {})
    data = [assignments(found, ARRAY) for found in (holds.start, holds.data, holds.rates)]
    return "\n\n".join(["import numpy as np", *data, "T, m, n0 = X.shape", _forward(holds)])


def _loss(holds: Contents) -> str:
    architecture = holds.experiment.architecture
    gradient = f"logit_gradient {architecture.output_activation} {architecture.loss}"
    return "\n\n\n".join(map(_part, (f"step_losses {architecture.loss}", gradient, "end loss")))


def _loop(holds: Contents) -> str:
    code = [_backward("backward", "full")]
    if holds.truncated:
        code.append(_backward("truncated_backward", holds.experiment.config.truncation_kind))
    end = line_of(_part("end truncated loop")) if holds.truncated else ""
    return "\n\n\n".join([*code, _part("end loop")]) + end


def _backward(name: str, kind: str) -> str:
    return _part("backward", name=name, loop=_part(f"loop {kind}", sums=_part("sums")))


def _terms(holds: Contents) -> str:
    if not holds.truncated:
        return _part("terms", kept="") + line_of(_part("end terms"))
    rule = _part(f"rule {holds.experiment.config.truncation_kind}")
    summed, ends = _part("kept sum", rule=rule), (_part("end terms"), _part("end truncated terms"))
    return "\n".join([_part("terms", kept=line_of(_part("kept"))), summed, *ends])


def _training(holds: Contents) -> str:
    optimiser = holds.experiment.config.optimiser
    memory = "" if optimiser == "sgd" else _part(f"memory {optimiser}")
    return "\n".join(
        [
            _part(
                "training",
                memory=line_of(memory),
                backward="truncated_backward" if holds.truncated else "backward",
                clipping="".join(line_of(_part(name)) for name in holds.clipping),
                update=line_of(_part(f"update {optimiser}")),
            ),
            training_end(holds),
        ]
    )


def training_end(holds: Contents) -> str:
    """Return what a script asserts of its training."""
    return _part("end training" if holds.course.ended is None else "end broken training")
