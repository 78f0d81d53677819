"""The sentence on what one batched sweep gains over the plain loop."""

from __future__ import annotations

from rnnviz.notation.numbers import four


def gain_sentence(gain) -> str:
    """Say both times and their ratio, of an ``experiment.Gain``; None means that the terms were too many."""
    if gain is None:
        return "All terms of this network together would not fit into memory, so there is nothing to measure."
    times = f"{four(1000 * gain.plain)} ms", f"{four(1000 * gain.batched)} ms"
    return (
        f"To get every term, the plain loop has to run once for each loss step: {times[0]} here. The engine "
        f"takes the adjoints of all losses back together, one product a step: {times[1]}, "
        f"**{four(gain.plain / gain.batched)} times** as fast on this machine. The numbers are the same."
    )
