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
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from rnnviz.counts import counted
from rnnviz.edits import entry_of, entry_text
from rnnviz.edits import read as read_edits
from rnnviz.edits import shown as _shown
from rnnviz.edits import written as written_edits
from rnnviz.settings import (
    FIELDS,
    LABELS,
    MOST_SIGNS,
    OTHER,
    PHRASES_OF_LENGTH,
    PRESET_NAMES,
    TASKS,
    Field,
    TaskLimits,
)

__all__ = [
    "FIELDS",
    "LABELS",
    "PRESETS",
    "PRESET_NAMES",
    "TASKS",
    "Field",
    "Preset",
    "RunConfig",
    "TaskLimits",
    "read_value",
]

DEFAULT_TEXT = "the time we take to tell the time is the time it takes"
VIEW_FIELDS = (
    "parameter",
    "sample",
    "symbols",
    "vectors",
    "over_time",
    "first_step",
    "mistake",
    "part",
    "slopes",
    "first_entry",
    "second_entry",
    "compare",
)
PAGE_KEYS = frozenset(
    {
        "frame",
        "q",
        "open",
        "see",
        "epoch",
        "lesson",
        "lecture",
        "question",
        "word",
        "find",
        "embed",
        "embed_options",
    }
)
"""Keys that a page may keep in the query string beside the experiment; `from_query` passes them over."""


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


def _check_entry(field: Field, value: object) -> str:
    """The name of an entry of a parameter, in its plain form."""
    variable, entry = entry_of(value)
    if variable not in FIELDS["parameter"].choices:
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return entry_text(variable, entry)


def _check_fingerprint(field: Field, value: object) -> str:
    if not isinstance(value, str) or not _FINGERPRINT.fullmatch(value):
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return value


def _check_run(field: Field, value: object) -> str:
    """The query of another run in its plain form; it pins no run of its own."""
    if value == "":
        return ""
    notes: object = "none"
    if isinstance(value, str) and len(value) <= field.high:
        pairs = {name: text for name, text in parse_qsl(value, keep_blank_values=True) if name != "compare"}
        config, notes = RunConfig.from_query(pairs)
    if notes or not pairs:
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return config.written()


def _checked(field: Field, value: object) -> object:
    """The value in its own plain type, or ValueError naming field, given and expected."""
    if value is None and field.optional:
        return None
    if field.kind in ("int", "float"):
        return _check_number(field, value)
    if field.kind == "text":
        return _check_text(field, value)
    if field.kind == "edits":
        return written_edits(read_edits(value))
    if field.kind == "entry":
        return _check_entry(field, value)
    if field.kind == "run":
        return _check_run(field, value)
    if field.kind == "data":
        return _check_fingerprint(field, value)
    if not isinstance(value, str) or value not in field.choices:
        raise ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")
    return value


def read_value(name: str, text: str) -> object:
    """The value that a link's text means for a setting.

    Raises
    ------
    ValueError
        Names the setting, what was given and what was expected; also for an unknown setting.
    """
    if name not in FIELDS:
        near = get_close_matches(name, FIELDS, n=1)
        hint = f", for example {near[0]}" if near else f": {', '.join(FIELDS)}"
        raise ValueError(f"{_shown(name)}: got no setting of this name, expected one that exists{hint}")
    try:
        return _parsed(FIELDS[name], text)
    except OverflowError:
        raise ValueError(f"{name}: got {_shown(text)}, expected {FIELDS[name].expected}") from None


_FINGERPRINT = re.compile(r"([0-9a-f]{32})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?", re.ASCII)


