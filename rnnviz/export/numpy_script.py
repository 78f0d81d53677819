"""An experiment as a script that needs NumPy only and fails when one of its numbers is changed."""

from __future__ import annotations

from math import ceil

from rnnviz.experiment.core import Experiment
from rnnviz.export.contents import Contents, caveats, commented, contents, description, seconds_of
from rnnviz.export.made import made_with
from rnnviz.export.numpy_parts import pieces
from rnnviz.export.rounding import one_digit, pass_tolerance

SECONDS_OF_DIFFERENCES = 0.7
SUM_TOLERANCE = 1e-12


def numpy_script(experiment: Experiment) -> str:
    """Return a Python script that computes an experiment again and checks every number of it.

    The script needs NumPy and nothing else. It asserts losses and gradient, the sum of the chain-rule terms,
    the gradient against differences of its own loss, and the course of training; a fingerprint covers what no
    result depends on.

    Raises
    ------
    ValueError
        If losses or gradient are not finite at the start values.
    """
    holds = numpy_contents(experiment, "numpy")
    steps = [f"# {'=' * 3} {piece.title} {'=' * 3}\n\n{piece.code}" for piece in pieces(holds)]
    return "\n\n\n".join([_head(holds), *steps]) + "\n"


def numpy_contents(experiment: Experiment, command: str) -> Contents:
    """Return what the NumPy script of an experiment, or its notebook, holds."""
    settings = {
        "difference_tolerance": one_digit(100 * pass_tolerance(experiment)),
        "sum_tolerance": max(SUM_TOLERANCE, pass_tolerance(experiment)),
        "every": _every(experiment),
        "step": 1e-100,
    }
    return contents(experiment, command, seconds_of(experiment, 3.5e-5), settings, {})


def _every(experiment: Experiment) -> int:
    """Which entries are checked one by one, so that a large network's differences stay quick."""
    entries = sum(part.size for part in experiment.parameters)
    seconds = entries * len(experiment.trace.A) * seconds_of(experiment, 2.5e-5)
    return ceil(seconds / SECONDS_OF_DIFFERENCES)


def _head(holds: Contents) -> str:
    lines = [
        "One experiment of rnnviz, computed again with NumPy alone and checked number by number.",
        *description(holds),
        "A_t = X_t W1 + H_{t-1} Wh1 + b1    H_t = f1(A_t)    Z_t = H_t W2 + b2    Ŷ_t = f2(Z_t)",
        "Change any number below and the script fails.",
    ]
    made = f"Made with: {made_with(holds.command, holds.experiment.config)}"
    return commented([*lines, *caveats(holds), made])
