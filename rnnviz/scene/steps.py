"""A gated cell's step, act by act, for those who draw it below the stage: of all samples at once."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rnnviz.charts.matrices import Block
from rnnviz.experiment.core import Experiment
from rnnviz.notation.ids import symbol
from rnnviz.notation.quantity import BLOCKS, read
from rnnviz.scene import cells
from rnnviz.scene.view import View, look

_SHAPES = {"W": "n₀ × n₁", "U": "n₁ × n₁", "b": "1 × n₁"}


class Act(NamedTuple):
    """One act: its sentence in Markdown, its equation as LaTeX, and its matrices with the signs between them."""

    sentence: str
    equation: str
    line: list[Block | str]


def gated_step(experiment: Experiment, t: int) -> Iterator[Act]:
    """Yield the acts of step t, from the gates to the state; their products begin on lines of their own."""
    view = look(experiment, -1)
    for act in cells.acts(view, t):
        said = re.sub(r"\{([^{}]+)\}", lambda found: f"${symbol(found[1]).latex}$", act.sentence)
        equation = " ".join(one.latex for one in act.equation)
        line: list[Block | str] = []
        for item in act.items:
            sign = f"{item.fn} →" if item.fn else "," if item.begins else item.op
            line += [*([sign] if line else []), _block(view, item.q)]
        yield Act(said, equation, line)


def _block(view: View, name: str) -> Block:
    if name in BLOCKS:
        return Block(name, view.of(view.parameters, name), _SHAPES[name[0]])
    found = read(name)
    return Block(name, view.known(found), "m × n₀" if found.kind == "X" else "m × n₁")
