"""Which drawn numbers can be edited, and under which names they stand in the link."""

from __future__ import annotations

from rnnviz.notation.ids import PARAMETERS
from rnnviz.notation.line import WEIGHTS
from rnnviz.notation.quantities import transposes
from rnnviz.scene.view import View

_TURNED = {"rc": "cr", "c": "r"}


def edits(view: View) -> dict[str, dict]:
    """Return, of each weight, input, target and start state, how a drawn entry is named in the link."""
    found = {name: _template(name, [], "rc" if name in WEIGHTS else "c", name) for name in PARAMETERS}
    sample, axes = ([], "rc") if view.is_batch else ([max(view.sample, 0)], "c")
    found["H_init"] = _template("H_init", sample, axes)
    found |= {f"X_{t}": _template("X", [t, *sample], axes) for t in range(view.T)}
    step = 0 if view.architecture.is_sequence_to_vector else 1
    targets = {f"Y_{t}": _template("Y", [t][:step] + sample, axes) for t in view.loss_steps}
    return found | targets


def _template(variable: str, prefix: list[int], axes: str, like: str = "") -> dict:
    return {"variable": variable, "prefix": prefix, "axes": _TURNED[axes] if transposes(like) else axes}
