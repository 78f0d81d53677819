"""The backward loop of each gated cell in its plainest form: where a mistake is shown, its right line stands here."""

from collections.abc import Callable, Iterator

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.experiment.plain_loop import Advance


def lstm_through_time(
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    C: np.ndarray,
    C_init: np.ndarray,
    gates: np.ndarray,
    slopes: np.ndarray,
    squashed: np.ndarray,
    squash_slope: np.ndarray,
    dZ_each: np.ndarray,
) -> Iterator[Advance]:
    """Walk k = T-1 … 0 and yield what `plain_loop.backward_through_time` yields."""
    _, Wh1, _, W2, _ = parameters
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = dZ_each / len(H_init)
    dh_next, dc_next = np.zeros_like(H_init), np.zeros_like(C_init)
    for k in reversed(range(len(X))):
        i, f, o, c = np.split(gates[k], 4, axis=1)
        slope_i, slope_f, slope_o, slope_c = np.split(slopes[k], 4, axis=1)
        dh = dZ[k] @ W2.T + dh_next
        dc = dh * o * squash_slope[k] + dc_next
        da_i = dc * c * slope_i
        da_f = dc * (C[k - 1] if k > 0 else C_init) * slope_f
        da_o = dh * squashed[k] * slope_o
        da_c = dc * i * slope_c
        da = np.hstack([da_i, da_f, da_o, da_c])
        dW1 += X[k].T @ da
        dWh1 += (H[k - 1] if k > 0 else H_init).T @ da
        db1 += da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dc_next = dc * f
        dh_next = da @ Wh1.T
        yield k, dh, da, dh_next, sums


def gru_before_through_time(
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    gates: np.ndarray,
    slopes: np.ndarray,
    dZ_each: np.ndarray,
) -> Iterator[Advance]:
    """Walk k = T-1 … 0 and yield what `plain_loop.backward_through_time` yields."""
    _, Wh1, _, W2, _ = parameters
    U_r, U_z, U_c = np.split(Wh1, 3, axis=1)
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = dZ_each / len(H_init)
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        r, z, c = np.split(gates[k], 3, axis=1)
        slope_r, slope_z, slope_c = np.split(slopes[k], 3, axis=1)
        before = H[k - 1] if k > 0 else H_init
        dh = dZ[k] @ W2.T + dh_next
        da_z = dh * (before - c) * slope_z
        da_c = dh * (1 - z) * slope_c
        da_r = (da_c @ U_c.T) * before * slope_r
        da = np.hstack([da_r, da_z, da_c])
        dW1 += X[k].T @ da
        dWh1 += np.hstack([before.T @ da_r, before.T @ da_z, (r * before).T @ da_c])
        db1 += da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dh_next = dh * z + da_r @ U_r.T + da_z @ U_z.T + (da_c @ U_c.T) * r
        yield k, dh, da, dh_next, sums


def gru_after_through_time(
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    gates: np.ndarray,
    slopes: np.ndarray,
    dZ_each: np.ndarray,
) -> Iterator[Advance]:
    """Walk k = T-1 … 0 and yield what `plain_loop.backward_through_time` yields."""
    _, Wh1, b1, W2, _ = parameters
    U_c, d_c = Wh1[:, 2 * len(Wh1) :], b1[3 * len(Wh1) :]
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = dZ_each / len(H_init)
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        r, z, c = np.split(gates[k], 3, axis=1)
        slope_r, slope_z, slope_c = np.split(slopes[k], 3, axis=1)
        before = H[k - 1] if k > 0 else H_init
        dh = dZ[k] @ W2.T + dh_next
        da_z = dh * (before - c) * slope_z
        da_c = dh * (1 - z) * slope_c
        da_r = da_c * (before @ U_c + d_c) * slope_r
        da = np.hstack([da_r, da_z, da_c])
        da_h = np.hstack([da_r, da_z, da_c * r])
        dW1 += X[k].T @ da
        dWh1 += before.T @ da_h
        db1 += np.hstack([da, da_c * r]).sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dh_next = dh * z + da_h @ Wh1.T
        yield k, dh, da, dh_next, sums


Loop = Callable[..., Iterator[Advance]]
LOOPS: dict[str, Loop] = {
    "lstm": lstm_through_time, "gru before": gru_before_through_time, "gru after": gru_after_through_time,
}  # fmt: skip
"""The loops by what `settings.fields.cell_form` calls the cell."""
