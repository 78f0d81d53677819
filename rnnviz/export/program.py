"""Program text: the parts of ``content/<name>.py.txt``, numbers to the last digit, and the fingerprint over them."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from string import Template

import numpy as np

from rnnviz.engine.progress import tracked
from rnnviz.notation.prose import FOLDER

WIDTH, ROOM = 100, 40  # of a line, and of what stands beside a literal on it
_WHOLE = re.compile(r"(?<![\d.-])(0|-?[1-9]\d{0,5})\.0(?![\de])")
"""A whole number below a million as Python writes it; -0.0 keeps its point, or it would lose its sign."""


def part(script: str, title: str, **names: str) -> str:
    """Return the part of a script under the line ``#%% title``, with what belongs behind each dollar sign."""
    return Template(_parts(script)[title]).substitute(names)


@cache
def _parts(script: str) -> dict[str, str]:
    text = (FOLDER / f"{script}.py.txt").read_text("utf-8")
    _, *found = re.split(r"^#%% (.+)\n", text, flags=re.MULTILINE)
    return {title: code.strip("\n") for title, code in zip(found[::2], found[1::2], strict=True)}


def line_of(text: str) -> str:
    """Return text as lines of its own behind another; nothing of nothing."""
    return f"\n{text}" if text else ""


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
    parts = tracked(array) if array.ndim > 1 else [array]
    flat = [_WHOLE.sub(r"\1", str(each.tolist())) for each in parts]
    if array.ndim > 1:
        return "[\n" + ",\n".join("\n".join(_lines(each)) for each in flat) + ",\n]"
    return flat[0] if len(flat[0]) < WIDTH - ROOM else "[\n" + "\n".join(_lines(flat[0][1:-1])) + ",\n]"


def _lines(flat: str) -> Iterator[str]:
    """Give lines that break at spaces; the first begins one column before the others.

    As ``textwrap.fill`` does it, which takes ten times as long over thousands of numbers.
    """
    start, indent = 0, "    "
    while len(flat) - start > WIDTH - len(indent):
        end = flat.rfind(" ", start, start + WIDTH - len(indent) + 1)
        yield indent + flat[start:end]
        start, indent = end + 1, "     "
    yield indent + flat[start:]


def fingerprint(numbers: Mapping[str, object]) -> str:
    """Return the SHA-256 over name, shape and every number of each entry; scripts compute it alike."""
    digest = hashlib.sha256()
    for name, value in numbers.items():
        array = np.asarray(value, dtype=float)
        digest.update(f"{name} {list(array.shape)} {array.ravel().tolist()}\n".encode())
    return digest.hexdigest()
