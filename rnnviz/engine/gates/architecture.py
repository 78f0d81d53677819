"""Which gated network it is, its arrays, and their start values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..architecture import Architecture, Parameters
from ..initialisation import orthogonal, xavier
from ..validation import checked_array, checked_count, checked_name, checked_shapes

CELLS = ("gru", "lstm")
BLOCKS = {"gru": ("reset", "update", "candidate"), "lstm": ("input", "forget", "output", "candidate")}
"""The blocks of columns of W1, Wh1 and b1, side by side, in their order."""

_KEPT = {"gru": "update", "lstm": "forget"}


@dataclass(frozen=True)
class GatedArchitecture:
    """Cell, sizes, output, loss and mode of a recurrent network with one layer of gated units.

    ``Z_t = H_t W2 + b2``, ``Y_hat_t = f2(Z_t)`` as in `Architecture`. With σ the logistic function, ∘ the
    product of entries and ``[X, H]`` standing for ``X_t W1 + H_{t-1} Wh1 + b1`` of a block:

    GRU [1]_: ``r = σ[X, H]``, ``z = σ[X, H]``, ``c = tanh(X_t W_c + (r ∘ H_{t-1}) U_c + b_c)``,
    ``H_t = z ∘ H_{t-1} + (1 - z) ∘ c``. PyTorch puts r after the product, r ∘ (H_{t-1} U_c + b).

    LSTM [2]_: ``i, f, o = σ[X, H]``, ``c = tanh[X, H]``, ``C_t = f ∘ C_{t-1} + i ∘ c``,
    ``H_t = o ∘ tanh(C_t)``.

    Parameters
    ----------
    cell : {"gru", "lstm"}
    n_inputs, n_hidden, n_outputs, output_activation, loss, mode
        As in `Architecture`.

    Raises
    ------
    ValueError
        As `Architecture`, and for an unknown cell.

    References
    ----------
    .. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
       translation", EMNLP 2014.
    .. [2] F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to forget: continual prediction with LSTM",
       Neural Computation 12, 2000.
    """

    cell: str
    n_inputs: int
    n_hidden: int
    n_outputs: int
    output_activation: str = "softmax"
    loss: str = "categorical_cross_entropy"
    mode: str = "sequence_to_sequence"

    def __post_init__(self) -> None:
        checked_name("cell", self.cell, CELLS)
        for name in ("n_inputs", "n_hidden", "n_outputs"):
            object.__setattr__(self, name, getattr(self.readout, name))

    @cached_property
    def readout(self) -> Architecture:
        """The plain network of the same sizes, output, loss and mode."""
        sizes = (self.n_inputs, self.n_hidden, self.n_outputs)
        return Architecture(*sizes, "tanh", self.output_activation, self.loss, self.mode)

    @property
    def states(self) -> int:
        """How many arrays of n1 numbers a step hands on: H, of the LSTM H and C."""
        return 2 if self.cell == "lstm" else 1

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each of `Parameters`, the g blocks of W1, Wh1 and b1 side by side."""
        n0, n1, n2 = self.n_inputs, self.n_hidden, self.n_outputs
        wide = len(BLOCKS[self.cell]) * n1
        return (n0, wide), (n1, wide), (wide,), (n1, n2), (n2,)


def initialise_gated(architecture: GatedArchitecture, seed: int = 0, keep_bias: float = 1.0) -> Parameters:
    """Draw start values: blocks of W1 and W2 Xavier, of Wh1 orthogonal, biases zero but for one gate.

    `keep_bias` is that of the gate which keeps the old state: the LSTM's forget gate [1]_, the GRU's update
    gate.

    .. [1] R. Jozefowicz, W. Zaremba, I. Sutskever, "An empirical exploration of recurrent network
       architectures", ICML 2015.
    """
    check_gated(architecture)
    bias = float(checked_array("keep_bias", keep_bias, ()))
    streams = np.random.SeedSequence(checked_count("seed", seed, 0)).spawn(3)
    inputs, recurrent, readout = (np.random.default_rng(stream) for stream in streams)
    n0, n1, n2 = architecture.n_inputs, architecture.n_hidden, architecture.n_outputs
    blocks = BLOCKS[architecture.cell]
    biases = [np.full(n1, bias if block == _KEPT[architecture.cell] else 0.0) for block in blocks]
    W1 = np.hstack([xavier(inputs, (n0, n1)) for _ in blocks])
    Wh1 = np.hstack([orthogonal(recurrent, (n1, n1)) for _ in blocks])
    return Parameters(W1, Wh1, np.concatenate(biases), xavier(readout, (n1, n2)), np.zeros(n2))


def check_gated(architecture: GatedArchitecture) -> None:
    """Raise ValueError for something that is no GatedArchitecture."""
    if not isinstance(architecture, GatedArchitecture):
        raise ValueError(f"architecture: got {type(architecture).__name__}, expected a GatedArchitecture")


def checked_gated(architecture: GatedArchitecture, parameters: Parameters) -> Parameters:
    """`checked_shapes` of a `GatedArchitecture`."""
    check_gated(architecture)
    return checked_shapes(parameters, architecture.shapes)
