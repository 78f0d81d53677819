"""The backward loop as a reader of each convention would write it.

The lecture's own lines are those of the function that runs. The others are written from them, line by line,
so that a line keeps its place; the tests run every one of them.
"""

from __future__ import annotations

from rnnviz.experiment.plain_loop import LOOP_LINES, loop_code
from rnnviz.notation.conventions import LECTURE, PARAMETER_NAMES, Conventions

_ROW = {
    "dh": "dh = dZ[k] @ {W2}.T + dh_next",
    "da": "da = dh * slope[k]",
    "W1": "d{W1} += {X}[k].T @ da",
    "Wh1": "d{Wh1} += {before}.T @ da",
    "b1": "d{b1} += da.sum(axis=0)",
    "W2": "d{W2} += {H}[k].T @ dZ[k]",
    "b2": "d{b2} += dZ[k].sum(axis=0)",
    "dh_next": "dh_next = da @ {Wh1}.T",
}
_COLUMN = _ROW | {
    "dh": "dh = {W2}.T @ dZ[k] + dh_next",
    "W1": "d{W1} += da @ {X}[k].T",
    "Wh1": "d{Wh1} += da @ {before}.T",
    "b1": "d{b1} += da.sum(axis=1, keepdims=True)",
    "W2": "d{W2} += dZ[k] @ {H}[k].T",
    "b2": "d{b2} += dZ[k].sum(axis=1, keepdims=True)",
    "dh_next": "dh_next = {Wh1}.T @ da",
}
_FLIPPED = _ROW | {
    "dh": "dh = dZ[k] @ {W2} + dh_next",
    "W1": "d{W1} += da.T @ {X}[k]",
    "Wh1": "d{Wh1} += da.T @ {before}",
    "W2": "d{W2} += dZ[k].T @ {H}[k]",
    "dh_next": "dh_next = da @ {Wh1}",
}
_ROLES = ("W1", "Wh1", "b1", "W2", "b2")


def loop_lines(conventions: Conventions = LECTURE) -> list[str]:
    """Return the lines of the loop in the given conventions; `LOOP_LINES` tells what each does.

    Time from 1 keeps the start state as ``H[0]`` and the inputs from ``X[1]`` on.
    """
    if conventions == LECTURE:
        return loop_code()
    lines = loop_code()
    names = _names(conventions)
    lines[0] = "def backward_through_time(parameters, {X}, {H}, {H_init}, slope, dZ_each):".format(**names)
    lines[LOOP_LINES["mean"]] = _mean_line(conventions, names)
    lines[LOOP_LINES["start"]] = "    dh_next = np.zeros_like({H_init})".format(**names)
    lines[LOOP_LINES["dh"] - 1] = _for_line(conventions, names)
    for role, text in _body(conventions).items():
        lines[LOOP_LINES[role]] = "        " + text.format(**names)
    return [_renamed(line, names) if place in _unpacking(lines) else line for place, line in enumerate(lines)]


def _names(conventions: Conventions) -> dict[str, str]:
    """Names of states and parameters that can stand in Python."""
    found = {name: PARAMETER_NAMES[conventions.names][name].replace(".", "_") for name in _ROLES}
    if conventions.names == "lecture":
        found = {name: name for name in _ROLES}
    states = {"X": "X", "H": "H", "H_init": "H_init"}
    if conventions.names != "lecture":
        states = {name: text.lower() for name, text in states.items()}
    found |= states
    start = states["H_init"]
    plain = f"({states['H']}[k - 1] if k > 0 else {start})"
    return found | {"before": f"{states['H']}[k - 1]" if conventions.first else plain}


def _body(conventions: Conventions) -> dict[str, str]:
    if conventions.is_column:
        return _COLUMN
    return _FLIPPED if conventions.flips_weights else _ROW


def _mean_line(conventions: Conventions, names: dict[str, str]) -> str:
    batch = f"{names['H_init']}.shape[1]" if conventions.is_column else f"len({names['H_init']})"
    over_time = " / losses" if conventions.over_time == "mean" else ""
    return f"    dZ = dZ_each / {batch}{over_time}"


def _for_line(conventions: Conventions, names: dict[str, str]) -> str:
    steps = f"len({names['X']})"
    return (
        f"    for k in range({steps} - 1, 0, -1):" if conventions.first else f"    for k in reversed(range({steps})):"
    )


def _unpacking(lines: list[str]) -> set[int]:
    """Return the lines that unpack the parameters, begin the sums or yield."""
    marks = ("= parameters", "np.zeros_like, parameters", "yield")
    return {place for place, line in enumerate(lines) if any(mark in line for mark in marks)}


def _renamed(line: str, names: dict[str, str]) -> str:
    for role in ("Wh1", "W1", "W2", "b1", "b2"):
        line = line.replace(role, "\0" + role + "\0")
    for role in _ROLES:
        line = line.replace("\0" + role + "\0", names[role])
    return line
