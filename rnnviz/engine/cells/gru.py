"""The gated recurrent unit [1]_.

r, z = σ of their blocks of A_t = X_t W1 + H_{t-1} Wh1 + b1; H_t = z ∘ H_{t-1} + (1 - z) ∘ c. With the reset before the
product c = tanh(X W_c + (r ∘ H) U_c + b_c), after it c = tanh(X W_c + b_c + r ∘ (H U_c + d_c)), as cuDNN, PyTorch and
Keras have it.

.. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
   EMNLP 2014.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..activations import HIDDEN
from ..reductions import as_rows
from .cell import ALL, Back, Cell, Piece, State, Steps, blocks_of, spread_over_losses, states_before

if TYPE_CHECKING:
    from ..architecture import Parameters
    from ..forward import Trace

_SIGMOID, _TANH = HIDDEN["sigmoid"], HIDDEN["tanh"]


class Gru(Cell):
    """With the reset `after` the product with U_c, or before it."""

    blocks = ("reset", "update", "candidate")
    arrays = 3

    def __init__(self, n0: int, n1: int, after: bool) -> None:
        super().__init__(n0, n1)
        self.after, self.rows_also_read = after, 0 if after else n1

    @property
    def biases(self) -> tuple[str, ...]:
        """See `Cell`; d_c is the last."""
        return (*self.blocks, "hidden candidate") if self.after else self.blocks

    @cached_property
    def pieces(self) -> dict[str, tuple[Piece, ...]]:
        """D is by the three pre-activations and, after, by H U_c + d_c; S ends, before, in r ∘ H."""
        n0, n1 = self.n0, self.n1
        H = slice(n0 + 1, n0 + 1 + n1)
        candidate = (
            Piece(H, slice(3 * n1, None)) if self.after else Piece(slice(n0 + 1 + n1, None), slice(2 * n1, None))
        )
        return {
            "W1": (Piece(slice(n0), slice(3 * n1)),),
            "Wh1": (Piece(H, slice(2 * n1)), candidate),
            "b1": (Piece(n0, ALL),),
        }

    def also_read(self, gates: np.ndarray, before: np.ndarray) -> np.ndarray | None:
        """See `Cell`."""
        return None if self.after else gates[..., : before.shape[-1]] * before

    def forward(self, parameters: "Parameters", state: State, A: np.ndarray, H: np.ndarray, *more: Any) -> None:
        """See `Cell`."""
        (before, _), n = state, self.n1
        of_gates, of_candidate = (np.ascontiguousarray(part) for part in np.split(parameters.Wh1, [2 * n], axis=1))
        for a, h, gates in zip(A, H, more[0], strict=True):
            a[:, : 2 * n] += before.dot(of_gates)
            _SIGMOID.apply(a[:, : 2 * n], gates[:, : 2 * n])
            reset, update, candidate = blocks_of(gates, n)
            if self.after:
                a[:, 2 * n :] += reset * (before.dot(of_candidate) + parameters.b1[3 * n :])
            else:
                a[:, 2 * n :] += (reset * before).dot(of_candidate)
            np.tanh(a[:, 2 * n :], candidate)
            np.subtract(before, candidate, h)
            h *= update
            h += candidate
            before = h

    def back(self, parameters: "Parameters", trace: "Trace", spread: bool = False) -> Back:
        """See `Cell`."""
        assert trace.gates is not None
        n, handed = trace.H.shape[2], states_before(trace.H_init, trace.H)
        reset, update, candidate = blocks_of(trace.gates, n)
        slopes = np.empty_like(trace.gates)
        slopes[..., : 2 * n] = _SIGMOID.slope(trace.A[..., : 2 * n], trace.gates[..., : 2 * n])
        slopes[..., 2 * n :] = _TANH.slope(trace.A[..., 2 * n :], candidate)
        of_candidate = np.ascontiguousarray(parameters.Wh1[:, 2 * n :].T)
        under_reset = handed @ of_candidate.T + parameters.b1[3 * n :] if self.after else handed
        for block, factor in zip(blocks_of(slopes, n), (under_reset, handed - candidate, 1.0 - update), strict=True):
            block *= factor
        backwards = np.zeros((slopes.shape[-1] + n * self.after, n))
        backwards[: 2 * n] = parameters.Wh1[:, : 2 * n].T
        if self.after:
            backwards[3 * n :] = of_candidate
        arrays = [slopes, reset, update]
        slopes, reset, update = spread_over_losses(arrays) if spread else arrays
        return GruBack(False, self.columns, self.after, slopes, reset, update, backwards, of_candidate)


@dataclass(eq=False)
class GruBack(Back):
    """``D`` of z and c is ``slopes`` ∘ ∂L/∂H, that of r comes through c; ``∂L/∂H ∘ z`` is handed on directly."""

    after: bool
    slopes: np.ndarray
    reset: np.ndarray
    update: np.ndarray
    backwards: np.ndarray
    of_candidate: np.ndarray
    through: np.ndarray = field(init=False)

    def deltas(self, k: Steps, adjoints: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        reset, update, candidate, *hidden = blocks_of(out, adjoints.shape[-1])
        of_reset, of_update, of_candidate = blocks_of(self.slopes[k], adjoints.shape[-1])
        np.multiply(adjoints, of_update, update)
        np.multiply(adjoints, of_candidate, candidate)
        if self.after:
            np.multiply(candidate, self.reset[k], hidden[0])
            np.multiply(candidate, of_reset, reset)
        else:
            columns = as_rows(out)[:, 2 * adjoints.shape[-1] :]
            self.through = (columns @ self.of_candidate).reshape(adjoints.shape)  # ∂L/∂(r ∘ H)
            np.multiply(self.through, of_reset, reset)

    def hand(self, k: Steps, adjoints: np.ndarray, deltas: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        np.multiply(adjoints, self.update[k], out)
        if self.direct:
            return
        out += (as_rows(deltas) @ self.backwards).reshape(out.shape)
        if not self.after:
            out += self.through[: len(out)] * self.reset[k]
