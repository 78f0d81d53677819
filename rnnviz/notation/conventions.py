"""The conventions in which a scene speaks: names, orientation, sum or mean over time, first step.

The engine has one convention (row vectors, summed losses, time from 0). The others are ways to write the same
numbers: a name, a transpose, a factor, a shifted index. What writes in them takes them as an argument.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from rnnviz.notation.quantity import BLOCKS, GATES, PARAMETERS

if TYPE_CHECKING:
    from rnnviz.settings.config import RunConfig

NAMES = ("state", "lecture", "pytorch", "textbook")
OVER_TIME = ("sum", "mean")

WEIGHTS = ("W1", "Wh1", "W2", *(name for name in BLOCKS if name[0] != "b"))
_LETTERS = {name: name for name in (*"XAHZYLCSV", *GATES)} | {"Y_hat": "Ŷ", "c": "c̃"}
_SMALL = {name: letter.lower() for name, letter in _LETTERS.items()} | {"L": "L", "z": "u"}
"""Where the output before its activation is z, the update gate is u."""
LETTERS = {"state": _LETTERS, "lecture": _LETTERS, "pytorch": _SMALL, "textbook": _SMALL}
LATEX = {"Ŷ": r"\hat{Y}", "ŷ": r"\hat{y}", "c̃": r"\tilde{c}"}


def _named(wholes: str, begins: str, update: str = "z") -> dict[str, str]:
    """The names of the parameters, and those of the blocks of the hidden ones, which begin as told."""
    first = dict(zip("WUb", begins.split(), strict=True))
    blocks = {name: first[name[0]] + (update if gate == "z" else gate) for name, (_, gate) in BLOCKS.items()}
    return dict(zip(PARAMETERS, wholes.split(), strict=True)) | blocks | {"bd": "d_c"}


_PARAMETERS = _named("W_1 W_h1 β_1 W_2 β_2", "W_ U_ β_")
PARAMETER_NAMES = {
    "state": _PARAMETERS,
    "lecture": _PARAMETERS,
    "pytorch": _named("weight_ih weight_hh bias_ih fc.weight fc.bias", "W_i W_h b_i", "u"),
    "textbook": _named("W_xh W_hh b_h W_hy b_y", "W_x W_h b_", "u"),
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
