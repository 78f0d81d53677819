"""Gated cells, GRU and LSTM: forward, exact backward, and their gradient by loss, source step and lag."""

from .architecture import BLOCKS, CELLS, GatedArchitecture, GatedParameters, initialise_gated
from .passes import (
    GatedBackward,
    GatedTrace,
    backward_gated,
    forward_gated,
    gated_adjoint_norms,
    gated_adjoints,
    gated_lag_gradients,
)
from .training import train_gated

__all__ = [
    "BLOCKS",
    "CELLS",
    "GatedArchitecture",
    "GatedBackward",
    "GatedParameters",
    "GatedTrace",
    "backward_gated",
    "forward_gated",
    "gated_adjoint_norms",
    "gated_adjoints",
    "gated_lag_gradients",
    "initialise_gated",
    "train_gated",
]
