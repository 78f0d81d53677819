"""The numbers of the lesson on gated cells: those of its LSTM, and of the networks that it is held against."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnviz import engine
from rnnviz.engine import Architecture, Parameters
from rnnviz.experiment.core import Experiment, pass_of
from rnnviz.notation.ids import state
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius

FAR = 20
"""Over so many steps the lesson says what gates leave that stay as they are."""
_LONGEST_PRODUCT = 4


@dataclass(frozen=True)
class Kept:
    """What a network keeps from step 0 to the last one.

    `left` of the plain cell is the largest stretch of an error by ∂H/∂H, of a gated one the largest product of the
    gates that keep over its units; `gate` is their mean, 1 where there is none; `numbers` are those in W1, Wh1 and b1.
    """

    left: float
    gate: float
    numbers: int


@np.errstate(all="ignore")
def holes(experiment: Experiment) -> dict[str, Any]:
    """Return what the paragraphs on gates are filled with, for an experiment with an LSTM of at least two steps."""
    config, network, parameters = experiment.config, experiment.architecture, experiment.parameters
    n1 = network.n_hidden
    closed, opened = (_kept(experiment, network, _with_forget_bias(parameters, n1, bias)) for bias in (0.0, 1.0))
    at_half, at_one, nine = (float(one**FAR) for one in (0.5, 1 / (1 + np.exp(-1.0)), 0.9))
    whose = "" if experiment.trace.X.shape[1] == 1 else f" (sample {max(config.sample, 0) + 1})"
    return _of_one_unit(experiment) | dict(
        whose=whose, long=FAR, at_half=at_half, at_one=at_one, nine=nine, closed=closed, opened=opened,
        bias=float(parameters.b1[n1 : 2 * n1].mean()), lstm=_kept(experiment, network, parameters),
        plain=_kept(experiment, *_drawn(experiment, "plain")), gru=_kept(experiment, *_drawn(experiment, "gru")),
    )  # fmt: skip


def _of_one_unit(experiment: Experiment) -> dict[str, Any]:
    """The numbers of the first sample that is looked at, in the unit that keeps most; and the two ways of a term."""
    trace, Y = pass_of(experiment, experiment.config.sample)
    problem, last = (experiment.architecture, experiment.parameters, trace, Y), len(trace.A) - 1
    gates, memory = np.split(np.asarray(trace.gates)[:, 0], 4, axis=1), np.asarray(trace.C)[:, 0]
    forget = gates[1][1:]
    unit = int(forget.prod(axis=0).argmax())
    i, f, o, c, C, H = (one[:, unit] for one in (*gates, memory, trace.H[:, 0]))
    direct = engine.direct_path_terms(*problem)["b1"][last, 0]
    through = engine.single_term(*problem, "b1", last, 0).value - direct
    squashed = np.tanh(C)
    slope = float(1 - squashed[last] ** 2)
    return dict(
        back=last, before=last - 1, unit=unit, prior=state(last - 1, "C"), low=float(forget[0].min()),
        high=float(forget[0].max()), i1=i[1], f1=f[1], o1=o[1], c1=_factor(c[1]), C0=_factor(C[0]), C1=C[1], H1=H[1],
        squashed=_factor(squashed[1]), product=_product(f[1:]), left=float(f[1:].prod()), o=o[last], slope=slope,
        arrives=float(o[last] * slope), direct=frobenius(direct), through=frobenius(through),
    )  # fmt: skip


def _factor(value: float) -> str:
    return f"({four(value)})" if value < 0 else four(value)


def _product(values: np.ndarray) -> str:
    return f"{' × '.join(map(four, values))} = " if 1 < len(values) <= _LONGEST_PRODUCT else ""


def _with_forget_bias(parameters: Parameters, n1: int, bias: float) -> Parameters:
    b1 = parameters.b1.copy()
    b1[n1 : 2 * n1] = bias
    return parameters._replace(b1=b1)


def _drawn(experiment: Experiment, cell: str) -> tuple[Architecture, Parameters]:
    """The network with another cell, drawn with the same seed."""
    config = experiment.config
    network = replace(experiment.architecture, cell=cell, hidden_activation="tanh", reset="before")
    drawn = config.seed, config.scheme, config.spectral_radius, config.forget_bias, config.update_bias
    start = engine.initialise(network, *drawn)
    return network, start._replace(W1=start.W1 * config.input_scale, Wh1=start.Wh1 * config.gain)


def _kept(experiment: Experiment, network: Architecture, parameters: Parameters) -> Kept:
    sample, memory = max(experiment.config.sample, 0), experiment.C_init if network.cell == "lstm" else None
    trace = engine.forward(network, parameters, experiment.trace.X, experiment.H_init, memory)
    numbers = sum(parameters[place].size for place in range(3))
    if trace.gates is None:
        whole = engine.state_jacobian(network, parameters, trace, len(trace.A) - 1, 0, sample)
        return Kept(engine.spectral_norm(whole) if np.isfinite(whole).all() else float("inf"), 1.0, numbers)
    blocks, name = network.layer.blocks, "update" if memory is None else "forget"
    keeping = np.split(trace.gates[1:, sample], len(blocks), axis=1)[blocks.index(name)]
    return Kept(float(keeping.prod(axis=0).max()), float(keeping.mean()), numbers)
