"""Arguments turned into float64 arrays of the right shape, or a ValueError that says what is wrong with which."""

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from .architecture import Architecture, Parameters
from .reductions import last_axis_sum

if TYPE_CHECKING:
    from .forward import Trace

_FLOAT64 = np.dtype(np.float64)
_SUM_TOLERANCE = 1e-6
_ARRAYS = ("X", "H_init", "A", "H", "Z", "Y_hat", "gates", "C", "C_init")


def checked_parameters(architecture: Architecture, parameters: Parameters) -> Parameters:
    """`checked_shapes` of an `Architecture`."""
    _check_architecture(architecture)
    return checked_shapes(parameters, architecture.shapes)


def checked_shapes(parameters: Parameters, shapes: tuple[tuple[int, ...], ...]) -> Parameters:
    """`parameters` as five finite float64 arrays of these shapes."""
    given = tuple(parameters) if np.iterable(parameters) else ()
    if len(given) != len(Parameters._fields):
        raise ValueError(f"parameters: got {kind_of(parameters)}, expected Parameters(W1, Wh1, b1, W2, b2)")
    arrays = Parameters(*map(_shaped, Parameters._fields, given, shapes))
    if not isfinite(sum(map(_square, arrays))):
        for name, array in zip(Parameters._fields, arrays, strict=True):
            _checked_finite(name, array)
    return arrays


def checked_inputs(architecture: Architecture, X: np.ndarray) -> np.ndarray:
    """`X` as a finite (T, m, n0) float64 array with at least one step and one sample."""
    X = as_float("X", X)
    if X.ndim != 3 or X.shape[2] != architecture.n_inputs or 0 in X.shape:
        raise ValueError(f"X: got shape {X.shape}, expected (T, m, {architecture.n_inputs}) with T and m at least 1")
    return _checked_finite("X", X)


