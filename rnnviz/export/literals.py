"""Numbers as Python source, to the last digit, and the fingerprint by which a script knows them."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Mapping

import numpy as np

WIDTH = 100
ROOM = 40
"""What stands beside a literal on its line."""


def number(value: float) -> str:
    """Return the shortest text that reads back as the same 64-bit float; whole numbers without a point.

    Examples
    --------
    >>> number(0.1), number(3.0), number(-0.0)
    ('0.1', '3', '-0.0')
    """
    value = float(value)
    whole = value.is_integer() and abs(value) < 1e6 and repr(value) != "-0.0"
    return str(int(value)) if whole else repr(value)


def literal(array: np.ndarray) -> str:
    """Return an array as nested lists, wrapped at the line width: a matrix by rows, a stack by matrices."""
    array = np.asarray(array, dtype=float)
    flat = _flat(array.tolist())
    if array.ndim < 2 and len(flat) < WIDTH - ROOM:
        return flat
    rows = [_wrapped(_flat(part)) for part in array.tolist()] if array.ndim > 1 else [_wrapped(flat[1:-1])]
    return "[\n" + ",\n".join(rows) + ",\n]"


def _wrapped(flat: str) -> str:
    indent = {"initial_indent": "    ", "subsequent_indent": "     "}
    return textwrap.fill(flat, WIDTH, break_long_words=False, break_on_hyphens=False, **indent)


def _flat(nested: object) -> str:
    return "[" + ", ".join(map(_flat, nested)) + "]" if isinstance(nested, list) else number(nested)


def fingerprint(numbers: Mapping[str, object]) -> str:
    """Return the SHA-256 over name, shape and every number of each entry; scripts compute it alike."""
    digest = hashlib.sha256()
    for name, value in numbers.items():
        array = np.asarray(value, dtype=float)
        digest.update(f"{name} {list(array.shape)} {array.ravel().tolist()}\n".encode())
    return digest.hexdigest()
