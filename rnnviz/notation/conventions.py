"""The conventions in which a scene speaks: names, orientation, sum or mean over time, first step.

The engine has one convention (row vectors, summed losses, time from 0). The others are ways to write the same
numbers: a name, a transpose, a factor, a shifted index. What writes in them takes them as an argument.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rnnviz.settings.config import RunConfig

NAMES = ("state", "lecture", "pytorch", "textbook")
VECTORS = ("row", "column")
OVER_TIME = ("sum", "mean")
FIRST_STEPS = (0, 1)

WEIGHTS = ("W1", "Wh1", "W2")
_LETTERS = {"X": "X", "A": "A", "H": "H", "Z": "Z", "Y": "Y", "Y_hat": "Ŷ", "L": "L"}
LETTERS = {
    "state": _LETTERS,
    "lecture": _LETTERS,
    "pytorch": {"X": "x", "A": "a", "H": "h", "Z": "z", "Y": "y", "Y_hat": "ŷ", "L": "L"},
    "textbook": {"X": "x", "A": "a", "H": "h", "Z": "z", "Y": "y", "Y_hat": "ŷ", "L": "L"},
}
LATEX = {"Ŷ": r"\hat{Y}", "ŷ": r"\hat{y}"}
_PARAMETERS = {"W1": "W_1", "Wh1": "W_h1", "b1": "β_1", "W2": "W_2", "b2": "β_2"}
PARAMETER_NAMES = {
    "state": _PARAMETERS,
    "lecture": _PARAMETERS,
    "pytorch": {"W1": "weight_ih", "Wh1": "weight_hh", "b1": "bias_ih", "W2": "fc.weight", "b2": "fc.bias"},
    "textbook": {"W1": "W_xh", "Wh1": "W_hh", "b1": "b_h", "W2": "W_hy", "b2": "b_y"},
}


@dataclass(frozen=True)
class Conventions:
    """One way to write the network.

    `names` are the symbols of states and parameters: the lecture counts the layer, H_1t, which "state" leaves out;
    PyTorch keeps each weight as (outputs, inputs). In
    `vectors` a state is a row, multiplied from the right, or a column: every matrix transposed, every product
    in the other order, and a derivative in the shape of what it is taken by. `over_time` L is the sum of the
    L_t or their mean. `first` is the number of the first step.
    """

    names: str = "state"
    vectors: str = "row"
    over_time: str = "sum"
    first: int = 0

    @property
    def is_column(self) -> bool:
        """Whether states are columns."""
        return self.vectors == "column"

    @property
    def flips_weights(self) -> bool:
        """Whether the weights are kept as (outputs, inputs) although states are rows."""
        return self.names == "pytorch" and not self.is_column

    @property
    def is_ours(self) -> bool:
        """Whether parameters are called as the lecture calls them."""
        return PARAMETER_NAMES[self.names] is _PARAMETERS

    @property
    def is_mean(self) -> bool:
        """Whether L is the mean of its losses."""
        return self.over_time == "mean"

    def flips(self, parameter: str) -> bool:
        """Return whether this is a weight that is kept transposed although states are rows."""
        return self.flips_weights and parameter in WEIGHTS

    def transposes(self, like: str) -> bool:
        """Return whether what has the shape of ``like``, a parameter, is written transposed."""
        return self.is_column or self.flips(like)

    def place(self, parameter: str, entry: tuple[int, ...]) -> tuple[int, ...]:
        """Return the index under which an entry of a parameter is drawn, reversed for a transposed weight."""
        return tuple(entry)[::-1] if parameter in WEIGHTS and self.transposes(parameter) else tuple(entry)

    @classmethod
    def of(cls, config: "RunConfig") -> Self:
        """Return the conventions that a `RunConfig` asks for."""
        names = "state" if config.symbols == "page" else config.symbols
        return cls(names, config.vectors, config.over_time, int(config.first_step))

    def over(self, losses: int) -> Self:
        """Return them for so many losses: one alone is its own mean, so nothing is said of a mean."""
        return replace(self, over_time="sum") if losses == 1 else self

    def step(self, t: int) -> str:
        """Return the number by which step ``t``, counted from 0, is called."""
        return str(t + self.first)


PLAIN, LECTURE = Conventions(), Conventions(names="lecture")
"""What a page writes in unless it is told another way, and what the lessons do."""
