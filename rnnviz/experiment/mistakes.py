"""The classic mistakes in the backward loop, each in a copy of it; `checks` finds them.

The honest loop and the engine stay as they are: a mistake changes one line of a copy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.engine.values import checked_name
from rnnviz.notation import prose

from .plain_loop import Advance, LoopArguments, Step, only, recorded


@dataclass(frozen=True)
class Mistake:
    """One wrong line, as ``content/mistakes.toml`` has it; `role` is a key of `LOOP_LINES`."""

    name: str
    label: str
    title: str
    sentence: str
    role: str
    right: str
    wrong: str


MISTAKES = prose.read("mistakes", Mapping[str, Mistake])
"""The mistakes by name, in the order in which they are shown."""


def _copy(
    mistake: str | None,
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    slope: np.ndarray,
    dZ_each: np.ndarray,
) -> Iterator[Advance]:
    """`backward_through_time` with the line of the mistake as it is shown."""
    _, Wh1, _, W2, _ = parameters
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = dZ_each if mistake == "no_batch_mean" else dZ_each / len(H_init)
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        dh = dZ[k] @ W2.T if mistake == "no_dh_next" else dZ[k] @ W2.T + dh_next
        at = k - 1 if mistake == "wrong_step_slope" else k
        da = dh if mistake == "no_slope" else dh * slope[at]
        dW1 += X[k].T @ da
        before = H[k - 1] if k > 0 else H_init
        dWh1 += (H[k] if mistake == "late_state" else before).T @ da
        db1 += da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dh_next = da @ (Wh1 if mistake == "no_transpose" else Wh1.T)
        yield k, dh, da, dh_next, sums


def check_mistake(mistake: str | None) -> None:
    if mistake is not None:
        checked_name("mistake", mistake, tuple(MISTAKES))


@np.errstate(all="ignore")
def gradient_of_copy(mistake: str | None, arguments: LoopArguments) -> Parameters:
    """The sums of the copy when its loop has ended."""
    *_, (*_, sums) = _copy(mistake, *arguments)
    return sums


def steps_of_loss(mistake: str | None, arguments: LoopArguments, t: int) -> Iterator[Step]:
    """The steps of the copy when only L_t counts."""
    parameters, X, H, H_init, slope, dZ_each = arguments
    return recorded(_copy(mistake, parameters, X, H, H_init, slope, only(dZ_each, [t])))
