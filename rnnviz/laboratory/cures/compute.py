"""What helps a network to look far back: the same task, seed and size, learned in several ways."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import cycle
from pathlib import Path

import numpy as np

from rnnviz.engine import Architecture, Backward, Parameters, adjoint_norms, backward, forward, initialise
from rnnviz.engine import training as descent
from rnnviz.engine.losses import loss_and_logit_gradient
from rnnviz.experiment import costs
from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import Value
from rnnviz.tasks.bits import first_symbols
from rnnviz.tasks.memory import marked_sums
from rnnviz.tasks.task import OUTPUT_PAIRS

TASKS = ("adding", "echo")
LENGTHS = (10, 20, 40, 80)
HIDDEN, BATCH = 16, 64
TRAINING, HELD_OUT = 1024, 256
"""How many sequences there are to learn from, a batch of them an update, and how many training never sees."""
POINTS = 30
"""In how many places of a run both losses are measured."""
LEARNED = 0.5
"""A loss below this part of the best constant answer's counts as low."""
REACH, LIMIT, KEEP_BIAS = 10, 1.0, 1.0
"""τ of truncation, the norm of clipping, and the start bias of the gate that keeps the old state."""
RATES = {"adding": 0.05, "echo": 0.1}
"""Of plain gradient descent, by task."""

_ADAM: dict[str, Value] = {"optimiser": "adam", "learning_rate": 0.01}
_CLIPPED_ADAM: dict[str, Value] = _ADAM | {"clip_norm": LIMIT}
_CHANGES: Mapping[str, Mapping[str, Value]] = {
    "plain": {},
    "clipping": {"clip_norm": LIMIT},
    "truncation": {"truncation": REACH},
    "adam": _ADAM,
    "orthogonal": _CLIPPED_ADAM | {"scheme": "orthogonal"},
    "identity-relu": _CLIPPED_ADAM | {"activation": "relu", "scheme": "identity"},
    "gru": _CLIPPED_ADAM,
    "lstm": _CLIPPED_ADAM,
}
"""The settings of each way that differ from those of the first."""


@dataclass(frozen=True)
class Cure:
    """One way to learn, as ``content/cures.toml`` has it."""

    name: str
    label: str
    sentence: str
    cell: str = "plain"
    changes: Mapping[str, Value] = field(default_factory=dict)


