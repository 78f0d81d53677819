"""Which drawn numbers can be edited, under which names they stand in the link, and how they looked before."""

from __future__ import annotations

from rnnviz.story.notation import PARAMETERS
from rnnviz.story.view import View

KEPT = ("values", "norm", "sum", "share")
"""What of a record changes with an edit; symbol, shape and words stay."""


def mark_editable(view: View, quantities: dict[str, dict]) -> None:
    """Tell of each weight, input, target and start state how a drawn entry is named in the link."""
    for name in PARAMETERS:
        quantities[name]["edit"] = _template(name, [], "c" if name[0] == "b" else "rc")
    one = not view.is_batch
    sample, axes = ([max(view.sample, 0)], "c") if one else ([], "rc")
    quantities["H_init"]["edit"] = _template("H_init", sample, axes)
    to_vector = view.architecture.is_sequence_to_vector
    for name, record in quantities.items():
        variable, _, t = name.partition("_")
        if variable == "X" or (variable == "Y" and t.isdigit()):
            step = [] if variable == "Y" and to_vector else [int(t)]
            record["edit"] = _template(variable, [*step, *sample], axes)


def _template(variable: str, prefix: list[int], axes: str) -> dict:
    return {"variable": variable, "prefix": prefix, "axes": axes}


def remember(scene: dict, before: dict) -> None:
    """Put the numbers of before the newest edit beside those of after, wherever they differ."""
    _remember(scene["quantities"], before["quantities"])
    for name, part in scene["parameters"].items():
        _remember(part["quantities"], before["parameters"][name]["quantities"])


def _remember(quantities: dict[str, dict], before: dict[str, dict]) -> None:
    for name, record in quantities.items():
        was = {key: before.get(name, {}).get(key) for key in KEPT if key in record}
        if None not in was.values() and any(was[key] != record[key] for key in was):
            record["was"] = was