def _parsed(field: Field, text: str) -> object:
    """The value that a query string means; ValueError when it means none."""
    if field.optional and text == "none":
        return None
    if field.kind in ("choice", "text", "edits", "entry", "run", "data"):
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
    link with the rest. `edits` are the numbers that the reader changed (see `rnnviz.edits`); whether the
    experiment has such entries is known only once it is run.

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
    gain: float = 1.0
    input_scale: float = 1.0
    bias: float = 0.0
    start_state: float = -0.25
    seed: int = 9
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
    symbols: str = "lecture"
    vectors: str = "row"
    over_time: str = "sum"
    first_step: str = "0"
    mistake: str = "none"
    part: str = "where"
    slopes: str = "held"
    first_entry: str = "Wh1.0.0"
    second_entry: str = "b1.0"
    edits: str = ""
    data: str = ""
    compare: str = ""

    def __post_init__(self) -> None:
        for name, field in FIELDS.items():
            object.__setattr__(self, name, _checked(field, getattr(self, name)))

    def replace(self, **changes: object) -> RunConfig:
        """A copy with some fields changed, validated again."""
        return dataclasses.replace(self, **changes)

    def view(self) -> dict[str, object]:
        """The settings that change no number of the experiment: what is looked at, and how it is written."""
        return {name: getattr(self, name) for name in VIEW_FIELDS}

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
        if self == _default():
            return {}
        base = PRESETS[self.preset].config
        changed = [name for name in FIELDS if getattr(self, name) != getattr(base, name)]
        return {"preset": self.preset} | {name: _written(getattr(self, name)) for name in changed}

    def written(self) -> str:
        """The experiment as the query of a link: always with its preset, never with a setting of the view."""
        plain = self.replace(**_default().view())
        return urlencode({"preset": plain.preset} | plain.to_query())

    def pinned(self) -> RunConfig | None:
        """The experiment that `compare` names; None if it names none."""
        return RunConfig.from_query(dict(parse_qsl(self.compare)))[0] if self.compare else None

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


@lru_cache(maxsize=1)
def _default() -> RunConfig:
    return RunConfig()


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


def _clamped(name: str, value: int, low: int, high: int, why: str, alone: str):
    """Move a value between two ends; ``why`` stands before them, ``alone`` is said where they are one."""
    if low <= value <= high:
        return
    nearest = min(max(value, low), high)
    reason = f"{why} {low} to {high}" if low < high else alone
    yield name, nearest, f"{name} {value} became {nearest}: {reason}."


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
        yield from _folded(config.text)
    why = f"“{limits.label}” takes"
    only = f"{why} {counted(low, 'step')} only"
    yield from _clamped("steps", config.steps, low, high, f"{why} steps from", only)
    steps = min(max(config.steps, low), high)
    low, high = _batch_limits(config, steps)
    only = f"{why} a batch of {low} only"
    yield from _clamped("batch", config.batch, low, high, f"{why} a batch from", only)
    batch = min(max(config.batch, low), high)
    if config.task == "echo":
        why = f"with {counted(steps, 'step')} the lag"
        yield from _clamped("lag", config.lag, 0, steps - 1, f"{why} goes from", f"{why} is 0")
    if config.sample >= batch:
        yield "sample", 0, f"sample {config.sample} became 0: the batch holds {batch}."


def _folded(text: str):
    """The rarest characters as one, where there are more than a network is given inputs for."""
    letters = sorted({*text} - {OTHER}, key=lambda letter: (-text.count(letter), letter))
    rare = letters[MOST_SIGNS - 1 :]
    if len(rare) > (OTHER not in text):
        yield (
            "text",
            text.translate(dict.fromkeys(map(ord, rare), OTHER)),
            f"The {len(rare)} rarest of {len({*text})} different characters are read as one sign, {OTHER}: "
            f"at most {MOST_SIGNS} are told apart.",
        )


def _batch_limits(config: RunConfig, steps: int) -> tuple[int, int]:
    """Windows and phrases are finite: a batch never repeats one."""
    low, high = TASKS[config.task].batch
    if config.task == "next_character":
        return low, min(high, len(config.text) - steps)
    if config.task == "sentiment":
        return low, min(high, sum(count for length, count in PHRASES_OF_LENGTH.items() if length <= steps))
    return low, high


@dataclass(frozen=True)
class Preset:
    """A named experiment: its `config`, a `title`, and one `sentence` that says what to look for."""

    name: str
    title: str
    sentence: str
    config: RunConfig


def _preset(name: str, title: str, sentence: str, **values: object) -> Preset:
    return Preset(name, title, sentence, RunConfig(preset=name, **values))


