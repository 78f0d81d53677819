"""The gradient truncated at many lengths at once, in both kinds, by one sweep.

What a truncation leaves at source step k is the sum of the terms (t, k) of the losses from k up to some step,
which depends on kind and length: every truncation picks the one of these running sums that it keeps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, step_losses_and_logit_gradient
from .forward import Trace, stacked_inputs
from .frobenius import group_rows
from .reductions import ones
from .sweeps import by_source
from .truncations import TRUNCATIONS, end_of_reach
from .validation import checked_truncation


@np.errstate(all="ignore")
def truncated_gradients(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, lengths: Sequence[int]
) -> dict[str, Parameters]:
    """The gradients of `backward`, "window" and "chunk", (S,) + θ.shape: [i] is truncated to ``lengths[i]``.

    W2 and b2 are cut by none and so the same for all.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    reaches = np.array([checked_truncation(each, "window", len(trace.X)) for each in lengths], dtype=int)
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    k = np.arange(len(trace.X))
    ends = np.minimum([end_of_reach(k, reaches[:, None], kind) for kind in TRUNCATIONS], len(k))
    stacks = _kept(architecture, parameters, trace, dZ, ends.reshape(-1, len(trace.X)))
    stacks, n0 = stacks.reshape(2, len(reaches), *stacks.shape[1:]), trace.X.shape[2]
    return {kind: _parameters(stack, n0, trace, dZ) for kind, stack in zip(TRUNCATIONS, stacks, strict=True)}


def _kept(
    architecture: Architecture, parameters: Parameters, trace: Trace, dZ: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """(truncations, n0 + 1 + n1, n1): the gradients of [W1; b1; Wh1] that each row of `ends` keeps."""
    S = stacked_inputs(trace).swapaxes(1, 2)
    found = np.zeros((len(ends), S.shape[1], trace.H.shape[2]))
    for source in by_source(architecture, parameters, trace, dZ, running=True):
        _add(found, np.matmul(S[source.k], source.deltas), ends[:, source.k] - 1 - source.first)
    return found


def _add(found: np.ndarray, sums: np.ndarray, places: np.ndarray) -> None:
    """Add to each truncation the sum that it keeps; none where its losses end before the first one."""
    if places.min(initial=0) >= 0:
        found += sums.take(places, axis=0)
        return
    some = np.flatnonzero(places >= 0)
    found[some] += sums[places[some]]


def _parameters(stack: np.ndarray, n0: int, trace: Trace, dZ: np.ndarray) -> Parameters:
    W1, b1, Wh1 = (stack[:, rows] for rows in group_rows(n0))
    n1, n2 = trace.H.shape[2], dZ.shape[2]
    logits = dZ.reshape(-1, n2)
    W2 = trace.H[-len(dZ) :].reshape(-1, n1).T.dot(logits)
    b2 = ones(len(logits)).dot(logits)
    W2, b2 = (np.broadcast_to(each, (len(stack), *each.shape)) for each in (W2, b2))
    return Parameters(W1, Wh1, b1[:, 0], W2, b2)
