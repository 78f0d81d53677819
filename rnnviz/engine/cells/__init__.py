"""The cells: the plain one, GRU and LSTM, each a step forward and a step back."""

from typing import TYPE_CHECKING

from .cell import Back, Cell, Piece
from .gru import Gru
from .lstm import Lstm
from .plain import Plain

if TYPE_CHECKING:
    from ..architecture import Architecture

CELLS = ("plain", "gru", "lstm")
RESETS = ("before", "after")
__all__ = ["CELLS", "RESETS", "Back", "Cell", "Piece", "cell_of"]


def cell_of(architecture: "Architecture") -> Cell:
    """The cell that an architecture names; an architecture makes its `layer` of it once."""
    sizes = architecture.n_inputs, architecture.n_hidden
    if architecture.cell == "plain":
        return Plain(*sizes, architecture.hidden_activation)
    return Lstm(*sizes) if architecture.cell == "lstm" else Gru(*sizes, architecture.reset == "after")
