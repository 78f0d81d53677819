"""The lecture as lessons: paragraphs in its order, each locked to a frame of the stage.

What they say and write stands in ``content/paragraphs.toml``; here are the numbers and sums that are filled in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rnnviz.engine.activations import HIDDEN
from rnnviz.experiment.core import Experiment, check_losses, pass_of
from rnnviz.notation import prose
from rnnviz.notation.conventions import LECTURE
from rnnviz.notation.equations import mathml, sign, token
from rnnviz.notation.ids import chain_factor, path, state, symbol
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import counted, each_of
from rnnviz.notation.pieces import labels_of, pieces
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.rules import clips, is_cut
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.fields import LABELS
from rnnviz.teaching import gates
from rnnviz.teaching.filling import Holes, Lecture, filled, names

LONGEST = 6
"""Up to so many steps a walk writes every term out."""
Line = tuple[Token, ...]
"""One line of an equation: tokens as of :mod:`rnnviz.notation.equations`."""


@dataclass(frozen=True)
class Entry:
    """A lesson in the list: its name in a link, its title, its parts, and what network it needs; "" for any.

    ``preset`` with this ``cell`` is its network where the present one does not do; it needs ``least`` steps.
    """

    id: str
    parts: tuple[str, ...]
    title: str
    about: str
    preset: str = ""
    mode: str = ""
    cell: str = "plain"
    least: int = 1

    @property
    def needs(self) -> str:
        """The network that it needs, in words."""
        mode = f"{self.mode.replace('_', ' ')} " if self.mode else ""
        most = f" over at most {LONGEST} steps" if self.mode else ""
        least = f" over at least {self.least} steps" if self.least > 1 else ""
        return f"a {mode}network of {LABELS[self.cell]} units{most}{least}"


@dataclass(frozen=True)
class Words:
    """A paragraph before its holes are filled; ``each`` names what there is one of it for."""

    id: str
    section: str
    text: str
    frame: str
    lines: tuple[str, ...] = ()
    parameter: str = ""
    box: str = ""
    lit: tuple[str, ...] = ()
    each: str = ""


LESSONS = prose.read("lessons", Mapping[str, Entry])
_PARTS = prose.read("paragraphs", Mapping[str, Mapping[str, Words]])


@dataclass(frozen=True)
class Paragraph:
    """One thought of a lesson, beside the frame of that id.

    In ``text`` and ``box``, the lecture's remark, ``{H_2}`` stands for a quantity of the stage, ``$n_0$`` for LaTeX.
    The stage lights ``lit`` and takes the gradient of ``parameter`` apart; "" leaves the one that is shown.
    """

    section: str
    text: str
    frame: str
    lines: tuple[Line, ...]
    parameter: str
    box: str
    lit: tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """A part of the lecture under its name in a link."""

    id: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Setting:
    """The network of a lesson, as far as its words depend on it: T steps, m samples, sizes n0, n1, n2, names.

    ``truncation`` says what truncation keeps, "" where it leaves nothing out.
    """

    experiment: Experiment = field(repr=False)
    T: int
    m: int
    n0: int
    n1: int
    n2: int
    mode: str
    hidden: str
    output: str
    loss: str
    optimiser: str = "sgd"
    clips: bool = False
    truncation: str = ""

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """Return the setting of an experiment."""
        check_losses(pass_of(experiment, experiment.config.sample)[0], "a lesson speaks of such samples")
        network, config, (T, m, n0) = experiment.architecture, experiment.config, experiment.trace.X.shape
        kept = "a window of" if config.truncation_kind == "window" else "blocks of"
        return cls(
            experiment, T, m, n0, network.n_hidden, network.n_outputs, network.mode, network.hidden_activation,
            network.output_activation, network.loss, config.optimiser, clips(config),
            f"{kept} {config.truncation}" if is_cut(config, "Wh1") else "",
        )  # fmt: skip

    @property
    def config(self) -> RunConfig:
        """The configuration of the network."""
        return self.experiment.config

    @property
    def last(self) -> int:
        """The last step."""
        return self.T - 1

    @property
    def losses(self) -> tuple[int, ...]:
        """The steps that have a loss."""
        return (self.last,) if self.mode == "sequence_to_vector" else tuple(range(self.T))


def fits(name: str, config: RunConfig) -> bool:
    """Return whether a lesson can be given on the network of a configuration."""
    wanted, steps = LESSONS[name], config.steps
    does = wanted.cell == config.cell and steps >= wanted.least
    return does and (not wanted.mode or (config.mode == wanted.mode and steps <= LONGEST))


def fitting(name: str, config: RunConfig) -> RunConfig:
    """Return a configuration that a lesson can be given on: with its cell, and if that is not enough its preset."""
    wanted = LESSONS[name]
    changed = config.replace(cell=wanted.cell).reconciled()[0]
    return changed if fits(name, changed) else PRESETS[wanted.preset].config.replace(cell=wanted.cell)


def misfit_sentence(name: str, config: RunConfig) -> str:
    """Say why a lesson cannot be given on the network of a configuration."""
    entry, given, cell = LESSONS[name], config.mode.replace("_", " "), LABELS[config.cell]
    return (
        f"“{entry.title}” speaks of {entry.needs}; the present one is {given}, "
        f"with {cell} units, over {counted(config.steps, 'step')}."
    )


def lesson(name: str, of: Setting, parameter: str = "Wh1") -> Lesson:
    """Return a lesson, a key of ``LESSONS``, for a network; the last one writes its formula for ``parameter``.

    Raises
    ------
    ValueError
        For an unknown lesson, or a network that it cannot be given on.
    """
    if name not in LESSONS:
        raise ValueError(f"lesson: got {name!r}, expected one of {', '.join(LESSONS)}")
    if not fits(name, of.config):
        raise ValueError(f"lesson {name}: {misfit_sentence(name, of.config)}")
    found: list[Paragraph] = []
    for part in LESSONS[name].parts:
        key, _, about = part.partition(" ")
        found += _paragraphs(_PARTS[key], _holes(of, about or (parameter if parameter in ("b1", "W1") else "Wh1")))
    return Lesson(name, tuple(found))


def _paragraphs(part: Mapping[str, Words], holes: Holes) -> Iterator[Paragraph]:
    for one in part.values():
        for more in holes[one.each] if one.each else ({},):
            all_holes = {**holes, **more}
            section, text, frame, parameter, box = (
                filled(each, all_holes) for each in (one.section, one.text, one.frame, one.parameter, one.box)
            )
            lines = tuple(_line(each) for each in names(one.lines, all_holes))
            yield Paragraph(section, text, frame, lines, parameter, box, names(one.lit, all_holes))


def _line(written: str) -> Line:
    """The tokens of an equation: LaTeX in backticks is a sign, each word outside them a quantity."""
    found: list[Token] = []
    for place, piece in enumerate(written.split("`")):
        if place % 2:
            found.append(sign(piece))
        else:  # a new value is written like the old one
            found += [token(word, symbol(word.removesuffix("_new"), LECTURE).latex) for word in piece.split()]
    return tuple(found)


_PLUS = " `+` "
_EQUATIONS: dict[str, Any] = {
    "state": lambda t: f"H_{t} `= f_1(` X_{t} W1 `+` {state(int(t) - 1)} Wh1 `+` b1 `)`",
    "output": lambda t: f"Y_hat_{t} `= f_2(` H_{t} W2 `+` b2 `)`",
    "compared": lambda t: f"L_{t} `= f(` Y_hat_{t} `,` Y_{t} `)`",
    "update": lambda name: f"{name}_new `=` {name} `-` `\\Big(` dL/d{name} `\\Big)` `\\times \\text{{learning rate}}`",
}
"""Equations of a step or a parameter, for holes like ``{state:0}``."""
_LOSSES = {"categorical_cross_entropy": "categorical cross entropy", "binary_cross_entropy": "binary cross entropy",
           "squared_error": "the squared error"}  # fmt: skip


def _holes(of: Setting, name: str) -> Holes:
    """Everything that the paragraphs are filled with, for a network and a parameter."""
    count, shown = len(of.losses), shown_steps(of.T)
    number = of.T * (of.T + 1) // 2 if count > 1 else of.T
    steps = [{"t": t, "before": state(t - 1), "begins": t == 0} for t in range(of.T)]
    passes = [step | {"predicts": predicts} for step in steps for predicts in (False, True)]
    rows = [_row(name, t) for t in range(min(of.T, LONGEST))]
    total = f"L `=` {_PLUS.join(f'L_{t}' for t in of.losses)}"
    forward = [_EQUATIONS["output" if each["predicts"] else "state"](each["t"]) for each in passes]
    if of.mode == "sequence_to_vector":
        forward = [*forward[::2], forward[-1], _EQUATIONS["compared"](of.last)]
    else:
        forward.append(total)
    gated = gates.holes(of.experiment) if of.config.cell == "lstm" else {}
    return Lecture().words() | _EQUATIONS | gated | dict(
        of=of, parameter=name, theta=symbol(name).latex, first=of.losses[0], single=of.T == 1, several=count > 1,
        one_of_many=count == 1 and of.T > 1, one_term=number == 1, number=number, double=count > 1 or of.T == 1,
        mode=of.mode.replace("_", " "), loss=_LOSSES[of.loss], truncated=_truncated(of), another_rule=_another_rule(of),
        hidden=LABELS.get(of.hidden, of.hidden), output_activation=LABELS.get(of.output, of.output),
        steepest=f"{HIDDEN[of.hidden].max_slope:g}", at_each=f"at {each_of(of.T, 'step')}",
        step_names=", ".join(f"$t_{{{t}}}$" for t in range(of.T)), is_bias=name == "b1",
        entering={"W1": "X_k", "Wh1": "H_{1,k-1}"}.get(name, ""), hop=chain_factor(of.last),
        at_last=f",{of.last}", far=shown[max(0, len(shown) - 3)],
        states=[f"H_{t}" for t in range(min(of.T, 5))], predictions=[f"Y_hat_{t}" for t in of.losses[:5]],
        made=[f"{kind}_{t}" for t in of.losses for kind in ("Y_hat", "L")], losses=[f"L_{t}" for t in of.losses],
        columns=[f"column_{k}" for k in shown], row_ids=[f"dL_{t}/d{name}" for t in shown if t in of.losses],
        over_losses=f"dL/d{name} `=` {_PLUS.join(f'dL_{t}/d{name}' for t in of.losses)}", total=total,
        steps=steps, passes=passes, forward=forward, path=rows[-1][: of.T], bracket=rows[-1][-1]["bracket"],
        rows=[each for row in rows for each in row],
    )  # fmt: skip


def _row(name: str, t: int) -> list[dict]:
    """The walk back from loss t, term by term, then what they share before a bracket; a single term has none."""
    paths = [path(t, k, name, range(t + 1)) for k in range(t, -1, -1)]
    inside = _PLUS.join(" ".join(each[2:]) for each in paths)
    found = []
    for k in range(t, -1, -1):
        terms, back = _PLUS.join(" ".join(each) for each in paths[: t - k + 1]), t - k
        found.append({"k": k, "after": k + 1, "begins": k == t, "closes": False, "terms": terms, "row_lit": (),
                      "earlier": "one step earlier" if back == 1 else f"{back} steps earlier"})  # fmt: skip
    if t:
        found.append(found[-1] | {"closes": True, "row_lit": (f"dL_{t}/d{name}",)})
    bracket = rf"{' '.join(paths[0][:2])} `\Bigg[` {inside} `\Bigg]`"
    return [each | {"t": t, "of_row": t + 1, "bracket": bracket} for each in found]


def _truncated(of: Setting) -> str:
    """What the stage shows otherwise than the lecture where terms are left out; "" where none is."""
    if not of.truncation:
        return ""
    return (
        f" The lecture takes every term. Here truncation ({of.truncation}) leaves some out: the stage greys "
        "them, and writes the sum of the others as $g^{\\tau}$, since it is no $\\partial L$."
    )


def _another_rule(of: Setting) -> str:
    """What this network does otherwise than the lecture in its update; "" where it does the same."""
    rules = {"momentum": "momentum", "adam": "Adam"}.get(of.optimiser), "clipping" if of.clips else None
    used = " and ".join(filter(None, rules))
    if not used:
        return ""
    return f" This is plain gradient descent; this network trains with {used}, and the stage shows that step."


def lesson_scene(given: Lesson) -> dict:
    """Return a lesson as data that JSON can carry.

    ``sections`` have their label, title and first paragraph, ``paragraphs`` text and box as pieces, lines of tokens
    that point at MathML in ``math``, and the name by which the one before leads on to them, empty where it has none;
    ``labels`` says how each quantity in the text is written.
    """
    places: dict[str, int] = {}
    firsts: dict[str, int] = {}
    for place, one in enumerate(given.paragraphs):
        firsts.setdefault(one.section, place)
    before = (None, *given.paragraphs)
    paragraphs = [
        _paragraph(one, places) | {"name": _name(one, last)}
        for one, last in zip(given.paragraphs, before, strict=False)
    ]
    return {
        "id": given.id,
        "title": LESSONS[given.id].title,
        "sections": [{"label": _label(name), "title": _title(name), "first": at} for name, at in firsts.items()],
        "paragraphs": paragraphs,
        "labels": labels_of((one["text"] + one["box"] for one in paragraphs), LECTURE),
        "math": [mathml(latex) for latex in places],
    }


def _label(section: str) -> list[list[str]]:
    """How a section is written; one that is named after a parameter as its symbol."""
    written = symbol(section, LECTURE).label if section in ("W1", "Wh1", "b1") else ((section, ""),)
    return [list(part) for part in written]


def _title(section: str) -> list[list[str]]:
    label = _label(section)
    return label if label == [[section, ""]] else [["The gradient of ", ""], *label]


_LED_TO = {"start": "the start values", "sum": "the sum of the terms", "update": "the update", "loss": "the total loss"}
_LED_TO_STEP = {"forward": "the state at t = {}", "output": "the prediction at t = {}", "loss": "the loss at t = {}",
                "term": "the way back from t = {}", "paths": "the direct path and the rest"}  # fmt: skip

_GATES = {
    "f": "the forget gate",
    "i": "the input gate",
    "c": "the candidate",
    "C": "the memory",
    "o": "the output gate",
}


def _name(one: Paragraph, before: Paragraph | None) -> list[list[str]]:
    """How a paragraph is called by the one before it: its section where that is new, else what its frame shows anew."""
    if before is None or one.section != before.section:
        return _title(one.section)
    if one.frame == before.frame:
        return []
    (kind, *steps), (kind_before, *steps_before) = one.frame.split("-"), before.frame.split("-")
    if kind == "forward" and steps[1:]:
        return [[_GATES[steps[1]], ""]]
    if kind == kind_before == "term" and steps[0] == steps_before[0] and int(steps[1]) == int(steps_before[1]) - 1:
        return [["one step further back", ""]]
    return [[_LED_TO_STEP[kind].format(steps[0]) if steps else _LED_TO[kind], ""]]


def _paragraph(one: Paragraph, places: dict[str, int]) -> dict:
    return {
        "text": pieces(one.text, places),
        "box": pieces(one.box, places),
        "lines": [[piece.drawn(places) for piece in line] for line in one.lines],
        "frame": one.frame,
        "parameter": one.parameter,
        "lit": list(one.lit),
        "words": len(one.text.split()),
    }
