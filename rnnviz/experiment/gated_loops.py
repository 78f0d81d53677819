"""The backward loop of each gated cell with the mistakes that are made in it; without one it is the right loop.

``dh_next`` and, of an LSTM, ``dc_next`` carry what all later losses say about H_k and C_k; ``slopes`` are σ′ and tanh′
of each block.
"""

from collections.abc import Callable, Iterator, Set
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Architecture, Parameters, Trace
from rnnviz.engine.activations import HIDDEN

from .plain_loop import Advance


class LstmArguments(NamedTuple):
    """What an LSTM's loop takes; `squashed` is tanh(C), `squash_slope` its slope, `errors` as in `GruArguments`."""

    parameters: Parameters
    X: np.ndarray
    H: np.ndarray
    H_init: np.ndarray
    C: np.ndarray
    C_init: np.ndarray
    gates: np.ndarray
    slopes: np.ndarray
    squashed: np.ndarray
    squash_slope: np.ndarray
    errors: np.ndarray


class GruArguments(NamedTuple):
    """What a GRU's loop takes; `errors` are ∂L_t/∂Z_t of each sample."""

    parameters: Parameters
    X: np.ndarray
    H: np.ndarray
    H_init: np.ndarray
    gates: np.ndarray
    slopes: np.ndarray
    errors: np.ndarray


def gated_arguments(
    architecture: Architecture, parameters: Parameters, trace: Trace, errors: np.ndarray
) -> LstmArguments | GruArguments:
    """Return the arguments of a gated cell's loop."""
    assert trace.gates is not None
    n, sigma, tanh = architecture.n_hidden, HIDDEN["sigmoid"], HIDDEN["tanh"]
    slopes = sigma.slope(trace.A, trace.gates)
    slopes[..., -n:] = tanh.slope(trace.A[..., -n:], trace.gates[..., -n:])
    given = parameters, trace.X, trace.H, trace.H_init
    if architecture.cell == "gru":
        return GruArguments(*given, trace.gates, slopes, errors)
    assert trace.C is not None
    assert trace.C_init is not None
    squashed = np.tanh(trace.C)
    memory = trace.C, trace.C_init, trace.gates, slopes, squashed, tanh.slope(trace.C, squashed)
    return LstmArguments(*given, *memory, errors)


CLIPPED = 0.5
"""The factor by which a copy is clipped; the share that a norm leaves is any from 0 to 1."""


def averaged(made: Set[str], dZ_each: np.ndarray, m: int) -> np.ndarray:
    """Return ``dZ`` with the mistakes that are made in its line."""
    dZ = dZ_each if "no_batch_mean" in made else dZ_each / m
    if "time_mean" in made:
        dZ = dZ / len(dZ)
    return dZ * (-1.0 if "sign" in made else 1.0) * (CLIPPED if "clipped_norm" in made else 1.0)


def gated_copy(made: Set[str], arguments: LstmArguments | GruArguments) -> Iterator[Advance]:
    """Walk k = T-1 … 0 as `plain_loop.backward_through_time` does, with the lines of the mistakes as they are shown."""
    return COPIES["lstm" if isinstance(arguments, LstmArguments) else "gru"](made, *arguments)


def _lstm_copy(
    made: Set[str],
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
    """Walk an LSTM back."""
    _, Wh1, _, W2, _ = parameters
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = averaged(made, dZ_each, len(H_init))
    dh_next, dc_next = np.zeros_like(H_init), np.zeros_like(C_init)
    for k in reversed(range(len(X))):
        i, f, o, c = np.split(gates[k], 4, axis=1)
        slope_i, slope_f, slope_o, slope_c = np.split(slopes[k], 4, axis=1)
        before, memory = (H[k - 1], C[k - 1]) if k > 0 else (H_init, C_init)
        dh = dZ[k] @ W2.T + (0.0 if "no_dh_next" in made else dh_next)
        dc = dh * o * (1.0 if "no_memory_slope" in made else squash_slope[k])
        dc = dc if "no_dc_next" in made else dc + dc_next
        da_f = dc * memory * (1.0 if "no_forget_slope" in made else slope_f)
        da = np.hstack([dc * c * slope_i, da_f, dh * squashed[k] * slope_o, dc * i * slope_c])
        if "overwritten" in made:
            for total in sums:
                total.fill(0.0)
        dW1 += X[k].T @ da
        dWh1 += (memory if "memory_for_state" in made else H[k] if "late_state" in made else before).T @ da
        db1 += (2 if "bias_twice" in made else 1) * da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dc_next = dc * (1.0 if "no_forget_factor" in made else f)
        dh_next = da @ Wh1.T
        yield k, dh, da, dh_next, sums


def _gru_copy(
    made: Set[str],
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    gates: np.ndarray,
    slopes: np.ndarray,
    dZ_each: np.ndarray,
) -> Iterator[Advance]:
    """Walk a GRU back; where there is a bias d_c, its reset gate is applied after the product."""
    _, Wh1, b1, W2, _ = parameters
    (U_r, U_z, U_c), d_c = np.split(Wh1, 3, axis=1), b1[3 * len(Wh1) :]
    after = len(d_c) > 0
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = averaged(made, dZ_each, len(H_init))
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        r, z, c = np.split(gates[k], 3, axis=1)
        slope_r, slope_z, slope_c = np.split(slopes[k], 3, axis=1)
        before = H[k - 1] if k > 0 else H_init
        dh = dZ[k] @ W2.T + (0.0 if "no_dh_next" in made else dh_next)
        da_z = dh * (before - c) * (1.0 if "no_update_slope" in made else slope_z)
        da_c = dh * (z if "swapped_update" in made else 1 - z) * slope_c
        outside = "reset_outside" in made or (after and "reset_inside" not in made)
        under = before @ U_c + d_c if after else before @ U_c
        da_r = (da_c * under if outside else (da_c @ U_c.T) * before) * slope_r
        da, da_h = np.hstack([da_r, da_z, da_c]), np.hstack([da_r, da_z, da_c * r])
        dW1 += X[k].T @ da
        dWh1 += before.T @ da_h if after else np.hstack([before.T @ da_r, before.T @ da_z, (r * before).T @ da_c])
        db1 += (2 if "bias_twice" in made else 1) * (np.hstack([da, da_c * r]) if after else da).sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        direct = 0.0 if made & {"no_direct_path", "no_direct_path_after"} else dh * z
        dh_next = direct + da_r @ U_r.T + da_z @ U_z.T + ((da_c * r) @ U_c.T if after else (da_c @ U_c.T) * r)
        yield k, dh, da, dh_next, sums


COPIES: dict[str, Callable[..., Iterator[Advance]]] = {"lstm": _lstm_copy, "gru": _gru_copy}
"""The copy of each gated cell's loop."""
