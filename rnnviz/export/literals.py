"""Numbers as Python source, to the last digit, and the fingerprint by which a script knows them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

import numpy as np

from rnnviz.engine.pulse import told

WIDTH = 100
ROOM = 40
"""What stands beside a literal on its line."""
_WHOLE = re.compile(r"(?<![\d.-])(0|-?[1-9]\d{0,5})\.0(?![\de])")
"""A whole number below a million as Python writes it; -0.0 keeps its point, or it would lose its sign."""


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
    if array.ndim > 1:
        rows = [_wrapped(_flat(part)) for part in told(array)]
        return "[\n" + ",\n".join(rows) + ",\n]"
    flat = _flat(array)
    return flat if len(flat) < WIDTH - ROOM else "[\n" + _wrapped(flat[1:-1]) + ",\n]"


def _wrapped(flat: str) -> str:
    """As ``textwrap.fill`` does it, which takes ten times as long over thousands of numbers."""
    return "\n".join(_lines(flat))


def _lines(flat: str) -> Iterator[str]:
    """Give lines that break at spaces; the first begins one column before the others."""
    start, indent = 0, "    "
    while len(flat) - start > WIDTH - len(indent):
        end = flat.rfind(" ", start, start + WIDTH - len(indent) + 1)
        yield indent + flat[start:end]
        start, indent = end + 1, "     "
    yield indent + flat[start:]


def _flat(array: np.ndarray) -> str:
    """Return an array as one line, each entry as `number` writes it."""
    return _WHOLE.sub(r"\1", str(array.tolist()))


def fingerprint(numbers: Mapping[str, object]) -> str:
    """Return the SHA-256 over name, shape and every number of each entry; scripts compute it alike."""
    digest = hashlib.sha256()
    for name, value in numbers.items():
        array = np.asarray(value, dtype=float)
        digest.update(f"{name} {list(array.shape)} {array.ravel().tolist()}\n".encode())
    return digest.hexdigest()
