"""The PyTorch script: autograd finds every number again, and one changed number makes it fail.

Importing torch takes seconds, so all scripts run in one process, each in a namespace of its own.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys

import pytest
from configurations import EVERY
from scripts import briefly, changed, drawn, last_digit, literals, own_experiment

from rnnviz.experiment.core import run
from rnnviz.export.pytorch_script import pytorch_script
from rnnviz.settings.config import PRESETS, TASKS, RunConfig

CHECKED = "numbers = {"
CURE = (
    "no torch here: pip install -r requirements-torch.txt, or set RNNVIZ_TORCH to a Python that has it; "
    "RNNVIZ_TORCH=required turns this into a failure"
)
DRIVER = """
import contextlib, glob, io, json, runpy, sys, warnings
warnings.simplefilter("error")
found = {}
for name in sorted(glob.glob("*.py")):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(name)
        found[name] = [True, out.getvalue()]
    except Exception as error:
        found[name] = [False, f"{type(error).__name__}: {error}"]
print(json.dumps(found))
"""

ECHO = RunConfig(task="echo", lag=1, steps=4, batch=3, hidden=3, bias=0.3, epochs=5)
COMBINATIONS = {
    f"{activation} {output} {mode}": ECHO.replace(activation=activation, output=output, mode=mode)
    for activation in ("tanh", "relu", "sigmoid", "identity")
    for output in TASKS["echo"].outputs
    for mode in TASKS["echo"].modes
}
LIMITS = [
    {"clip_norm": 0.1},
    {"clip_value": 0.02},
    {"clip_norm": 1.0, "clip_value": 0.05, "truncation": 2},
    {"truncation": 2, "truncation_kind": "chunk"},
    {"truncation": 2, "truncation_kind": "chunk", "mode": "sequence_to_vector"},
    {"truncation": 1, "mode": "sequence_to_vector"},
    {"truncation": 9},
    {"edits": "Wh1.0.0:2.5,X.1.0.1:-3,H_init.0.1:0.5,Y.0.0.0:0.25,Y.0.0.1:0.75"},
    {"edits": "W2.0.0:900,W2.1.1:-900"},
]
TRAININGS = {
    f"{optimiser} {limits}": RunConfig(steps=5, optimiser=optimiser, epochs=30).replace(**limits)
    for optimiser in ("sgd", "momentum", "adam")
    for limits in LIMITS
}
VARIANTS = COMBINATIONS | TRAININGS


def python_with_torch():
    """Return the path of a Python that has torch; skip or fail without one."""
    wanted = os.environ.get("RNNVIZ_TORCH", "")
    if wanted not in ("", "required"):
        return wanted
    if importlib.util.find_spec("torch"):
        return sys.executable
    if wanted:
        pytest.fail(CURE)
    return pytest.skip(CURE)


def scripts(every):
    """Return scripts by the name of their file: presets, variants, and presets with a changed number."""
    found, broken = {f"preset {name}": pytorch_script(briefly(name)) for name in [*PRESETS][::every]}, {}
    for place, script in enumerate(found.values()):
        for number, one in enumerate(drawn(literals(script, CHECKED), 3, seed=place)):
            broken[f"broken {place} {number}"] = changed(script, one)
            broken[f"nudged {place} {number}"] = last_digit(script, one)
    found |= {f"variant {name}": pytorch_script(run(VARIANTS[name])) for name in [*VARIANTS][::every]}
    found["own"] = pytorch_script(own_experiment(RunConfig(steps=6, batch=4, epochs=9)))
    return found | broken


@pytest.fixture(scope="module", params=EVERY)
def results(request, tmp_path_factory):
    """Return (whether it passed, what it said) of every script, run by a Python that sees no rnnviz."""
    python, folder = python_with_torch(), tmp_path_factory.mktemp("torch")
    for name, script in scripts(request.param).items():
        (folder / f"{name}.py").write_text(script, "utf-8")
    done = subprocess.run(
        [python, "-I", "-X", "utf8", "-c", DRIVER], cwd=folder, capture_output=True, encoding="utf-8",
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name.removesuffix(".py"): tuple(found) for name, found in json.loads(done.stdout).items()}


def of_kind(results, *kinds):
    return {name: found for name, found in results.items() if name.startswith(kinds)}


def test_every_preset_runs_alone(results):
    presets = of_kind(results, "preset")
    assert len(presets) >= 4
    for name, (passed, said) in presets.items():
        assert passed, (name, said)
        assert "Norms of the terms, each relative to itself" in said, name
        assert "Training: loss" in said, name


def test_every_variant_and_own_data_run(results):
    ran = of_kind(results, "variant", "own")
    assert len(ran) > 15
    assert {name: said for name, (passed, said) in ran.items() if not passed} == {}


def test_one_changed_number_makes_it_fail(results):
    broken = of_kind(results, "broken", "nudged")
    assert len(broken) == 2 * 3 * len(of_kind(results, "preset"))
    assert [name for name, (passed, _) in broken.items() if passed] == []


def test_it_needs_torch_only():
    tree = ast.parse(pytorch_script(run(RunConfig())))
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"hashlib", "os", "torch"}


def test_a_saturated_network_says_what_it_leaves_out():
    config = PRESETS["lecture-sequence-to-vector"].config.replace(edits="b2.0:100")
    script = pytorch_script(run(config))
    assert "autograd loses the digits of single terms" in script
    assert "expected_norms" not in script


def test_a_long_network_holds_the_norms_of_some_loss_steps():
    script = pytorch_script(run(RunConfig(steps=120, epochs=1)))
    rows = ast.literal_eval(script.split("expected_rows = torch.tensor(")[1].split(", dtype")[0])
    assert len(rows) == 25
    assert rows[-1] == 119
