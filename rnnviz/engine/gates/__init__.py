"""Gated cells, GRU and LSTM: forward, exact backward, and the adjoints of every loss."""

from .architecture import BLOCKS, CELLS, GatedArchitecture, initialise_gated
from .passes import GatedTrace, backward_gated, forward_gated, gated_adjoint_norms, gated_adjoints

__all__ = [
    "BLOCKS",
    "CELLS",
    "GatedArchitecture",
    "GatedTrace",
    "backward_gated",
    "forward_gated",
    "gated_adjoint_norms",
    "gated_adjoints",
    "initialise_gated",
]
