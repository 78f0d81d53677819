"""What the settings of an experiment are made of: rows of the sidebar, and tasks with what they can serve."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.settings.edits import EXPECTED as EXPECTED_EDITS
from rnnviz.settings.edits import EXPECTED_ENTRY

if TYPE_CHECKING:
    from rnnviz.settings.config import RunConfig

MAX_TEXT = 400
MOST_SIGNS, OTHER = 64, "�"
"""So many different characters of a text are told apart; the rarest of more are read as one sign."""
CELLS = ("plain", "gru", "lstm")
PARTS = ("reach", "causes", "truncation", "cliff", "cures")
CASES = (
    "small-weights",
    "saturation",
    "vanishing",
    "stable",
    "identity-relu",
    "orthogonal",
    "transient-growth",
    "exploding",
)
"""The presets of the laboratory that show one cause each."""
OLD_NAMES = {("part", "where"): "reach", ("part", "shortcuts"): "truncation"}
"""Values that settings had in older links, and their names today."""
_MISTAKES = prose.read("mistakes", Mapping[str, Mapping[str, Any]])
MISTAKE_NAMES = ("none", *_MISTAKES)


FORMS = ("plain", "lstm", "gru before", "gru after")


def cell_form(cell: str, reset: str) -> str:
    """Return which of `FORMS` a cell has: a GRU's depends on where its reset gate is applied."""
    return f"{cell} {reset}" if cell == "gru" else cell


def makes_mistakes(form: str) -> tuple[str, ...]:
    """Return the names of the mistakes that the loop of a form can have, and "none" before them."""
    return ("none", *(name for name, each in _MISTAKES.items() if form in each.get("cells", FORMS[:1])))


@dataclass(frozen=True)
class Text:
    """What the sidebar says of a setting or a task, and the explanation beside it."""

    name: str
    label: str
    help: str


@dataclass(frozen=True)
class TaskLimits:
    """What a task can serve; `RunConfig.reconciled` holds a configuration to it.

    `modes` and `outputs` (output activation with loss) have the task's own first; `steps` and `batch` are the
    fewest and the most.
    """

    name: str
    label: str
    help: str
    modes: tuple[str, ...]
    outputs: tuple[str, ...]
    steps: tuple[int, ...] = (1, 200)
    batch: tuple[int, ...] = (1, 64)


TASKS = prose.read("tasks", Mapping[str, TaskLimits])
Value = str | float | None
"""What a setting may hold."""

OWN_TASKS = tuple(name for name in TASKS if name.startswith("own_"))
"""Tasks that are made of data which the reader brought; they exist only together with those."""

OWN_NETWORK = "own_network"
DRAWN = tuple(name for name in TASKS if name != OWN_NETWORK)
"""Tasks that begin with weights which are drawn."""

OUTPUTS = ("task", *dict.fromkeys(output for limits in TASKS.values() for output in limits.outputs))
MODES = ("sequence_to_sequence", "sequence_to_vector")

LABELS: Mapping[str, str] = MappingProxyType(
    {
        **prose.read("labels", Mapping[str, str]),
        **{name: mistake["label"] for name, mistake in _MISTAKES.items()},
        **{name: limits.label for name, limits in TASKS.items()},
    }
)
"""How a choice is written for the reader; a choice that is missing is written as it is."""


@dataclass(frozen=True)
class Field:
    """One setting as the sidebar draws it.

    `kind` is "int", "float", "choice", "text", "entry", "edits" (see `settings.edits`), "data" or "run"; `low` and
    `high` bound numbers (for text: its length); the group "view" stands elsewhere; `optional` settings may be None;
    `rare` ones are folded away; `tasks` and `cells` name those that read the setting (empty: all).
    """

    name: str
    label: str
    help: str
    group: str
    kind: str
    low: float = -math.inf
    high: float = math.inf
    step: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    rare: bool = False
    tasks: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()

    def is_read(self, config: "RunConfig") -> bool:
        """Whether the task and the cell of a configuration read the setting."""
        return config.task in (self.tasks or (config.task,)) and config.cell in (self.cells or (config.cell,))

    @property
    def expected(self) -> str:
        """What a valid value is, in words."""
        if self.kind not in ("int", "float"):
            return _EXPECTED[self.kind].format(self=self, names=", ".join(self.choices))
        noun = "a whole number" if self.kind == "int" else "a number"
        ends = (f"{end:g}".replace("-0", "-").replace("-", "−") for end in (self.low, self.high))
        return f"{noun} from {' to '.join(ends)}" + (" or none" if self.optional else "")


