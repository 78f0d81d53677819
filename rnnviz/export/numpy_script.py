"""An experiment as a script that needs NumPy only, and fails when one of its numbers is changed.

Its code comes in pieces, the lecture's five steps; the notebook puts sentences and equations between them.
"""

from functools import partial
from math import ceil
from typing import NamedTuple

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.export.contents import Contents, assignments, contents, script, seconds_of
from rnnviz.export.program import line_of, part
from rnnviz.export.rounding import Course, one_digit, pass_tolerance

SECONDS_OF_DIFFERENCES = 0.7
SUM_TOLERANCE = 1e-12
MOST_ENTRIES = 1500
LARGE = "# The numbers of so large a network are in the NumPy script of the page Take away."
ARRAY = "np.array({}, dtype=float)"
_part = partial(part, "numpy_script")


class Piece(NamedTuple):
    """One step of a script; its code runs after the pieces before it."""

    name: str  # "numbers", "expected", "forward", "loss", "loop", "terms", "differences" or "training"
    title: str
    code: str


def numpy_script(experiment: Experiment) -> str:
    """Return a Python script that computes an experiment again and checks every number of it.

    The script needs NumPy and nothing else. It asserts losses and gradient, the sum of the chain-rule terms,
    the gradient against differences of its own loss, and the course of training; a fingerprint covers what no
    result depends on. ValueError if losses or gradient are not finite at the start values.
    """
    holds = numpy_contents(experiment, "numpy")
    first = "One experiment of rnnviz, computed again with NumPy alone and checked number by number."
    return script(first, EQUATIONS[holds.form], holds, [], {piece.title: piece.code for piece in pieces(holds)})


EQUATIONS = {
    "plain": "A_t = X_t W1 + H_{t-1} Wh1 + b1    H_t = f1(A_t)    Z_t = H_t W2 + b2    Ŷ_t = f2(Z_t)",
    "lstm": "i, f, o = σ and c = tanh of the four blocks of A_t = X_t W1 + H_{t-1} Wh1 + b1    "
    "C_t = f C_{t-1} + i c    H_t = o tanh(C_t)    Ŷ_t = f2(H_t W2 + b2)",
    "gru before": "r, z = σ of the first two blocks of X_t W1 + H_{t-1} Wh1 + b1    "
    "c = tanh(X_t W_c + (r H_{t-1}) U_c + b_c)    H_t = z H_{t-1} + (1 - z) c    Ŷ_t = f2(H_t W2 + b2)",
    "gru after": "r, z = σ of the first two blocks of X_t W1 + H_{t-1} Wh1 + b1    "
    "c = tanh(X_t W_c + b_c + r (H_{t-1} U_c + d_c))    H_t = z H_{t-1} + (1 - z) c    Ŷ_t = f2(H_t W2 + b2)",
}
"""What a script computes, by the form of its cell."""


def numpy_contents(experiment: Experiment, command: str) -> Contents:
    """Return what the NumPy script of an experiment, or its notebook, holds."""
    entries = sum(part.size for part in experiment.parameters)
    seconds = entries * len(experiment.trace.A) * seconds_of(experiment, 2.5e-5)
    settings = {
        "difference_tolerance": one_digit(100 * pass_tolerance(experiment)),
        "sum_tolerance": max(SUM_TOLERANCE, pass_tolerance(experiment)),
        "every": ceil(seconds / SECONDS_OF_DIFFERENCES),  # so that a large network's differences stay quick
        "step": 1e-100,
    }
    return contents(experiment, command, seconds_of(experiment, 3.5e-5), settings, {})


