"""Training by gradient descent, one record an epoch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot, isfinite

import numpy as np

from .architecture import Architecture, Parameters
from .backward import Backward, propagate, step_losses_and_logit_gradient
from .forward import run
from .progress import tracked
from .reductions import norm
from .validation import checked_initial_states, checked_inputs, checked_mask, checked_parameters, checked_targets
from .values import checked_count, checked_name, checked_positive, checked_truncation

OPTIMISERS = ("sgd", "momentum", "adam")
MOMENTUM = 0.9
"""What is kept of the velocity."""
ADAM = (0.9, 0.999, 1e-8)
"""Decay of the two moments, and ε."""
Rule = Callable[[Parameters], tuple[Parameters, dict[str, Parameters]]]
"""Takes a gradient to what is added to the parameters, and to what is remembered."""


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch of training: one forward pass, one backward pass, one update.

    Attributes
    ----------
    epoch : int
        From 0.
    loss : float
    step_losses : (T,) array
        At `parameters`.
    gradients : Parameters
        As backpropagated, with truncation and before clipping.
    gradient_norms : dict of float
        Frobenius norm of each of `gradients`.
    updates : Parameters
        What is added to the parameters; zeros when `finite` is False.
    parameters : Parameters
        Before the update.
    clipped : bool
        Whether clipping changed the gradient.
    finite : bool
        Whether loss and gradient are finite; if not, this is the last epoch.
    used : Parameters
        The gradient after clipping: what the optimiser was given; the plain one when `finite` is False.
    state : dict of Parameters
        What the optimiser remembers, after this gradient: "velocity" of momentum; "first moment" and "second moment" of
        Adam, both with bias correction. Empty for plain gradient descent.
    """

    epoch: int
    loss: float
    step_losses: np.ndarray
    gradients: Parameters
    gradient_norms: dict[str, float]
    updates: Parameters
    parameters: Parameters
    clipped: bool
    finite: bool
    used: Parameters
    state: dict[str, Parameters]

    @property
    def after(self) -> Parameters:
        """The parameters after the update."""
        return Parameters(*map(np.add, self.parameters, self.updates))


