"""The classic mistakes in the backward loop, each in a copy of it; `checks` finds them.

The honest loop and the engine stay as they are: a mistake changes one line of a copy, or what the copy is given.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

import numpy as np

from rnnviz.engine import Architecture, Parameters, Trace
from rnnviz.engine.activations import HIDDEN
from rnnviz.engine.backward import mask_of, masked
from rnnviz.engine.losses import output_gradient
from rnnviz.engine.values import checked_name
from rnnviz.notation import prose
from rnnviz.settings.fields import FORMS, cell_form, makes_mistakes

from .gated_loops import GruArguments, LstmArguments, averaged, gated_arguments, gated_copy
from .plain_loop import Advance, LoopArguments, Step, checked_errors, loop_arguments, only, recorded

Arguments = LoopArguments | LstmArguments | GruArguments


@dataclass(frozen=True)
class Mistake:
    """One mistake, as ``content/mistakes.toml`` has it.

    `role` is a key of `LOOP_LINES` if the plain loop has the line, `cells` are those of `FORMS` whose loop has it.
    """

    name: str
    label: str
    title: str
    sentence: str
    role: str
    right: str
    wrong: str
    asked: bool = False
    cells: tuple[str, ...] = FORMS[:1]


MISTAKES = prose.read("mistakes", Mapping[str, Mistake])
"""The mistakes by name, in the order in which they are shown."""

_SLOPE_BY_STATE: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": lambda h: 1.0 - h * h,
    "sigmoid": lambda h: h * (1.0 - h),
    "relu": lambda h: (h > 0.0).astype(np.float64),
    "identity": np.ones_like,
}
"""f1' as it is written with the state."""


def _copy(
    made: Set[str],
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    slope: np.ndarray,
    dZ_each: np.ndarray,
) -> Iterator[Advance]:
    """`backward_through_time` with the lines of the mistakes as they are shown."""
    _, Wh1, _, W2, _ = parameters
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = averaged(made, dZ_each, len(H_init))
    if "aliased" in made:
        first = _copy(made - {"aliased"}, parameters, X, H, H_init, slope, dZ_each)
        upstream = {k: dh for k, dh, *_ in first}
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        direct = upstream[k] if "aliased" in made else dZ[k] @ W2.T
        dh = direct if "no_dh_next" in made else direct + dh_next
        at = k - 1 if "wrong_step_slope" in made else k
        da = dh if "no_slope" in made else dh / slope[at] if "inverse_slope" in made else dh * slope[at]
        if "overwritten" in made:
            for total in sums:
                total.fill(0.0)
        dW1 += X[k].T @ da
        before = H[k - 1] if k > 0 else H_init
        dWh1 += (H[k] if "late_state" in made else before).T @ da
        db1 += (2 if "bias_twice" in made else 1) * da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dh_next = da @ (Wh1 if "no_transpose" in made else Wh1.T)
        if "detached" in made:
            dh_next = np.zeros_like(da)
        yield k, dh, da, dh_next, sums


def known_of(architecture: Architecture) -> tuple[str, ...]:
    """Return the mistakes that the loop of an architecture can have."""
    return makes_mistakes(cell_form(architecture.cell, architecture.reset))[1:]


def made_of(mistake: str | None) -> frozenset[str]:
    """Return what is made wrong when a mistake, or none, is chosen; ValueError for an unknown name."""
    return frozenset() if mistake is None else frozenset({checked_name("mistake", mistake, tuple(MISTAKES))})


@np.errstate(all="ignore")
def arguments_of_copy(
    made: Set[str], architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> Arguments:
    """`loop_arguments` of any cell with the mistakes that are made before the loop; Y as an array."""
    arguments: Arguments
    if architecture.cell == "plain":
        arguments = loop_arguments(architecture, parameters, trace, Y)
        if "slope_of_preactivation" in made:
            arguments = arguments._replace(slope=_SLOPE_BY_STATE[architecture.hidden_activation](trace.A))
    else:
        parameters, errors = checked_errors(architecture, parameters, trace, Y)
        arguments = gated_arguments(architecture, parameters, trace, errors)
    if made & _OF_ERRORS:
        errors = arguments.errors.copy()
        errors[-len(trace.Z) :] = _errors(made, architecture, trace, errors[-len(trace.Z) :], Y)
        arguments = arguments._replace(errors=errors)
    return arguments


def _loop(made: Set[str], arguments: Arguments) -> Iterator[Advance]:
    """The copy of any cell's loop."""
    return _copy(made, *arguments) if isinstance(arguments, LoopArguments) else gated_copy(made, arguments)


_OF_ERRORS = frozenset({"no_output_slope", "softmax_slope_twice"})


def _errors(made: Set[str], architecture: Architecture, trace: Trace, errors: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """∂L_t/∂Z_t of each sample with too few or too many slopes of the output."""
    if "no_output_slope" in made:
        errors = output_gradient(architecture, trace.Z, trace.Y_hat, Y.reshape(trace.Z.shape))
        errors = masked(errors, mask_of(architecture, trace))
    if "softmax_slope_twice" not in made:
        return errors
    if architecture.output_activation != "softmax":
        return errors * HIDDEN[architecture.output_activation].slope(trace.Z, trace.Y_hat)
    return trace.Y_hat * (errors - (errors * trace.Y_hat).sum(axis=-1, keepdims=True))


@np.errstate(all="ignore")
def gradient_of_copy(made: Set[str], arguments: Arguments) -> Parameters:
    """The sums of the copy when its loop has ended."""
    *_, (*_, sums) = _loop(made, arguments)
    return sums


def steps_of_loss(made: Set[str], arguments: Arguments, t: int) -> Iterator[Step]:
    """The steps of the copy when only L_t counts."""
    alone = arguments._replace(errors=only(arguments.errors, [t]))
    for step in recorded(_loop(made, alone)):
        lost = "overwritten" in made and step.k > 0
        yield replace(step, increments=Parameters(*map(np.zeros_like, step.increments))) if lost else step
