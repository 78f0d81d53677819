"""Numbers as people type them: the one reading for every field that takes a number."""

import re

from rnnviz.settings.edits import NUMBER, shown

_NUMBER = re.compile(NUMBER, re.ASCII)
_TWO_MEANINGS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
MOST = 100
"""Characters of a text that is read at all."""


def number(text: str) -> float | None:
    """Return the number that a reader has typed, with a decimal point or a decimal comma; None if nothing.

    Hexadecimal and other notations of programs are no numbers here: ValueError.

    Examples
    --------
    >>> number("0,05"), number(" −2.5e-3 "), number("")
    (0.05, -0.0025, None)
    """
    plain = text.strip().replace("−", "-").lower()
    if not plain:
        return None
    if _TWO_MEANINGS.fullmatch(plain):
        raise ValueError(f"got “{shown(plain)}”, which may be {plain.replace(',', '')} or {plain.replace(',', '.')}")
    if len(plain) > MOST or not _NUMBER.fullmatch(plain.replace(",", ".", 1)):
        raise ValueError(f"got “{shown(text)}”, expected a number such as 0.05")
    return float(plain.replace(",", "."))


def whole(text: str) -> int | None:
    """Return the whole number that a reader has typed; None if nothing, ValueError for anything else."""
    value = number(text)
    if value is None:
        return None
    if not value.is_integer():
        raise ValueError(f"got “{shown(text.strip())}”, expected a whole number")
    return int(value)


def written(value: float | None) -> str:
    """Return a number as it stands in a field; ``number`` gives it back."""
    return "" if value is None else f"{value:.12g}"
