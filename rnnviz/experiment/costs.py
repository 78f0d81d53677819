"""What a computation costs before it is made: bytes that are held at once, and seconds on one core.

The figures are those of the leading terms, measured; they are right to a factor of about three, which is
enough to choose a form that fits. Whoever computes asks here instead of counting by itself.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from rnnviz.engine import Architecture

if TYPE_CHECKING:
    from .core import Experiment

MOST_BYTES = 64 * 2**20
"""What one computation may hold at once in terms, or in anything that grows like them."""
MOST_SECONDS = 0.5
"""Beyond it what can be had in a cheaper form is computed so."""
MOST_UNSEEN = 1.5
"""Seconds that may pass where no progress can be shown: a download."""
MOST_SCRIPT = 2.5
"""Seconds that the training of an exported script may take, about."""
MOST_TRAINING = 4.0
"""Seconds that a training may take which is only looked at in passing."""
MOST_SNAPSHOTS, FEWEST_SNAPSHOTS = 300, 48

_FLOAT = 8
_LARGEST_ALPHABET = 64
_PRODUCT, _CALL, _STATE = 1.6e-10, 4e-6, 6e-9
"""Seconds of a multiplication in a matrix product, of a call of NumPy, of one state with its slope."""
_BLOCK, _COMPLEX = 48 * 2**20, 4.0
"""Bytes of the networks that are moved at once, and how much longer complex numbers take."""
_WRITTEN, _WRITING = 12e-7, 120
"""Seconds and bytes of a number that is written as text, with what is made on the way."""


class Size(NamedTuple):
    """T steps, m samples, n0 inputs, n1 hidden units and n2 outputs; g blocks stand side by side in a gated cell."""

    T: int
    m: int
    n0: int
    n1: int
    n2: int
    g: int = 1

    @classmethod
    def of(cls, experiment: "Experiment") -> Self:
        """Return the size of an ``Experiment``."""
        T, m, n0 = experiment.task.X.shape
        network = experiment.architecture
        return cls(T, m, n0, network.n_hidden, network.n_outputs, len(network.layer.blocks))

    @property
    def parameters(self) -> int:
        """How many numbers W1, Wh1, b1, W2 and b2 have."""
        return self.n1 * (self.g * (self.n0 + self.n1 + 1) + self.n2) + self.n2


@dataclass(frozen=True)
class Cost:
    """Bytes held at once, and seconds."""

    bytes: float
    seconds: float

    def __add__(self, other: Self) -> "Cost":
        """Return the cost of one after the other, both held."""
        return Cost(self.bytes + other.bytes, self.seconds + other.seconds)

    def times(self, count: float) -> "Cost":
        """Return the cost of doing it so many times, nothing held between."""
        return Cost(self.bytes, self.seconds * count)

    def affordable(self, seconds: float | None = None) -> int:
        """Return how many of these fit into so many seconds, by default into `MOST_SECONDS`."""
        return int((MOST_SECONDS if seconds is None else seconds) // self.seconds)


def forward(size: Size) -> Cost:
    """One forward pass."""
    T, m, n0, n1, n2, g = size
    work = T * m * n1 * (g * (n0 + n1) + n2)
    seconds = work * _PRODUCT + T * (g * m * n1 * _STATE + (2 + g) * _CALL)
    return Cost(_FLOAT * T * m * (n0 + 2 * g * n1 + 3 * n2), seconds)


def update(size: Size) -> Cost:
    """Forward pass and gradient: one epoch."""
    there = forward(size)
    return Cost(there.bytes + _FLOAT * size.T * size.m * (3 * size.g * size.n1 + 2 * size.n2), 3 * there.seconds)


def every_term(size: Size) -> Cost:
    """All terms of W1, Wh1 and b1 with their adjoints, held; the sweep has as many numbers in hand again."""
    T, m, n0, n1, _, g = size
    rows = n0 + n1 + 1
    held = _FLOAT * T * T * g * n1 * (rows + m)
    return Cost(held + _FLOAT * T * m * g * n1 * 3, T * T * m * g * n1 * (rows + n1) * _PRODUCT + 6 * T * _CALL)


def one_sweep(size: Size) -> Cost:
    """The adjoints of all losses on their way back; of terms only sums or norms."""
    T, m, n0, n1, _, g = size
    held = _FLOAT * T * m * (n0 + 6 * g * n1)
    return Cost(held, T * T / 2 * m * g * (n1 * n1 * _PRODUCT + n1 * _STATE / 2) + 12 * T * _CALL)


def scene(size: Size) -> Cost:
    """A scene with all that can be opened in it: a sweep, a loop, and texts that do not grow with it."""
    texts = Cost(8 * 2**20, 0.6 * min(size.T, 12) / 12)
    return update(size) + one_sweep(size) + texts


def page(steps: int, batch: int, hidden: int, cell: str = "plain") -> Cost:
    """An experiment with what a page makes of it, as if it read and wrote the largest alphabet."""
    blocks = len(Architecture(1, 1, 1, cell=cell).layer.blocks)
    size = Size(steps, batch, _LARGEST_ALPHABET, hidden, _LARGEST_ALPHABET, blocks)
    return update(size) + one_sweep(size)


def training(size: Size, epochs: int, remembered: int = 0) -> Cost:
    """A training run: its epochs one after the other, and the snapshots that are kept."""
    kept = min(epochs, snapshots(size, remembered))
    held = kept * _snapshot(size, remembered) + _FLOAT * epochs * (size.T + 12)
    return update(size).times(epochs) + Cost(held, 0.0)


def snapshots(size: Size, remembered: int = 0) -> int:
    """How many epochs of a training are kept in full: fewer of a large network, so that they fit."""
    fit = MOST_BYTES // _snapshot(size, remembered)
    return int(min(MOST_SNAPSHOTS, max(FEWEST_SNAPSHOTS, fit)))


def _snapshot(size: Size, remembered: int) -> int:
    """Bytes of an epoch kept in full, once as it came and once in the stack that is made of all."""
    return 2 * _FLOAT * size.parameters * (4 + remembered)


def copies(size: Size, count: float, complex_step: bool = False) -> Cost:
    """Forward passes of so many networks that differ in one number, in blocks that stay small."""
    T, m, n0, n1, n2, g = size
    each = T * m * n1 * ((g * (n0 + n1) + n2) * _PRODUCT + g * _STATE)
    return Cost(_BLOCK, count * each * (_COMPLEX if complex_step else 1.0))


def checks(size: Size) -> Cost:
    """The six checks of a gradient, each of which looks at as much as fits into its time."""
    return update(size) + Cost(_BLOCK, 6 * MOST_SECONDS)


def moved_alone(size: Size) -> Cost:
    """One network that differs in one number: what its calls take is shared with no other."""
    return copies(size, 1) + Cost(0, size.T * 20 * _CALL)


def updates_by_loop(size: Size, count: float) -> Cost:
    """So many epochs by the loop in plain steps; only the losses are kept."""
    return (update(size) + Cost(0, size.T * 30 * _CALL)).times(count)


def affordable_updates(size: Size, epochs: int) -> int:
    """Return how many of so many epochs are trained where a training is only looked at in passing."""
    return min(epochs, max(10, updates_by_loop(size, 1).affordable(MOST_TRAINING)))


def script_step(size: Size, calls: float) -> float:
    """Seconds of one step of one epoch in a script: so many of calls, and the multiplications."""
    _, m, n0, n1, n2, g = size
    return calls + 6 * m * n1 * (g * (n0 + n1) + n2) / 1.5e9 + 8e-8 * m * g * n1


def export(size: Size, kind: str, epochs: int) -> Cost:
    """A file of an experiment: its numbers as text, and what rounding may move, measured.

    A script trains as many of the epochs as fit into its time, from five starts.
    """
    if kind in ("html", "tikz"):
        return scene(size)
    numbers = size.T * size.m * (size.n0 + size.n2) + 3 * size.parameters
    written = Cost(numbers * _WRITING, numbers * _WRITTEN)
    if kind in ("session", "xlsx"):
        return written
    trained = min(epochs, max(1.0, MOST_SCRIPT // (script_step(size, 3.5e-5) * size.T)))
    more = one_sweep(size).times(8) if kind == "pytorch" else Cost(0, 0)
    return written + update(size).times(5 * trained + 10) + more


def surface(size: Size, points: int) -> Cost:
    """The loss at points × points places, and its gradient at a quarter of them."""
    there = update(size)
    return Cost(2 * there.bytes, forward(size).seconds * 1.4 * points**2 + there.seconds * points**2 / 4)
