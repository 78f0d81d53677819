"""Long short-term memory [1]_; the gates see X and H alone.

i, f, o = σ and c = tanh of their blocks of A_t = X_t W1 + H_{t-1} Wh1 + b1;
C_t = f ∘ C_{t-1} + i ∘ c, H_t = o ∘ tanh(C_t).

.. [1] F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to forget: continual prediction with LSTM", Neural Computation
   12, 2000.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..activations import HIDDEN
from .cell import Back, Cell, State, Steps, blocks_of, product, spread_over_losses, states_before

if TYPE_CHECKING:
    from ..architecture import Parameters
    from ..forward import Trace

_SIGMOID, _TANH = HIDDEN["sigmoid"], HIDDEN["tanh"]


class Lstm(Cell):
    """Hands on H and C, side by side in what goes back."""

    blocks = ("input", "forget", "output", "candidate")
    arrays = 4

    def forward(self, parameters: "Parameters", state: State, A: np.ndarray, H: np.ndarray, *more: Any) -> None:
        """See `Cell`."""
        (before, memory), Wh1, n = state, parameters.Wh1, self.n1
        recurrent, (gates, C) = np.empty((len(before), 4 * n)), more
        parts = A[..., : 3 * n], gates[..., : 3 * n], A[..., 3 * n :], *blocks_of(gates, n)
        for a, h, c, closed, opened, raw, enter, forget, leave, candidate in zip(A, H, C, *parts, strict=True):
            before.dot(Wh1, recurrent)
            np.add(a, recurrent, a)
            _SIGMOID.apply(closed, opened)
            np.tanh(raw, candidate)
            np.multiply(forget, memory, c)
            c += enter * candidate
            np.tanh(c, h)
            h *= leave
            before, memory = h, c

    def back(self, parameters: "Parameters", trace: "Trace", spread: bool = False) -> Back:
        """See `Cell`."""
        assert trace.gates is not None
        assert trace.C is not None
        assert trace.C_init is not None
        n, squashed = trace.H.shape[2], np.tanh(trace.C)
        enter, forget, leave, candidate = blocks_of(trace.gates, n)
        slopes = np.empty((*trace.H.shape[:2], 4, n))
        slopes[..., :3, :] = _SIGMOID.slope(trace.A[..., : 3 * n], trace.gates[..., : 3 * n]).reshape(
            *slopes.shape[:2], 3, n
        )
        slopes[..., 3, :] = _TANH.slope(trace.A[..., 3 * n :], candidate)
        for block, factor in enumerate((candidate, states_before(trace.C_init, trace.C), squashed, enter)):
            slopes[..., block, :] *= factor
        arrays = [slopes, leave * _TANH.slope(trace.C, squashed), forget]
        slopes, to_memory, forget = spread_over_losses(arrays) if spread else arrays
        return LstmBack(False, self.columns, slopes, to_memory, forget, np.ascontiguousarray(parameters.Wh1.T))


@dataclass(eq=False)
class LstmBack(Back):
    """``D`` of a block is ``slopes`` ∘ ∂L/∂C, of o with ∂L/∂H; ``∂L/∂C ∘ f`` and ``D Wh1ᵀ`` are handed on.

    ∂L/∂C is all of it, also by way of H_k: ``to_memory`` is o ∘ (1 - tanh²(C)).
    """

    slopes: np.ndarray
    to_memory: np.ndarray
    forget: np.ndarray
    backwards: np.ndarray
    of_memory: np.ndarray = field(init=False)

    def deltas(self, k: Steps, adjoints: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        n = adjoints.shape[-1] // 2
        of_H, slopes, blocks = adjoints[..., :n], self.slopes[k], out.reshape(*out.shape[:-1], 4, n)
        self.of_memory = of_H * self.to_memory[k]
        self.of_memory += adjoints[..., n:]
        np.multiply(self.of_memory[..., None, :], slopes, blocks)
        np.multiply(of_H, slopes[..., 2, :], blocks[..., 2, :])

    def hand(self, k: Steps, adjoints: np.ndarray, deltas: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        n = adjoints.shape[-1] // 2
        np.multiply(self.of_memory[: len(out)], self.forget[k], out[..., n:])
        if self.direct:
            out[..., :n] = 0.0
        else:
            product(deltas, self.backwards, out[..., :n])
