"""Arguments that are one number or one name, checked, and which terms a truncation keeps.

Every message of a ValueError reads "argument: got …, expected …".
"""

from math import isfinite
from numbers import Integral, Real
from typing import Any, TypeGuard, TypeVar, overload

import numpy as np

TRUNCATIONS = ("window", "chunk")
Steps = TypeVar("Steps", int, np.ndarray)


@overload
def keeps(t: int, k: int, truncation: int | None, kind: str) -> bool: ...
@overload
def keeps(t: np.ndarray, k: np.ndarray, truncation: int | None, kind: str) -> np.ndarray: ...
def keeps(t: Any, k: Any, truncation: int | None, kind: str) -> Any:
    """Whether a truncation to τ steps keeps the term (t, k); None keeps every term with k ≤ t.

    "window" keeps t - k < τ, "chunk" keeps t and k of the same block of τ steps. Arrays give an array.
    """
    return (k <= t) & (True if truncation is None else t < end_of_reach(k, truncation, kind))


def end_of_reach(k: Steps, truncation: int | Steps, kind: str) -> Steps:
    """The first step after k whose loss no longer reaches back to k; it may lie beyond the last one."""
    return k + truncation if kind == "window" else (k // truncation + 1) * truncation


def checked_truncation(truncation: int | None, kind: str, steps: int) -> int:
    """How many steps a term may reach back: `steps` for None and for anything longer."""
    checked_name("truncation_kind", kind, TRUNCATIONS)
    return steps if truncation is None else min(checked_count("truncation", truncation, 1), steps)


def checked_step(name: str, value: int, steps: int) -> int:
    """`value` as a step from 0 to `steps` - 1, or as an index into a batch of so many samples."""
    if not is_index(value, steps):
        raise ValueError(f"{name}: got {value!r}, expected an integer from 0 to {steps - 1}")
    return int(value)


def checked_sample(sample: int, batch: int) -> int:
    """`sample` as an index into a batch, or −1 for the batch itself."""
    if not _is_integer(sample) or not -1 <= sample < batch:
        raise ValueError(f"sample: got {sample!r}, expected −1 for the batch or an integer from 0 to {batch - 1}")
    return int(sample)


def checked_pair(t: int, k: int, steps: int) -> tuple[int, int]:
    """A loss step and a source step with k ≤ t."""
    t, k = checked_step("t", t, steps), checked_step("k", k, steps)
    if k > t:
        raise ValueError(f"k: got {k}, expected k ≤ t = {t}: the state of step {t} does not depend on a later one")
    return t, k


def checked_name(name: str, value: str, known: tuple[str, ...]) -> str:
    """`value`, if it is one of the `known` names."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: got {value!r}, expected one of {', '.join(known)}")
    return value


def checked_count(name: str, value: int, least: int) -> int:
    """`value` as an integer of at least `least`."""
    if not _is_integer(value) or value < least:
        raise ValueError(f"{name}: got {value!r}, expected an integer of at least {least}")
    return int(value)


def checked_positive(name: str, value: float, zero: bool = False) -> float:
    """`value` as a finite float above 0, or from 0 where `zero` is allowed."""
    good = isinstance(value, Real) and isfinite(value) and (value > 0 or (zero and value == 0))
    if not good:
        raise ValueError(f"{name}: got {value!r}, expected a finite number {'of at least' if zero else 'above'} 0")
    return float(value)


def is_index(value: object, count: int) -> TypeGuard[int]:
    """Whether `value` is an integer from 0 to `count` - 1."""
    return _is_integer(value) and 0 <= value < count


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool)