_EXPECTED = {
    "choice": "one of {names}",
    "text": "a text of {self.low} to {self.high} characters with at least two different ones",
    "edits": EXPECTED_EDITS,
    "entry": EXPECTED_ENTRY,
    "data": "the fingerprint of data that were brought along, 32 hexadecimal digits",
    "run": "the query of a link to this app",
}


def setting(
    default: object,
    group: str,
    kind: str,
    low: float = -math.inf,
    high: float = math.inf,
    step: float | None = None,
    **more: Any,
) -> Any:
    """A field of `RunConfig` with all that `Field` says of it but its words."""
    row = {"group": group, "kind": kind, "low": low, "high": high, "step": step, **more}
    return dataclasses.field(default=default, metadata=row)


def choice(default: str, group: str, *choices: str, **more: Any) -> Any:
    """A field of `RunConfig` that is one of several names."""
    return setting(default, group, "choice", choices=choices, **more)


def declared(config: type) -> Mapping[str, Field]:
    """The settings that a class declares, with their words from ``content/settings.toml``."""
    texts = prose.read("settings", Mapping[str, Text])
    rows = {row.name: row.metadata for row in dataclasses.fields(config)}
    return MappingProxyType(
        {name: Field(name, texts[name].label, texts[name].help, **row) for name, row in rows.items()}
    )


PHRASES_OF_LENGTH: Mapping[int, int] = MappingProxyType({1: 6, 2: 24, 3: 36, 4: 18})
"""How many sentiment phrases there are of each length (made by tasks/sentiment.py; a test compares)."""


HOLDERS: list[Callable[[str], Mapping[str, Value]]] = []
"""Who knows, by a fingerprint, which settings a reader's own network fixes; it stands in memory, above this floor."""


def held(config: "RunConfig") -> Mapping[str, Value]:
    """Return the settings that the reader's own network fixes, and what each of them is."""
    asked = HOLDERS if config.task == OWN_NETWORK else ()
    return {name: value for holder in asked for name, value in holder(config.data).items()}


Adjustment = tuple[str, Any, str]
"""A field, the value that it gets, and the sentence that says so."""


def _clamped(name: str, value: int, low: int, high: int, why: str, alone: str) -> Iterator[Adjustment]:
    """Move a value between two ends; ``why`` stands before them, ``alone`` is said where they are one."""
    if low <= value <= high:
        return
    nearest = min(max(value, low), high)
    reason = f"{why} {low} to {high}" if low < high else alone
    yield name, nearest, f"{name} {value} became {nearest}: {reason}."


def adjustments(config: "RunConfig") -> Iterator[Adjustment]:
    """What becomes of everything that the task of `config` cannot serve."""
    fixed = {name: value for name, value in held(config).items() if value != getattr(config, name)}
    for name, value in fixed.items():
        was, now = (LABELS.get(str(one), str(one)) for one in (getattr(config, name), value))
        yield name, value, f"{name} {was} became {now}, which your network has."
    config = config.replace(**fixed)
    limits = TASKS[config.task]
    if config.mode not in limits.modes:
        only = limits.modes[0]
        yield "mode", only, f"{limits.label} is {LABELS[only]} only; the mode was changed."
    if config.output not in ("task", *limits.outputs):
        unfit = f"The targets of “{limits.label}” do not fit {LABELS[config.output]}"
        yield "output", "task", f"{unfit}; its own output is used."
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
    if config.mistake not in makes_mistakes(cell_form(config.cell, config.reset)):
        cell = LABELS[config.cell] if config.cell != "gru" else f"GRU, reset {config.reset},"
        yield "mistake", "none", f"The loop of the {cell} cell has no line for “{LABELS[config.mistake]}”; it is right."


def _folded(text: str) -> Iterator[Adjustment]:
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


def _batch_limits(config: "RunConfig", steps: int) -> tuple[int, int]:
    """Windows and phrases are finite: a batch never repeats one."""
    low, high = TASKS[config.task].batch
    if config.task == "next_character":
        return low, min(high, len(config.text) - steps)
    if config.task == "sentiment":
        return low, min(high, sum(count for length, count in PHRASES_OF_LENGTH.items() if length <= steps))
    return low, high
