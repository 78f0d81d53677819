"""One forward step, opened into its matrices."""

from __future__ import annotations

import numpy as np

from .core import Experiment, targets


def step_matrices(experiment: Experiment, t: int, sample: int | None = None) -> dict[str, np.ndarray]:
    """The matrices of one forward step, in the order in which they are computed.

    Parameters
    ----------
    t : int
        Step, 0 ≤ t < T.
    sample : int, optional
        One sequence: matrices have one row. −1: the mean over the batch of each quantity (the mean of H is
        not f₁ of the mean of A). None: all m rows.

    Returns
    -------
    dict
        ``X_t``, ``W1``, ``X_t W1``, ``H_{t-1}`` (``H_init`` at t = 0), ``Wh1``, ``H_{t-1} Wh1``, ``b1``,
        ``A_t``, ``H_t`` and, where step t has an output, ``W2``, ``H_t W2``, ``b2``, ``Z_t``, ``Y_hat_t``,
        ``Y_t``; biases as (1, n).
    """
    T, m, _ = experiment.task.X.shape
    if not 0 <= t < T:
        raise ValueError(f"t: got {t}, expected a step from 0 to {T - 1}")
    if sample is not None and not -1 <= sample < m:
        raise ValueError(f"sample: got {sample}, expected −1 to {m - 1} or None")
    parameters, trace = experiment.parameters, experiment.trace
    before, name = (trace.H[t - 1], f"H_{t - 1}") if t else (_initial_state(experiment), "H_init")
    X, H = experiment.task.X[t], trace.H[t]
    rows = {f"X_{t}": X, "W1": None, f"X_{t} W1": X @ parameters.W1}
    rows |= {name: before, "Wh1": None, f"{name} Wh1": before @ parameters.Wh1, "b1": None}
    rows |= {f"A_{t}": trace.A[t], f"H_{t}": H}
    out = _output_index(experiment, t)
    if out is not None:
        rows |= {"W2": None, f"H_{t} W2": H @ parameters.W2, "b2": None, f"Z_{t}": trace.Z[out]}
        rows |= {f"Y_hat_{t}": trace.Y_hat[out], f"Y_{t}": targets(experiment.task)[out]}
    return {
        key: np.atleast_2d(getattr(parameters, key)) if value is None else _rows(value, sample)
        for key, value in rows.items()
    }


def _initial_state(experiment: Experiment) -> np.ndarray:
    shape = experiment.trace.H.shape[1:]
    H_init = experiment.trace.H_init
    return np.zeros(shape) if H_init is None else np.broadcast_to(H_init, shape)


def _output_index(experiment: Experiment, t: int) -> int | None:
    """Where step t stands in Z and Y_hat, or None where there is no output."""
    if experiment.task.mode == "sequence_to_sequence":
        return t
    return 0 if t == len(experiment.task.X) - 1 else None


def _rows(values: np.ndarray, sample: int | None) -> np.ndarray:
    if sample is None:
        return values
    return values.mean(axis=0, keepdims=True) if sample == -1 else values[sample : sample + 1]
