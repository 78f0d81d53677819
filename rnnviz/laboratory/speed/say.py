"""The sentence on how much faster one batched sweep is than the plain loop."""

from rnnviz.laboratory.speed.compute import Speedup
from rnnviz.notation.numbers import four


def speedup_sentence(found: Speedup | None) -> str:
    """Say both times and their ratio; None means that the terms were too many."""
    if found is None:
        return "All terms of this network together would not fit into memory, so there is nothing to measure."
    return (
        f"To get every term, the plain loop has to run once for each loss step: {four(1000 * found.plain)} ms here. "
        f"The engine takes the adjoints of all losses back together, one product a step: {four(1000 * found.batched)} "
        f"ms, **{four(found.plain / found.batched)} times** as fast on this machine. The numbers are the same."
    )
