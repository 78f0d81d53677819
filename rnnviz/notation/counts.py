"""Counts in words, the same on every floor: the noun and its verb follow the number."""

_IRREGULAR = {"epoch": "epochs", "index": "indices", "matrix": "matrices", "axis": "axes", "series": "series"}


def plural(name: str) -> str:
    """Return a noun for several; of some words the last is the noun."""
    *before, last = name.split(" ")
    if last in _IRREGULAR:
        many = _IRREGULAR[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        many = f"{last}es"
    elif last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        many = f"{last[:-1]}ies"
    else:
        many = f"{last}s"
    return " ".join([*before, many])


def noun(count: int, name: str, one: str = "", many: str = "") -> str:
    """Return a noun as it stands behind ``count``, and what follows it (mostly its verb) as that asks.

    For a number that is written otherwise, in bold or with commas; else see `counted`.
    """
    words, after = (name, one) if count == 1 else (plural(name), many)
    return f"{words} {after}" if after else words


def counted(count: int, name: str, one: str = "", many: str = "") -> str:
    """Return how many there are of something, and what one or several of them do."""
    return f"{count:,} {noun(count, name, one, many)}"


def all_of(count: int, name: str, one: str = "", many: str = "") -> str:
    """Return all of them, where a single one is no "all 1"."""
    if count == 2:
        return f"both {noun(count, name, one, many)}"
    return f"{'the only' if count == 1 else f'all {count}'} {noun(count, name, one, many)}"


def part_of(count: int, whole: int, name: str, one: str = "", many: str = "", *, bold: bool = False) -> str:
    """Return how many of how many, where the verb follows the part and the noun the whole."""
    mark, after = "**" if bold else "", one if 1 in (count, whole) else many
    words = f"{mark}{count} of {whole}{mark} {noun(whole, name)}"
    return f"{words} {after}" if after else words


def the(count: int, name: str, one: str = "", many: str = "") -> str:
    """Return a number of things that are known already."""
    return f"the {'only' if count == 1 else count} {noun(count, name, one, many)}"


def every(count: int, name: str) -> str:
    """Return how often something comes."""
    return f"every {name}" if count == 1 else f"every {counted(count, name)}"


def times(count: int) -> str:
    """Return how many times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def capital(words: str) -> str:
    """Return words as they begin a sentence."""
    return words[:1].upper() + words[1:]


def each_of(count: int, name: str) -> str:
    """Return each of them, where a single one is no "each of the 1"."""
    return f"the one {name}" if count == 1 else f"each of the {count} {plural(name)}"


def ordinal(place: int) -> str:
    """Return a place in words of figures."""
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
