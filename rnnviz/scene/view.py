"""What one look at an experiment shows: one sample of the batch, or the mean over it, with its terms."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rnnviz import engine
from rnnviz.engine import Architecture, Epoch, Parameters, TermSums, Trace
from rnnviz.engine.cells import Back
from rnnviz.engine.factors import state_name
from rnnviz.engine.stacks import by_parameter, stacked_inputs
from rnnviz.engine.values import checked_sample
from rnnviz.experiment.core import Experiment, Pass, loss_steps, pass_of
from rnnviz.experiment.training import epochs_of
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import Quantity, Symbol, derivative, gradient, hops, is_hidden, truncated_symbol
from rnnviz.notation.quantities import Writer, shown_steps
from rnnviz.notation.quantity import BLOCKS
from rnnviz.scene import cells
from rnnviz.settings.edits import read
from rnnviz.tasks.task import Task


class Way(NamedTuple):
    """How the error of one loss stands at a step j, of every sample: all of it, and along the direct path alone.

    ∂L_t/∂S_j, and ∂L_t/∂ what the hidden parameters bring at step j; of the plain cell `direct` is no other.
    """

    adjoint: np.ndarray
    deltas: np.ndarray
    direct: np.ndarray
    direct_deltas: np.ndarray


class Rule(NamedTuple):
    """How a gradient becomes an update: optimiser, rate η, and the limits of clipping."""

    optimiser: str
    rate: float
    clip_norm: float | None
    clip_value: float | None


@dataclass(frozen=True, eq=False)
class View(Pass, Writer):
    """One sample's pass through the network, or the whole batch's, and how it is written.

    Attributes
    ----------
    sample : int
        Index of the sample, or −1 for the batch: then every term is a mean over its m samples.
    batch : int
        m of the experiment, whatever is looked at.
    first_epoch : Epoch
        Of training, which takes the whole batch and the sum over time, whatever is looked at.
    loss_after : float
        Its loss after the first update.
    edited : frozenset of (t, sample)
        Inputs of which the reader has changed a number: they are no longer what the task calls them.
    """

    architecture: Architecture
    parameters: Parameters
    trace: Trace
    Y: np.ndarray
    sample: int
    batch: int
    truncation: int | None
    truncation_kind: str
    first_epoch: Epoch
    loss_after: float
    rule: Rule
    conventions: Conventions
    task: Task
    edited: frozenset[tuple[int, ...]]

    @property
    def scale(self) -> float:
        """What the sum over the losses is multiplied by: 1, or 1 over their number where L is their mean."""
        return 1.0 / len(self.loss_steps) if self.conventions.is_mean else 1.0

    @property
    def T(self) -> int:
        """Number of steps."""
        return self.trace.A.shape[0]

    @property
    def kind(self) -> str:
        """Whether a step hands on H alone, or S: H and the memory C of an LSTM."""
        return state_name(self.architecture)

    @property
    def roads(self) -> str:
        """What goes from step to step in the picture: H, of an LSTM H and C."""
        return "HC" if self.kind == "S" else "H"

    @cached_property
    def gates(self) -> tuple[str, ...]:
        """Letters of the gates and the candidate; none of the plain cell."""
        return cells.gates_of(self.architecture)

    @cached_property
    def made(self) -> dict[int, dict[Quantity, np.ndarray]]:
        """By drawn step: what it makes besides A and H."""
        return {t: cells.values(self, t) for t in shown_steps(self.T)}

    def known(self, quantity: Quantity) -> np.ndarray:
        """Return the numbers of what goes forward through the hidden layer."""
        if quantity.t < 0:
            return getattr(self.trace, quantity)
        if quantity.kind in ("X", "A", "H", "C"):
            return getattr(self.trace, quantity.kind)[quantity.t]
        return self.made[quantity.t][quantity]

    def of(self, arrays: Parameters, name: str) -> np.ndarray:
        """Return the array of a parameter, or of a block of one."""
        return self.cut_out(name, getattr(arrays, BLOCKS[name][0] if name in BLOCKS else name))

    def cut_out(self, name: str, array: np.ndarray) -> np.ndarray:
        """Return of an array with the columns of a parameter those of a block of it."""
        return array[..., cells.columns_of(self.architecture, name)] if name in BLOCKS else array

    def _sum(self, sums: str, parameter: str, *at: int) -> np.ndarray:
        """One of the sums of terms."""
        whole = BLOCKS[parameter][0] if parameter in BLOCKS else parameter
        return self.cut_out(parameter, getattr(self.terms, sums)[(whole, *at) if at else whole])

    @property
    def whose(self) -> str:
        """Whose terms are shown, in brackets: one sample's of several, or their mean; empty of only one."""
        if self.batch == 1:
            return ""
        return f" (mean over the {self.batch} samples)" if self.is_batch else f" (sample {self.sample + 1})"

    @property
    def rows_of(self) -> str:
        """Whose rows a drawn state or adjoint has, in brackets; empty of only one."""
        return f" (all {self.batch} samples)" if self.is_batch else self.whose

    @cached_property
    def terms(self) -> TermSums:
        """The drawn terms, and the sums over all of them; no other term is held."""
        return engine.term_sums(*self.problem, shown_steps(self.T), self.truncation, self.truncation_kind)

    def delta(self, parameter: str, t: int, k: int) -> np.ndarray:
        """Return ∂L_t/∂A_k (∂L_t/∂Z_t for the output layer) of every sample, averaged as the loss is."""
        if self.gates and is_hidden(parameter):
            return cells.delta(self, parameter, t, k)
        return engine.single_term(*self.problem, parameter, t, k).delta

    @cached_property
    def loss_steps(self) -> list[int]:
        """Return the steps that have a loss: all of them, only the last, or those that are no padding."""
        return loss_steps(self.architecture, self.trace)

    def output_row(self, t: int) -> int:
        """Return where step ``t`` stands in Z and Ŷ, which hold the last step only in sequence_to_vector."""
        return 0 if self.architecture.is_sequence_to_vector else t

    def target(self, t: int) -> np.ndarray:
        """Return Y_t, (m, n2)."""
        return self.Y if self.architecture.is_sequence_to_vector else self.Y[t]

    def kept(self, t: int, k: int) -> bool:
        """Return whether truncation keeps term (t, k)."""
        return engine.keeps(t, k, self.truncation, self.truncation_kind)

    def cuts(self, parameter: str, t: int | None = None) -> bool:
        """Return whether truncation leaves out terms of the parameter, or of its row ``t`` alone."""
        if not is_hidden(parameter):
            return False
        return not self.kept(self.loss_steps[-1] if t is None else t, 0)

    def written(self, parameter: str, t: int | None = None) -> Symbol:
        """Return the symbol of ∂L/∂θ or ∂L_t/∂θ; of what truncation leaves of it where it cuts terms."""
        if self.cuts(parameter, t):
            return truncated_symbol(parameter, t, self.conventions)
        return self.symbol(gradient(parameter, -1 if t is None else t))

    def term(self, parameter: str, t: int, k: int) -> np.ndarray:
        """Return a drawn term (t, k), in the parameter's shape."""
        return self._sum("terms", parameter, t, k)

    def drawn_terms(self, parameter: str) -> list[tuple[int, int]]:
        """Return (t, k) of the terms that have a frame: from the last loss and its last step back, as the loop goes."""
        steps, hidden = shown_steps(self.T), is_hidden(parameter)
        rows = [t for t in reversed(steps) if t in self.loss_steps]
        return [(t, k) for t in rows for k in reversed(steps) if (k <= t if hidden else k == t)]

    def kept_terms(self, parameter: str) -> list[tuple[int, int]]:
        """Return (t, k) of the drawn terms that truncation keeps."""
        return [(t, k) for t, k in self.drawn_terms(parameter) if self.kept(t, k)]

    def kept_count(self, parameter: str) -> int:
        """Return how many terms truncation keeps, drawn or not."""
        if not is_hidden(parameter):
            return len(self.loss_steps)
        return sum(self.kept(t, k) for t in self.loss_steps for k in range(t + 1))

    def hidden_count(self, parameter: str) -> int:
        """Return how many kept terms of a long network are not drawn."""
        return self.kept_count(parameter) - len(self.kept_terms(parameter))

    def rest(self, parameter: str) -> np.ndarray:
        """Return the sum of those terms."""
        return self.summed(parameter) - sum(self.term(parameter, *place) for place in self.kept_terms(parameter))

    def row(self, parameter: str, t: int) -> np.ndarray:
        """Return ∂L_t/∂θ of a drawn step: the sum of the kept terms of row ``t``."""
        return self._sum("rows", parameter, t)

    def column(self, parameter: str, k: int) -> np.ndarray:
        """Return the sum of the kept terms of column ``k``; times `scale`, what the loop adds at step k."""
        return self._sum("columns", parameter, k)

    def lag(self, parameter: str, distance: int) -> np.ndarray:
        """Return the sum of the kept terms that go ``distance`` steps back."""
        return self._sum("lags", parameter, distance)

    def summed(self, parameter: str) -> np.ndarray:
        """Return the sum of all kept terms."""
        return self._sum("totals", parameter)

    def cut(self, parameter: str) -> np.ndarray:
        """Return the sum of the terms that truncation leaves out."""
        return self._sum("cut", parameter)

    def total(self, parameter: str) -> np.ndarray:
        """Return the gradient that they make: their sum, times `scale`."""
        return self.scale * self.summed(parameter)

    @cached_property
    def jacobians(self) -> dict[tuple[int, int], np.ndarray]:
        """∂H_j/∂H_i, or ∂S_j/∂S_i, of one sample between neighbouring drawn steps, a folded middle as one product."""
        pairs = hops(self.T, 0, shown_steps(self.T))
        return {pair: engine.state_jacobian(*self.problem[:3], *pair) for pair in pairs}

    @cached_property
    def ways(self) -> dict[int, dict[int, Way]]:
        """By drawn loss step t and drawn step j ≤ t: how its error stands there."""
        return {t: self._way(t) for t in shown_steps(self.T) if t in self.loss_steps}

    @cached_property
    def ways_back(self) -> dict[int, dict[Quantity, np.ndarray]]:
        """By drawn loss step t: ∂L_t/∂ the state at the drawn steps j ≤ t, of the plain cell ∂L_t/∂A_j too, by id."""
        found: dict[int, dict[Quantity, np.ndarray]] = {t: {} for t in self.ways}
        for t, way in self.ways.items():
            for j, one in way.items():
                found[t][derivative(Quantity("L", t), Quantity(self.kind, j))] = one.adjoint
                found[t] |= {} if self.gates else {derivative(Quantity("L", t), Quantity("A", j)): one.deltas}
        return found

    def _way(self, t: int) -> dict[int, Way]:
        n1, m = self.architecture.n_hidden, self.trace.X.shape[1]
        start = np.zeros((m, self.architecture.layer.state_size))
        start[:, :n1] = self.delta("b2", t, t) @ self.parameters.W2.T
        back = self._back
        whole = list(_swept(back, t, start))
        direct = list(_swept(back.directly(), t, start)) if self.gates else whole
        drawn = {t - j: j for j in shown_steps(self.T)}
        return {j: Way(*whole[far], *direct[far]) for far, j in drawn.items() if far >= 0}

    @cached_property
    def _back(self) -> Back:
        return self.architecture.layer.back(self.parameters, self.trace)

    def direct(self, parameter: str, t: int, k: int) -> np.ndarray:
        """Return the part of term (t, k) that keeps to the direct path, in the parameter's shape."""
        stack = stacked_inputs(self.architecture, self.trace, k, k + 1)[0].T @ self.ways[t][k].direct_deltas
        whole = BLOCKS[parameter][0] if parameter in BLOCKS else parameter
        return self.cut_out(parameter, by_parameter(stack, self.architecture)[whole])

    def immediates(self, k: int) -> np.ndarray:
        """Return ∂⁺ of the state of step k by all that the hidden parameters bring, of one sample."""
        return engine.immediate_factor(self.architecture, self.trace, "b1", k).value

    @property
    def opened_hops(self) -> list[tuple[int, int]]:
        """The steps back of a gated cell, of one sample, whose Jacobian is taken apart, the last one first."""
        found = [] if self.is_batch or not self.gates else hops(self.T, 0, shown_steps(self.T))
        return [(j, i) for j, i in found if j - i == 1]

    def hop_parts(self, j: int) -> dict[Quantity, np.ndarray]:
        """Return the parts of the step Jacobian of step j, of one sample: straight, and through each gate."""
        size, back = self.architecture.layer.state_size, self._back.directly()
        unit, found = np.eye(size)[:, None], {}
        deltas, straight = np.empty((size, 1, back.columns)), np.empty_like(unit)
        back.deltas(j, unit, deltas)
        back.hand(j, unit, deltas, straight)
        found[Quantity("straight", j)] = straight[:, 0]
        for gate in self.gates:
            found[Quantity(f"via{gate}", j)] = cells.through(self, gate, j)
        return found

    @property
    def backward(self) -> Parameters:
        """The gradient by the backward loop, which knows nothing of the terms."""
        return Parameters(*(self.scale * part for part in self._backward))

    @cached_property
    def _backward(self) -> Parameters:
        return engine.backward(*self.problem, self.truncation, self.truncation_kind).gradients


