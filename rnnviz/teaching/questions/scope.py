"""What the questions are about: the network as the stage shows it, one sample or the mean over the batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np

from rnnviz import engine
from rnnviz.engine import Architecture, Parameters, Trace
from rnnviz.engine.reductions import scaled_norms
from rnnviz.experiment.core import Experiment, Pass, check_losses, pass_of
from rnnviz.experiment.flow import KEEPING, Spectrum, spectrum
from rnnviz.experiment.plain_loop import Step, checked_errors, run_loop
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import HIDDEN_PARAMETERS, state
from rnnviz.notation.numbers import every
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.teaching.filling import Speaker

Draw = np.random.Generator
Value = TypeVar("Value")
_NOISE = 1e-6
_CANCELS = 1e-9
"""A mean over samples below this part of theirs is what rounding leaves of nothing."""
_NO_ERROR = 1e-6
"""An output error below this, in probability or units of the target, is no matter for a question."""


class UnaskedError(Exception):
    """There is nothing that could be asked with this draw."""


def needs(*conditions: object) -> None:
    """Raise UnaskedError unless all hold: only then there is a question."""
    if not all(conditions):
        raise UnaskedError


def one_of(draw: Draw, values: Iterable[Value]) -> Value:
    """Return one value drawn from several; UnaskedError if there are none."""
    found = list(values)
    needs(found)
    return found[int(draw.integers(len(found)))]


@dataclass(frozen=True, eq=False)
class Scope(Pass, Speaker):
    """An experiment with the eyes of the stage: T steps, m samples, n1 hidden units.

    ``trace``, and ``Y`` with it, is of the chosen sample alone, a batch of one; of all where the mean is shown.
    """

    experiment: Experiment
    architecture: Architecture
    parameters: Parameters
    trace: Trace
    Y: np.ndarray
    conventions: Conventions
    T: int
    m: int
    n1: int
    _rows: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    _cut: dict[tuple[str, int | None], Parameters] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """Number of samples of the experiment."""
        return self.experiment.trace.X.shape[1]

    @property
    def is_linear(self) -> bool:
        """Whether every slope f₁′ is 1."""
        return self.architecture.hidden_activation == "identity"

    @property
    def is_lstm(self) -> bool:
        """Whether it has a memory C."""
        return self.architecture.cell == "lstm"

    def gate(self, name: str) -> np.ndarray:
        """Return a gate of a gated cell at every step, (T, m, n1)."""
        return self._block(self.trace.gates, name)

    @property
    def keeping(self) -> np.ndarray:
        """The gate that keeps what was there before, (T, m, n1): f of C, z of H."""
        return self.gate(KEEPING[self.architecture.cell])

    @property
    def before_keeping(self) -> np.ndarray:
        """Its pre-activation."""
        return self._block(self.trace.A, KEEPING[self.architecture.cell])

    def _block(self, values: np.ndarray | None, name: str) -> np.ndarray:
        place = self.architecture.layer.blocks.index(name) * self.n1
        return np.asarray(values)[..., place : place + self.n1]

    @property
    def memory(self) -> np.ndarray:
        """C of an LSTM, (T, m, n1)."""
        return np.asarray(self.trace.C)

    def kept(self, t: int) -> str:
        """Return the id of what the direct path leads along: C_t, or H_t."""
        return state(t, "C" if self.is_lstm else "H")

    @cached_property
    def is_finite(self) -> bool:
        """Whether every number of the forward pass and the loss is finite."""
        trace, loss = self.trace, self.experiment.backward.loss
        return bool(np.isfinite(loss)) and all(np.isfinite(v).all() for v in (trace.A, trace.H, trace.Z))

    @cached_property
    def steps(self) -> list[int]:
        """Steps that the stage draws."""
        return shown_steps(self.T)

    @cached_property
    def losses(self) -> list[int]:
        """Steps with a loss that the stage draws."""
        return [t for t in self.steps if t >= self.first_loss]

    @cached_property
    def terms(self) -> list[tuple[int, int]]:
        """(t, k) of every term that the stage draws."""
        return [(t, k) for t in self.losses for k in self.steps if k <= t]

    @cached_property
    def errors(self) -> list[int]:
        """Drawn steps whose loss has an error to send back; a saturated output that is right has none."""
        return [t for t in self.losses if np.abs(self.dZ[t]).max() >= _NO_ERROR]

    @property
    def first_loss(self) -> int:
        """The first step with a loss."""
        return self.architecture.first_loss_step(self.T)

    @property
    def count_losses(self) -> int:
        """Number of steps with a loss."""
        return self.T - self.first_loss

    @property
    def scale(self) -> float:
        """What a loss and its terms count in L: 1, or 1 over the number of losses where L is their mean."""
        return 1.0 / self.count_losses if self.conventions.over_time == "mean" else 1.0

    @property
    def is_mean(self) -> bool:
        """Whether L is the mean of several losses."""
        return self.scale != 1

    def frame(self, pair: str) -> str:
        """Return the frame whose path goes through steps t and k of "t,k", from the next loss on."""
        t, k = map(int, pair.split(","))
        return f"term-{min(s for s in self.losses if s >= t)}-{k}"

    @property
    def is_cut(self) -> bool:
        """Whether the configured truncation leaves out terms."""
        return not self.keeps(self.T - 1, 0)

    def keeps(self, t: int, k: int) -> bool:
        """Return whether the configured truncation keeps term (t, k)."""
        config = self.experiment.config
        return engine.keeps(t, k, config.truncation, config.truncation_kind)

    def sources(self, t: int) -> list[int]:
        """Return the steps k whose terms of loss t are kept."""
        return [k for k in range(t + 1) if self.keeps(t, k)]

    def cuts_row(self, t: int) -> bool:
        """Return whether the configured truncation leaves out terms of loss t."""
        return len(self.sources(t)) <= t

    def cut_remark(self, t: int) -> str:
        """Return a sentence on the truncation of the row of loss t, empty without one."""
        config = self.experiment.config
        if config.truncation is None or not self.cuts_row(t):
            return ""
        if config.truncation_kind == "window":
            return f" Truncation keeps the lags t − k below τ = {config.truncation}."
        return f" Truncation detaches the state {every(config.truncation, 'step')}."

    def row_name(self, t: int, parameter: str) -> str:
        """Return what the kept terms of loss t add up to: its gradient, or what truncation leaves of it."""
        if self.cuts_row(t):
            return f"the truncated gradient of {self.tex(f'L_{t}')} by {self.tex(parameter)}"
        return self.tex(f"dL_{t}/d{parameter}")

    @cached_property
    def loop(self) -> dict[int, Step]:
        """What the backward loop computes at each step k, not scaled."""
        return {step.k: step for step in run_loop(*self.problem)}

    @cached_property
    def dZ(self) -> np.ndarray:
        """∂L_t/∂Z_t of each sample's own loss, (T, m, n2); zeros where there is no loss."""
        return checked_errors(*self.problem)[1]

    @cached_property
    def spectrum(self) -> Spectrum:
        """Eigenvalues and singular values of Wh1."""
        return spectrum(self.experiment)

    def row(self, parameter: str, t: int) -> np.ndarray:
        """Return the terms (t, k) for every k, (T,) + θ.shape, not scaled."""
        if t not in self._rows:
            self._rows.clear()  # one row is large
            self._rows[t] = engine.loss_step_terms(*self.problem, t)
        return self._rows[t][parameter]

    def term(self, parameter: str, t: int, k: int) -> np.ndarray:
        """Return one term, not scaled."""
        return engine.single_term(*self.problem, parameter, t, k).value

    def gradient(self, parameter: str, kind: str = "window", length: int | None = None) -> np.ndarray:
        """Return the gradient of L, or what a truncation to ``length`` keeps of it."""
        if (kind, length) not in self._cut:
            found = engine.backward(*self.problem, truncation=length, truncation_kind=kind).gradients
            self._cut[kind, length] = found
        return self.scale * getattr(self._cut[kind, length], parameter)

    def count(self, kind: str = "window", length: int | None = None) -> int:
        """Return the number of terms, or of those that a truncation to ``length`` keeps."""
        length, losses = length or self.T, range(self.first_loss, self.T)
        if kind == "window":
            return sum(min(length, t + 1) for t in losses)
        return sum(t % length + 1 for t in losses)

    def size(self, parameter: str, t: int, k: int) -> float:
        """Return the Frobenius norm of one term, not scaled."""
        return frobenius(self.term(parameter, t, k))

    def error_at(self, t: int, k: int) -> np.ndarray:
        """Return ∂L_t/∂A_k of each sample's own loss, (m, n1)."""
        vector = self.dZ[t] @ self.parameters.W2.T
        for s in range(t, k, -1):
            vector = (vector * self.slopes[s]) @ self.parameters.Wh1.T
        return vector * self.slopes[k]

    def entering(self, parameter: str, k: int) -> np.ndarray:
        """Return what the parameter multiplies at step k, (m, rows)."""
        before = self.trace.H[k - 1] if k else self.trace.H_init
        return {"W1": self.trace.X[k], "Wh1": before, "b1": np.ones((self.m, 1))}[parameter]

    def jacobian(self, t: int, k: int) -> np.ndarray:
        """Return ∂H_t/∂H_k of the sample that is looked at."""
        return engine.state_jacobian(self.architecture, self.parameters, self.trace, t, k)

    def adjoints(self, t: int) -> np.ndarray:
        """Return ∂L_t/∂H_k of the sample for k = 0 … t, (t + 1, n1)."""
        vector, found = self.dZ[t, 0] @ self.parameters.W2.T, []
        for k in range(t, -1, -1):
            found.append(vector)
            vector = (vector * self.slopes[k, 0]) @ self.parameters.Wh1.T
        return np.array(found[::-1])

    def uses(self, parameter: str, place: tuple[int, ...]) -> np.ndarray:
        """Return ∂⁺H_k/∂w of one entry w for every step k, (T, n1), of the sample."""
        unit, found = place[-1], np.zeros((self.T, self.n1))
        for k in range(self.T):
            into = self.entering(parameter, k)[0, place[0] if parameter != "b1" else 0]
            found[k, unit] = self.slopes[k, 0, unit] * into
        return found

    def totals(self, uses: np.ndarray) -> np.ndarray:
        """Return dH_k/dw for every step k, (T, n1): what each use leaves, carried on by the Jacobians."""
        carried, found = np.zeros(self.n1), []
        for use, slope in zip(uses, self.slopes[:, 0], strict=True):
            carried = slope * (carried @ self.parameters.Wh1) + use
            found.append(carried)
        return np.array(found)

    def lengths(self, parameter: str, t: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return each sample's ‖∂L_t/∂A_k‖ and that of what enters, (m,); the product is its term's norm."""
        return scaled_norms(self.error_at(t, k)), scaled_norms(self.entering(parameter, k))

    def adds_up(self, parameter: str, t: int, k: int) -> bool:
        """Return whether a term is more than the rounding of samples that cancel in their mean."""
        error, enters = self.lengths(parameter, t, k)
        return self.m == 1 or self.size(parameter, t, k) >= _CANCELS * float((error * enters).mean())

    @cached_property
    def outweighs_rounding(self) -> dict[str, bool]:
        """Whether the gradient of each hidden parameter is more than the rounding of samples that cancel."""
        scale = self.scale * float(np.abs(self.dZ).mean(axis=1).max())
        return {name: self.m == 1 or frobenius(self.gradient(name)) > _CANCELS * scale for name in HIDDEN_PARAMETERS}

    def a_parameter(self, draw: Draw, *names: str) -> str:
        """Return one of the hidden layer's parameters."""
        return one_of(draw, names or HIDDEN_PARAMETERS)

    def a_loss(self, draw: Draw, least: int = 0) -> int:
        """Return a drawn step with a loss, not before step ``least``."""
        return one_of(draw, (t for t in self.losses if t >= least))

    def an_error(self, draw: Draw, least: int = 0) -> int:
        """Return a drawn step whose loss has an error to send back, not before step ``least``."""
        return one_of(draw, (t for t in self.errors if t >= least))

    def a_pair(self, draw: Draw, *lags: int, source: int = 0) -> tuple[int, int]:
        """Return (t, k) of a drawn term that goes back to ``source`` or later, the first of ``lags`` or further."""
        for lag in lags:
            pairs = [(t, k) for t in self.errors for k in self.steps if source <= k <= t - lag]
            pair = one_of(draw, pairs) if pairs else None
            if pair and self.is_clean(*pair):
                return pair
        raise UnaskedError

    def is_clean(self, t: int, k: int) -> bool:
        """Return whether the error of loss t reaches step k as more than what rounding leaves of nothing.

        Where the products cancel, in an orthogonal network for one, noise is left; it changes altogether when
        the same numbers are multiplied with more digits.
        """
        start = self.dZ[t], self.parameters.W2.T
        return stays_clean(start, self.slopes[k : t + 1], self.parameters.Wh1)

    def a_hop(self, draw: Draw) -> int:
        """Return a step t whose Jacobian ∂H_t/∂H_{t−1} is drawn."""
        return one_of(draw, (t for t in self.steps if t - 1 in self.steps))


def scope_of(experiment: Experiment) -> Scope:
    """Return the experiment as the stage shows it."""
    trace, Y = pass_of(experiment, experiment.config.sample)
    check_losses(trace, "Practice asks of such samples")
    conventions = Conventions.of(experiment.config)
    T, m, n1 = trace.H.shape
    return Scope(experiment, *experiment.problem[:2], trace, Y, conventions, T, m, n1)


def largest_stretch(matrix: np.ndarray) -> float:
    """Return the largest singular value; NaN of a matrix that is not finite."""
    return engine.spectral_norm(matrix) if np.isfinite(matrix).all() else float("nan")


def stays_clean(start: tuple[np.ndarray, np.ndarray], slope: np.ndarray, Wh1: np.ndarray) -> bool:
    """Return whether an error, a product of two matrices, keeps its digits on its way back.

    Parameters
    ----------
    start : two arrays
        Their product is (m, n1), the error at the last step.
    slope : (steps, m, n1) array
        f1′ of the steps on the way; the error passes the last one first, and ends behind the first.
    """
    plain, exact = (_sent_back(start, slope, Wh1, kind) for kind in (np.float64, np.longdouble))
    return frobenius(plain - exact) <= _NOISE * frobenius(plain)


def _sent_back(
    start: tuple[np.ndarray, np.ndarray], slope: np.ndarray, Wh1: np.ndarray, kind: type[np.floating]
) -> np.ndarray:
    error: np.ndarray = start[0].astype(kind) @ start[1]
    back: np.ndarray = Wh1.T.astype(kind)
    for each in slope[:0:-1]:
        error = (error * each) @ back
    return error * slope[0]