@np.errstate(all="ignore")
def train(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    *,
    epochs: int,
    learning_rate: float,
    optimiser: str = "sgd",
    clip_norm: float | None = None,
    clip_value: float | None = None,
    truncation: int | None = None,
    truncation_kind: str = "window",
    H_init: np.ndarray | None = None,
    C_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> Iterator[Epoch]:
    """Train on the whole batch at once.

    "sgd": ``θ ← θ - η g``. "momentum": ``v ← 0.9 v + g``, ``θ ← θ - η v``. "adam": [1]_ with β₁ = 0.9, β₂ =
    0.999, ε = 1e-8 and bias correction.

    Parameters
    ----------
    X, Y, H_init, C_init, mask : array_like
        As for `forward` and `backward`.
    epochs : int
        At least 0.
    learning_rate : float
        η, at least 0.
    optimiser : {"sgd", "momentum", "adam"}
    clip_norm : float, optional
        The whole gradient, all parameters together, is scaled down to this Frobenius norm [2]_.
    clip_value : float, optional
        After that, every entry is limited to ±clip_value.
    truncation, truncation_kind
        As for `backward`.

    Returns
    -------
    iterator of Epoch
        It ends early, after an epoch with ``finite=False``, when loss or gradient overflow; it never warns.

    Raises
    ------
    ValueError
        At the call, before the first epoch, for arguments that do not make sense.

    References
    ----------
    .. [1] D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    .. [2] R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
    """
    parameters = checked_parameters(architecture, parameters)
    X = checked_inputs(architecture, X)
    initial = checked_initial_states(architecture, H_init, C_init, X.shape[1])
    T, m, _ = X.shape
    mask = checked_mask(architecture, mask, T, m)
    Y = checked_targets(architecture, Y, T, m, mask)
    reach = checked_truncation(truncation, truncation_kind, len(X))

    def gradient(at: Parameters) -> Backward:
        trace = run(architecture, at, X, *initial)
        losses, dZ = step_losses_and_logit_gradient(architecture, trace, Y, mask)
        return propagate(architecture, at, trace, losses, dZ, reach, truncation_kind)

    return plan(parameters, gradient, epochs, learning_rate, optimiser, clip_norm, clip_value)


def plan(
    parameters: Parameters,
    gradient: Callable[[Parameters], Backward],
    epochs: int,
    learning_rate: float,
    optimiser: str = "sgd",
    clip_norm: float | None = None,
    clip_value: float | None = None,
) -> Iterator[Epoch]:
    """The epochs of any network whose loss and gradient are given; checks its arguments at the call."""
    epochs = checked_count("epochs", epochs, 0)
    rate = checked_positive("learning_rate", learning_rate, zero=True)
    update = _RULES[checked_name("optimiser", optimiser, OPTIMISERS)](rate)
    for name, limit in (("clip_norm", clip_norm), ("clip_value", clip_value)):
        if limit is not None:
            checked_positive(name, limit)

    def epochs_from(parameters: Parameters) -> Iterator[Epoch]:
        for epoch in tracked(range(epochs)):
            with np.errstate(all="ignore"):
                record = _epoch(epoch, parameters, gradient(parameters), (clip_norm, clip_value), update)
                following = record.after
            yield record
            if not record.finite:
                return
            parameters = following

    return epochs_from(parameters)


def _epoch(
    epoch: int, parameters: Parameters, result: Backward, limits: tuple[float | None, float | None], update: Rule
) -> Epoch:
    used, clipped, state = result.gradients, False, dict[str, Parameters]()
    norms = dict(zip(Parameters._fields, map(norm, used), strict=True))
    finite = isfinite(result.loss) and all(np.isfinite(g).all() for g in used)
    if finite:
        used, clipped = clip(used, *limits)
        updates, state = update(used)
    else:
        updates = Parameters(*map(np.zeros_like, parameters))
    before = result.loss, result.step_losses, result.gradients, norms
    return Epoch(epoch, *before, updates, parameters, clipped, finite, used, state)


def clip(gradients: Parameters, clip_norm: float | None, clip_value: float | None) -> tuple[Parameters, bool]:
    """The gradient limited first by its norm, then by value, and whether that changed anything."""
    clipped = False
    if clip_norm is not None:
        # The largest entry is divided out first: the norm itself may be beyond the largest float.
        largest = max(float(abs(g).max()) for g in gradients)
        relative = hypot(*(norm(g / largest) for g in gradients)) if largest > 0 else 0.0
        if relative > clip_norm / (largest or 1.0):
            gradients = Parameters(*(g / largest * (clip_norm / relative) for g in gradients))
            clipped = True
    if clip_value is not None:
        clipped = clipped or any(abs(g).max() > clip_value for g in gradients)
        gradients = Parameters(*(np.clip(g, -clip_value, clip_value) for g in gradients))
    return gradients, clipped


def _momentum(rate: float) -> Rule:
    velocity = [np.zeros(())] * len(Parameters._fields)

    def update(gradients: Parameters) -> tuple[Parameters, dict[str, Parameters]]:
        velocity[:] = [MOMENTUM * v + g for v, g in zip(velocity, gradients, strict=True)]
        return Parameters(*(-rate * v for v in velocity)), {"velocity": Parameters(*velocity)}

    return update


def _adam(rate: float) -> Rule:
    first, second = ([np.zeros(())] * len(Parameters._fields) for _ in range(2))
    beta1, beta2, epsilon = ADAM
    count = 0

    def update(gradients: Parameters) -> tuple[Parameters, dict[str, Parameters]]:
        nonlocal count
        count += 1
        first[:] = [beta1 * a + (1 - beta1) * g for a, g in zip(first, gradients, strict=True)]
        second[:] = [beta2 * b + (1 - beta2) * g * g for b, g in zip(second, gradients, strict=True)]
        means = [a / (1 - beta1**count) for a in first]
        squares = [b / (1 - beta2**count) for b in second]
        state = {"first moment": Parameters(*means), "second moment": Parameters(*squares)}
        steps = (-rate * a / (np.sqrt(b) + epsilon) for a, b in zip(means, squares, strict=True))
        return Parameters(*steps), state

    return update


_RULES: dict[str, Callable[[float], Rule]] = {
    "sgd": lambda rate: lambda gradients: (Parameters(*(-rate * g for g in gradients)), {}),
    "momentum": _momentum,
    "adam": _adam,
}
