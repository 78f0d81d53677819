"""How others write the same network: their symbols beside the app's, and where the two differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.notation import prose


@dataclass(frozen=True)
class Dialect:
    """The notation of one library, book or paper: LaTeX by the names of `APP`, and where it differs."""

    name: str
    symbols: Mapping[str, str]
    differences: tuple[str, ...] = ()
    reference: str = ""


_HERE, *_OTHERS = prose.read("dialects", Mapping[str, Dialect]).values()
APP, DIALECTS = _HERE.symbols, tuple(_OTHERS)
_GRUS = prose.read("grus", Mapping[str, Dialect])
GRUS = {name: one.symbols for name, one in _GRUS.items()}
GRU_DIFFERENCES = tuple(line for one in _GRUS.values() for line in one.differences)


def grus() -> dict[str, list[str]]:
    """Return the columns of a table: what, and how each writes it."""
    parts = list(next(iter(GRUS.values())))
    return {"what": parts} | {name: [f"${way[part]}$" for part in parts] for name, way in GRUS.items()}


def compared(one: Dialect) -> dict[str, list[str]]:
    """Return the columns of a table: what, in this app, and in the other notation."""
    things = [thing for thing in APP if thing in one.symbols]
    return {
        "what": things,
        "here": [f"${APP[thing]}$" for thing in things],
        one.name: [f"${one.symbols[thing]}$" for thing in things],
    }
