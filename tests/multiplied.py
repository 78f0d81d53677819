"""Somebody else's program: it reads an exported scene, and multiplies out what its frames draw.

It knows the format alone and nothing of what has written it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OPERATORS = {"", "·", "∘", "⊗", "+", "−", "="}


def softmax(rows):
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda a: np.where(a > 0, a, 0.0),
    "sigmoid": lambda a: 0.5 * (1 + np.tanh(a / 2)),
    "softmax": softmax,
    "identity": lambda a: a,
}


@dataclass(frozen=True)
class Sum:
    """What stands between two "=": its value, and what its parts would be if none of them cancelled."""

    value: np.ndarray
    size: np.ndarray


def values(scene, q):
    found = scene["quantities"][q]
    array = np.array(found["values"], dtype=float)
    assert list(array.shape) == found["shape"], q
    return array


def factor(scene, one):
    array = values(scene, one["q"])
    array = array.T if one["transpose"] else array
    if one["fn"] is None:
        return Sum(one["times"] * array, np.abs(one["times"] * array))
    result = one["times"] * FUNCTIONS[one["fn"]](array)
    return Sum(result, np.maximum(np.abs(result), 1e-16 if one["fn"] == "sigmoid" else 0))


def joined(op, left, right):
    if op == "·":
        return Sum(left.value @ right.value, left.size @ right.size)
    if op == "∘":
        return Sum(left.value * right.value, left.size * right.size)
    if op == "⊗":
        return Sum(np.outer(left.value, right.value), np.outer(left.size, right.size))
    return Sum(left.value + (1 if op == "+" else -1) * right.value, left.size + right.size)


def sides(scene, product):
    """The sides of an equation, each worked out from left to right, products before sums."""
    assert product[0]["op"] == ""
    found, total, sign, running = [], None, "+", None
    for one in [*product, None]:
        op = one["op"] if one else "="
        assert op in OPERATORS
        if op in ("+", "−", "=") and running is not None:
            total = joined(sign, total, running) if total else running
            sign, running = ("+" if op == "=" else op), None
            if op == "=":
                found.append(total)
                total = None
        if one:
            new = factor(scene, one)
            running = new if running is None else joined(op, running, new)
    return found


def apart(first, second):
    """By how much two sides differ, in units of what rounding can make of them."""
    scale = np.maximum(first.size, second.size)
    difference = np.abs(first.value - second.value)
    with np.errstate(all="ignore"):
        ratio = np.where(difference > 0, difference / (scale + 1e-300), 0.0)
    return float(ratio.max(initial=0.0))
