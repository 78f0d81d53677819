"""What a cell is: one step forward, one step back, and where its blocks stand in the five arrays.

With S_k the rows that the parameters multiply at step k, [X_k | 1 | H_{k-1} | what else the cell reads], and D[t, k]
the derivative of L_t by what they bring there, the terms (t, k) of all hidden parameters are pieces of one product,
S_kᵀ D[t, k].
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from ..reductions import as_rows

if TYPE_CHECKING:
    from ..architecture import Parameters
    from ..forward import Trace

Steps = int | slice
State = tuple[np.ndarray, Any]


class Piece(NamedTuple):
    """Rows and columns of S_kᵀ D[t, k] that hold a block of columns of a parameter."""

    rows: int | slice
    columns: slice


ALL = slice(None)


@dataclass(eq=False)
class Back(ABC):
    """The way back through the steps of a trace, for any number of losses at once.

    The arrays of a step are (losses, m, ·); of a slice of steps (steps, m, ·), a loss for each; or (m, losses, ·), if
    it was asked for ``spread``. `direct` keeps to the direct path: no H that enters a pre-activation hands on. `hand`
    comes after `deltas` of the same step, for all of its losses or the first of them.
    """

    direct: bool
    columns: int

    @abstractmethod
    def deltas(self, k: Steps, adjoints: np.ndarray, out: np.ndarray) -> None:
        """Take ∂L/∂ the state that step k hands on to D."""

    @abstractmethod
    def hand(self, k: Steps, adjoints: np.ndarray, deltas: np.ndarray, out: np.ndarray) -> None:
        """Take both to ∂L/∂ the state that step k was handed; ``out`` may be ``adjoints``."""

    def directly(self) -> Self:
        """The same along the direct path alone."""
        return replace(self, direct=True)

    def in_range(self) -> tuple["Back", np.ndarray | int, int]:
        """A way back whose numbers stay near 1, and the powers of two that its deltas lack, and each step."""
        return self, 0, 0


class Cell(ABC):
    """A hidden layer of n1 units that reads n0 inputs; `blocks` stand side by side in W1 and Wh1, `biases` in b1."""

    blocks: tuple[str, ...]
    arrays: int
    """How many of A, H, the gates and C a step fills."""
    rows_also_read = 0
    """How many rows of S stand below X, 1 and H."""

    def __init__(self, n0: int, n1: int) -> None:
        self.n0, self.n1 = n0, n1

    @property
    def biases(self) -> tuple[str, ...]:
        """The blocks of b1."""
        return self.blocks

    @cached_property
    def columns(self) -> int:
        """How many columns D has: as many as b1 has biases."""
        return len(self.biases) * self.n1

    @property
    def state_size(self) -> int:
        """s: how many numbers of a sample are handed on."""
        return self.n1 * (2 if self.arrays > 3 else 1)

    @cached_property
    def pieces(self) -> dict[str, tuple[Piece, ...]]:
        """Where the columns of each hidden parameter stand in S_kᵀ D[t, k]."""
        n0, n1 = self.n0, self.n1
        H = slice(n0 + 1, n0 + 1 + n1)
        return {"W1": (Piece(slice(n0), ALL),), "Wh1": (Piece(H, ALL),), "b1": (Piece(n0, ALL),)}

    @cached_property
    def unused(self) -> np.ndarray | None:
        """(rows, columns) booleans: which entries of S_kᵀ D[t, k] belong to no parameter; None if all belong to one."""
        free = np.ones((self.n0 + 1 + self.n1 + self.rows_also_read, self.columns), dtype=bool)
        for pieces in self.pieces.values():
            for piece in pieces:
                free[piece] = False
        return free if free.any() else None

    @abstractmethod
    def forward(self, parameters: "Parameters", state: State, A: np.ndarray, H: np.ndarray, *more: Any) -> None:
        """Take every step, from H and C before the first, and fill A, which holds the inputs' part, and H.

        All are (T, m, ·); `more` are the gates and C, to be filled by a cell that has them, else None.
        """

    @abstractmethod
    def back(self, parameters: "Parameters", trace: "Trace", spread: bool = False) -> Back:
        """The step back, all that does not depend on a loss being made for all steps at once."""

    def also_read(self, gates: np.ndarray, before: np.ndarray) -> np.ndarray | None:
        """(T, m, ·) array of what parameters multiply beside X, 1 and H, if anything."""
        return None


def product(deltas: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """``deltas @ matrix`` into ``out``, in one call wherever the rows of ``out`` lie evenly."""
    if out.flags.c_contiguous:
        deltas.reshape(-1, len(matrix)).dot(matrix, out.reshape(-1, matrix.shape[1]))
    elif out.strides[0] == out.shape[1] * out.strides[1]:
        np.matmul(as_rows(deltas), matrix, out=as_rows(out))
    else:
        np.matmul(deltas, matrix, out=out)


def blocks_of(array: np.ndarray, n1: int) -> list[np.ndarray]:
    """The blocks of columns, as views."""
    return [array[..., i : i + n1] for i in range(0, array.shape[-1], n1)]


def states_before(first: np.ndarray, states: np.ndarray) -> np.ndarray:
    """(T, m, n1): what every step was handed."""
    return np.concatenate([first[None], states[:-1]])


def spread_over_losses(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """(T, m, ·) arrays as (T, m, 1, ·)."""
    return [array[:, :, None] for array in arrays]
