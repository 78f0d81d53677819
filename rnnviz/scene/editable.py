"""Which drawn numbers can be edited, and under which names they stand in the link."""

from __future__ import annotations

from rnnviz.notation.conventions import WEIGHTS
from rnnviz.notation.ids import PARAMETERS
from rnnviz.scene.view import View

_TURNED = {"rc": "cr", "c": "r"}


def edits(view: View) -> dict[str, dict]:
    """Return, of each weight, input, target and start state, how a drawn entry is named in the link."""
    turns = view.conventions.transposes
    found = {name: _template(name, [], "rc" if name in WEIGHTS else "c", turns(name)) for name in PARAMETERS}
    sample, axes = ([], "rc") if view.is_batch else ([max(view.sample, 0)], "c")
    found["H_init"] = _template("H_init", sample, axes, turns(""))
    found |= {f"X_{t}": _template("X", [t, *sample], axes, turns("")) for t in range(view.T)}
    step = 0 if view.architecture.is_sequence_to_vector else 1
    targets = {f"Y_{t}": _template("Y", [t][:step] + sample, axes, turns("")) for t in view.loss_steps}
    return found | targets


def _template(variable: str, prefix: list[int], axes: str, turned: bool) -> dict:
    return {"variable": variable, "prefix": prefix, "axes": _TURNED[axes] if turned else axes}
