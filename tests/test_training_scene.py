"""The training player's scene: what it shows is the run's own numbers, and they subtract."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from rnnviz.config import PRESETS
from rnnviz.experiment import run, train_run
from rnnviz.story import build_training_scene
from rnnviz.story.notation import PARAMETERS
from rnnviz.story.training import MOST_FRAMES


def trained(name, **changes):
    config = PRESETS[name].config.replace(**changes)
    return config, train_run(run(config))


@pytest.mark.parametrize(
    "changes", [{}, {"optimiser": "adam"}, {"clip_norm": 0.1}, {"hidden": 16, "epochs": 400}]
)
def test_before_minus_step_is_after(changes):
    config, result = trained("lecture-sequence-to-sequence", **changes)
    scene = build_training_scene(result, config)
    json.dumps(scene, allow_nan=False)
    assert 2 <= len(scene["frames"]) <= MOST_FRAMES
    for name in PARAMETERS:
        part = scene["parameters"][name]
        before, step, after = (np.array(part[kind]) for kind in ("before", "step", "after"))
        np.testing.assert_allclose(before - step, after, rtol=0, atol=1.2e-3 * part["largest"])


def test_frames_are_the_epochs_of_the_run():
    config, result = trained("lecture-sequence-to-vector", epochs=20)
    scene = build_training_scene(result, config)
    assert [frame["epoch"] for frame in scene["frames"]] == list(range(20))
    np.testing.assert_allclose(scene["parameters"]["Wh1"]["before"], result.parameters["Wh1"], rtol=6e-4)
    assert f"the loss is {result.losses[7]:.4g}" in scene["frames"][7]["sentence"]


def test_an_exploding_run_shows_only_finite_epochs():
    config, result = trained("exploding")
    assert not result.finite
    scene = build_training_scene(result, config)
    json.dumps(scene, allow_nan=False)


def test_a_run_with_nothing_finite_has_no_scene():
    config, result = trained("lecture-sequence-to-sequence", epochs=3)
    broken = {name: np.full_like(values, np.nan) for name, values in result.updates.items()}
    assert build_training_scene(dataclasses.replace(result, updates=broken), config) is None
