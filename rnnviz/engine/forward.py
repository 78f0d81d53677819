"""The forward pass through time."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .activations import HIDDEN, output
from .architecture import Architecture, Parameters
from .losses import loss_and_logit_gradient
from .validation import (
    checked_initial_states,
    checked_inputs,
    checked_mask,
    checked_parameters,
    checked_targets,
    checked_trace,
)


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that a forward pass computed.

    Attributes
    ----------
    X : (T, m, n0) array
    H_init : (m, n1) array
    A : (T, m, g n1) array
        Pre-activations of the hidden layer; g = 1 for the plain cell.
    H : (T, m, n1) array
        Its states.
    Z, Y_hat : (T, m, n2) arrays
        Logits and outputs; (1, m, n2), the last step only, in sequence_to_vector.
    architecture, parameters
        What `forward` computed it with, and so has checked.
    gates : (T, m, g n1) array, or None for the plain cell
        The gates and the candidate, side by side as the blocks of W1.
    C : (T, m, n1) array, or None but for the LSTM
        Its memory, and C_init (m, n1) before step 0.
    mask : (T, m) array, (m,) in sequence_to_vector, or None
        Factors of each sample's loss at each step, for whoever makes losses of it and is given no other.
    """

    X: np.ndarray
    H_init: np.ndarray
    A: np.ndarray
    H: np.ndarray
    Z: np.ndarray
    Y_hat: np.ndarray
    architecture: Architecture | None = field(default=None, repr=False)
    parameters: Parameters | None = field(default=None, repr=False)
    gates: np.ndarray | None = None
    C: np.ndarray | None = None
    C_init: np.ndarray | None = None
    mask: np.ndarray | None = None

    @property
    def more(self) -> dict[str, Any]:
        """What a function that runs the network again takes beside X and H_init, by name."""
        return {"C_init": self.C_init, "mask": self.mask}


@np.errstate(all="ignore")
def forward(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    H_init: np.ndarray | None = None,
    C_init: np.ndarray | None = None,
) -> Trace:
    """Run the network over a batch of sequences.

    ``A_t = X_t W1 + H_{t-1} Wh1 + b1``, ``H_t = f1(A_t)``, ``Z_t = H_t W2 + b2``, ``Y_hat_t = f2(Z_t)``.

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
    X : (T, m, n0) array_like
    H_init : (m, n1) array_like, optional
        The state before step 0; zeros by default.
    C_init : (m, n1) array_like, optional
        An LSTM's memory before step 0; zeros by default.

    Returns
    -------
    Trace
        Its numbers are finite unless the network itself overflows float64, which is no error here.

    Raises
    ------
    ValueError
        For a wrong shape, a value that is not finite, or something that is not an array of real numbers.
    """
    parameters = checked_parameters(architecture, parameters)
    X = checked_inputs(architecture, X)
    return run(architecture, parameters, X, *checked_initial_states(architecture, H_init, C_init, X.shape[1]))


def with_mask(architecture: Architecture, trace: Trace, mask: np.ndarray | None) -> Trace:
    """A pass that knows which losses count: (T, m) factors, 0 for padding, (m,) in sequence_to_vector; None for all.

    Whoever makes losses of it takes these where it is given no others. ValueError for a mask that does not fit.
    """
    factors = checked_mask(architecture, mask, *checked_trace(architecture, trace).X.shape[:2])
    if factors is None:
        return trace
    return replace(trace, mask=factors[0] if architecture.is_sequence_to_vector else factors)


def run(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    H_init: np.ndarray,
    C_init: np.ndarray | None = None,
) -> Trace:
    """`forward` without the checks."""
    T, m, n0 = X.shape
    W1, _, b1, W2, b2 = parameters
    layer = architecture.layer
    A = X.reshape(T * m, n0).dot(W1)
    A += b1[: A.shape[1]]
    A = A.reshape(T, m, -1)
    H = np.empty((T, m, len(W2)))
    gates, C = np.empty_like(A) if layer.arrays > 2 else None, np.empty_like(H) if layer.arrays > 3 else None
    layer.forward(parameters, (H_init, C_init), A, H, gates, C)
    read = H[-1:] if architecture.is_sequence_to_vector else H
    Z = read.reshape(-1, len(W2)).dot(W2)
    Z += b2
    Z = Z.reshape(len(read), m, -1)
    Y_hat = output(architecture.output_activation, Z)
    return Trace(X, H_init, A, H, Z, Y_hat, architecture, parameters, gates, C, C_init)


@np.errstate(all="ignore")
def hidden_slope(architecture: Architecture, trace: Trace) -> np.ndarray:
    """f1'(A_t) of every step, sample and unit, (T, m, n1), with all digits also where a unit saturates.

    Raises ValueError for a gated cell, which has no f1.
    """
    checked_trace(architecture, trace)
    if architecture.cell != "plain":
        raise ValueError(f"architecture: got the cell {architecture.cell!r}, expected 'plain', the only one with an f1")
    return HIDDEN[architecture.hidden_activation].slope(trace.A, trace.H)


@np.errstate(all="ignore")
def sample_losses(architecture: Architecture, trace: Trace, Y: np.ndarray) -> np.ndarray:
    """(T, m) losses of each step and sample; zeros but for the last step in sequence_to_vector."""
    checked_trace(architecture, trace)
    T, m, _ = trace.X.shape
    mask = checked_mask(architecture, trace.mask, T, m)
    Y = checked_targets(architecture, Y, T, m, mask)
    losses = np.zeros((T, m))
    each, _ = loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, Y)
    losses[architecture.first_loss_step(T) :] = each if mask is None else np.where(mask, each * mask, 0.0)
    return losses


def step_losses(architecture: Architecture, trace: Trace, Y: np.ndarray) -> np.ndarray:
    """(T,) array L_t: the loss of each step, averaged over the batch."""
    return sample_losses(architecture, trace, Y).mean(axis=1)
