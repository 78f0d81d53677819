"""What one experiment is: a frozen, validated value that is also the cache key and the query string.

Only the standard library is imported here, so that every layer and the command line can use it.
"""

import dataclasses
import numbers
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from rnnviz.notation import prose
from rnnviz.notation.quantity import GATES
from rnnviz.settings import fields
from rnnviz.settings.edits import NUMBER, entry_of, entry_text, left_out
from rnnviz.settings.edits import read as read_edits
from rnnviz.settings.edits import shown as _shown
from rnnviz.settings.edits import written as written_edits
from rnnviz.settings.fields import LABELS, TASKS, Field, Value, choice, setting

__all__ = ["FIELDS", "LABELS", "PRESETS", "PRESET_NAMES", "TASKS", "Field", "Preset", "RunConfig", "read_value"]

_FINGERPRINT = re.compile(r"([0-9a-f]{32})?", re.ASCII)
_WRITTEN = {"int": re.compile(r"[+-]?[0-9]{1,9}", re.ASCII), "float": re.compile(NUMBER, re.ASCII)}
DEFAULT_TEXT = "the time we take to tell the time is the time it takes"
_PLACE = ("frame", "q", "open", "see", "epoch")
_VIEWS, _KEPT = ("view", "notation"), ("edits", "data")
"""Groups of settings that change no number of the experiment, and what among them does."""
PAGE_KEYS = (*_PLACE, "lesson", "lecture", "question", "word", "find", "embed", "embed_options", "hide")
"""Keys that a page may keep in the query string beside the experiment; `from_query` passes them over."""


def _refused(field: Field, value: object) -> ValueError:
    return ValueError(f"{field.name}: got {_shown(value)}, expected {field.expected}")


def _number(field: Field, value: Any) -> float | None:
    whole = field.kind == "int"
    kind = numbers.Integral if whole else numbers.Real
    if isinstance(value, bool) or not isinstance(value, kind) or not field.low <= float(value) <= field.high:
        return None
    return int(float(value)) if whole else float(value)


def _text(field: Field, value: str) -> str | None:
    """A text that can be learned from and can travel in a URL (no lone surrogates)."""
    fits = field.low <= len(value) <= field.high and len(set(value)) > 1
    return value if fits and not any("\ud800" <= c <= "\udfff" for c in value) else None


def _entry(field: Field, value: str) -> str | None:
    """The name of an entry of a parameter, in its plain form."""
    variable, entry = entry_of(value)
    return entry_text(variable, entry) if variable in FIELDS["parameter"].choices else None


def _run(field: Field, value: str) -> str | None:
    """The query of another run in its plain form; it pins no run of its own."""
    if value == "" or len(value) > field.high:
        return value if value == "" else None
    pairs = dict(parse_qsl(value, keep_blank_values=True))
    config, notes = RunConfig.from_query(pairs | {"compare": ""})
    return config.written() if {*pairs} - {"compare"} and not notes else None


_CHECKS: Mapping[str, Callable[[Field, Any], Value]] = {
    "int": _number,
    "float": _number,
    "text": _text,
    "choice": lambda field, value: value if value in field.choices else None,
    "edits": lambda field, value: written_edits(read_edits(value)),
    "entry": _entry,
    "data": lambda field, value: value if _FINGERPRINT.fullmatch(value) else None,
    "run": _run,
}
"""By kind: the value in its own plain type, None where it is refused; all but numbers are texts."""


def _checked(field: Field, value: object) -> Value:
    """The value in its own plain type, or ValueError naming field, given and expected."""
    if value is None and field.optional:
        return None
    a_text = isinstance(value, str) or field.kind in ("int", "float")
    found = _CHECKS[field.kind](field, value) if a_text else None
    if found is None:
        raise _refused(field, value)
    return found


def read_value(name: str, text: str) -> Value:
    """The value that a link's text means for a setting; ValueError says what was expected."""
    if name not in FIELDS:
        near = get_close_matches(name, FIELDS, n=1)
        hint = f", for example {near[0]}" if near else f": {', '.join(FIELDS)}"
        raise ValueError(f"{_shown(name)}: got no setting of this name, expected one that exists{hint}")
    field, text = FIELDS[name], fields.OLD_NAMES.get((name, text), text)
    if field.optional and text == "none":
        return None
    if field.kind not in _WRITTEN:
        return _checked(field, text)
    if not _WRITTEN[field.kind].fullmatch(text):
        raise _refused(field, text)
    try:
        return _checked(field, int(text) if field.kind == "int" else float(text))
    except OverflowError:
        raise _refused(field, text) from None


@dataclass(frozen=True)
class _Row:
    """A preset as ``content/presets.toml`` has it."""

    name: str
    title: str
    sentence: str
    like: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


_ROWS = prose.read("presets", Mapping[str, _Row])
PRESET_NAMES = tuple(_ROWS)


