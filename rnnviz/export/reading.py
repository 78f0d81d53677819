"""Reading a file that somebody else may have written: JSON with limits, and checks that speak plainly.

Whatever the file holds, only `DamageError` is raised, with one short sentence free of markup.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MOST_BYTES = 50 * 2**20  # of a session file that is written and read; ``server.maxUploadSize`` says the same
LARGEST = 1e12
MOST_NOTES, LONGEST_MESSAGE = 5, 200
Check = Callable[[object, str], Any]
"""From an entry and where it stands to its value, or DamageError."""
_PLAIN = frozenset(" _.,:;()+-=−“”’…≤")


class DamageError(ValueError):
    """A file that cannot be used; says what came and what was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


def plain(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """Return a text cut short, with a dot in the place of each sign that could act as markup."""
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isalnum() or c in _PLAIN else "·" for c in text)


def quoted(value: object) -> str:
    """Return a value of the file as it is named in a message."""
    return f"“{plain(str(value)[:41], 40)}”"


def decoded(raw: bytes | str) -> dict:
    """Return the JSON object that a file holds.

    DamageError if it is too large, no UTF-8, no JSON, nested too deep, or names a key twice.
    """
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise DamageError(f"The file has {size >> 20} MB; a session has at most {MOST_BYTES >> 20} MB.")
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise DamageError("The file is no text in UTF-8, so it is no session file.") from None
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_number, parse_int=_number, parse_float=_number
        )
    except json.JSONDecodeError as error:
        raise DamageError(f"The file is no JSON: it cannot be read on from line {error.lineno}.") from None
    except RecursionError:
        raise DamageError("The file is nested too deep for a session file.") from None
    if not isinstance(found, dict):
        raise DamageError("The file holds JSON, but no session.")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _), *_] = (Counter(name for name, _ in pairs) - Counter(found.keys())).items()
        raise DamageError(f"The file names {quoted(twice)} twice.")
    return found


def _number(text: str) -> float:
    if text in ("NaN", "Infinity", "-Infinity"):
        raise DamageError(f"The file holds {quoted(text)}, expected finite numbers.")
    if abs(float(text)) > LARGEST:
        raise DamageError(f"The file holds the number {quoted(text)}, expected numbers up to {LARGEST:.0e}.")
    return int(text) if text.removeprefix("-").isdecimal() else float(text)


class Reader:
    """Checks of single entries; what is not known is passed over with a note."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def record(self, value: object, where: str, keys: Mapping[str, Check]) -> dict:
        """Return the entries of an object, each checked by the function that ``keys`` has for it."""
        if not isinstance(value, dict):
            raise DamageError(f"{where}: got {kind(value)}, expected an object.")
        if missing := [name for name in keys if name not in value]:
            raise DamageError(f"{where}: {quoted(missing[0])} is missing.")
        for name in [name for name in value if name not in keys][: MOST_NOTES - len(self.notes)]:
            self.notes.append(f"{where}: {quoted(name)} is not known and was ignored.")
        return {name: check(value[name], f"{where}, {name}") for name, check in keys.items()}


def kind(value: object) -> str:
    """Return what a JSON value is, in a word or two."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def text(longest: int, least: int = 0) -> Check:
    """Return the check of a text that can be shown and sent."""

    def check(value: object, where: str) -> str:
        if not isinstance(value, str):
            raise DamageError(f"{where}: got {kind(value)}, expected a text.")
        if not least <= len(value) <= longest or any("\ud800" <= c <= "\udfff" for c in value):
            raise DamageError(f"{where}: got a text of {len(value)} signs, expected {least} to {longest}.")
        return value

    return check


def whole(highest: int) -> Check:
    """Return the check of a whole number from 0."""

    def check(value: object, where: str) -> int:
        if type(value) is not int or not 0 <= value <= highest:
            raise DamageError(f"{where}: got {quoted(value)}, expected a whole number from 0 to {highest}.")
        return value

    return check


def real(value: object, where: str) -> float:
    """Return a number as a float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DamageError(f"{where}: got {kind(value)}, expected a number.")
    return float(value)


def true_or_false(value: object, where: str) -> bool:
    """Return a truth value."""
    if type(value) is not bool:
        raise DamageError(f"{where}: got {kind(value)}, expected true or false.")
    return value


def _check_count(value: Any, where: str, expected: type, most: int) -> None:
    fits = type(value) is expected
    if not fits or len(value) > most:
        found = f"{len(value)} entries" if fits else kind(value)
        raise DamageError(f"{where}: got {found}, expected {kind(expected())} of at most {most}.")


def several(check: Check, most: int) -> Check:
    """Return the check of a list."""

    def every(value: Any, where: str) -> tuple:
        _check_count(value, where, list, most)
        return tuple(check(one, f"{where} {place + 1}") for place, one in enumerate(value))

    return every


def mapping(name: Check, check: Check, most: int) -> Check:
    """Return the check of an object whose keys are free."""

    def every(value: Any, where: str) -> dict:
        _check_count(value, where, dict, most)
        return {name(key, where): check(one, f"{where}, {plain(key, 40)}") for key, one in value.items()}

    return every


def array(dimensions: int, most: int) -> Check:
    """Return the check of an array of finite numbers, with at most ``most`` of them."""

    def check(value: object, where: str) -> np.ndarray:
        flat: list[Any] = [value]
        shape: list[int] = []
        for _ in range(dimensions):
            lengths = {len(one) if isinstance(one, list) else -1 for one in flat}
            if len(lengths) != 1 or min(lengths) < 1:
                raise DamageError(f"{where}: expected numbers in {dimensions} dimensions, with rows of one length.")
            shape.append(lengths.pop())
            if len(flat) * shape[-1] > most:
                raise DamageError(f"{where}: got {len(flat) * shape[-1]} numbers, expected at most {most}.")
            flat = [inner for one in flat for inner in one]
        if {type(one) for one in flat} - {int, float}:
            wrong = next(one for one in flat if type(one) not in (int, float))
            raise DamageError(f"{where}: got {kind(wrong)} among the numbers.")
        return np.array(flat, dtype=float).reshape(shape)

    return check
