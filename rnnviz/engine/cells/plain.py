"""The plain cell: A_t = X_t W1 + H_{t-1} Wh1 + b1, H_t = f1(A_t)."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..activations import HIDDEN
from ..reductions import scaled
from .cell import Back, Cell, State, Steps, product

if TYPE_CHECKING:
    from ..architecture import Parameters
    from ..forward import Trace


class Plain(Cell):
    """One block, and one activation."""

    blocks = ("hidden",)
    arrays = 2

    def __init__(self, n0: int, n1: int, activation: str) -> None:
        super().__init__(n0, n1)
        self.activation = activation

    def forward(self, parameters: "Parameters", state: State, A: np.ndarray, H: np.ndarray, *more: Any) -> None:
        """See `Cell`."""
        before, Wh1, apply, add = state[0], parameters.Wh1, HIDDEN[self.activation].apply, np.add
        recurrent = np.empty(before.shape)
        for a, h in zip(A, H, strict=True):
            before.dot(Wh1, recurrent)
            add(a, recurrent, a)
            apply(a, h)
            before = h

    def back(self, parameters: "Parameters", trace: "Trace", spread: bool = False) -> Back:
        """See `Cell`."""
        slope = HIDDEN[self.activation].slope(trace.A, trace.H)
        return PlainBack(
            False, self.columns, slope[:, :, None] if spread else slope, np.ascontiguousarray(parameters.Wh1.T)
        )


@dataclass(eq=False)
class PlainBack(Back):
    """``D = ∂L/∂H ∘ f1'(A)``, and ``D Wh1ᵀ`` is handed on."""

    slope: np.ndarray
    backwards: np.ndarray

    def deltas(self, k: Steps, adjoints: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        np.multiply(adjoints, self.slope[k], out)

    def hand(self, k: Steps, adjoints: np.ndarray, deltas: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        if out.ndim == 2:  # the usual loop, in which every call counts
            deltas.dot(self.backwards, out)
        else:
            product(deltas, self.backwards, out)

    def in_range(self) -> tuple[Back, np.ndarray, int]:
        """See `Back`."""
        slope, slope_powers = scaled(self.slope)
        (backwards,), (power,) = scaled(self.backwards[None])
        return replace(self, slope=slope, backwards=backwards), slope_powers, int(power)
