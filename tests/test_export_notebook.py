"""The notebook: valid, the same each time, and it runs from top to bottom in a kernel without rnnviz."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from functools import cache

import nbformat
import pytest
from configurations import EVERY, spread
from scripts import briefly, changed, drawn, fails, literals, own_experiment

from rnnviz.experiment.core import run
from rnnviz.export.notebook import notebook
from rnnviz.settings.config import PRESETS, RunConfig

CHECKED = "numbers = {"
NAMES = [*PRESETS, "own"]
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=120, kernel_name="python3").execute()
nbformat.write(book, sys.argv[1])
"""
ALONE = "import importlib.util\nassert importlib.util.find_spec('rnnviz') is None\n%reset -f"


@pytest.fixture(scope="module")
def books():
    """Return a function that gives the notebook of a preset, or that of own data with truncation."""
    own = RunConfig(steps=6, batch=4, epochs=9, truncation=2)

    @cache
    def book(name):
        return nbformat.reads(notebook(own_experiment(own) if name == "own" else briefly(name)), as_version=4)

    return book


@pytest.fixture(scope="module", params=EVERY)
def outputs(request, books, tmp_path_factory):
    """Return what notebooks printed; all run in one kernel, each from a clean slate."""
    folder = tmp_path_factory.mktemp("notebooks")
    cells = []
    for name in NAMES[:: -request.param]:  # the last is of own data
        cells += [nbformat.v4.new_code_cell(f"{ALONE}\nprint('begin {name}')"), *copy.deepcopy(books(name).cells)]
    for place, cell in enumerate(cells):
        cell["id"] = str(place)
    path = folder / "all.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, path.name], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    printed, name = {}, ""
    for cell in nbformat.read(path, as_version=4).cells:
        text = "".join(out["text"] for out in cell.get("outputs", []) if out["output_type"] == "stream")
        name = text.split()[1] if text.startswith("begin ") else name
        printed[name] = printed.get(name, "") + text
    return printed


@pytest.mark.parametrize("name", spread(NAMES, 4))
def test_it_is_valid(books, name):
    nbformat.validate(books(name))


def test_it_runs_in_a_kernel(outputs):
    assert len(outputs) > 3
    for name, printed in outputs.items():
        assert "Sum of all" in printed, name
        assert "Training: loss" in printed, name
        assert "norm of ∂L/∂θ" in printed, name


def test_it_is_the_same_each_time():
    experiment = run(RunConfig())
    first, second = notebook(experiment), notebook(experiment)
    assert first == second
    ids = [cell["id"] for cell in json.loads(first)["cells"]]
    assert ids == [f"cell-{place:02d}" for place in range(1, len(ids) + 1)]


def test_words_stand_before_every_step():
    experiment = run(RunConfig(truncation=2))
    book = nbformat.reads(notebook(experiment), as_version=4)
    kinds = [cell.cell_type for cell in book.cells]
    assert kinds[0] == "markdown"
    assert kinds.count("markdown") == 9
    text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    assert f"L = {experiment.backward.loss:.4g}" in text
    assert "The 6 terms" in text
    assert "Truncation (window of 2 steps)" in text
    assert "{" + "{" not in text


@pytest.mark.parametrize("name", spread(PRESETS, 4))
def test_one_changed_number_makes_it_fail(books, name):
    code = "\n".join(cell.source for cell in books(name).cells if cell.cell_type == "code")
    assert CHECKED in code
    for place in drawn(literals(code, CHECKED), 3, seed=len(name)):
        assert fails(changed(code, place)), place


@pytest.mark.parametrize(
    ("changes", "there", "not_there"),
    [
        ({}, [r"= -\eta\,g$", r"\frac{\partial L}"], ["clip", "tau"]),
        ({"optimiser": "adam"}, [r"\hat{m} \oslash"], [r"-\eta\,g"]),
        ({"optimiser": "momentum", "clip_norm": 0.5}, [r"v \leftarrow 0.9", r"\min(1, 0.5"], [r"-\eta\,g"]),
        ({"truncation": 2}, [r"g = g^{\tau}(\theta)", "truncation keeps"], []),
    ],
)
def test_the_update_is_written_as_it_is_made(changes, there, not_there):
    book = nbformat.reads(notebook(run(RunConfig(steps=4, epochs=2).replace(**changes))), as_version=4)
    words = next(cell.source for cell in book.cells if "all samples at once" in cell.source)
    assert [each for each in there if each not in words] == []
    assert [each for each in not_there if each in words] == []


def test_a_weight_of_the_output_is_used_once_where_there_is_one_loss():
    config = PRESETS["lecture-sequence-to-vector"].config
    book = nbformat.reads(notebook(run(config)), as_version=4)
    assert any("$W_2$ and $\\beta_2$ are used once, at the last" in cell.source for cell in book.cells)
