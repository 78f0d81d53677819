"""Reading a scene as the stage does: its records, and the products of its strips, multiplied out again."""

from __future__ import annotations

import numpy as np


def record(scene, part, quantity):
    """Return the record of a quantity, of the parameter's part or common to all."""
    for place in (part, scene, part.get("immediate", {})):
        if quantity in place.get("quantities", {}):
            return place["quantities"][quantity]
    raise AssertionError(f"{quantity} has no record")


def told(frame) -> str:
    """The sentence of a frame as text, with ids in the place of symbols."""
    return "".join(piece if isinstance(piece, str) else piece["q"] for piece in frame["sentence"])


def is_whole(scene, part, items):
    """Whether every matrix of a strip is drawn in full; a large one is without its middle."""
    found = [record(scene, part, one["q"]) for item in items for one in item.get("outer", [item])]
    return all("values" in one and [len(one["values"]), len(one["values"][0])] == one["shape"] for one in found)


def value(scene, part, item, of=np.asarray):
    """Return the drawn entries of a matrix as it stands in a strip, with the number before it."""
    array = of(np.array(record(scene, part, item["q"])["values"], dtype=float) * item.get("times", 1))
    if item.get("note", "").startswith("summed over its rows"):
        return array.sum(axis=0, keepdims=True)
    if item.get("note", "").startswith("summed over its columns"):
        return array.sum(axis=1, keepdims=True)
    return array.T if item.get("transpose") else array


def outer(scene, part, item, column, of=np.asarray):
    """Return ∂⁺ as the matrix that a product with the adjoint makes of it: a function of the adjoint."""
    vectors = [value(scene, part, one, of) for one in item["outer"]]

    def times(adjoint):
        slope = vectors[0] if column else vectors[-1]
        square = slope.shape[0] == slope.shape[1] > 1
        if column:
            delta = slope @ adjoint if square else slope * adjoint
            return delta @ vectors[1] if len(vectors) == 2 else delta
        delta = adjoint @ slope if square else adjoint * slope
        return vectors[0] @ delta if len(vectors) == 2 else delta

    return times


def multiplied(scene, part, run, column, of=np.asarray):
    """Return the product of a run of items; an outer product stands at its end, or at its front."""
    tensor = next((one for one in run if "outer" in one), None)
    plain = [value(scene, part, one, of) for one in run if "outer" not in one]
    result = plain[0]
    for array in plain[1:]:
        result = result @ array
    return outer(scene, part, tensor, column, of)(result) if tensor else result


def equations_of(items):
    """Split a strip into its equations: each begins where a new product does."""
    found = [[]]
    for one in items:
        if one.get("begins"):
            found.append([])
        found[-1].append(one)
    return [each for each in found if each]


def runs_of(items):
    """Split an equation into products: items that are joined by a dot."""
    runs = []
    for one in items:
        if runs and one["op"] == "·":
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def closes(items):
    """Whether something stands behind "=", or behind the limits of clipping."""
    return any(one["op"].endswith("=") or "limit" in one for one in items)


def evaluated(scene, part, items, column=False):
    """Return what stands before the first "=" of one equation, what stands after it, and their scale.

    The scale is the size of what was added: with a sum that cancels it is larger than the result. A product
    adds, too: what it adds counts with the few last bits (1e-15 of it) that rounding may take.
    """
    total, scale, bracket = None, 0.0, 1.0
    for run in runs_of(items):
        operator, found = run[0]["op"], multiplied(scene, part, run, column)
        if "limit" in run[0]:
            return np.clip(total, -run[0]["limit"], run[0]["limit"]), found, scale
        if operator.endswith("="):
            return total * bracket, found, scale * bracket
        if operator.endswith("("):
            bracket = 1 / int(operator[2:].split()[0])
        if operator == "⊙":
            total = total * found
        elif operator == "⊘":
            total = total / found
        else:
            total = found if total is None else total + found
            added = multiplied(scene, part, run, column, np.abs)
            scale += float(np.maximum(np.abs(found), 1e-3 * added).max(initial=0))
    raise AssertionError("nothing stands behind “=”")
