"""What a lesson is made of: paragraphs with their equations, each locked to a frame of the stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.experiment.core import Experiment
from rnnviz.notation import prose
from rnnviz.notation.line import Token
from rnnviz.notation.rules import clips, is_cut
from rnnviz.settings.config import RunConfig

TEXTS = prose.read("paragraphs", Mapping[str, str])
"""Paragraphs that hold no number of the network at hand."""
Line = tuple[Token, ...]
"""One line of an equation: tokens as of :mod:`rnnviz.notation.equations`."""


@dataclass(frozen=True)
class Paragraph:
    """One thought of a lesson.

    Attributes
    ----------
    section : str
        The part of the lesson to which it belongs.
    text : str
        Plain words; ``{H_2}`` stands for a quantity of the stage, ``$n_0$`` for LaTeX.
    frame : str
        Id of the frame that the stage shows beside it.
    lines : tuple of Line
        The equations, one below the other.
    parameter : str
        Whose gradient the stage takes apart meanwhile; "" leaves the one that is shown.
    box : str
        The lecture's remark in a box, such as "Chain Rule. H_12 depends on H_11".
    lit : tuple of str
        Quantities to light beyond those of the frame.
    """

    section: str
    text: str
    frame: str
    lines: tuple[Line, ...] = ()
    parameter: str = ""
    box: str = ""
    lit: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A part of the lecture.

    Attributes
    ----------
    id : str
        Its name in a link.
    paragraphs : tuple of Paragraph
    """

    id: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Setting:
    """The network of a lesson, as far as its words depend on it.

    Attributes
    ----------
    T, m, n0, n1, n2 : int
        Steps, samples, features, hidden units, outputs.
    mode : {"sequence_to_vector", "sequence_to_sequence"}
    hidden, output : str
        Names of the activations f1 and f2.
    loss : str
        Name of the loss, as of the engine.
    optimiser : {"sgd", "momentum", "adam"}
    clips : bool
        Whether the gradient has a limit.
    truncation : str
        What truncation keeps, in words; "" where it leaves nothing out.
    """

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
    def of(cls, experiment: Experiment) -> Setting:
        """Return the setting of an experiment."""
        network, (T, m, n0) = experiment.architecture, experiment.trace.X.shape
        config = experiment.config
        return cls(
            T, m, n0, network.n_hidden, network.n_outputs, network.mode,
            network.hidden_activation, network.output_activation, network.loss,
            config.optimiser, clips(config), _kept(config),
        )  # fmt: skip

    @property
    def last(self) -> int:
        """The last step."""
        return self.T - 1

    @property
    def losses(self) -> tuple[int, ...]:
        """The steps that have a loss."""
        return (self.last,) if self.mode == "sequence_to_vector" else tuple(range(self.T))


def _kept(config: RunConfig) -> str:
    if not is_cut(config, "Wh1"):
        return ""
    return (
        f"a window of {config.truncation}" if config.truncation_kind == "window" else f"blocks of {config.truncation}"
    )
