"""What a quantity is: its kind, steps and parameter. Its id, as text, is written and read here alone."""

import re
from functools import lru_cache
from types import MappingProxyType

PARAMETERS = ("W1", "Wh1", "b1", "W2", "b2")
GATES = ("i", "f", "o", "c", "r", "z")
"""Gates, and c, the candidate."""
BLOCKS = MappingProxyType(
    {f"{letter}{gate}": (whole, gate) for letter, whole in zip("WUb", PARAMETERS, strict=False) for gate in GATES}
    | {"bd": ("b1", "d")}
)
"""The blocks of the hidden parameters of gated cells: of which they are a part, and of which gate."""
UPDATE = ("new", "step", "gradient", "clipped", "velocity", "first", "second", "root", "over", "within")
"""What an update makes of a parameter."""
GATED = (*GATES, "C", "S", "V", "AV", "rH", "1-z", "tanhC", "E", "in")
"""What a gated cell makes besides: its memory, all that it hands on, and what stands between."""
PARTS = (*(f"A{gate}" for gate in GATES), "Vc")
"""The part of a gate of A, or of what the hidden weights bring."""
HOPS = ("straight", *(f"via{gate}" for gate in GATES))
"""The parts of a step Jacobian: what goes straight, and what goes through a gate or the candidate."""
STATES = ("X", "A", "H", "Z", "Y", "Y_hat")
_STEPS = {
    **dict.fromkeys((*STATES, *GATED, *PARTS, *HOPS, "L", "f1'", "frozen", "total"), ("t",)),
    **dict.fromkeys(("column", "carry", "carryS", "lag"), ("k",)),
    **dict.fromkeys(("term", "delta", "via", "direct", "gates"), ("t", "k")),
}
"""The steps in the id of each kind."""
_ALONE = ("H_init", "C_init", "L", "L_rest", "rest", "ones")
_NUMBERED = re.compile(rf"({'|'.join(_STEPS)})_(\d+)(?:_(\d+))?", re.ASCII)
_DERIVATIVE = re.compile(r"d(\+?)(.+?)/d(.+)")


class Quantity(str):
    """One quantity of the network, or of what is made of its gradient. As text it is its id.

    Its kind is a state (``"X"``, ``"H"``, ``"Y_hat"``, …), ``"L"``, ``"parameter"``, something that an update
    makes of one (``"new"``, ``"velocity"``, …), ``"term"``, ``"column"``, ``"derivative"``, ``"immediate"``, ….
    `t` is its step, or loss step, and `k` its source step, or the lag: −1 for none, and before the first step.
    A derivative is one `of` something `by` something.
    """

    __match_args__ = ("kind", "t", "k", "parameter", "of", "by")
    kind: str
    t: int
    k: int
    parameter: str
    of: "Quantity | None"
    by: "Quantity | None"

    def __new__(
        cls,
        kind: str,
        t: int = -1,
        k: int = -1,
        parameter: str = "",
        of: "Quantity | None" = None,
        by: "Quantity | None" = None,
    ) -> "Quantity":
        return _made(kind, t, k, parameter, of, by)

    def __getnewargs__(self) -> tuple:
        return self.kind, self.t, self.k, self.parameter, self.of, self.by

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name}: a quantity cannot be changed")

    @property
    def pair(self) -> "tuple[Quantity, Quantity]":
        """Of a derivative: what is derived, and by what."""
        if self.of is None or self.by is None:
            raise ValueError(f"quantity: got {str(self)!r}, expected a derivative")
        return self.of, self.by


@lru_cache(maxsize=20_000)
def _made(kind: str, t: int, k: int, parameter: str, of: "Quantity | None", by: "Quantity | None") -> "Quantity":
    """The one quantity of these: a scene asks for the same ones over and over."""
    text = "_".join([kind, *(str(step) for step in (t, k) if step != -1)])
    if of is not None and by is not None:
        text = f"d{'+' if kind == 'immediate' else ''}{of}/d{by}"
    elif parameter:
        text = parameter if kind == "parameter" else f"{parameter}_{kind}"
    found = str.__new__(Quantity, text)
    vars(found).update(kind=kind, t=t, k=k, parameter=parameter, of=of, by=by)
    return found


def at(t: int, *kinds: str) -> "list[Quantity]":
    """Return the quantities of these kinds at step ``t``."""
    return [Quantity(kind, t) for kind in kinds]


@lru_cache(maxsize=20_000)
def derivative(of: str, by: str) -> "Quantity":
    """Return ∂of/∂by.

    Examples
    --------
    >>> derivative(Quantity("L", 2), "W1"), derivative("H_2", "H_1").by.t
    ('dL_2/dW1', 1)
    """
    return Quantity("derivative", of=read(of), by=read(by))


def read(text: str) -> "Quantity":
    """Return the quantity with this id; ValueError if it is of no known form."""
    found = text if isinstance(text, Quantity) else _read(text)
    if found is None:
        raise ValueError(f"quantity: got {text!r}, expected an id such as H_2, W1, dH_2/dH_1 or term_2_1")
    return found


@lru_cache(maxsize=20_000)
def _read(text: str) -> "Quantity | None":
    if text in _ALONE:
        return Quantity(text)
    if text in PARAMETERS or text in BLOCKS:
        return Quantity("parameter", parameter=text)
    parameter, _, kind = text.partition("_")
    if (parameter in PARAMETERS or parameter in BLOCKS) and kind in UPDATE:
        return Quantity(kind, parameter=parameter)
    if match := _NUMBERED.fullmatch(text):
        kind, *numbers = match.groups()
        steps = [int(number) for number in numbers if number is not None]
        if len(steps) != len(_STEPS[kind]):
            return None
        found = dict(zip(_STEPS[kind], steps, strict=True))
        return Quantity(kind, found.get("t", -1), found.get("k", -1))
    if match := _DERIVATIVE.fullmatch(text):
        of, by = _read(match[2]), _read(match[3])
        return Quantity("immediate" if match[1] else "derivative", of=of, by=by) if of and by else None
    return None