def _swept(back: Back, t: int, start: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """∂L_t/∂S_j and ∂L_t/∂ what the parameters bring, at j = t, t − 1, … 0."""
    adjoint = start[None]
    for j in range(t, -1, -1):
        deltas, before = np.empty((1, len(start), back.columns)), np.empty_like(adjoint)
        back.deltas(j, adjoint, deltas)
        yield adjoint[0], deltas[0]
        back.hand(j, adjoint, deltas, before)
        adjoint = before


def look(experiment: Experiment, sample: int, conventions: Conventions | None = None) -> View:
    """Return the view of one sample, or of the batch when ``sample`` is −1.

    It is written in these conventions; in those of the experiment's configuration if None.

    Raises
    ------
    ValueError
        If the batch has no such sample.
    """
    batch = experiment.trace.X.shape[1]
    sample = checked_sample(sample, batch)
    config, task = experiment.config, experiment.task
    trace, Y = pass_of(experiment, sample)
    losses = len(loss_steps(experiment.architecture, trace))
    epochs = list(epochs_of(experiment, 2))  # the first one's update, and the loss that it leads to
    return View(
        experiment.architecture, experiment.parameters, trace, Y, sample, batch,
        config.truncation, config.truncation_kind, epochs[0], epochs[-1].loss,
        Rule(config.optimiser, config.learning_rate, config.clip_norm, config.clip_value),
        (conventions or Conventions.of(config)).over(losses),
        task, frozenset(one.entry[:2] for one in read(config.edits) if one.variable == "X"),
    )  # fmt: skip


def looked_at(sample: int, batch: int) -> str:
    """Say which sample of a batch is looked at, −1 for their mean."""
    return f"mean of {batch} samples" if sample < 0 < batch - 1 else f"sample {max(sample, 0) + 1} of {batch}"
