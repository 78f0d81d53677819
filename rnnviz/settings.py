"""The settings of an experiment as data: tasks with their limits, and a row for each field of the sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rnnviz.edits import EXPECTED as EXPECTED_EDITS
from rnnviz.edits import EXPECTED_ENTRY

MAX_TEXT = 400
MOST_SIGNS, OTHER = 64, "�"
"""So many different characters of a text are told apart; the rarest of more are read as one sign."""
MISTAKE_NAMES = (
    "none",
    "no_slope",
    "no_dh_next",
    "no_transpose",
    "late_state",
    "no_batch_mean",
    "wrong_step_slope",
)
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
    "small-weights",
    "saturation",
    "stable",
    "identity-relu",
    "transient-growth",
    "cliff",
)


PARTS = ("where", "causes", "shortcuts", "cliff", "cures")


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
                "Lecture: at the last step",
                "Small fixed numbers; a single probability after the last step.",
                _VECTOR,
                outputs=_BINARY,
            ),
            TaskLimits(
                "lecture_sequence",
                "Lecture: at every step",
                "Small fixed numbers; two classes at every step.",
                _SEQUENCE,
                outputs=_CLASSES,
            ),
            TaskLimits(
                "sentiment",
                "Sentiment of a phrase",
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
            *(
                TaskLimits(name, label, help, _SEQUENCE, outputs=outputs)
                for name, label, help, outputs in (
                    ("own_series", "Your series", "Forecast the next value of your own series.", _REAL),
                    ("own_columns", "Your columns", "Name your target column from other columns.", _REAL),
                    ("own_classes", "Your classes", "Name the class of each row of your table.", _CLASSES),
                    ("own_text", "Your text", "Name the next character of your own text.", _CLASSES),
                )
            ),
        )
    }
)

OWN_TASKS = tuple(name for name in TASKS if name.startswith("own_"))
"""Tasks that are made of data which the reader brought; they exist only together with those."""

OUTPUTS = ("task", *_CLASSES)

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "sequence_to_sequence": "sequence to sequence",
        "sequence_to_vector": "sequence to vector",
        "task": "as the task wants",
        "softmax_cce": "softmax, cross-entropy",
        "sigmoid_bce": "sigmoid, cross-entropy",
        "softmax_se": "softmax, squared error",
        "sigmoid_se": "sigmoid, squared error",
        "identity_se": "identity, squared error",
        "relu_se": "ReLU, squared error",
        "relu": "ReLU",
        "xavier": "Xavier",
        "nonnormal": "non-normal chain",
        "sgd": "plain gradient descent",
        "window": "window: the last τ steps",
        "chunk": "chunk: cut every τ steps",
        "W1": "W₁",
        "Wh1": "Wₕ₁",
        "b1": "β₁",
        "W2": "W₂",
        "b2": "β₂",
        "where": "Where it goes",
        "causes": "Two causes",
        "shortcuts": "Truncation and clipping",
        "cliff": "The cliff",
        "cures": "What cures it",
        "held": "held",
        "follow": "follow",
        "none": "the right loop",
        "no_slope": "f₁′ is missing",
        "no_dh_next": "dh_next is forgotten",
        "no_transpose": "Wₕ₁ is not transposed",
        "late_state": "Hₖ instead of Hₖ₋₁",
        "no_batch_mean": "no mean over the batch",
        "wrong_step_slope": "f₁′ of the wrong step",
        "lecture": "the lecture's",
        "pytorch": "PyTorch's",
        "textbook": "textbook: Wₓₕ, Wₕₕ, hₜ",
        "row": "row vectors",
        "column": "column vectors",
        "sum": "the sum over time",
        "mean": "the mean over time",
        **{name: limits.label for name, limits in TASKS.items()},
    }
)
"""How a choice is written for the reader; a choice that is missing is written as it is."""


@dataclass(frozen=True)
class Field:
    """One setting as the sidebar draws it.

    `kind` is "int", "float", "choice", "text", "entry", "edits" (see `rnnviz.edits`), "data" or "run";
    `low` and `high` bound numbers (for text: its length); the group "view" stands elsewhere; `optional`
    settings may be None; `rare` ones are folded away; `tasks` names the tasks that read the setting (empty:
    all).
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
        if self.kind == "edits":
            return EXPECTED_EDITS
        if self.kind == "entry":
            return EXPECTED_ENTRY
        if self.kind == "data":
            return "the fingerprint of data that were brought along, 32 hexadecimal digits"
        if self.kind == "run":
            return "the query of a link to this app"
        noun = "a whole number" if self.kind == "int" else "a number"
        ends = (f"{end:g}".replace("-0", "-").replace("-", "−") for end in (self.low, self.high))
        return f"{noun} from {' to '.join(ends)}" + (" or none" if self.optional else "")


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
                199,
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
                "The function applied to Aₜ; its slope is one factor of every step Jacobian.",
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
                choices=("xavier", "orthogonal", "identity", "normal", "nonnormal"),
            ),
            Field(
                "spectral_radius",
                "Spectral radius of Wₕ₁",
                "Rescales Wₕ₁ so that its largest |eigenvalue|, before the gain, is this; none leaves it as "
                "drawn.",
                "network",
                "float",
                0.0,
                5.0,
                0.05,
                optional=True,
            ),
            Field(
                "gain",
                "Gain of Wₕ₁",
                "Multiplies Wₕ₁ after initialisation: all its eigenvalues and singular values together.",
                "network",
                "float",
                0.0,
                5.0,
                0.05,
                rare=True,
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
                "bias",
                "Start bias β₁",
                "The start value of every hidden bias; far from 0 it saturates tanh and sigmoid units.",
                "network",
                "float",
                -10.0,
                10.0,
                0.1,
                rare=True,
            ),
            Field(
                "start_state",
                "Start state Hᵢₙᵢₜ",
                "The value of every unit before step 0. With 0 the terms of Wₕ₁ at step 0 are 0.",
                "network",
                "float",
                -1.0,
                1.0,
                0.05,
                rare=True,
                tasks=("lecture_vector", "lecture_sequence"),
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
                "What the gradient is multiplied by to give the step; Adam scales each entry first.",
                "training",
                "float",
                1e-6,
                10.0,
                0.01,
            ),
            Field(
                "epochs",
                "Epochs",
                "How many losses: between each and the next an update is made.",
                "training",
                "int",
                1,
                2000,
                10,
            ),
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
                "Leaves out the chain-rule terms that go τ steps back or more; blocks cut nearer ones, too.",
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
                "Which sequence of the batch is shown, or the mean over all of them.",
                "view",
                "int",
                -1,
                63,
                1,
            ),
            Field(
                "symbols",
                "Symbols",
                "Whose names the stage uses. PyTorch keeps each weight as (outputs, inputs).",
                "notation",
                "choice",
                choices=("lecture", "pytorch", "textbook"),
            ),
            Field(
                "vectors",
                "States are",
                "Rows, multiplied from the right, or columns: then every matrix is transposed and each "
                "product runs the other way.",
                "notation",
                "choice",
                choices=("row", "column"),
            ),
            Field(
                "over_time",
                "Total loss is",
                "The sum of the losses of all steps, or their mean: each term is divided by their number.",
                "notation",
                "choice",
                choices=("sum", "mean"),
            ),
            Field(
                "first_step",
                "Time starts at",
                "The number of the first step.",
                "notation",
                "choice",
                choices=("0", "1"),
            ),
            Field(
                "mistake",
                "Break it",
                "Put a classic mistake into a copy of the backward loop; the engine itself stays right.",
                "view",
                "choice",
                choices=MISTAKE_NAMES,
            ),
            Field(
                "part",
                "Part of the laboratory",
                "Which question about the gradient's way back is looked at.",
                "view",
                "choice",
                choices=PARTS,
            ),
            Field(
                "slopes",
                "Slopes f₁′",
                "Held: the slopes stay those of the preset's own Wₕ₁, so that gain and radius move one cause "
                "alone. Follow: they are those of the network as it is.",
                "view",
                "choice",
                choices=("held", "follow"),
            ),
            Field(
                "first_entry",
                "First entry",
                "The parameter entry that runs to the right on the loss surface.",
                "view",
                "entry",
            ),
            Field(
                "second_entry",
                "Second entry",
                "The parameter entry that runs upwards on the loss surface.",
                "view",
                "entry",
            ),
            Field(
                "edits",
                "Edits",
                "Single numbers that the reader changed, the newest last.",
                "view",
                "edits",
            ),
            Field(
                "data",
                "Your data",
                "The fingerprint of data that were brought along; they are kept in memory only.",
                "view",
                "data",
            ),
            Field(
                "compare",
                "Pinned run",
                "The settings of a run that stays beside the present one, as the query of its link.",
                "view",
                "run",
                high=2000,
            ),
        )
    }
)

PHRASES_OF_LENGTH: Mapping[int, int] = MappingProxyType({1: 6, 2: 24, 3: 36, 4: 18})
"""How many sentiment phrases there are of each length (made by tasks/sentiment.py; a test compares)."""
