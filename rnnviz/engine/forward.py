"""The forward pass through time."""

from dataclasses import dataclass, field

import numpy as np

from .activations import HIDDEN, output
from .architecture import Architecture, Parameters
from .losses import loss_and_logit_gradient
from .validation import checked_initial_state, checked_inputs, checked_parameters, checked_targets, checked_trace


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that a forward pass computed.

    Attributes
    ----------
    X : (T, m, n0) array
    H_init : (m, n1) array
    A, H : (T, m, n1) arrays
        Pre-activations and states of the hidden layer.
    Z, Y_hat : (T, m, n2) arrays
        Logits and outputs; (1, m, n2), the last step only, in sequence_to_vector.
    architecture, parameters
        What `forward` computed it with, and so has checked.
    """

    X: np.ndarray
    H_init: np.ndarray
    A: np.ndarray
    H: np.ndarray
    Z: np.ndarray
    Y_hat: np.ndarray
    architecture: Architecture | None = field(default=None, repr=False)
    parameters: Parameters | None = field(default=None, repr=False)


@np.errstate(all="ignore")
def forward(
    architecture: Architecture, parameters: Parameters, X: np.ndarray, H_init: np.ndarray | None = None
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
    H_init = checked_initial_state(architecture, H_init, X.shape[1])
    return run(architecture, parameters, X, H_init)


def run(architecture: Architecture, parameters: Parameters, X: np.ndarray, H_init: np.ndarray) -> Trace:
    """`forward` without the checks."""
    T, m, n0 = X.shape
    W1, Wh1, b1, W2, b2 = parameters
    A = X.reshape(T * m, n0).dot(W1)
    A += b1
    A = A.reshape(T, m, -1)
    H = np.empty_like(A)
    before, recurrent, add, apply = H_init, np.empty_like(A[0]), np.add, HIDDEN[architecture.hidden_activation].apply
    for a, h in zip(A, H, strict=True):
        before.dot(Wh1, recurrent)
        add(a, recurrent, a)
        apply(a, h)
        before = h
    read = H[-1:] if architecture.is_sequence_to_vector else H
    Z = read.reshape(-1, len(W2)).dot(W2)
    Z += b2
    Z = Z.reshape(len(read), m, -1)
    Y_hat = output(architecture.output_activation, Z)
    return Trace(X, H_init, A, H, Z, Y_hat, architecture, parameters)


@np.errstate(all="ignore")
def hidden_slope(architecture: Architecture, trace: Trace) -> np.ndarray:
    """f1'(A_t) of every step, sample and unit, (T, m, n1), with all digits also where a unit saturates."""
    checked_trace(architecture, trace)
    return slope_of(architecture, trace)


def slope_of(architecture: Architecture, trace: Trace) -> np.ndarray:
    """`hidden_slope` without the checks."""
    return HIDDEN[architecture.hidden_activation].slope(trace.A, trace.H)


def stacked_inputs(trace: Trace) -> np.ndarray:
    """(T, m, n0 + 1 + n1) array S_t = [X_t | 1 | H_{t-1}]: what [W1; b1; Wh1] is multiplied with."""
    T, m, n0 = trace.X.shape
    S = np.empty((T, m, n0 + 1 + trace.H.shape[2]))
    S[..., :n0] = trace.X
    S[..., n0] = 1.0
    S[0, :, n0 + 1 :] = trace.H_init
    S[1:, :, n0 + 1 :] = trace.H[:-1]
    return S


@np.errstate(all="ignore")
def sample_losses(architecture: Architecture, trace: Trace, Y: np.ndarray) -> np.ndarray:
    """(T, m) losses of each step and sample; zeros but for the last step in sequence_to_vector."""
    checked_trace(architecture, trace)
    T, m, _ = trace.X.shape
    Y = checked_targets(architecture, Y, T, m)
    losses = np.zeros((T, m))
    losses[architecture.first_loss_step(T) :], _ = loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, Y)
    return losses


def step_losses(architecture: Architecture, trace: Trace, Y: np.ndarray) -> np.ndarray:
    """(T,) array L_t: the loss of each step, averaged over the batch."""
    return sample_losses(architecture, trace, Y).mean(axis=1)
