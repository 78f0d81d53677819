"""The arrays of a network as others name and lay them, in the names and shapes of this house.

PyTorch holds its matrices turned and two biases that are added; Keras holds a gate's blocks in an order of its own.
What was done to an array is said in a sentence; what one recurrent layer in one direction cannot be is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rnnviz.engine import Parameters

Arrays = Mapping[str, np.ndarray]

CELLS = {1: "plain", 3: "gru", 4: "lstm"}
"""A cell by how many blocks stand side by side."""
GATES = {"plain": "", "lstm": "ifoc", "gru": "rzc"}
"""The order of the blocks here: input, forget, output, candidate; reset, update, candidate."""
_ORDERS = {"PyTorch": {"lstm": "ifco", "gru": "rzc"}, "Keras": {"lstm": "ifco", "gru": "zrc"}}
_REFUSED = {
    r"_l[1-9]\d*(_reverse)?$": "a second layer, expected one recurrent layer",
    r"_reverse$|backward": "the other direction, expected one direction",
    r"weight_hr_l\d": "a projection of the state, expected none",
    r"peephole|weight_c[ifo]": "a peephole, expected none",
}


@dataclass(frozen=True, eq=False)
class Weights:
    """The arrays under their names here, as far as they came, what was done to them, and what came as what.

    `names` has the name in the file by the name here; `rest` the names of what is no array of a network.
    """

    style: str
    cell: str
    arrays: dict[str, np.ndarray]
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    rest: tuple[str, ...] = ()


def understood(came: Arrays, gradient: bool = False) -> Weights:
    """Return the arrays of a network, or its `gradient`, of which some may be missing; ValueError names an entry."""
    for name in came:
        for pattern, what in _REFUSED.items():
            if re.search(pattern, name):
                raise ValueError(f"{name}: got {what}")
    named = {style: roles for style, roles in _styles(list(came)).items() if roles}
    if len(named) > 1:
        raise ValueError(f"{_one(named, 0)}, {_one(named, 1)}: got the names of {' and of '.join(named)}, expected one")
    if not named:
        raise ValueError(
            f"W1: got no array of a network, expected those of {', '.join(_ORDERS)} or W1, Wh1, b1, W2, b2"
        )
    style, roles = next(iter(named.items()))
    found = _Reader(style, {role: came[name] for role, name in roles.items()}, roles, gradient).read()
    return Weights(*found, rest=tuple(name for name in came if name not in roles.values()))


def _one(named: Mapping[str, Mapping[str, str]], place: int) -> str:
    return next(iter(list(named.values())[place].values()))


def _styles(names: list[str]) -> dict[str, dict[str, str]]:
    """The name in the file of each role, by the style that has it."""
    ours = {name: name for name in Parameters._fields if name in names}
    torch = _suffixed(names, ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"))
    keras = _of_keras(names)
    if torch:
        torch |= _suffixed([name for name in names if name not in torch.values()], ("weight", "bias"))
    return {"this house": ours, "PyTorch": torch, "Keras": keras}


def _suffixed(names: list[str], roles: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for role in roles:
        fitting = [name for name in names if re.search(rf"(^|[./_]){role}$", name)]
        if len(fitting) > 1:
            raise ValueError(f"{fitting[1]}: got a second {role} beside {fitting[0]}, expected one")
        if fitting:
            found[role] = fitting[0]
    return found


def _of_keras(names: list[str]) -> dict[str, str]:
    """The layer is where the recurrent kernel stands; the other kernel and bias are those of the dense layer."""
    bare = {name: re.sub(r":0$", "", name) for name in names}
    recurrent = [name for name, short in bare.items() if re.search(r"(^|[./_])recurrent_kernel$", short)]
    if not recurrent:
        return {}
    if len(recurrent) > 1:
        raise ValueError(f"{recurrent[1]}: got a second recurrent layer beside {recurrent[0]}, expected one")
    layer, found = bare[recurrent[0]].removesuffix("recurrent_kernel"), {"recurrent_kernel": recurrent[0]}
    for kind in ("kernel", "bias"):
        own = [name for name, short in bare.items() if short == layer + kind]
        other = [n for n, s in bare.items() if re.search(rf"(^|[./_]){kind}$", s) and n not in (*own, *recurrent)]
        if len(other) > 1:
            raise ValueError(f"{other[1]}: got a second dense {kind} beside {other[0]}, expected one")
        found |= dict(zip((kind,), own, strict=False)) | dict(zip((f"dense {kind}",), other, strict=False))
    return found


_ROLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "this house": {name: (name,) for name in Parameters._fields},
    "PyTorch": {
        "W1": ("weight_ih_l0",),
        "Wh1": ("weight_hh_l0",),
        "b1": ("bias_ih_l0", "bias_hh_l0"),
        "W2": ("weight",),
        "b2": ("bias",),
    },
    "Keras": {
        "W1": ("kernel",),
        "Wh1": ("recurrent_kernel",),
        "b1": ("bias",),
        "W2": ("dense kernel",),
        "b2": ("dense bias",),
    },
}


_LAST_PARTS = {name.split()[-1] for roles in _ROLES.values() for names in roles.values() for name in names}


def is_of_network(name: str) -> bool:
    """Whether an array of this name would be taken for one of a network."""
    return re.split(r"[./]", name.removesuffix(":0"))[-1] in _LAST_PARTS


class _Reader:
    """What came in one style, on its way into the names and shapes of this house."""

    def __init__(self, style: str, came: Arrays, names: Mapping[str, str], gradient: bool) -> None:
        self.style, self.came, self.gradient = style, came, gradient
        self.names = names
        self.notes: list[str] = []
        self.cell = self._cell()

    def read(self) -> tuple[str, str, dict[str, np.ndarray], list[str], dict[str, str]]:
        arrays, named = {}, {}
        for name, roles in _ROLES[self.style].items():
            there = [role for role in roles if role in self.came]
            if there:
                arrays[name] = self._bias(there) if name == "b1" else self._turned(name, there[0])
                named[name] = self.names[there[0]]
        self._say_order(arrays)
        return self.style, self.cell, arrays, self.notes, named

    def _cell(self) -> str:
        """From how many blocks stand side by side where the state comes in, or the input."""
        matrices = [role for name in ("Wh1", "W1") for role in _ROLES[self.style][name] if role in self.came]
        for role in matrices[:1]:
            shape = self._matrix(role).shape
            wide, high = shape if self.style == "PyTorch" else shape[::-1]
            if "hh" in role or "recurrent" in role or role == "Wh1":
                if not high or wide % high or wide // high not in CELLS:
                    raise ValueError(
                        f"{self.names[role]}: got shape {shape}, expected 1, 3 or 4 square blocks side by side"
                    )
                return CELLS[wide // high]
        return "plain"

    def _matrix(self, role: str) -> np.ndarray:
        array = self.came[role]
        if array.ndim != 2:
            raise ValueError(f"{self.names[role]}: got shape {array.shape}, expected two sizes")
        return array

    def _turned(self, name: str, role: str) -> np.ndarray:
        array = self.came[role]
        if name == "b2":
            return array
        array = self._matrix(role)
        if self.style == "PyTorch":
            self.notes.append(f"{self.names[role]} came as {array.shape} and was turned: {name} is {array.T.shape}.")
            array = array.T
        return array if name == "W2" else self._ordered(array)

    def _ordered(self, array: np.ndarray) -> np.ndarray:
        """The blocks of the gates in the order of this house; a fourth block of a bias stays the last."""
        order = _ORDERS.get(self.style, {}).get(self.cell, "")
        if not order or array.shape[-1] % len(order):
            return array
        blocks = np.split(array, len(order), axis=-1)
        return np.concatenate([blocks[order.index(gate)] for gate in GATES[self.cell]], axis=-1)

    def _say_order(self, arrays: Arrays) -> None:
        order = _ORDERS.get(self.style, {}).get(self.cell, "")
        if order and order != GATES[self.cell] and {"W1", "Wh1", "b1"} & arrays.keys():
            came, stand = ", ".join(order), ", ".join(GATES[self.cell])
            self.notes.append(f"The blocks of the gates came as {came} and stand as {stand} (c is the candidate).")

    def _bias(self, roles: list[str]) -> np.ndarray:
        for role in roles:
            if self.came[role].ndim not in (1, 2):
                raise ValueError(f"{self.names[role]}: got shape {self.came[role].shape}, expected one size")
        if self.style == "this house":
            return self.came["b1"]
        if self.style == "Keras" and self.came["bias"].ndim == len(self.came["bias"]) == 2:
            one, other = self.came["bias"][:2]
            return self._both(one, other, self.names["bias"], "its second row")
        if len(roles) == 1:
            return self._ordered(self.came[roles[0]])
        one, other = (self.came[role] for role in roles)
        return self._both(one, other, self.names[roles[0]], self.names[roles[1]])

    def _both(self, one: np.ndarray, other: np.ndarray, name: str, beside: str) -> np.ndarray:
        """Two biases that are added, but for the candidate of a GRU; the gradient of the sum is that of either."""
        if one.shape != other.shape:
            raise ValueError(f"{beside}: got shape {other.shape}, expected {one.shape} as {name}")
        first, second = self._ordered(one), self._ordered(other)
        apart = len(first) // 3 if self.cell == "gru" else 0
        added = len(first) - apart
        if self.gradient:
            equal = np.allclose(first[:added], second[:added], rtol=1e-5, atol=0)
            what = "have the same gradient, which is that of b1" if equal else "differ: the first is taken for b1"
            self.notes.append(f"{name} and {beside} {what}.")
            return np.concatenate([first, second[added:]])
        kept = "; of the candidate both are kept" if apart else ""
        result = np.concatenate([first[:added] + second[:added], first[added:], second[added:]])
        self.notes.append(f"{name} and {beside}, each {one.shape}, were added: b1 is {result.shape}{kept}.")
        return result
