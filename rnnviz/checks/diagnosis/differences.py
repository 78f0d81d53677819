"""A reader's gradient beside the right one, by entry and by step, and where in the loop it begins to differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Architecture, Parameters, Trace, backward
from rnnviz.engine.backward import checked_losses, direct_adjoints, full_deltas
from rnnviz.experiment.check import relative
from rnnviz.experiment.mistakes import arguments_of_copy, steps_of_loss
from rnnviz.notation.quantities import shown_steps

_SAME, _SAME_STEP = 1e-9, 1e-5
_AFTERWARDS = frozenset({"clipped_norm", "overwritten"})
"""What is done where the terms add up, not in one of them."""
_FIRST = ("Wh1", "W1", "b1", "W2", "b2")
Problem = tuple[Architecture, Parameters, Trace, np.ndarray]


@dataclass(frozen=True, eq=False)
class Beside:
    """Numbers of a reader beside the right ones, of one shape."""

    name: str
    given: np.ndarray
    right: np.ndarray

    @property
    def error(self) -> float:
        """The largest difference by the largest entry."""
        return relative(self.given, self.right)

    @property
    def worst(self) -> tuple[int, ...]:
        """The entry that differs most; one that is not finite before all others."""
        apart = np.nan_to_num(abs(self.given - self.right), nan=np.inf)
        return tuple(int(place) for place in np.unravel_index(apart.argmax(), apart.shape))


def beside(problem: Problem, gradients: Parameters | Mapping[str, np.ndarray]) -> list[Beside]:
    """Return each gradient that is given beside the right one."""
    came = gradients if isinstance(gradients, Mapping) else gradients._asdict()
    right = backward(*problem).gradients._asdict()
    return [Beside(name, np.asarray(came[name]), right[name]) for name in right if came.get(name) is not None]


@dataclass(frozen=True)
class Place:
    """A frame of the stage: of term (t, k) of a parameter's gradient, or of the sum of its terms where `at` is None."""

    parameter: str
    at: tuple[int, int] | None = None

    @property
    def frame(self) -> str:
        """The id of the frame."""
        return "sum" if self.at is None else f"term-{self.at[0]}-{self.at[1]}"


@np.errstate(all="ignore")
def place_of(made: Iterable[str], problem: Problem) -> Place | None:
    """Return where these mistakes first change a term, from the last loss and the last step back; None if nowhere.

    Of a term that is not drawn, in the middle of a long network, it is the sum.
    """
    names = frozenset(made)
    if names and names <= _AFTERWARDS:
        return Place(_FIRST[0])
    first, T = problem[0].first_loss_step(len(problem[2].X)), len(problem[2].X)
    wrong, right = (arguments_of_copy(made, *problem) for made in (names, frozenset[str]()))
    for t in range(T - 1, first - 1, -1):
        pairs = zip(steps_of_loss(names, wrong, t), steps_of_loss(frozenset(), right, t), strict=True)
        for one, other in pairs:
            differ = [name for name in _FIRST if _differs(name, one.increments, other.increments)]
            if differ:
                drawn = {t, one.k} <= {*shown_steps(T)}
                return Place(differ[0], (t, one.k) if drawn else None)
    return None


def _differs(name: str, one: Parameters, other: Parameters) -> bool:
    return relative(getattr(one, name), getattr(other, name)) > _SAME


@dataclass(frozen=True)
class Course:
    """From which step back a reader's numbers by step are wrong; `first` is None where none is.

    `symbol` is "A" for ∂L/∂Aₜ and "H" for ∂L/∂Hₜ; `last` is T − 1.
    """

    symbol: str
    last: int
    first: int | None


def by_step(problem: Problem) -> dict[str, np.ndarray]:
    """∂L/∂A_t, (T, m, g n1), as "A", and ∂L/∂H_t, (T, m, n1), of all later losses too, as "H"."""
    architecture, _, trace, _ = problem
    parameters, _, dZ = checked_losses(*problem)
    adjoints = direct_adjoints(parameters, trace, dZ)
    deltas = full_deltas(adjoints, architecture.layer.back(parameters, trace), len(trace.X))
    return {"A": deltas[..., : trace.A.shape[2]], "H": adjoints[..., : architecture.n_hidden]}


def courses(problem: Problem, given: Mapping[str, np.ndarray]) -> list[Course]:
    """Return, going back, at which step the numbers by step begin to differ from the right ones."""
    right = by_step(problem)
    found = []
    for symbol, numbers in given.items():
        T = len(numbers)
        scale = max(abs(right[symbol]).max(), np.finfo(float).tiny)
        wrong = [t for t in reversed(range(T)) if not abs(numbers[t] - right[symbol][t]).max() <= _SAME_STEP * scale]
        found.append(Course(symbol, T - 1, wrong[0] if wrong else None))
    return found
