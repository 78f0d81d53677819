"""The mathematics of Backpropagation Through Time, with NumPy alone.

Pure functions over frozen results. Row vectors; time runs t = 0 … T-1; m is the batch; float64 everywhere:
``A_t = X_t W1 + H_{t-1} Wh1 + b1``, ``H_t = f1(A_t)``, ``Z_t = H_t W2 + b2``, ``Y_hat_t = f2(Z_t)``. A GRU or an LSTM
may stand in the place of the plain cell; their equations are in `rnnviz.engine.cells`.

>>> import numpy as np
>>> from rnnviz.engine import Architecture, backward, decompose, forward, initialise
>>> architecture = Architecture(n_inputs=2, n_hidden=3, n_outputs=2)
>>> parameters = initialise(architecture, seed=0)
>>> X, Y = np.ones((3, 1, 2)), np.tile([1.0, 0.0], (3, 1, 1))
>>> trace = forward(architecture, parameters, X)
>>> gradient = backward(architecture, parameters, trace, Y).gradients.Wh1
>>> terms = decompose(architecture, parameters, trace, Y).terms["Wh1"]
>>> bool(np.allclose(terms.sum(axis=(0, 1)), gradient))
True
"""

from numpy import empty

from .architecture import LOSSES, MODES, Architecture, Parameters
from .backward import Backward, backward, input_gradients
from .cells import CELLS, RESETS
from .decomposition import Decomposition, Term, decompose, direct_path_terms, single_term
from .differences import GradientCheck, check_gradients, derivative, losses_along
from .factors import Factor, chain_factors, immediate_factor
from .forward import Trace, forward, hidden_slope, sample_losses, step_losses
from .initialisation import SCHEMES, initialise
from .jacobians import singular_values, spectral_norm, spectral_radius, state_jacobian
from .norms import Attribution, adjoint_norms, attribution, log10_term_norms, term_norms
from .sums import TermSums, lag_gradients, loss_step_terms, term_sums, truncated_gradients
from .training import OPTIMISERS, Epoch, train
from .values import TRUNCATIONS, keeps

__all__ = [
    "CELLS", "LOSSES", "MODES", "OPTIMISERS", "RESETS", "SCHEMES", "TRUNCATIONS", "Architecture", "Attribution",
    "Backward", "Decomposition", "Epoch", "Factor", "GradientCheck", "Parameters", "Term", "TermSums", "Trace",
    "adjoint_norms", "attribution", "backward", "chain_factors", "check_gradients", "decompose",
    "derivative", "direct_path_terms", "forward", "hidden_slope", "immediate_factor", "initialise",
    "input_gradients", "keeps", "lag_gradients", "log10_term_norms", "loss_step_terms", "losses_along",
    "sample_losses", "single_term", "singular_values", "spectral_norm", "spectral_radius", "state_jacobian",
    "step_losses", "term_norms", "term_sums", "train", "truncated_gradients",
]  # fmt: skip

# The C library gives freed memory back, and a training step gets it anew page by page, unless it has once freed a piece
# of this size, which nothing needs to have touched: a fifth and more of the time of a step.
empty(2**23, dtype="u1")
