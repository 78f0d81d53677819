"""Questions on wrong lines of the backward loop (10)."""

from __future__ import annotations

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.experiment.clipping import flat
from rnnviz.experiment.mistakes import MISTAKES, gradient_of_copy
from rnnviz.experiment.plain_loop import LOOP_LINES, loop_arguments, loop_code
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import Holes, template
from rnnviz.teaching.questions.scope import Draw, Scope, one_of

_WHY_RIGHT = {
    "mean": "The loss is the mean over the batch, so each sample's error is divided by their number.",
    "dh": "A state hears from its own loss and, through `dh_next`, from the later ones.",
    "da": "The slope of the same step stands between a state and its pre-activation.",
    "W1": "The input of this step is what W1 was multiplied with.",
    "Wh1": "The state before is what Wh1 was multiplied with.",
    "b1": "A bias is added to every sample, so its gradient is the sum over them.",
    "W2": "The output reads the state of its own step.",
    "b2": "The output's bias is added to every sample.",
    "dh_next": "Backward the weights run the other way: Wh1 transposed.",
}
_CHECKED = {"Wh1": "dWh1", "W1": "dW1", "b1": "db1"}


def _broken(scope: Scope) -> dict[str | None, Parameters]:
    """Every mistake's gradient of the whole batch, of the mistakes that can be told from the right one."""
    experiment = scope.experiment
    arguments = loop_arguments(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)
    return {name: gradient_of_copy(name, arguments) for name in (None, *MISTAKES)}


def _error(found: np.ndarray, right: np.ndarray, unit: float) -> float:
    """‖found − right‖ / ‖right‖; not a number where ``right`` is the rounding of errors of size ``unit``."""
    size = frobenius(right)
    return frobenius(found - right) / size if size > 1e-9 * unit and np.isfinite(size) else float("nan")


def _unit(scope: Scope) -> float:
    """The size of the output errors of the whole batch, from which every gradient is made."""
    experiment = scope.experiment
    arguments = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    return float(np.abs(loop_arguments(*arguments)[-1]).mean(axis=1).max())


@template
def wrong_line(scope: Scope, draw: Draw) -> Holes | None:
    """Show the loop with one line wrong."""
    gradients = _broken(scope)
    unit, right = _unit(scope), flat(gradients[None])
    errors = {name: _error(flat(gradients[name]), right, unit) for name in MISTAKES}
    name = one_of(draw, [name for name, error in errors.items() if error > 0.01])
    mistake, code, places = MISTAKES[name], loop_code(), _line_places(scope)
    line = LOOP_LINES[mistake.role]
    code[line] = code[line].replace(mistake.right, mistake.wrong)
    others = [role for role in _WHY_RIGHT if role != mistake.role]
    draw.shuffle(others)
    return dict(
        mistake=mistake, percent=100 * errors[name], places=places[mistake.role], code="\n".join(code),
        sentence=_marked(mistake.sentence),
        others=[
            dict(line=code[LOOP_LINES[role]].strip(), why=_WHY_RIGHT[role], at=places[role])
            for role in others[:4]
        ],
    )  # fmt: skip


def _marked(sentence: str) -> str:
    """Return a sentence with its names set as code or LaTeX."""
    return sentence.replace("Hₖ₋₁", "$H_{k-1}$").replace("dh_next", "`dh_next`")


def _line_places(scope: Scope) -> dict[str, tuple[str, ...]]:
    """Where to look for each line, at the last step, where the loop begins."""
    t = scope.T - 1
    before = f"H_{t - 1}" if t else "H_init"
    return {
        "mean": (f"L_{t}", f"dL_{t}/dZ_{t}"),
        "dh": (f"dL/dH_{t}", f"carry_{t}"),
        "da": (f"f1'_{t}", f"dL/dA_{t}"),
        "W1": (f"X_{t}", f"dL/dA_{t}"),
        "Wh1": (before, f"dL/dA_{t}"),
        "b1": (f"dL/dA_{t}",),
        "W2": (f"H_{t}", f"dL_{t}/dZ_{t}"),
        "b2": (f"dL_{t}/dZ_{t}",),
        "dh_next": ("Wh1", f"dL/dA_{t}"),
    }


@template
def check_finds(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the relative difference that a gradient check would find after a mistake."""
    gradients, parameter = _broken(scope), scope.a_parameter(draw)
    right = getattr(gradients[None], parameter)
    unit = _unit(scope)
    errors = {name: _error(getattr(gradients[name], parameter), right, unit) for name in MISTAKES}
    name = one_of(draw, [name for name, error in errors.items() if error > 0.01])
    others = draw.permutation([other for other in MISTAKES if other != name]).tolist()
    return dict(
        mistake=name, parameter=parameter, wrong=MISTAKES[name].wrong, right=MISTAKES[name].right,
        value=errors[name], places=_line_places(scope)[MISTAKES[name].role], checked=_CHECKED[parameter],
        others=[
            dict(error=errors[other], line=MISTAKES[other].wrong) for other in others if errors[other] > 0
        ][:2],
    )  # fmt: skip
