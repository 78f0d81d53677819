"""How much faster the batched way of the engine is than the plain loop, measured on the network at hand."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass

from rnnviz.engine import decompose
from rnnviz.engine.decomposition import batched_sweep
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.plain_loop import run_loop

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
    T, m, n1 = experiment.trace.A.shape
    first = experiment.architecture.first_loss_step(T)
    plain = _best(lambda: [list(run_loop(*experiment.problem, losses=[t])) for t in range(first, T)])
    return Speedup(plain, _best(lambda: decompose(*experiment.problem)), inspect.getsource(batched_sweep(T, m, n1)))


def _best(act: Callable[[], object]) -> float:
    end, best = time.perf_counter() + PATIENCE, float("inf")
    while True:
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
        if time.perf_counter() > end:
            return best