def checked_initial_states(
    architecture: Architecture, H_init: np.ndarray | None, C_init: np.ndarray | None, m: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """`H_init` and an LSTM's `C_init` as finite (m, n1) arrays; zeros for None."""
    shape = (m, architecture.n_hidden)
    H_init = np.zeros(shape) if H_init is None else checked_array("H_init", H_init, shape)
    if architecture.layer.arrays > 3:
        return H_init, np.zeros(shape) if C_init is None else checked_array("C_init", C_init, shape)
    if C_init is not None:
        raise ValueError(f"C_init: got {kind_of(C_init)}, expected None: only the cell 'lstm' has a memory beside H")
    return H_init, None


def checked_mask(architecture: Architecture, mask: np.ndarray | None, steps: int, m: int) -> np.ndarray | None:
    """`mask` as a finite (steps with a loss, m) array; None stays None."""
    if mask is None:
        return None
    vector = architecture.is_sequence_to_vector
    mask = checked_array("mask", mask, (m,) if vector else (steps, m))
    return mask[None] if vector else mask


def checked_targets(
    architecture: Architecture, Y: np.ndarray, steps: int, m: int, mask: np.ndarray | None = None
) -> np.ndarray:
    """`Y` as a (steps with a loss, m, n2) array that fits the loss.

    Categorical cross-entropy needs distributions (not negative, sum 1), binary cross-entropy values from 0 to 1; where
    a mask, as `checked_mask` returns it, is 0 any finite number will do.
    """
    vector = architecture.is_sequence_to_vector
    shape = (m, architecture.n_outputs) if vector else (steps, m, architecture.n_outputs)
    Y = _shaped("Y", Y, shape)
    if not _are_distributions(architecture.loss, Y):
        _checked_finite("Y", Y)
        padding = np.zeros(()) if mask is None else np.reshape(mask == 0, (*shape[:-1], 1))
        _check_targets_fit(architecture.loss, np.where(padding, 1.0 / architecture.n_outputs, Y))
    return Y[None] if vector else Y


def _are_distributions(loss: str, Y: np.ndarray) -> bool:
    """Whether Y is seen at a glance to be finite and to fit categorical cross-entropy."""
    if loss != "categorical_cross_entropy" or not np.minimum.reduce(Y, axis=None) >= 0:
        return False
    off = last_axis_sum(Y)
    off -= 1.0
    return _square(off) <= _SUM_TOLERANCE**2


def _check_targets_fit(loss: str, Y: np.ndarray) -> None:
    if loss == "squared_error":
        return
    if Y.min() < 0:
        raise ValueError(f"Y: got {Y.min():.6g}, expected values of at least 0 for {loss}")
    if loss == "binary_cross_entropy":
        if Y.max() > 1:
            raise ValueError(f"Y: got {Y.max():.6g}, expected values from 0 to 1 for {loss}")
        return
    off = abs(last_axis_sum(Y) - 1.0)
    if off.max() > _SUM_TOLERANCE:
        where = np.unravel_index(off.argmax(), off.shape)
        place = ", ".join(map(str, where))
        raise ValueError(f"Y: got the sum {Y[where].sum():.6g} at [{place}], expected rows that sum to 1 for {loss}")


def checked_trace(architecture: Architecture, trace: "Trace") -> "Trace":
    """`trace`, if its arrays have the shapes that the architecture gives them."""
    _check_architecture(architecture)
    n0, n1, n2 = architecture.n_inputs, architecture.n_hidden, architecture.n_outputs
    try:
        T, m, _ = trace.X.shape
        given = [trace.X.shape, trace.H_init.shape, trace.A.shape, trace.H.shape, trace.Z.shape, trace.Y_hat.shape]
        more = [getattr(each, "shape", None) for each in (trace.gates, trace.C, trace.C_init)]
    except (AttributeError, ValueError):
        raise ValueError(f"trace: got {kind_of(trace)}, expected the Trace that forward returns") from None
    hidden, outputs, layer = (T, m, n1), (1 if architecture.is_sequence_to_vector else T, m, n2), architecture.layer
    wide = (T, m, len(layer.blocks) * n1)
    expected = [(T, m, n0), (m, n1), wide, hidden, outputs, outputs]
    gated = [wide if layer.arrays > 2 else None, *([hidden, (m, n1)] if layer.arrays > 3 else [None, None])]
    if given != expected or more != gated:
        rows = zip(_ARRAYS, given + more, expected + gated, strict=True)
        name, came, wanted = next(row for row in rows if row[1] != row[2])
        raise ValueError(f"trace.{name}: got shape {came}, expected {wanted}")
    return trace


def _check_architecture(architecture: object) -> None:
    if not isinstance(architecture, Architecture):
        raise ValueError(f"architecture: got {type(architecture).__name__}, expected an Architecture")


def checked_array(name: str, value: object, shape: tuple[int, ...]) -> np.ndarray:
    return _checked_finite(name, _shaped(name, value, shape))


def _shaped(name: str, value: object, shape: tuple[int, ...]) -> np.ndarray:
    array = as_float(name, value)
    if array.shape != shape:
        raise ValueError(f"{name}: got shape {array.shape}, expected {shape}")
    return array


def as_float(name: str, value: object) -> np.ndarray:
    """Real numbers of NumPy or of PyTorch, also such as are on their way to a gradient or on another device."""
    if type(value) is np.ndarray and value.dtype is _FLOAT64:
        return value
    try:
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        if array.dtype.kind not in "fiub":
            raise TypeError
        return array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name}: got {kind_of(value)}, expected an array of real numbers") from None


def _checked_finite(name: str, array: np.ndarray) -> np.ndarray:
    # A finite sum of squares proves finite entries; only an overflowing or truly bad one needs a second look.
    if not isfinite(_square(array)) and not np.isfinite(array).all():
        where = np.unravel_index(int(np.isfinite(array).argmin()), array.shape)
        place = ", ".join(map(str, where))
        raise ValueError(f"{name}: got {array[where]} at [{place}], expected finite numbers")
    return array


def _square(array: np.ndarray) -> float:
    flat = array.ravel()
    return flat.dot(flat)


def kind_of(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with shape {value.shape}"
    try:
        return f"{type(value).__name__} of {len(value)}"  # type: ignore[arg-type]
    except TypeError:  # also of what has a length in principle, such as a tensor without axes
        return type(value).__name__