_NUMBERS = {"limit": LIMIT, "reach": REACH, "keep_bias": KEEP_BIAS}
CURES = tuple(
    replace(cure, sentence=cure.sentence.format(**_NUMBERS), changes=_CHANGES[cure.name])
    for cure in prose.read("cures", Mapping[str, Cure]).values()
)
VERDICTS = ("learned", "overfits", "not learned", "not finite")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one way of learning reached at one length T = ``steps``.

    After so many updates as ``points`` (P,) tell, the last time after all, two losses were measured: ``held_out``
    (P,) on sequences that training never sees, ``training`` (P,) on as many of those it learns from. Of the same two
    sets are ``constant`` and ``constant_training``, the losses of the best constant answer to the training targets.
    ``start`` and ``end``, (T,), are ‖∂L_{T-1}/∂S_k‖ / ‖∂L_{T-1}/∂S_{T-1}‖ by lag, S being the state that is handed
    on, before and after training; no term is left out, whatever the way.
    """

    cure: Cure
    task: str
    steps: int
    losses: np.ndarray  # (U,), on the batch of each update, before it
    points: np.ndarray
    held_out: np.ndarray
    training: np.ndarray
    constant: float
    constant_training: float
    start: np.ndarray
    end: np.ndarray
    clipped: int  # in how many updates clipping shortened the gradient
    finite: bool
    seconds: float

    @property
    def left(self) -> float:
        """The last held-out loss as a part of the best constant answer's; infinite if training broke."""
        return float(self.held_out[-1] / self.constant) if self.finite else np.inf

    @property
    def left_training(self) -> float:
        """The same on the training sequences."""
        return float(self.training[-1] / self.constant_training) if self.finite else np.inf

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`: "learned" is a held-out loss below `LEARNED`, "overfits" a training loss alone."""
        if not self.finite:
            return "not finite"
        if self.left < LEARNED:
            return "learned"
        return "overfits" if self.left_training < LEARNED else "not learned"

    @property
    def learned(self) -> bool:
        """Whether it carries over to sequences that training never sees."""
        return self.verdict == "learned"


@dataclass(frozen=True, eq=False)
class Data:
    """The sequences of a task at one length: X (T, `TRAINING`, n0) and Y (`TRAINING`, n2) to learn from.

    `HELD_OUT` others are held out, or a few less where sequences are so short that some were drawn again.
    """

    X: np.ndarray
    Y: np.ndarray
    held_out_X: np.ndarray  # noqa: N815
    held_out_Y: np.ndarray  # noqa: N815

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The batches in turn, again and again."""
        places = [slice(first, first + BATCH) for first in range(0, len(self.Y), BATCH)]
        return cycle([(np.ascontiguousarray(self.X[:, place]), self.Y[place]) for place in places])

    def measured(self) -> tuple[np.ndarray, np.ndarray]:
        """As many of the training sequences as are held out: on them the training loss is measured."""
        return np.ascontiguousarray(self.X[:, :HELD_OUT]), self.Y[:HELD_OUT]


@lru_cache(maxsize=4)
def data_of(task: str, steps: int, seed: int) -> Data:
    """The sequences that all ways learn a task of `TASKS` from; no sequence is both trained on and held out."""
    if task not in TASKS:
        raise ValueError(f"task: got {task!r}, expected one of {', '.join(TASKS)}")
    rng = np.random.default_rng([TASKS.index(task), seed, steps])
    make = {"adding": marked_sums, "echo": first_symbols}[task]
    X, Y = make(rng, steps, TRAINING + HELD_OUT)
    seen = {X[:, one].tobytes() for one in range(TRAINING)}
    fresh = [one for one in range(TRAINING, len(Y)) if X[:, one].tobytes() not in seen]
    return Data(np.ascontiguousarray(X[:, :TRAINING]), Y[:TRAINING], X[:, fresh], Y[fresh])


@dataclass(frozen=True, eq=False)
class _Network:
    """A network of any cell, asked at its last step, its start values, and how far its gradient reaches."""

    architecture: Architecture
    start: Parameters
    truncation: int | None
    truncation_kind: str

    def gradient(self, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> Backward:
        trace = forward(self.architecture, parameters, X)
        return backward(self.architecture, parameters, trace, Y, self.truncation, self.truncation_kind)

    def loss(self, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> float:
        trace = forward(self.architecture, parameters, X)
        each, _ = loss_and_logit_gradient(self.architecture, trace.Z, trace.Y_hat, Y[None])
        return float(each.mean())

    def by_lag(self, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        """What is left of the last loss's error by lag, as a part; NaN where its own step has none."""
        trace = forward(self.architecture, parameters, X)
        row = adjoint_norms(self.architecture, parameters, trace, Y)[-1, ::-1]
        with np.errstate(all="ignore"):
            return np.where(row[0] > 0, row / row[0], np.nan)


def plan(lengths: tuple[int, ...] = LENGTHS) -> list[tuple[int, Cure]]:
    """All runs of a sweep, the shortest first."""
    return [(steps, cure) for steps in lengths for cure in CURES]


def stored() -> tuple[tuple[str, int, int], dict[tuple[int, str], Outcome]]:
    """Return task, seed and updates of the one sweep that was computed before, and its outcomes by length and way."""
    found = json.loads((Path(__file__).parent / "sweep.json").read_text("utf-8"))
    ways = {cure.name: cure for cure in CURES}

    def outcome(record: dict) -> Outcome:
        lists = {name: np.array(value) for name, value in record.items() if isinstance(value, list)}
        return Outcome(task=found["task"], **record | lists | {"cure": ways[record["cure"]]})

    runs = {(record["steps"], record["cure"]): outcome(record) for record in found["runs"]}
    return (found["task"], found["seed"], found["updates"]), runs


def seconds_of(runs: list[tuple[int, Cure]], updates: int) -> float:
    """About how long so many updates of these runs take on one core."""
    blocks = {cure.cell: len(Architecture(1, 1, 2, cell=cure.cell).layer.blocks) for _, cure in runs}
    sizes = (costs.Size(steps, BATCH, 2, HIDDEN, 2, blocks[cure.cell]) for steps, cure in runs)
    return sum(costs.update(size).times(updates).seconds for size in sizes)


def config_of(task: str, steps: int, cure: Cure, seed: int, updates: int) -> RunConfig:
    """The configuration of one run; a gated cell takes task, size and training from it."""
    lag = {"lag": steps - 1} if task == "echo" else {}
    common = {"hidden": HIDDEN, "batch": BATCH, "mode": "sequence_to_vector", "seed": seed, "epochs": updates}
    settings = common | lag | {"learning_rate": RATES[task]} | dict(cure.changes)
    return RunConfig(preset=task, task=task, steps=steps).replace(**settings)


def cure_run(task: str, steps: int, cure: Cure, seed: int = 0, updates: int = 300) -> Outcome:
    """Train one way at one length of "adding" or "echo", asked once, after the last step; ValueError for others."""
    data = data_of(task, steps, seed)
    config = config_of(task, steps, cure, seed, updates)
    return _learned(config, data, _network(config, architecture_of(config, data, cure.cell)), cure)


@np.errstate(over="ignore")
def _learned(config: RunConfig, data: Data, network: _Network, cure: Cure) -> Outcome:
    total, began = config.epochs, time.perf_counter()
    wanted = set(np.linspace(0, total - 1, min(POINTS, total)).round().astype(int).tolist())
    losses, measured, clipped, end, finite = [], {}, 0, network.start, True
    batches, held_out_data = data.batches(), (data.held_out_X, data.held_out_Y)
    rule = (config.learning_rate, config.optimiser, config.clip_norm, config.clip_value)

    def gradient(parameters: Parameters) -> Backward:
        """Each update follows that of the next batch."""
        return network.gradient(parameters, *next(batches))

    def both(parameters: Parameters) -> tuple[float, float]:
        return network.loss(parameters, *held_out_data), network.loss(parameters, *data.measured())

    for epoch in descent.plan(network.start, gradient, total, *rule):
        losses.append(epoch.loss)
        clipped += epoch.clipped
        if epoch.finite and epoch.epoch in wanted:
            measured[epoch.epoch] = both(epoch.parameters)
        finite = epoch.finite and all(np.isfinite(values).all() for values in epoch.after)
        end = epoch.after if finite else epoch.parameters if epoch.finite else end
        if not finite:
            break
    if finite:
        measured[total] = both(end)
    held_out, training = np.array(list(measured.values())).reshape(-1, 2).T
    return Outcome(
        cure,
        config.task,
        config.steps,
        np.array(losses),
        np.array(list(measured)),
        held_out,
        training,
        *constant_losses(data),
        network.by_lag(network.start, *data.measured()),
        network.by_lag(end, *data.measured()),
        clipped,
        finite,
        time.perf_counter() - began,
    )


def architecture_of(config: RunConfig, data: Data, cell: str = "plain") -> Architecture:
    """The network of a configuration on these data."""
    sizes = data.X.shape[2], config.hidden, data.Y.shape[1]
    output, loss = OUTPUT_PAIRS[config.output_pair()]
    return Architecture(*sizes, config.activation, output, loss, config.mode, cell)


def _network(config: RunConfig, architecture: Architecture) -> _Network:
    """A gated cell starts orthogonal, with the bias that keeps its state."""
    scheme = config.scheme if architecture.cell == "plain" else "orthogonal"
    start = initialise(architecture, config.seed, scheme, forget_bias=KEEP_BIAS, update_bias=KEEP_BIAS)
    return _Network(architecture, start, config.truncation, config.truncation_kind)


def constant_losses(data: Data) -> tuple[float, float]:
    """Loss of the training targets' mean, the best constant answer to them: held out, and in training."""
    mean = data.Y.mean(axis=0)

    def loss(Y: np.ndarray) -> float:
        if Y.shape[1] == 1:
            return float(0.5 * ((Y - mean) ** 2).sum(axis=1).mean())
        return float(-(Y[:, mean > 0] * np.log(mean[mean > 0])).sum(axis=1).mean())

    return loss(data.held_out_Y), loss(data.measured()[1])
