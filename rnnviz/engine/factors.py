"""The factors of one term, with their real numbers."""

from dataclasses import dataclass, replace

import numpy as np

from .activations import output_jacobian
from .architecture import Architecture, Parameters
from .backward import checked_arguments, mask_of
from .forward import Trace
from .jacobians import of_sample, unit_adjoints
from .losses import has_output_gradient, loss_and_logit_gradient, output_gradient
from .stacks import stacked_inputs
from .values import checked_name, checked_pair, checked_step


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor of a term.

    Attributes
    ----------
    id : str
        For example "dL_2/dY_hat_2", "dY_hat_2/dH_2", "dH_2/dH_1", "d+H_1/dWh1"; an LSTM hands on S = [H | C]:
        "dY_hat_2/dS_2", "dS_2/dS_1", "d+S_1/dWh1".
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
    H_{k-1} fixed. An LSTM's state S_k = [H_k | C_k] stands in the place of H_k. For W2 and b2 the path ends at the
    output: ``∂L_t/∂Ŷ_t · ∂⁺Ŷ_t/∂θ``, with k = t.

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
        samples is term(t, k). The first is (1, n2), the last (n1,) + θ.shape, (2 n1,) + θ.shape for an LSTM, or
        (n2,) + θ.shape for W2 and b2.

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
    mask = mask_of(architecture, trace)
    parameters, Y = checked_arguments(architecture, parameters, trace, Y, mask)
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
    if mask is not None:
        part = mask[row, sample]
        start = replace(start, value=part * start.value if part else np.zeros_like(start.value))
    if parameter in ("W2", "b2"):
        value = slope if parameter == "b2" else trace.H[t, sample][None, :, None] * slope[:, None, :]
        return [start, _immediate(name, t, parameter, value)]
    state, unit, one = state_name(architecture), unit_adjoints(architecture), of_sample(trace, sample)
    through, hops = np.zeros((len(slope), len(unit))), []
    through[:, : len(parameters.W2)] = slope @ parameters.W2.T
    back = architecture.layer.back(parameters, one)
    for s in range(t, k, -1):
        deltas, hop = np.empty((len(unit), 1, back.columns)), np.empty_like(unit)
        back.deltas(s, unit, deltas)
        back.hand(s, unit, deltas, hop)
        hops.append(_plain(state, s, state, s - 1, hop[:, 0]))
    last = _immediate_of(architecture, parameters, one, parameter, k)
    return [start, _plain(name, t, state, t, through), *hops, last]


def state_name(architecture: Architecture) -> str:
    """What an id calls the state that is handed on: H, or S for [H | C]."""
    return "S" if architecture.layer.arrays > 3 else "H"


@np.errstate(all="ignore")
def immediate_factor(architecture: Architecture, trace: Trace, parameter: str, k: int, sample: int = 0) -> Factor:
    """∂⁺H_k/∂θ of one sample, with H_{k-1} held fixed, for θ one of W1, Wh1 and b1: (n1,) + θ.shape.

    ``[h, i, j] = f1'(A_k)[j] · input[i]`` where h = j, else 0; ∂⁺[H_k | C_k]/∂θ of an LSTM, (2 n1,) + θ.shape.
    """
    checked_name("parameter", parameter, ("W1", "Wh1", "b1"))
    T, m, _ = trace.X.shape
    k, sample = checked_step("k", k, T), checked_step("sample", sample, m)
    if trace.parameters is None:
        raise ValueError("trace: got one without parameters, expected the Trace that forward returns")
    return _immediate_of(architecture, trace.parameters, of_sample(trace, sample), parameter, k)


def _immediate_of(architecture: Architecture, parameters: Parameters, one: Trace, parameter: str, k: int) -> Factor:
    """`immediate_factor` from the trace of one sample."""
    unit, back = unit_adjoints(architecture), architecture.layer.back(parameters, one)
    deltas, S = np.empty((len(unit), 1, back.columns)), stacked_inputs(architecture, one, k, k + 1)[0, 0]
    back.deltas(k, unit, deltas)
    parts = []
    for rows, columns in architecture.layer.pieces[parameter]:
        slope = deltas[:, 0, columns]
        parts.append(slope if parameter == "b1" else S[rows][None, :, None] * slope[:, None, :])
    return _immediate(state_name(architecture), k, parameter, np.concatenate(parts, axis=-1))


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


def _immediate(name: str, step: int, parameter: str, value: np.ndarray) -> Factor:
    """∂⁺/∂θ of one variable: [h, i, j] = input[i] slope[h, j]; a bias has no input."""
    symbol = rf"\frac{{\partial^+ {_variable(name, step)}}}{{\partial {_LATEX[parameter]}}}"
    return Factor(f"d+{name}_{step}/d{parameter}", symbol, value)


def _plain(upper: str, s: int, lower: str, r: int, value: np.ndarray) -> Factor:
    symbol = rf"\frac{{\partial {_variable(upper, s)}}}{{\partial {_variable(lower, r)}}}"
    return Factor(f"d{upper}_{s}/d{lower}_{r}", symbol, value)


def _variable(name: str, step: int) -> str:
    return rf"[H_{{{step}}} \,|\, C_{{{step}}}]" if name == "S" else f"{_LATEX.get(name, name)}_{{{step}}}"


_LATEX = {"Y_hat": r"\hat{Y}", "W1": "W_1", "Wh1": "W_{h1}", "b1": r"\beta_1", "W2": "W_2", "b2": r"\beta_2"}
