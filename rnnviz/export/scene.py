"""The scene as JSON for any program: every quantity in full, and the products that each frame draws."""

from __future__ import annotations

import json

from rnnviz.experiment.core import Experiment
from rnnviz.export.made import made_with
from rnnviz.scene.build import exported_scene


def scene_json(experiment: Experiment) -> str:
    """Return one training step, with the gradient of the configuration's parameter taken apart, as JSON.

    ``quantities`` holds every entry of every quantity as rows and columns are written in the configuration's
    conventions; what is not finite stands as ``"nan"``, ``"inf"`` or ``"-inf"``. Each of a frame's
    ``products`` is read from left to right, ``·`` (matrix product) and ``∘`` (entry by entry, a row or a
    column broadcast) before ``+``; one factor is ``times`` × ``fn`` of the quantity, transposed first if
    ``transpose`` says so; a softmax is that of each row. All sides of ``=`` are equal. A list without ``=``
    is a matrix that stands alone.
    """
    scene = {"made": made_with("scene", experiment.config)} | exported_scene(experiment)
    return json.dumps(scene, ensure_ascii=False, allow_nan=False)
