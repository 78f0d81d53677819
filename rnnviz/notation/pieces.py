"""Text that the stage can write: plain words between symbols that light, equations and code."""

import re
from collections.abc import Iterable
from typing import Any

from rnnviz.notation.conventions import PLAIN, Conventions
from rnnviz.notation.ids import symbol

_MARK = re.compile(r"\$([^$]+)\$|`([^`]+)`|\{([^{}$`]+)\}")


def pieces(text: str, places: dict[str, int]) -> list[dict]:
    """Return a text, with LaTeX in dollars, code in backticks and ids of quantities in braces, as pieces.

    ``places`` maps LaTeX to its place in the list of MathML that goes with the text, and grows.
    """
    found: list[dict[str, Any]] = []
    end = 0
    for match in _MARK.finditer(text):
        if match.start() > end:
            found.append({"plain": text[end : match.start()]})
        latex, code, quantity = match.groups()
        if latex:
            found.append({"math": places.setdefault(latex, len(places))})
        else:
            found.append({"code": code} if code else {"q": quantity})
        end = match.end()
    return found + ([{"plain": text[end:]}] if end < len(text) else [])


def labels_of(texts: Iterable[list[dict]], conventions: Conventions = PLAIN) -> dict[str, list[list[str]]]:
    """Return how each quantity in some texts is written."""
    named = {piece["q"] for text in texts for piece in text if "q" in piece}
    return {name: [list(part) for part in symbol(name, conventions).label] for name in sorted(named)}
