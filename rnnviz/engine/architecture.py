"""What network it is, and the arrays it learns."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .cells import CELLS, RESETS, Cell, cell_of
from .values import checked_count, checked_name

LOSSES = ("categorical_cross_entropy", "binary_cross_entropy", "squared_error")
MODES = ("sequence_to_sequence", "sequence_to_vector")


class Parameters(NamedTuple):
    """The five arrays of the network; a gradient and an update have the same type.

    The g blocks of a gated cell stand side by side: g = 4 for an LSTM, input, forget, output, candidate; 3 for a GRU,
    reset, update, candidate. With the reset after the product b1 has a fourth, the bias d_c that the reset multiplies.

    Attributes
    ----------
    W1 : (n0, g n1) array
    Wh1 : (n1, g n1) array
    b1 : (g n1,) array
    W2 : (n1, n2) array
    b2 : (n2,) array
    """

    W1: np.ndarray
    Wh1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


@dataclass(frozen=True)
class Architecture:
    """Sizes, activations, loss and mode of a recurrent network with one hidden layer.

    ``A_t = X_t W1 + H_{t-1} Wh1 + b1``, ``H_t = f1(A_t)``, ``Z_t = H_t W2 + b2``, ``Y_hat_t = f2(Z_t)`` [1]_. The
    equations of the gated cells stand in `rnnviz.engine.cells`.

    Parameters
    ----------
    n_inputs, n_hidden, n_outputs : int
        n0, n1 and n2, at least 1.
    hidden_activation : {"tanh", "relu", "sigmoid", "identity"}
        f1.
    output_activation : {"softmax", "sigmoid", "identity", "relu"}
        f2.
    loss : {"categorical_cross_entropy", "binary_cross_entropy", "squared_error"}
        L_t, summed over the outputs and averaged over the batch. A cross-entropy needs the probabilities of softmax
        or sigmoid; binary cross-entropy of softmax needs two outputs, because a single one is always 1.
    mode : {"sequence_to_sequence", "sequence_to_vector"}
        Whether every step has an output and a loss, or only the last.
    cell : {"plain", "gru", "lstm"}
        What the hidden layer is; a gated cell has activations of its own and ignores f1.
    reset : {"before", "after"}
        Where the reset gate of a GRU acts: on H before the product with U_c, or on the product.

    Raises
    ------
    ValueError
        If a size, a name or a pair does not make sense; it says which, what came and what was expected.

    References
    ----------
    .. [1] J. L. Elman, "Finding structure in time", Cognitive Science 14, 1990.
    """

    n_inputs: int
    n_hidden: int
    n_outputs: int
    hidden_activation: str = "tanh"
    output_activation: str = "softmax"
    loss: str = "categorical_cross_entropy"
    mode: str = "sequence_to_sequence"
    cell: str = "plain"
    reset: str = "before"

    def __post_init__(self) -> None:
        for name in ("n_inputs", "n_hidden", "n_outputs"):
            object.__setattr__(self, name, checked_count(name, getattr(self, name), 1))
        checked_name("hidden_activation", self.hidden_activation, ("tanh", "relu", "sigmoid", "identity"))
        checked_name("output_activation", self.output_activation, ("softmax", "sigmoid", "identity", "relu"))
        checked_name("loss", self.loss, LOSSES)
        checked_name("mode", self.mode, MODES)
        checked_name("cell", self.cell, CELLS)
        checked_name("reset", self.reset, RESETS)
        if self.loss == "squared_error":
            return
        if self.output_activation not in ("softmax", "sigmoid"):
            raise ValueError(
                f"output_activation: got {self.output_activation!r}, expected 'softmax' or 'sigmoid' "
                f"before the loss {self.loss!r}, which takes the logarithm of a probability"
            )
        if self.loss == "binary_cross_entropy" and self.output_activation == "softmax" and self.n_outputs < 2:
            raise ValueError(
                "n_outputs: got 1, expected at least 2 for 'softmax' with 'binary_cross_entropy': "
                "the softmax of a single output is always 1"
            )

    @property
    def is_sequence_to_vector(self) -> bool:
        """Whether only the last step has an output and a loss."""
        return self.mode == "sequence_to_vector"

    @cached_property
    def layer(self) -> Cell:
        """The hidden layer: its step forward, its step back, and where its blocks stand."""
        return cell_of(self)

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each of `Parameters`."""
        n0, n1, n2, cell = self.n_inputs, self.n_hidden, self.n_outputs, self.layer
        wide = len(cell.blocks) * n1
        return (n0, wide), (n1, wide), (len(cell.biases) * n1,), (n1, n2), (n2,)

    def first_loss_step(self, steps: int) -> int:
        """The first of `steps` steps that has a loss: 0, or the last one in sequence_to_vector."""
        return steps - 1 if self.is_sequence_to_vector else 0
