"""The lines behind a frame compute, in the exported script, the very number that the frame shows."""

from __future__ import annotations

import numpy as np
import pytest
from configurations import PLAIN_PRESETS, spread
from drawn import record
from scripts import run_here

from rnnviz.experiment.core import run
from rnnviz.export.numpy_script import numpy_script
from rnnviz.notation.ids import PARAMETERS
from rnnviz.scene import cells
from rnnviz.scene.build import scene_of
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS, TASKS, RunConfig

NAMES = {"sum": "d{0}", "update": "{0}_new", "loss": "L", "term-rest": "rest", "start": "H_start"}


def names_of(experiment):
    """Return the names that the script has after its forward pass."""
    script = numpy_script(experiment)
    return run_here(script.split("# === Loss ===")[0])[1]


def shown(frame_id, parameter, gated=False):
    """Return (name in the snippet, id in the scene) of what a frame shows."""
    if frame_id == "sum":
        return [(f"d{parameter}", f"dL/d{parameter}")]
    if frame_id == "update":
        return [("change", f"{parameter}_step"), (f"{parameter}_new", f"{parameter}_new")]
    kind, *steps = frame_id.split("-")
    if kind == "forward" and (gated or len(steps) > 1):
        made = steps[1] if len(steps) > 1 else "H"
        return [(f"{name}_{steps[0]}",) * 2 for name in (made, *([f"A{made}"] if made not in "HC" else []))]
    if kind in ("forward", "output"):
        return [(f"{name}_{steps[0]}",) * 2 for name in {"forward": "AH", "output": ("Z", "Y_hat")}[kind]]
    names = {"start": ("H_start", "H_init"), "term-rest": ("rest", "rest"), "loss": ("L", "L")}
    plain = f"L_{steps[0]}" if kind == "loss" and steps else "_".join(["term", *steps])
    return [names.get(frame_id, (plain, plain))]


def check(scene, view, names, parameter):
    """Run the snippet of every frame and compare every drawn number."""
    part = scene["parameters"][parameter]
    for frame in (*scene["frames"], *part["frames"]):
        if frame["id"].startswith(("hop", "paths")):  # opened ways of a gated cell, which no line of a script computes
            continue
        text = frame["code"]
        assert 1 < len(text.splitlines()) <= 13, text
        found = dict(names)
        exec(text, found)
        for name, quantity in shown(frame["id"], parameter, bool(view.gates)):
            wanted = record(scene, part, quantity)
            value = np.atleast_2d(found[name])
            assert list(value.shape) == wanted["shape"], (frame["id"], name)
            drawn = value[np.ix_(wanted["rows"], wanted["columns"])]
            size = max(1e-9 * np.abs(np.array(wanted["values"])).max(), 1e-15 * abs(value).max(), 1e-300)
            assert np.abs(drawn - np.array(wanted["values"], dtype=float)).max() <= size, (frame["id"], name)
            assert np.linalg.norm(value) == pytest.approx(wanted["norm"], rel=1e-9, abs=1e-300)
    assert str(names["W1"].size + sum(names[name].size for name in PARAMETERS[1:])) in scene["frames"][0]["sentence"][0]


@pytest.mark.parametrize("name", spread(PLAIN_PRESETS, 6))
def test_every_frame_of_every_preset_of_the_plain_cell(name):
    experiment = run(PRESETS[name].config)
    names = names_of(experiment)
    for sample in {0, -1, experiment.trace.X.shape[1] - 1}:
        view = look(experiment, sample)
        for parameter in PARAMETERS if experiment.config.steps <= 6 else ("Wh1", "b2"):
            check(scene_of(view, parameter, complete=False), view, names, parameter)


CELLS = [
    {"cell": "lstm"},
    {"cell": "gru", "truncation": 2},
    {"cell": "gru", "reset": "after", "clip_norm": 0.1, "over_time": "mean"},
    {"cell": "lstm", "truncation": 2, "truncation_kind": "chunk", "mode": "sequence_to_vector", "clip_value": 0.01},
    {"cell": "gru", "reset": "after", "steps": 15, "optimiser": "adam", "truncation": 9},
    {"cell": "lstm", "output": "sigmoid_se", "edits": "Wh1.0.4:2.5,H_init.0.1:0.5"},
]


@pytest.mark.parametrize("change", CELLS, ids=str)
def test_every_frame_of_a_gated_cell(change):
    experiment = run(RunConfig(steps=4, batch=3).replace(**change))
    names = names_of(experiment)
    for sample in (1, -1):
        view = look(experiment, sample)
        for parameter in ("Wh1", "b1", "W2", cells.blocks_of(view.architecture, "W1")[0], "Uc"):
            check(scene_of(view, parameter, True, complete=False), view, names, parameter)


CHANGES = [
    {"truncation": 2},
    {"truncation": 2, "truncation_kind": "chunk"},
    {"truncation": 3, "truncation_kind": "chunk", "steps": 15},
    {"clip_norm": 0.1},
    {"clip_value": 0.01},
    {"clip_norm": 0.3, "clip_value": 0.05, "optimiser": "momentum"},
    {"optimiser": "adam", "clip_norm": 0.3, "truncation": 1},
    {"over_time": "mean"},
    {"mode": "sequence_to_vector", "over_time": "mean"},
    {"edits": "Wh1.0.0:2.5,X.1.0.1:-3,H_init.0.1:0.5"},
    *({"output": output, "activation": "relu"} for output in TASKS["lecture_sequence"].outputs),
]


@pytest.mark.parametrize("change", spread(CHANGES, 5), ids=str)
def test_every_setting_that_a_frame_depends_on(change):
    experiment = run(RunConfig(steps=4, batch=3).replace(**change))
    names = names_of(experiment)
    for sample in (1, -1):
        view = look(experiment, sample)
        for parameter in PARAMETERS:
            check(scene_of(view, parameter, True, complete=False), view, names, parameter)
