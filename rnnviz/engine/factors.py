"""The factors of one term, with their real numbers."""

from dataclasses import dataclass

import numpy as np

from .activations import output_jacobian
from .architecture import Architecture, Parameters
from .backward import checked_arguments
from .decomposition import partner
from .forward import Trace, slope_of
from .losses import has_output_gradient, loss_and_logit_gradient, output_gradient
from .values import checked_name, checked_pair, checked_step


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor of a term.

    Attributes
    ----------
    id : str
        For example "dL_2/dY_hat_2", "dY_hat_2/dH_2", "dH_2/dH_1", "d+H_1/dWh1".
    symbol : str
        The same in LaTeX.
    value : array
        (rows, columns); the immediate factor of a parameter is (rows,) + θ.shape.
    """

    id: str
    symbol: str
    value: np.ndarray


@np.errstate(all="ignore")
def chain_factors(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    Y: np.ndarray,
    parameter: str,
    t: int,
    k: int,
    sample: int = 0,
) -> list[Factor]:
    """The factors whose product is one sample's own term (t, k).

    ``∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t · ∂H_t/∂H_{t-1} ⋯ ∂H_{k+1}/∂H_k · ∂⁺H_k/∂θ``, with ∂⁺ the immediate derivative that holds
    H_{k-1} fixed. For W2 and b2 the path ends at the output: ``∂L_t/∂Ŷ_t · ∂⁺Ŷ_t/∂θ``, with k = t.

    Parameters
    ----------
    parameter : {"W1", "Wh1", "b1", "W2", "b2"}
    t, k : int
        Loss step and source step, k ≤ t; t has a loss, and k = t for W2 and b2.
    sample : int
        Index into the batch.

    Returns
    -------
    list of Factor
        Chained with ``np.tensordot(…, axes=1)`` they give the term of the sample's own loss, and the mean over the
        samples is term(t, k). The first is (1, n2), the last (n1,) + θ.shape, or (n2,) + θ.shape for W2 and b2.

    Raises
    ------
    ValueError
        For an unknown parameter, an impossible (t, k) or sample, or as `backward`.

    Notes
    -----
    A cross-entropy divides by a probability. Where one underflows (a logit gap beyond about 660), ∂L_t/∂Ŷ_t is infinite
    and ∂Ŷ_t/∂Z_t is 0, and no pair of finite numbers would be their true values. Their product is finite: the path then
    goes by the logits, and the first two factors are ``∂L_t/∂Z_t`` and ``∂Z_t/∂H_t = W2ᵀ``, with ids that say so
    ("dL_2/dZ_2", "dZ_2/dH_2", "d+Z_2/dW2").
    """
    checked_name("parameter", parameter, Parameters._fields)
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    T, m, _ = trace.X.shape
    t, k = checked_pair(t, k, T)
    row = t - architecture.first_loss_step(T)
    if row < 0:
        raise ValueError(f"t: got {t}, expected {T - 1}: in sequence_to_vector only the last step has a loss")
    sample = checked_step("sample", sample, m)
    if parameter in ("W2", "b2") and k != t:
        raise ValueError(f"k: got {k}, expected k = t = {t} for {parameter}, which has no path through time")
    Z, Y_hat, y = trace.Z[row, sample], trace.Y_hat[row, sample], Y[row, sample]
    start, name, slope = _loss_factor(architecture, Z, Y_hat, y, t)
    if parameter in ("W2", "b2"):
        return [start, _immediate(name, t, parameter, slope, partner(trace, parameter, t)[sample])]
    readout, slopes = _plain(name, t, "H", t, slope @ parameters.W2.T), slope_of(architecture, trace)[:, sample]
    hops = [_plain("H", s, "H", s - 1, slopes[s][:, None] * parameters.Wh1.T) for s in range(t, k, -1)]
    return [start, readout, *hops, immediate_factor(architecture, trace, parameter, k, sample)]


def immediate_factor(architecture: Architecture, trace: Trace, parameter: str, k: int, sample: int = 0) -> Factor:
    """∂⁺H_k/∂θ of one sample, with H_{k-1} held fixed, for θ one of W1, Wh1 and b1: (n1,) + θ.shape.

    ``[h, i, j] = f1'(A_k)[j] · input[i]`` where h = j, else 0.
    """
    checked_name("parameter", parameter, ("W1", "Wh1", "b1"))
    T, m, _ = trace.X.shape
    k, sample = checked_step("k", k, T), checked_step("sample", sample, m)
    slope = np.diag(slope_of(architecture, trace)[k, sample])
    return _immediate("H", k, parameter, slope, partner(trace, parameter, k)[sample])


def _loss_factor(
    architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, y: np.ndarray, t: int
) -> tuple[Factor, str, np.ndarray]:
    """The first factor, the name of the variable it leads to, and that variable's slope by Z."""
    name = architecture.output_activation
    if has_output_gradient(architecture, Z, Y_hat, y):
        gradient = output_gradient(architecture, Z, Y_hat, y)
        return _plain("L", t, "Y_hat", t, gradient[None]), "Y_hat", output_jacobian(name, Z, Y_hat)
    _, gradient = loss_and_logit_gradient(architecture, Z, Y_hat, y)
    return _plain("L", t, "Z", t, gradient[None]), "Z", np.eye(len(Z))


def _immediate(name: str, step: int, parameter: str, slope: np.ndarray, inputs: np.ndarray) -> Factor:
    """∂⁺/∂θ of one variable: [h, i, j] = inputs[i] slope[h, j]; a bias has no input."""
    value = slope if parameter in ("b1", "b2") else inputs[None, :, None] * slope[:, None, :]
    symbol = rf"\frac{{\partial^+ {_LATEX.get(name, name)}_{{{step}}}}}{{\partial {_LATEX[parameter]}}}"
    return Factor(f"d+{name}_{step}/d{parameter}", symbol, value)


def _plain(upper: str, s: int, lower: str, r: int, value: np.ndarray) -> Factor:
    over, under = (_LATEX.get(name, name) for name in (upper, lower))
    symbol = rf"\frac{{\partial {over}_{{{s}}}}}{{\partial {under}_{{{r}}}}}"
    return Factor(f"d{upper}_{s}/d{lower}_{r}", symbol, value)


_LATEX = {"Y_hat": r"\hat{Y}", "W1": "W_1", "Wh1": "W_{h1}", "b1": r"\beta_1", "W2": "W_2", "b2": r"\beta_2"}
