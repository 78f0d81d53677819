"""What is taken away of a gated cell: programs that find every number again, and fail when one is changed."""

import nbformat
import pytest
from scripts import changed, drawn, fails, literals, run_here

from rnnviz.experiment.core import run
from rnnviz.export.notebook import notebook
from rnnviz.export.numpy_script import numpy_script
from rnnviz.export.pytorch_script import pytorch_script
from rnnviz.settings.config import PRESETS
from tests.configurations import FEW, GATED, configurations, spread
from tests.with_torch import torch

FORMS = {"lstm": ("lstm", "before"), "gru before": ("gru", "before"), "gru after": ("gru", "after")}
CHANGES = [
    {},
    {"truncation": 3, "clip_norm": 0.5, "optimiser": "adam"},
    {"truncation": 3, "truncation_kind": "chunk", "optimiser": "momentum", "mode": "sequence_to_vector"},
    {"edits": "Wh1.0.5:2.5,b1.7:0.5,H_init.0.1:0.5", "forget_bias": 3.0, "update_bias": -2.0},
]
CASES = [(form, place) for form in FORMS for place in range(len(CHANGES))]


def experiment(form, changes=0):
    cell, reset = FORMS[form]
    config = PRESETS["echo"].config.replace(steps=6, batch=4, hidden=5, epochs=8, cell=cell, reset=reset)
    return run(config.replace(**CHANGES[changes]).reconciled()[0])


@pytest.mark.parametrize(("form", "changes"), spread(CASES, 5))
def test_a_numpy_script_of_a_gated_cell_finds_every_number_again(form, changes):
    script = numpy_script(experiment(form, changes))
    out, _ = run_here(script)
    assert "Sum of all" in out
    assert "Training: loss" in out
    assert max(map(len, script.splitlines())) <= 118
    for place in drawn(literals(script, "numbers = {"), 3, seed=changes):
        assert fails(changed(script, place)), place


@pytest.mark.slow
def test_numpy_scripts_of_random_gated_cells_find_every_number_again():
    for config in list(configurations(cells=GATED))[: FEW // 2]:
        small = config.replace(steps=min(config.steps, 12), batch=min(config.batch, 8), hidden=min(config.hidden, 8))
        run_here(numpy_script(run(small.reconciled()[0])))


@pytest.mark.parametrize("form", FORMS)
def test_a_notebook_of_a_gated_cell_runs_and_says_its_own_equations(form):
    book = nbformat.reads(notebook(experiment(form)), as_version=4)
    nbformat.validate(book)
    code = "\n\n".join(cell["source"] for cell in book["cells"] if cell["cell_type"] == "code")
    assert "Sum of all" in run_here(code)[0]
    words = "\n".join(cell["source"] for cell in book["cells"] if cell["cell_type"] == "markdown")
    assert "f_1" not in words
    assert {"lstm": r"C_t = f \circ C_{t-1}", "gru before": r"(r \circ H_{t-1}) U_c", "gru after": "d_c"}[form] in words


@pytest.mark.parametrize(("form", "changes"), spread(CASES, 5))
def test_a_pytorch_script_of_a_gated_cell_finds_every_number_again(form, changes):
    assert torch.get_num_threads()
    script = pytorch_script(experiment(form, changes))
    out, _ = run_here(script)
    assert "Sum of all" in out
    module = {"lstm": "torch.nn.LSTM", "gru after": "torch.nn.GRU"}.get(form)
    assert (f"Gradient of {module}" in out) if module else ("torch.nn.GRU" not in script)
    for place in drawn(literals(script, "numbers = {"), 2, seed=changes):
        assert fails(changed(script, place)), place
