"""A finished scene turned into column vectors, or its weights into PyTorch's layout.

Column vectors transpose every matrix and reverse every product: ``(A B)ᵀ = Bᵀ Aᵀ``. PyTorch keeps a weight
as (outputs, inputs): with row vectors it then enters each product transposed, and what such a product gives
is the transpose of what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnnviz.story.conventions import Conventions
from rnnviz.story.equations import flipped

WEIGHTS = ("W1", "Wh1", "W2")
_KEPT_WITH = ("term_", "column_", "lag_", "rest")
"""Quantities of a parameter's part that have the parameter's shape; so have its gradients, ``…/dW1``."""


_TURNED = {"rc": "cr", "c": "r"}


def oriented(scene: dict, conventions: Conventions) -> dict:
    """Return the scene as the conventions turn it; the lecture's own is left as it is."""
    if conventions.is_column:
        _turn(scene, lambda quantity, weight: True, _reversed_strip, _reversed_line)
        _reverse_forms(scene)
    elif conventions.flips_weights:
        _turn(scene, _is_weight_shaped, _flipped_strip, _flipped_line)
        _flip_forms(scene)
    return scene


def _turn(scene: dict, turns: Callable[[str, bool], bool], strip: Callable, line: Callable) -> None:
    """Transpose the records that turn, and rewrite the strips and equations of all frames."""
    for quantities, weight in _collections(scene):
        for name, record in quantities.items():
            if turns(name, weight):
                _transpose(record)
    for frame, weight in _frames(scene):
        frame["matrices"] = strip(frame["matrices"], weight)
        frame["equation"] = line(frame["equation"], weight)
    for name, part in scene["parameters"].items():
        if turns(f"dL/d{name}", name in WEIGHTS):
            _turn_grid(part)


def _collections(scene: dict) -> Iterator[tuple[dict, bool]]:
    """Yield every collection of quantities, and whether it belongs to a weight."""
    yield scene["quantities"], False
    for name, part in scene["parameters"].items():
        yield part["quantities"], name in WEIGHTS
        if "immediate" in part:
            yield part["immediate"]["quantities"], False


def _frames(scene: dict) -> Iterator[tuple[dict, bool]]:
    """Yield every frame, and whether it is one of a weight's own."""
    yield from ((one, False) for one in scene["frames"])
    for name, part in scene["parameters"].items():
        own = [*part["frames"], *part.get("loop", {}).get("frames", [])]
        yield from ((one, name in WEIGHTS) for one in own)


def _is_weight_shaped(quantity: str, of_weight: bool) -> bool:
    if quantity.partition("_")[0] in WEIGHTS:
        return True
    own = quantity.startswith(_KEPT_WITH) or quantity.rpartition("/d")[2] in WEIGHTS
    return of_weight and own


def _transpose(record: dict) -> None:
    if "values" in record:
        record["shape"] = record["shape"][::-1]
        record["rows"], record["columns"] = record["columns"], record["rows"]
        record["values"] = [list(column) for column in zip(*record["values"], strict=True)]
    if "edit" in record:
        record["edit"] = record["edit"] | {"axes": _TURNED[record["edit"]["axes"]]}
    for one in record.get("slices", []):
        _transpose(one)


def _turn_grid(part: dict) -> None:
    """Turn the places of entries as well: the picked one and the sentences by place."""
    grid = part["grid"]
    grid["entry"] = grid["entry"][::-1]
    turned = {",".join(reversed(place.split(","))): text for place, text in grid["closings"]["entry"].items()}
    grid["closings"]["entry"] = turned


def _runs(items: list[dict]) -> list[list[dict]]:
    """Split a strip into products: items that are joined by a dot."""
    runs: list[list[dict]] = []
    for one in items:
        if runs and one["op"] == "·":
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _reversed_strip(items: list[dict], _weight: bool) -> list[dict]:
    return [one for run in _runs(items) for one in _reversed_run(run)]


def _reversed_run(run: list[dict]) -> list[dict]:
    backward = [_reversed_item(one) for one in reversed(run)]
    operators = [one["op"] for one in run]
    return [one | {"op": operator} for one, operator in zip(backward, operators, strict=True)]


def _reversed_item(one: dict) -> dict:
    if one.get("note") == "summed over its rows":
        one = one | {"note": "summed over its columns"}
    return one | {"outer": one["outer"][::-1]} if "outer" in one else one


def _token_runs(tokens: list[dict]) -> list[list[dict]]:
    """Split an equation into products: quantities that stand side by side."""
    runs: list[list[dict]] = []
    for one in tokens:
        if runs and one["q"] and runs[-1][-1]["q"]:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _reversed_line(tokens: list[dict], _weight: bool) -> list[dict]:
    return [one for run in _token_runs(tokens) for one in reversed(run)]


def _reverse_forms(scene: dict) -> None:
    for form in _forms(scene):
        form["tokens"].reverse()
        form["items"] = [_reversed_item(one) | {"op": "·"} for one in reversed(form["items"])]


def _forms(scene: dict) -> Iterator[dict]:
    for part in scene["parameters"].values():
        for choices in part.get("forms", {}).values():
            for replaced in choices.values():
                yield from replaced.values()


def _flipped_strip(items: list[dict], weight: bool) -> list[dict]:
    """Transpose a weight inside a product, and the result of a product that is kept like a weight."""
    runs = _runs(items)
    if all(len(run) == 1 and "outer" not in run[0] for run in runs):
        return items
    return [_flipped_item(one, len(run) > 1, weight) for run in runs for one in run]


def _flipped_item(one: dict, inside: bool, weight: bool) -> dict:
    result = weight and one["op"] == "=" and one["q"].startswith(("term_", "column_"))
    if result or (inside and one["q"] in WEIGHTS):
        return one | {"transpose": not one.get("transpose", False)}
    return one


def _flipped_line(tokens: list[dict], weight: bool) -> list[dict]:
    runs = _token_runs(tokens)
    if all(len(run) == 1 for run in runs):
        return tokens
    return [_flipped_token(one, len(run) > 1, weight) for run in runs for one in run]


def _flipped_token(one: dict, inside: bool, weight: bool) -> dict:
    result = weight and bool(one["q"]) and one["q"].startswith(("term_", "column_"))
    return flipped(one) if result or (inside and one["q"] in WEIGHTS) else one


def _flip_forms(scene: dict) -> None:
    for form in _forms(scene):
        form["tokens"] = [flipped(one) if one["q"] in WEIGHTS else one for one in form["tokens"]]
        form["items"] = [_flipped_item(one, True, False) for one in form["items"]]