@dataclass(frozen=True)
class RunConfig:
    """Everything that defines an experiment; equal configurations give equal numbers.

    Attributes are described in `FIELDS`. `sample` and `parameter` are settings of the view that travel in the
    link with the rest. `edits` are the numbers that the reader changed (see `settings.edits`); whether the
    experiment has such entries is known only once it is run.

    Raises
    ------
    ValueError
        Names the field, what was given and what was expected.
    """

    preset: str = choice("lecture-sequence-to-sequence", "task", *PRESET_NAMES)
    task: str = choice("lecture_sequence", "task", *TASKS)
    mode: str = choice("sequence_to_sequence", "task", *fields.MODES)
    steps: int = setting(3, "task", "int", 1, 200, 1)
    batch: int = setting(1, "task", "int", 1, 64, 1)
    lag: int = setting(2, "task", "int", 0, 199, 1, tasks=("echo",))
    text: str = setting(DEFAULT_TEXT, "task", "text", 2, fields.MAX_TEXT, tasks=("next_character",))

    hidden: int = setting(3, "network", "int", 1, 64, 1)
    cell: str = choice("plain", "network", *fields.CELLS)
    reset: str = choice("before", "network", "before", "after", cells=("gru",))
    activation: str = choice("tanh", "network", "tanh", "relu", "sigmoid", "identity", cells=("plain",))
    forget_bias: float = setting(1.0, "network", "float", -10.0, 10.0, 0.1, cells=("lstm",), tasks=fields.DRAWN)
    update_bias: float = setting(0.0, "network", "float", -10.0, 10.0, 0.1, cells=("gru",), tasks=fields.DRAWN)
    output: str = choice("task", "network", *fields.OUTPUTS, rare=True)
    scheme: str = choice(
        "xavier", "network", "xavier", "orthogonal", "identity", "normal", "nonnormal", tasks=fields.DRAWN
    )
    spectral_radius: float | None = setting(None, "network", "float", 0.0, 5.0, 0.05, optional=True)
    gain: float = setting(1.0, "network", "float", 0.0, 5.0, 0.05, rare=True)
    input_scale: float = setting(1.0, "network", "float", 0.0, 10.0, 0.1, rare=True)
    bias: float = setting(0.0, "network", "float", -10.0, 10.0, 0.1, rare=True, cells=("plain",))
    start_state: float = setting(
        -0.25, "network", "float", -1.0, 1.0, 0.05, rare=True, tasks=("lecture_vector", "lecture_sequence")
    )
    seed: int = setting(9, "network", "int", 0, 999_999, 1, tasks=fields.DRAWN)

    optimiser: str = choice("sgd", "training", "sgd", "momentum", "adam")
    learning_rate: float = setting(0.1, "training", "float", 1e-6, 10.0, 0.01)
    epochs: int = setting(100, "training", "int", 1, 2000, 10)
    clip_norm: float | None = setting(None, "training", "float", 1e-3, 1000.0, 0.1, optional=True)
    clip_value: float | None = setting(None, "training", "float", 1e-3, 1000.0, 0.1, optional=True, rare=True)
    truncation: int | None = setting(None, "training", "int", 1, 200, 1, optional=True)
    truncation_kind: str = choice("window", "training", "window", "chunk", rare=True)

    parameter: str = choice("Wh1", "view", "W1", "Wh1", "b1", "W2", "b2")
    block: str = choice("all", "view", "all", *GATES, "d", cells=("gru", "lstm"))
    sample: int = setting(0, "view", "int", -1, 63, 1)
    symbols: str = choice("page", "notation", "page", "state", "lecture", "pytorch", "textbook")
    vectors: str = choice("row", "notation", "row", "column")
    over_time: str = choice("sum", "notation", "sum", "mean")
    first_step: str = choice("0", "notation", "0", "1")
    mistake: str = choice("none", "view", *fields.MISTAKE_NAMES)
    part: str = choice("reach", "view", *fields.PARTS)
    slopes: str = choice("held", "view", "held", "follow")
    first_entry: str = setting("Wh1.0.0", "view", "entry")
    second_entry: str = setting("b1.0", "view", "entry")
    edits: str = setting("", "view", "edits")
    data: str = setting("", "view", "data")
    compare: str = setting("", "view", "run", high=2000)

    def __post_init__(self) -> None:
        for name, field in FIELDS.items():
            object.__setattr__(self, name, _checked(field, getattr(self, name)))

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated again."""
        return dataclasses.replace(self, **changes)

    def changed(self, **changes: Any) -> tuple[Self, tuple[str, ...]]:
        """A copy with some fields changed, as the task can serve it, and a sentence for each adjustment.

        In another cell, or beside other units, a gate's numbers stand elsewhere: edits of them are left out.
        """
        wanted, told = self.replace(**changes), tuple[str, ...]()
        if self._columns != wanted._columns and "edits" not in changes:
            edits = read_edits(wanted.edits)
            moved = [one for one in edits if one.variable in ("W1", "Wh1", "b1")]
            told = left_out(moved, "the gates' numbers stand elsewhere now")
            wanted = wanted.replace(edits=written_edits(one for one in edits if one not in moved))
        config, adjusted = wanted.reconciled()
        return config, (*told, *adjusted)

    @property
    def _columns(self) -> tuple[str, int]:
        """What says which column of a gated cell's weights is whose."""
        return self.cell, 0 if self.cell == "plain" else self.hidden

    def view(self) -> dict[str, Any]:
        """The settings that change no number of the experiment: what is looked at, and how it is written."""
        shown = (name for name, each in FIELDS.items() if each.group in _VIEWS)
        return {name: getattr(self, name) for name in shown if name not in _KEPT}

    def output_pair(self) -> str:
        """Output activation with loss as a choice of `OUTPUTS` other than "task"."""
        return TASKS[self.task].outputs[0] if self.output == "task" else self.output

    def reconciled(self) -> tuple[Self, tuple[str, ...]]:
        """The nearest configuration that the task can serve, and a sentence for each change."""
        found = list(fields.adjustments(self))
        changed = self.replace(**{name: value for name, value, _ in found}) if found else self
        return changed, tuple(note for _, _, note in found)

    @property
    def words(self) -> str:
        """The experiment in a few words: its preset, its steps, its hidden units."""
        return self.words_on(PRESETS[self.preset].title)

    def words_on(self, title: str) -> str:
        """The same with another title, such as the name of a reader's file."""
        kind = self.activation if self.cell == "plain" else self.cell.upper()
        units = f"{self.hidden} {kind} {'unit' if self.hidden == 1 else 'units'}"
        return f"{title} · T {self.steps} · {units}"

    def to_query(self) -> dict[str, str]:
        """The query string as a dict: the preset and what differs from it; empty for the default."""
        if self == _DEFAULT:
            return {}
        base = PRESETS[self.preset].config
        changed = [name for name in FIELDS if getattr(self, name) != getattr(base, name)]
        return {"preset": self.preset} | {name: _written(getattr(self, name)) for name in changed}

    def written(self) -> str:
        """The experiment as the query of a link: always with its preset, never with a setting of the view."""
        query = {"preset": self.preset} | self.to_query()
        return urlencode(
            {name: text for name, text in query.items() if FIELDS[name].group not in _VIEWS or name in _KEPT}
        )

    def pinned(self) -> "RunConfig | None":
        """The experiment that `compare` names; None if it names none."""
        return RunConfig.from_query(dict(parse_qsl(self.compare)) | {"compare": ""})[0] if self.compare else None

    @classmethod
    def from_query(cls, query: Mapping[str, str | list[str]]) -> tuple[Self, tuple[str, ...]]:
        """The configuration that a query string means, whatever it holds: of a list the last text counts.

        It is reconciled with its task; a field that cannot be read keeps the preset's value. The notes are
        one sentence for each thing that was ignored or changed.
        """
        # Of a repeated value the last, as browsers and Streamlit read it.
        given = {key: v[-1] if isinstance(v, (list, tuple)) and v else v for key, v in query.items()}
        notes: list[str] = []
        base = PRESETS[str(_read("preset", given, PRESET_NAMES[1], notes))].config
        values: dict[str, Any] = {name: _read(name, given, getattr(base, name), notes) for name in FIELDS}
        unknown = [key for key in given if key not in FIELDS and key not in PAGE_KEYS]
        notes += [f"The link's “{_shown(key)}” is not a setting and was ignored." for key in unknown[:5]]
        config, changed = cls(**(values | {"preset": base.preset})).reconciled()
        return config, (*dict.fromkeys(notes), *changed)


