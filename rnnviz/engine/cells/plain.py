"""The plain cell: A_t = X_t W1 + H_{t-1} Wh1 + b1, H_t = f1(A_t)."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..activations import Activation
from ..reductions import scaled
from .cell import Back, Cell, Step, Steps, product

if TYPE_CHECKING:
    from ..architecture import Parameters
    from ..forward import Trace


class Plain(Cell):
    """One block, and one activation."""

    blocks = ("hidden",)

    def __init__(self, activation: Activation) -> None:
        self.activation = activation

    def forward(self, parameters: "Parameters", H_init: np.ndarray, C_init: np.ndarray | None) -> Step:
        """See `Cell`."""
        before, Wh1, apply, add = H_init, parameters.Wh1, self.activation.apply, np.add
        recurrent = np.empty_like(H_init)

        def step(a: np.ndarray, h: np.ndarray) -> None:
            nonlocal before
            before.dot(Wh1, recurrent)
            add(a, recurrent, a)
            apply(a, h)
            before = h

        return step

    def back(self, parameters: "Parameters", trace: "Trace", spread: bool = False) -> Back:
        """See `Cell`."""
        slope = self.activation.slope(trace.A, trace.H)
        return PlainBack(False, slope[:, :, None] if spread else slope, np.ascontiguousarray(parameters.Wh1.T))


@dataclass(frozen=True, eq=False)
class PlainBack(Back):
    """``D = ∂L/∂H ∘ f1'(A)``, and ``D Wh1ᵀ`` is handed on."""

    slope: np.ndarray
    backwards: np.ndarray

    @property
    def columns(self) -> int:
        """See `Back`."""
        return len(self.backwards)

    def deltas(self, k: Steps, adjoints: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        np.multiply(adjoints, self.slope[k], out)

    def hand(self, k: Steps, adjoints: np.ndarray, deltas: np.ndarray, out: np.ndarray) -> None:
        """See `Back`."""
        product(deltas, self.backwards, out)

    def in_range(self) -> tuple[Back, np.ndarray, int]:
        """See `Back`."""
        slope, slope_powers = scaled(self.slope)
        (backwards,), (power,) = scaled(self.backwards[None])
        return replace(self, slope=slope, backwards=backwards), slope_powers, int(power)