def pieces(holds: Contents) -> list[Piece]:
    """Return the pieces of a NumPy script, in the order in which they run."""
    output, loss = holds.experiment.architecture.output_activation, holds.experiment.architecture.loss
    losses = [
        _part(f"step_losses {loss}", losses="(mask * each)" if holds.padded else "each"),
        _part(f"logit_gradient {output} {loss}", masked="mask[..., None] * " if holds.padded else ""),
        _part("end loss"),
    ]
    return [
        Piece("numbers", "Start values, data, settings", holds.numbers_as(ARRAY, _part)),
        Piece("expected", "What rnnviz computed", holds.expected_as(ARRAY, _part)),
        Piece("forward", "Forward", _forward(holds)),
        Piece("loss", "Loss", "\n\n\n".join(losses)),
        Piece("loop", "Backpropagation Through Time: one loop", _loop(holds)),
        Piece("terms", "The same gradient, term by term", _terms(holds)),
        Piece("differences", "Is the gradient right?", _part("differences")),
        Piece("training", "Update: training", _training(holds)),
    ]


def _forward(holds: Contents) -> str:
    architecture = holds.experiment.architecture
    hidden, output = architecture.hidden_activation, architecture.output_activation
    read = "H[-1:]" if architecture.is_sequence_to_vector else "H"
    if architecture.cell != "plain":
        titles = ["sigmoid", f"gates {architecture.cell}", f"f2 {output}"]
        return "\n\n\n".join([*map(_part, titles), _part(f"forward {holds.form}", read=read), _part("forward end")])
    titles = [*(["sigmoid"] if "sigmoid" in (hidden, output) else []), f"f1 {hidden}", f"f2 {output}"]
    return "\n\n\n".join([*map(_part, titles), _part("forward", read=read)])


def preamble(experiment: Experiment) -> str:
    """Return what a frame's few lines stand on: start values, data, settings and the forward pass.

    Of a large network only where to get them.
    """
    given = experiment.task
    if given.X.size + given.Y.size + sum(part.size for part in experiment.parameters) > MOST_ENTRIES:
        return LARGE
    holds = Contents(experiment, "numpy", Course(experiment.config.epochs, np.empty((0, 3)), None), {}, {})
    data = [assignments(found, ARRAY) for found in (holds.start, holds.data, holds.rates)]
    return "\n\n".join(["import numpy as np", *data, "T, m, n0 = X.shape", _forward(holds)])


def _loop(holds: Contents) -> str:
    names = {"backward": "full"}
    if holds.truncated:
        names["truncated_backward"] = holds.experiment.config.truncation_kind
    if holds.form == "plain":
        sums = _part("sums")
        loops = [_part("backward", name=name, loop=_part(f"loop {kind}", sums=sums)) for name, kind in names.items()]
    else:
        loops = [_part("backward gated", name=name, loop=_part(f"gated {kind}")) for name, kind in names.items()]
    end = line_of(_part("end truncated loop")) if holds.truncated else ""
    return "\n\n\n".join([*loops, _part("end loop")]) + end


def _terms(holds: Contents) -> str:
    terms = _part("terms" if holds.form == "plain" else "terms gated")
    if not holds.truncated:
        return f"{terms}\n\n\n{_part('terms sum', kept='')}" + line_of(_part("end terms"))
    rule = _part(f"rule {holds.experiment.config.truncation_kind}")
    summed, ends = _part("kept sum", rule=rule), (_part("end terms"), _part("end truncated terms"))
    return "\n".join([f"{terms}\n\n\n{_part('terms sum', kept=line_of(_part('kept')))}", summed, *ends])


def _training(holds: Contents) -> str:
    optimiser = holds.experiment.config.optimiser
    code = _part(
        "training",
        memory="" if optimiser == "sgd" else line_of(_part(f"memory {optimiser}")),
        backward="truncated_backward" if holds.truncated else "backward",
        clipping="".join(line_of(_part(name)) for name in holds.clipping),
        update=line_of(_part(f"update {optimiser}")),
    )
    return f"{code}\n{training_end(holds)}"


def training_end(holds: Contents) -> str:
    """Return what a script asserts of its training."""
    return _part("end training" if holds.course.ended is None else "end broken training")