FIELDS = fields.declared(RunConfig)
_DEFAULT = RunConfig()


def _written(value: Value) -> str:
    return "none" if value is None else str(value)


def _read(name: str, given: Mapping[str, object], fallback: Value, notes: list[str]) -> Value:
    """One field of a query, or the fallback with a note why."""
    if name not in given:
        return fallback
    try:
        return read_value(name, str(given[name]))
    except ValueError:
        notes.append(
            f"The link's {name} “{_shown(given[name])}” was ignored: expected {FIELDS[name].expected}; "
            f"{_shown(_written(fallback))} is used."
        )
        return fallback


@dataclass(frozen=True)
class Preset:
    """A named experiment: its `config`, a `title`, and one `sentence` that says what to look for."""

    name: str
    title: str
    sentence: str
    config: RunConfig


def _preset(row: _Row) -> Preset:
    settings = {**(_ROWS[row.like].settings if row.like else {}), **row.settings}
    if not PRESETS:  # what a preset pins is read with all presets at hand
        settings.pop("compare", None)
    try:
        return Preset(row.name, row.title, row.sentence, RunConfig(preset=row.name, **settings))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"presets.toml, {row.name}, {error}") from None


PRESETS: Mapping[str, Preset] = {}
PRESETS = {row.name: _preset(row) for row in _ROWS.values()}
PRESETS = MappingProxyType({row.name: _preset(row) for row in _ROWS.values()})
