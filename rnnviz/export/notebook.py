"""An experiment as a Jupyter notebook: the NumPy script in steps, with the lecture's equations between."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rnnviz.experiment.core import Experiment
from rnnviz.export.command import made_with
from rnnviz.export.contents import OPTIMISERS, TEXTS, Contents, caveats, description
from rnnviz.export.numpy_script import numpy_contents, pieces
from rnnviz.export.program import part
from rnnviz.notation.numbers import capital, counted, each_of, four, the
from rnnviz.notation.rules import rule_of
from rnnviz.settings.config import PRESETS

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
TABLES = ("forward", "loss", "loop", "terms", "training")  # pieces behind which a table shows what came out


def notebook(experiment: Experiment) -> str:
    """Return a notebook (JSON, format 4) that runs from top to bottom with NumPy alone.

    ValueError if losses or gradient are not finite at the start values.
    """
    holds = numpy_contents(experiment, "notebook")
    config = experiment.config
    head = [f"# {PRESETS[config.preset].title}", *description(holds), *caveats(holds)]
    head.append("Every number is held to the last digit. Change one, and a check fails.")
    head.append(f"Made with `{made_with(holds.command, config).replace('`', '·')}`")
    cells = [new_markdown_cell("\n\n".join(head))]
    for piece in pieces(holds):  # what is about to be computed, its code, and a small table of what came out
        cells.append(new_markdown_cell(f"## {piece.title}\n\n{_words(piece.name, holds)}"))
        cells.append(new_code_cell(piece.code))
        if piece.name in TABLES:
            cells.append(new_code_cell(part("numpy_script", f"table {piece.name}")))
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place + 1:02d}"
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return nbformat.writes(new_notebook(cells=cells, metadata=metadata)) + "\n"


def _uses(only_last: bool, T: int) -> str:
    if T == 1:
        return "There is one step, so each weight is used once."
    if only_last:
        hidden, output = "$W_1$, $W_{h1}$ and $\\beta_1$", "$W_2$ and $\\beta_2$"
        return f"{hidden} are the same at each of the {T} steps, {output} are used once, at the last."
    return f"The same weights at each of the {T} steps."


def _rule(holds: Contents) -> str:
    """The update as the optimiser of this notebook makes it."""
    gradient = r"g^{\tau}(\theta)" if holds.truncated else r"\frac{\partial L}{\partial \theta}"
    lines = rule_of(holds.experiment.config, r"\theta", gradient)
    kept = ["$g^{\\tau}$ is the sum of the terms that truncation keeps."] if holds.truncated else []
    return "\n\n".join([*(f"$${line}$$" for line in lines), *kept])


def _words(name: str, holds: Contents) -> str:
    experiment = holds.experiment
    architecture, config = experiment.architecture, experiment.config
    T = len(experiment.trace.A)
    terms = T if architecture.is_sequence_to_vector else T * (T + 1) // 2
    length = counted(config.truncation or 0, "step")
    cut = f"Truncation ({config.truncation_kind} of {length}) keeps some of the terms only."
    forms = (f"{name} {holds.form}", f"{name} {architecture.cell}", name)
    return next(TEXTS["words"][each] for each in forms if each in TEXTS["words"]).format(
        f1=architecture.hidden_activation,
        f2=TEXTS["activations"][architecture.output_activation],
        loss_equation=TEXTS["equations"][architecture.loss],
        each_step=each_of(T, "step"),
        steps=counted(T, "step"),
        samples=counted(experiment.task.X.shape[1], "sample"),
        loss=four(experiment.backward.loss),
        terms=capital(the(terms, "term", "has", "have")),
        cut=cut if holds.truncated else "",
        uses=_uses(architecture.is_sequence_to_vector, T),
        rule=_rule(holds),
        optimiser=capital(OPTIMISERS[config.optimiser]),
        rate=four(config.learning_rate),
        epochs=counted(holds.course.epochs, "epoch"),
    )
