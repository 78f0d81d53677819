"""What one experiment is: a frozen, validated value that is also the cache key and the query string.

Only the standard library is imported here, so that every layer and the command line can use it.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MAX_TEXT = 400
DEFAULT_TEXT = "the time we take to tell the time is the time it takes"
PRESET_NAMES = (
    "lecture-sequence-to-vector",
    "lecture-sequence-to-sequence",
    "sentiment",
    "parity",
    "echo",
    "adding",
    "characters",
    "sunspots",
    "vanishing",
    "exploding",
    "orthogonal",
)
PAGE_KEYS = frozenset({"frame", "t", "k", "epoch", "lesson", "compare", "embed", "embed_options"})
"""Keys that a page may keep in the query string beside the experiment; `from_query` passes them over."""


@dataclass(frozen=True)
class TaskLimits:
    """What a task can serve; `RunConfig.reconciled` holds a configuration to it.

    Attributes
    ----------
    name, label, help : str
        Key, short title and one sentence.
    modes : tuple of str
        Modes in which the task has a meaning, its own first.
    steps, batch : (int, int)
        Smallest and largest value.
    outputs : tuple of str
        Output activation with loss that fits the targets, the task's own first.
    """

    name: str
    label: str
    help: str
    modes: tuple[str, ...]
    steps: tuple[int, int] = (1, 200)
    batch: tuple[int, int] = (1, 64)
    outputs: tuple[str, ...] = ()


_SEQUENCE = ("sequence_to_sequence", "sequence_to_vector")
_VECTOR = ("sequence_to_vector", "sequence_to_sequence")
_CLASSES = ("softmax_cce", "sigmoid_bce", "softmax_se", "sigmoid_se", "identity_se", "relu_se")
_BINARY = ("sigmoid_bce", "sigmoid_se", "identity_se", "relu_se")
_REAL = ("identity_se", "relu_se", "sigmoid_se")

TASKS: Mapping[str, TaskLimits] = MappingProxyType(
    {
        limits.name: limits
        for limits in (
            TaskLimits(
                "lecture_vector",
                "Lecture: one answer at the end",
                "Small fixed numbers; a single probability after the last step.",
                _VECTOR,
                outputs=_BINARY,
            ),
            TaskLimits(
                "lecture_sequence",
                "Lecture: an answer at every step",
                "Small fixed numbers; two classes at every step.",
                _SEQUENCE,
                outputs=_CLASSES,
            ),
            TaskLimits(
                "sentiment",
                "Sentiment of a short phrase",
                "Is the phrase kind or unkind? Negation turns it round, so order matters.",
                ("sequence_to_vector",),
                steps=(1, 12),
                outputs=_BINARY,
            ),
            TaskLimits(
                "parity",
                "Running parity",
                "Is the number of ones so far odd? Every step can turn the answer round.",
                _SEQUENCE,
                outputs=_BINARY,
            ),
            TaskLimits(
                "echo",
                "Echo",
                "Repeat the symbol that was read a few steps ago.",
                _SEQUENCE,
                outputs=_CLASSES,
            ),
            TaskLimits(
                "adding",
                "Adding",
                "Add the two marked numbers of a long sequence.",
                _VECTOR,
                steps=(2, 200),
                outputs=_REAL,
            ),
            TaskLimits(
                "recall",
                "Recall",
                "Give back the number read at the first step, with noise in between.",
                _VECTOR,
                steps=(2, 200),
                outputs=_REAL,
            ),
            TaskLimits(
                "next_character",
                "Next character",
                "Read a text and name the character that comes next.",
                _SEQUENCE,
                outputs=_CLASSES,
            ),
            TaskLimits(
                "sunspots",
                "Sunspots",
                "Forecast next year's sunspot number, on the yearly series 1700–2008.",
                _SEQUENCE,
                steps=(1, 60),
                outputs=_REAL,
            ),
        )
    }
)

OUTPUTS = ("task", *_CLASSES)

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "sequence_to_sequence": "sequence to sequence",
        "sequence_to_vector": "sequence to vector",
        "task": "as the task wants",
        "softmax_cce": "softmax, categorical cross-entropy",
        "sigmoid_bce": "sigmoid, binary cross-entropy",
        "softmax_se": "softmax, squared error",
        "sigmoid_se": "sigmoid, squared error",
        "identity_se": "identity, squared error",
        "relu_se": "ReLU, squared error",
        "relu": "ReLU",
        "xavier": "Xavier",
        "sgd": "plain gradient descent",
        "window": "window: only the last τ steps",
        "chunk": "chunk: cut every τ steps",
        "W1": "W₁",
        "Wh1": "Wₕ₁",
        "b1": "β₁",
        "W2": "W₂",
        "b2": "β₂",
        **{name: limits.label for name, limits in TASKS.items()},
    }
)
"""How a choice is written for the reader; a choice that is missing is written as it is."""


@dataclass(frozen=True)
class Field:
    """One setting as the sidebar draws it.

    `kind` is "int", "float", "choice" or "text"; `low` and `high` bound numbers (for text: its length);
    `optional` settings may be None; `rare` ones are folded away; `tasks` names the tasks that read the
    setting (empty: all).
    """

    name: str
    label: str
    help: str
    group: str
    kind: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    rare: bool = False
    tasks: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What a valid value is, in words."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "text":
            return f"a text of {self.low} to {self.high} characters with at least two different ones"
        noun = "a whole number" if self.kind == "int" else "a number"
        return f"{noun} from {self.low} to {self.high}" + (" or none" if self.optional else "")


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        field.name: field
        for field in (
            Field(
                "preset",
                "Preset",
                "A named experiment; every other setting starts from it.",
                "task",
                "choice",
                choices=PRESET_NAMES,
            ),
            Field("task", "Task", "What the network has to learn.", "task", "choice", choices=tuple(TASKS)),
            Field(
                "mode",
                "Mode",
                "A loss at every step (sequence to sequence) or at the last step only (sequence to vector).",
                "task",
                "choice",
                choices=_SEQUENCE,
            ),
            Field(
                "steps",
                "Steps T",
                "How many time steps the network is unrolled over.",
                "task",
                "int",
                1,
                200,
                1,
            ),
            Field(
                "batch", "Batch m", "How many sequences are learned from at once.", "task", "int", 1, 64, 1
            ),
            Field(
                "lag",
                "Lag",
                "Echo: how many steps ago the symbol to repeat was read.",
                "task",
                "int",
                0,
                50,
                1,
                tasks=("echo",),
            ),
            Field(
                "text",
                "Text",
                "Next character: the text to read; any characters will do.",
                "task",
                "text",
                2,
                MAX_TEXT,
                tasks=("next_character",),
            ),
            Field(
                "hidden", "Hidden units n₁", "The length of the hidden state H.", "network", "int", 1, 64, 1
            ),
            Field(
                "activation",
                "Hidden activation f₁",
                "The function applied to A_t; its slope is one factor of every step Jacobian.",
                "network",
                "choice",
                choices=("tanh", "relu", "sigmoid", "identity"),
            ),
            Field(
                "output",
                "Output and loss",
                "The output activation f₂ and the loss that compares Ŷ with Y.",
                "network",
                "choice",
                choices=OUTPUTS,
                rare=True,
            ),
            Field(
                "scheme",
                "Initialisation",
                "How the start values of the weights are drawn.",
                "network",
                "choice",
                choices=("xavier", "orthogonal", "identity", "normal"),
            ),
            Field(
                "spectral_radius",
                "Spectral radius of Wₕ₁",
                "Rescales Wₕ₁ so that its largest |eigenvalue| is this; none leaves it as drawn.",
                "network",
                "float",
                0.0,
                5.0,
                0.05,
                optional=True,
            ),
            Field(
                "input_scale",
                "Input scale",
                "Multiplies W₁ after initialisation.",
                "network",
                "float",
                0.0,
                10.0,
                0.1,
                rare=True,
            ),
            Field(
                "seed",
                "Seed",
                "Which start values and which data are drawn; the same seed gives the same numbers.",
                "network",
                "int",
                0,
                999_999,
                1,
            ),
            Field(
                "optimiser",
                "Optimiser",
                "How a gradient becomes an update.",
                "training",
                "choice",
                choices=("sgd", "momentum", "adam"),
            ),
            Field(
                "learning_rate",
                "Learning rate η",
                "The length of a step against the gradient.",
                "training",
                "float",
                1e-6,
                10.0,
                0.01,
            ),
            Field("epochs", "Epochs", "How many updates are made.", "training", "int", 1, 2000, 10),
            Field(
                "clip_norm",
                "Clip by norm",
                "Shortens the gradient of all parameters together to at most this length.",
                "training",
                "float",
                1e-3,
                1000.0,
                0.1,
                optional=True,
            ),
            Field(
                "clip_value",
                "Clip by value",
                "Cuts every single gradient entry to at most this size.",
                "training",
                "float",
                1e-3,
                1000.0,
                0.1,
                optional=True,
                rare=True,
            ),
            Field(
                "truncation",
                "Truncation τ",
                "Leaves out the chain-rule terms that reach further back than τ steps.",
                "training",
                "int",
                1,
                200,
                1,
                optional=True,
            ),
            Field(
                "truncation_kind",
                "Kind of truncation",
                "A sliding window of τ steps, or blocks of τ steps with a cut between them.",
                "training",
                "choice",
                choices=("window", "chunk"),
                rare=True,
            ),
            Field(
                "parameter",
                "Parameter",
                "The parameter whose chain rule is shown.",
                "view",
                "choice",
                choices=("W1", "Wh1", "b1", "W2", "b2"),
            ),
            Field(
                "sample",
                "Sample",
                "Which sequence of the batch is shown; −1 is the mean over the batch.",
                "view",
                "int",
                -1,
                63,
                1,
            ),
        )
    }
)


def _shown(value: object, limit: int = 40) -> str:
    """`value` cut short and freed from anything that Markdown, TeX or HTML could act on."""
    text = str(value)[: limit + 1]
    text = text[:limit] + "…" if len(text) > limit else text
    return "".join(c if c.isalnum() or c in " .,+-_…" else "·" for c in text) or "(empty)"


def _check_number(field: Field, value: object) -> int | float:
    integral = field.kind == "int"
    kind = numbers.Integral if integral else numbers.Real
    if isinstance(value, bool) or not isinstance(value, kind) or not math.isfinite(value):
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    if not field.low <= value <= field.high:
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return int(value) if integral else float(value)


def _check_text(field: Field, value: object) -> str:
    """A text that can be learned from and can travel in a URL (no lone surrogates)."""
    fits = isinstance(value, str) and field.low <= len(value) <= field.high and len(set(value)) > 1
    if not fits or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return value


def _checked(field: Field, value: object) -> object:
    """The value in its own plain type, or ValueError naming field, given and expected."""
    if value is None and field.optional:
        return None
    if field.kind in ("int", "float"):
        return _check_number(field, value)
    if field.kind == "text":
        return _check_text(field, value)
    if not isinstance(value, str) or value not in field.choices:
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return value


_WHOLE = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?", re.ASCII)


def _parsed(field: Field, text: str) -> object:
    """The value that a query string means; ValueError when it means none."""
    if field.optional and text == "none":
        return None
    if field.kind in ("choice", "text"):
        return _checked(field, text)
    pattern, kind = (_WHOLE, int) if field.kind == "int" else (_DECIMAL, float)
    if not pattern.fullmatch(text):
        raise ValueError(f"{field.name}: got {_shown(text)}, expected {field.expected}")
    return _checked(field, kind(text))


def _single(value: object) -> object:
    """The last of a repeated query value, as browsers and Streamlit read it."""
    return value[-1] if isinstance(value, (list, tuple)) and value else value


@dataclass(frozen=True)
class RunConfig:
    """Everything that defines an experiment; equal configurations give equal numbers.

    Attributes are described in `FIELDS`. `sample` and `parameter` are settings of the view that travel in the
    link with the rest.

    Raises
    ------
    ValueError
        Names the field, what was given and what was expected.
    """

    preset: str = "lecture-sequence-to-sequence"
    task: str = "lecture_sequence"
    mode: str = "sequence_to_sequence"
    steps: int = 3
    hidden: int = 3
    batch: int = 1
    activation: str = "tanh"
    output: str = "task"
    scheme: str = "xavier"
    spectral_radius: float | None = None
    input_scale: float = 1.0
    seed: int = 0
    optimiser: str = "sgd"
    learning_rate: float = 0.1
    clip_norm: float | None = None
    clip_value: float | None = None
    truncation: int | None = None
    truncation_kind: str = "window"
    epochs: int = 100
    lag: int = 2
    text: str = DEFAULT_TEXT
    parameter: str = "Wh1"
    sample: int = 0

    def __post_init__(self) -> None:
        for name, field in FIELDS.items():
            object.__setattr__(self, name, _checked(field, getattr(self, name)))

    def replace(self, **changes: object) -> RunConfig:
        """A copy with some fields changed, validated again."""
        return dataclasses.replace(self, **changes)

    def output_pair(self) -> str:
        """Output activation with loss as a choice of `OUTPUTS` other than "task"."""
        return TASKS[self.task].outputs[0] if self.output == "task" else self.output

    def reconciled(self) -> tuple[RunConfig, tuple[str, ...]]:
        """The nearest configuration that the task can serve, and a sentence for each change."""
        changes, notes = {}, []
        for name, value, note in _adjustments(self):
            changes[name] = value
            notes.append(note)
        return (self.replace(**changes), tuple(notes)) if changes else (self, ())

    def to_query(self) -> dict[str, str]:
        """The query string as a dict: the preset and what differs from it; empty for the default."""
        if self == RunConfig():
            return {}
        base = PRESETS[self.preset].config
        changed = [name for name in FIELDS if getattr(self, name) != getattr(base, name)]
        return {"preset": self.preset} | {name: _written(getattr(self, name)) for name in changed}

    @classmethod
    def from_query(cls, query: Mapping[str, str | list[str]]) -> tuple[RunConfig, tuple[str, ...]]:
        """The configuration that a query string means, whatever it holds.

        Parameters
        ----------
        query : mapping
            Values are text, or lists of text of which the last counts.

        Returns
        -------
        config : RunConfig
            Reconciled with its task; a field that cannot be read keeps the preset's value.
        notes : tuple of str
            One sentence for each thing that was ignored or changed.
        """
        given = {key: _single(value) for key, value in query.items()}
        notes: list[str] = []
        base = PRESETS[_read("preset", given, PRESET_NAMES[1], notes)].config
        values = {name: _read(name, given, getattr(base, name), notes) for name in FIELDS}
        unknown = [key for key in given if key not in FIELDS and key not in PAGE_KEYS]
        notes += [f"The link's “{_shown(key)}” is not a setting and was ignored." for key in unknown[:5]]
        config, changed = cls(**(values | {"preset": base.preset})).reconciled()
        return config, (*dict.fromkeys(notes), *changed)


def _written(value: object) -> str:
    return "none" if value is None else str(value)


def _read(name: str, given: Mapping[str, object], fallback: object, notes: list[str]) -> object:
    """One field of a query, or the fallback with a note why."""
    if name not in given:
        return fallback
    field, value = FIELDS[name], given[name]
    try:
        return _parsed(field, value if isinstance(value, str) else str(value))
    except (ValueError, OverflowError):
        notes.append(
            f"The link's {name} “{_shown(value)}” was ignored: expected {field.expected}; "
            f"{_shown(_written(fallback))} is used."
        )
        return fallback


def _clamped(name: str, value: int, low: int, high: int, why: str):
    if low <= value <= high:
        return
    nearest = min(max(value, low), high)
    yield name, nearest, f"{name} {value} became {nearest}: {why} {low} to {high}."


def _adjustments(config: RunConfig):
    """(field, value, sentence) for everything that the task of `config` cannot serve."""
    limits = TASKS[config.task]
    if config.mode not in limits.modes:
        yield (
            "mode",
            limits.modes[0],
            f"{limits.label} is {LABELS[limits.modes[0]]} only; the mode was changed.",
        )
    if config.output not in ("task", *limits.outputs):
        yield (
            "output",
            "task",
            f"The targets of “{limits.label}” do not fit {LABELS[config.output]}; its own output is used.",
        )
    low, high = limits.steps
    if config.task == "next_character":
        high = min(high, len(config.text) - 1)
    why = f"“{limits.label}” takes"
    yield from _clamped("steps", config.steps, low, high, why + " steps from")
    steps = min(max(config.steps, low), high)
    low, high = _batch_limits(config, steps)
    yield from _clamped("batch", config.batch, low, high, f"{why} a batch from")
    batch = min(max(config.batch, low), high)
    if config.task == "echo":
        yield from _clamped("lag", config.lag, 0, steps - 1, f"with {steps} steps the lag goes from")
    if config.sample >= batch:
        yield "sample", 0, f"sample {config.sample} became 0: the batch holds {batch}."


def _batch_limits(config: RunConfig, steps: int) -> tuple[int, int]:
    """Windows and phrases are finite: a batch never repeats one."""
    low, high = TASKS[config.task].batch
    if config.task == "next_character":
        return low, min(high, len(config.text) - steps)
    if config.task == "sentiment":
        return low, min(high, sum(count for length, count in PHRASES_OF_LENGTH.items() if length <= steps))
    return low, high


PHRASES_OF_LENGTH: Mapping[int, int] = MappingProxyType({1: 6, 2: 24, 3: 36, 4: 18})
"""How many sentiment phrases there are of each length (made by tasks/sentiment.py; a test compares)."""


@dataclass(frozen=True)
class Preset:
    """A named experiment: its `config`, a `title`, and one `sentence` that says what to look for."""

    name: str
    title: str
    sentence: str
    config: RunConfig


def _preset(name: str, title: str, sentence: str, **values: object) -> Preset:
    return Preset(name, title, sentence, RunConfig(preset=name, **values))


_RECALL = dict(
    task="recall",
    mode="sequence_to_vector",
    hidden=8,
    batch=16,
    steps=20,
    input_scale=0.5,
    seed=0,
    epochs=100,
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset(
                "lecture-sequence-to-vector",
                "The lecture: sequence to vector",
                "Three steps, one probability at the end: the only loss is L₂.",
                task="lecture_vector",
                mode="sequence_to_vector",
                learning_rate=0.5,
            ),
            _preset(
                "lecture-sequence-to-sequence",
                "The lecture: sequence to sequence",
                "Three steps and a loss at each: six chain-rule terms add up to the gradient.",
            ),
            _preset(
                "sentiment",
                "Sentiment with negation",
                "“not good” is unkind: the network has to remember the word before.",
                task="sentiment",
                mode="sequence_to_vector",
                steps=4,
                hidden=6,
                batch=24,
                optimiser="adam",
                learning_rate=0.05,
                epochs=150,
            ),
            _preset(
                "parity",
                "Running parity",
                "Odd or even so far? One wrong step spoils every later answer.",
                task="parity",
                steps=8,
                hidden=8,
                batch=32,
                optimiser="adam",
                learning_rate=0.03,
                epochs=300,
            ),
            _preset(
                "echo",
                "Echo",
                "The symbol of three steps ago: terms with t − k = 3 have to carry it.",
                task="echo",
                steps=10,
                hidden=12,
                batch=32,
                lag=3,
                optimiser="adam",
                learning_rate=0.03,
                epochs=300,
            ),
            _preset(
                "adding",
                "Adding",
                "Two marked numbers among thirty: the loss at the end reaches far back.",
                task="adding",
                mode="sequence_to_vector",
                steps=30,
                hidden=16,
                batch=32,
                scheme="identity",
                optimiser="adam",
                learning_rate=0.01,
                epochs=400,
            ),
            _preset(
                "characters",
                "Next character",
                "The network reads a sentence and learns what follows each letter.",
                task="next_character",
                steps=12,
                hidden=24,
                batch=32,
                optimiser="adam",
                learning_rate=0.02,
                epochs=200,
            ),
            _preset(
                "sunspots",
                "Sunspots 1700–2008",
                "Forecast the next year of a real series and compare with naive forecasts.",
                task="sunspots",
                steps=24,
                hidden=8,
                batch=32,
                optimiser="adam",
                learning_rate=0.01,
                epochs=400,
            ),
            _preset(
                "vanishing",
                "Vanishing gradients",
                "Sigmoid units forget the first step: its share of the gradient is almost nothing.",
                **_RECALL,
                activation="sigmoid",
                scheme="normal",
                spectral_radius=1.0,
                learning_rate=0.05,
            ),
            _preset(
                "exploding",
                "Exploding gradients",
                "Each step stretches by 1.2; plain gradient descent ends in NaN within a few updates.",
                **_RECALL,
                activation="identity",
                scheme="orthogonal",
                spectral_radius=1.2,
                learning_rate=0.01,
            ),
            _preset(
                "orthogonal",
                "Orthogonal start",
                "tanh units that start orthogonal carry the first step to the last, and learn.",
                **_RECALL,
                activation="tanh",
                scheme="orthogonal",
                learning_rate=0.05,
            ),
        )
    }
)
