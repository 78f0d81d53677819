"""How much faster the batched way of the engine is than the plain loop, measured on the network at hand."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass

from rnnviz.engine import decompose
from rnnviz.engine.decomposition import batched_sweep
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.mistakes import arguments_of_copy, made_of, steps_of_loss

PATIENCE = 0.2
"""Seconds that a measurement may take for each of the two ways."""


@dataclass(frozen=True)
class Speedup:
    """Seconds for every term by the loop, once for each loss step, and by the engine's sweep; its code."""

    plain: float
    batched: float
    code: str


def measured_speedup(experiment: Experiment) -> Speedup | None:
    """Measure both ways; None where all terms together would not fit into memory.

    The times are the best of a few runs and differ from machine to machine.
    """
    if costs.every_term(costs.Size.of(experiment)).bytes > costs.MOST_BYTES:
        return None
    (T, m, _), architecture = experiment.trace.A.shape, experiment.architecture
    right, first = made_of(None), architecture.first_loss_step(T)
    arguments = arguments_of_copy(right, *experiment.problem)
    plain = _best(lambda: [list(steps_of_loss(right, arguments, t)) for t in range(first, T)])
    sweep = batched_sweep(T, m, architecture.layer.state_size)
    return Speedup(plain, _best(lambda: decompose(*experiment.problem)), inspect.getsource(sweep))


def _best(act: Callable[[], object]) -> float:
    end, best = time.perf_counter() + PATIENCE, float("inf")
    while True:
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
        if time.perf_counter() > end:
            return best
