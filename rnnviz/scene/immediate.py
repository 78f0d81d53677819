"""Immediate against total: what H_k gains from an entry w at step k alone, and through its earlier uses."""

from __future__ import annotations

import numpy as np

from rnnviz import engine
from rnnviz.notation.numbers import four, the
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.record import Record
from rnnviz.scene.sentences import say
from rnnviz.scene.view import View


def immediate_and_total(view: View, parameter: str, entry: list[int]) -> dict:
    """Return ∂⁺H_k/∂w and dH_k/dw of one entry w at every drawn step, and the way of each earlier use.

    Returns
    -------
    dict
        ``quantities`` (``frozen_k``, ``total_k``, ``via_k_s``); ``steps``: parts and sentence of each k.
    """
    steps, quantities, found = shown_steps(view.T), dict[str, Record](), {}
    uses = {s: _use(view, parameter, entry, s) for s in range(view.T)}
    for k in steps:
        ways = _ways(view, uses, k)
        total = sum(ways.values(), np.zeros_like(ways[k]))
        drawn = [s for s in steps if s < k]
        parts = {f"frozen_{k}": ways[k], f"total_{k}": total} | {f"via_{k}_{s}": ways[s] for s in drawn}
        quantities |= {name: view.described(name, part) for name, part in parts.items()}
        found[k] = {
            "parts": [f"frozen_{k}", *(f"via_{k}_{s}" for s in reversed(drawn))],
            "more": k - len(drawn),
            "total": f"total_{k}",
            "sentence": _sentence(view, ways[k], total, k),
        }
    place = view.conventions.place(parameter, _place(view, parameter, entry))
    name = f"{view.named(parameter)}[{', '.join(map(str, place))}]"
    return {"entry": name, "quantities": quantities, "steps": found}


def _place(view: View, parameter: str, entry: list[int]) -> tuple[int, ...]:
    """Return the entry's index into the parameter: a bias is drawn as one row."""
    return tuple(entry) if getattr(view.parameters, parameter).ndim == 2 else (entry[1],)


def _use(view: View, parameter: str, entry: list[int], s: int) -> np.ndarray:
    """∂⁺H_s/∂w, one number for each hidden unit."""
    value = engine.immediate_factor(view.architecture, view.trace, parameter, s).value
    place = _place(view, parameter, entry)
    return np.array([one[place] for one in value])


def _ways(view: View, uses: dict[int, np.ndarray], k: int) -> dict[int, np.ndarray]:
    """∂H_k/∂H_s · ∂⁺H_s/∂w for every s ≤ k."""
    jacobian, ways = np.eye(len(uses[0])), {k: uses[k]}
    slopes = view.slopes[:, 0]
    for s in range(k - 1, -1, -1):
        jacobian = jacobian @ (slopes[s + 1][:, None] * view.parameters.Wh1.T)
        ways[s] = jacobian @ uses[s]
    return ways


def _sentence(view: View, frozen: np.ndarray, total: np.ndarray, k: int) -> list:
    if k == 0:
        return say("At the first step nothing lies before: the immediate derivative is the total one.")
    earlier = frobenius(total - frozen)
    return say(
        f"For a small change of w {{H_{k}}} moves {four(frobenius(frozen))} times as much while "
        f"{{H_{k - 1}}} is held fixed, and {four(frobenius(total))} times once it is let go. "
        f"By way of {the(k, 'earlier use')} of w it moves {four(earlier)} times{view.whose}: "
        "lengths need not add up."
    )
