"""The next hidden state of one sample, unit by unit in plain Python, for every cell."""

import math
from collections.abc import Callable, Sequence

from rnnviz.experiment.core import Experiment

Row = list[float]
Step = Callable[[Row, Row, Row], Row]
"""From the input, the state and an LSTM's memory, each of one sample, to the next state."""


def step_of(experiment: Experiment) -> Step:
    """Return the step of the experiment's cell."""
    W1, Wh1, b1, *_ = (part.tolist() for part in experiment.parameters)
    n, config = experiment.config.hidden, experiment.config
    if config.cell == "plain":
        f1 = FUNCTIONS[experiment.architecture.hidden_activation]
        return lambda x, h, _: [f1(a) for a in _sums(x + h, W1 + Wh1, b1)]
    if config.cell == "lstm":
        return lambda x, h, memory: _lstm(_blocks(_sums(x + h, W1 + Wh1, b1), n), memory)
    U_c, d_c = [row[2 * n :] for row in Wh1], b1[3 * n :]

    def step(x: Row, h: Row, _: Row) -> Row:
        r, z = (list(map(_sigma, each)) for each in _blocks(_sums(x + h, W1 + Wh1, b1[: 3 * n]), n)[:2])
        if config.reset == "after":
            brought = [gate * a for gate, a in zip(r, _sums(h, U_c, d_c), strict=True)]
        else:
            brought = _sums([gate * value for gate, value in zip(r, h, strict=True)], U_c, [0.0] * n)
        own = _blocks(_sums(x, W1, b1[: 3 * n]), n)[2]
        candidate = (math.tanh(a + b) for a, b in zip(own, brought, strict=True))
        return [gate * old + (1 - gate) * new for gate, old, new in zip(z, h, candidate, strict=True)]

    return step


def _lstm(A: Sequence[Row], memory: Row) -> Row:
    units = zip(*A, memory, strict=True)
    return [
        _sigma(leave) * math.tanh(_sigma(forget) * old + _sigma(enter) * math.tanh(candidate))
        for enter, forget, leave, candidate, old in units
    ]


def _sums(read: Row, rows: list[Row], bias: Row) -> Row:
    """What is read times the rows, and the bias."""
    return [sum((value * row[j] for value, row in zip(read, rows, strict=True)), bias[j]) for j in range(len(bias))]


def _blocks(row: Row, n: int) -> list[Row]:
    return [row[start : start + n] for start in range(0, len(row), n)]


def _sigma(a: float) -> float:
    return 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "relu": lambda a: max(a, 0.0),
    "sigmoid": _sigma,
    "identity": lambda a: a,
}
