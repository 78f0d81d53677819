"""What a quantity is: its kind, steps and parameter. Its id, as text, is written and read here alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

PARAMETERS = ("W1", "Wh1", "b1", "W2", "b2")
UPDATE = ("new", "step", "gradient", "clipped", "velocity", "first", "second", "root", "over", "within")
"""What an update makes of a parameter."""
STATES = ("X", "A", "H", "Z", "Y", "Y_hat")
_STEPS = {
    **dict.fromkeys((*STATES, "L", "f1'", "frozen", "total"), ("t",)),
    **dict.fromkeys(("column", "carry", "lag"), ("k",)),
    **dict.fromkeys(("term", "delta", "via"), ("t", "k")),
}
"""The steps in the id of each kind."""
_ALONE = ("H_init", "L", "L_rest", "rest", "ones")
_NUMBERED = re.compile(rf"({'|'.join(_STEPS)})_(\d+)(?:_(\d+))?", re.ASCII)
_DERIVATIVE = re.compile(r"d(\+?)(.+?)/d(.+)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of the network, or of what is made of its gradient.

    Its kind is a state (``"X"``, ``"H"``, ``"Y_hat"``, …), ``"L"``, ``"parameter"``, something that an update
    makes of one (``"new"``, ``"velocity"``, …), ``"term"``, ``"column"``, ``"derivative"``, ``"immediate"``, ….
    `t` is its step, or loss step, and `k` its source step, or the lag: −1 for none, and before the first step.
    A derivative is one `of` something `by` something.
    """

    kind: str
    t: int = -1
    k: int = -1
    parameter: str = ""
    of: Quantity | None = None
    by: Quantity | None = None

    @property
    def pair(self) -> tuple[Quantity, Quantity]:
        """Of a derivative: what is derived, and by what."""
        if self.of is None or self.by is None:
            raise ValueError(f"quantity: got {self.id!r}, expected a derivative")
        return self.of, self.by

    @property
    def id(self) -> str:
        """The text that stands for it in a scene, a link, a page."""
        if self.of is not None and self.by is not None:
            return f"d{'+' if self.kind == 'immediate' else ''}{self.of.id}/d{self.by.id}"
        if self.parameter:
            return self.parameter if self.kind == "parameter" else f"{self.parameter}_{self.kind}"
        return "_".join(str(part) for part in (self.kind, self.t, self.k) if part != -1)


def read(text: str) -> Quantity:
    """Return the quantity with this id; ValueError if it is of no known form."""
    found = _read(text)
    if found is None:
        raise ValueError(f"quantity: got {text!r}, expected an id such as H_2, W1, dH_2/dH_1 or term_2_1")
    return found


@lru_cache(maxsize=20_000)
def _read(text: str) -> Quantity | None:
    if text in _ALONE:
        return Quantity(text)
    if text in PARAMETERS:
        return Quantity("parameter", parameter=text)
    parameter, _, kind = text.partition("_")
    if parameter in PARAMETERS and kind in UPDATE:
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