_RECALL = {
    "task": "recall",
    "mode": "sequence_to_vector",
    "steps": 20,
    "hidden": 8,
    "batch": 16,
    "input_scale": 0.5,
    "seed": 0,
}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset(
                "lecture-sequence-to-vector",
                "Lecture: to a vector",
                "Three steps, one probability at the end: the only loss is L₂.",
                task="lecture_vector",
                mode="sequence_to_vector",
                learning_rate=0.5,
                seed=51,
            ),
            _preset(
                "lecture-sequence-to-sequence",
                "Lecture: to a sequence",
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
                batch=64,
                optimiser="adam",
                learning_rate=0.05,
                epochs=150,
                seed=8,
            ),
            _preset(
                "parity",
                "Running parity",
                "Odd or even so far? One wrong step spoils every later answer.",
                task="parity",
                steps=8,
                hidden=8,
                batch=64,
                optimiser="adam",
                learning_rate=0.03,
                epochs=300,
                seed=2,
            ),
            _preset(
                "echo",
                "Echo",
                "The symbol of three steps ago: terms with t − k = 3 have to carry it.",
                task="echo",
                steps=10,
                hidden=12,
                batch=64,
                lag=3,
                optimiser="adam",
                learning_rate=0.03,
                epochs=300,
                seed=6,
            ),
            _preset(
                "adding",
                "Adding",
                "Two marked numbers among thirty: the loss at the end reaches far back.",
                task="adding",
                mode="sequence_to_vector",
                steps=30,
                hidden=8,
                batch=64,
                activation="relu",
                scheme="identity",
                input_scale=0.5,
                optimiser="adam",
                learning_rate=0.01,
                clip_norm=1.0,
                epochs=800,
                seed=13,
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
                seed=0,
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
                seed=0,
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
                epochs=200,
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
                epochs=400,
            ),
            _preset(
                "orthogonal",
                "Orthogonal start",
                "tanh units that start orthogonal carry the first step to the last, and learn.",
                **_RECALL,
                activation="tanh",
                scheme="orthogonal",
                learning_rate=0.05,
                epochs=200,
            ),
            _preset(
                "small-weights",
                "Vanish: small weights",
                "Every slope is 1, yet each step halves the error: Wₕ₁ alone makes it vanish.",
                **_RECALL,
                activation="identity",
                scheme="orthogonal",
                spectral_radius=0.5,
                learning_rate=0.05,
                epochs=200,
            ),
            _preset(
                "saturation",
                "Vanish: saturation",
                "Wₕ₁ keeps every length, yet units pushed to the flat end of tanh let nothing through.",
                **_RECALL,
                activation="tanh",
                scheme="orthogonal",
                bias=2.0,
                learning_rate=0.05,
                epochs=200,
            ),
            _preset(
                "stable",
                "Stable: orthogonal, linear",
                "Slope 1 and no stretch: every singular value of every Jacobian is 1.",
                **_RECALL,
                activation="identity",
                scheme="orthogonal",
                learning_rate=0.02,
                epochs=200,
            ),
            _preset(
                "identity-relu",
                "Identity start, ReLU",
                "A ReLU unit that stays on hands its error back unchanged; one that switches off ends it.",
                **_RECALL,
                activation="relu",
                scheme="identity",
                learning_rate=0.002,
                epochs=200,
            ),
            _preset(
                "transient-growth",
                "Transient growth",
                "All eigenvalues are 0.8, and still the error first grows more than tenfold.",
                **(_RECALL | {"steps": 60}),
                activation="identity",
                scheme="nonnormal",
                spectral_radius=0.8,
                learning_rate=0.001,
                clip_norm=1.0,
                epochs=200,
            ),
            _preset(
                "cliff",
                "The cliff",
                "One unit has to keep a sign for 50 steps, at the edge where a latch begins: a valley "
                "between walls, out of which a plain step is thrown.",
                **(_RECALL | {"steps": 50, "hidden": 1}),
                activation="tanh",
                scheme="identity",
                spectral_radius=1.3,
                bias=0.1,
                learning_rate=0.1,
                epochs=300,
            ),
        )
    }
)
