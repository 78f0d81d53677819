"""The walk of the backward loop: its lines, its adjoints, and the columns that it fills."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.experiment.plain_loop import LOOP_LINES
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS
from rnnviz.scene.build import build_scene
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS

CASES = [
    ("lecture-sequence-to-sequence", {}),
    ("lecture-sequence-to-vector", {"steps": 5}),
    ("lecture-sequence-to-sequence", {"batch": 4, "sample": -1}),
    ("lecture-sequence-to-sequence", {"steps": 20}),
]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def walked(request):
    name, changes = request.param
    experiment = run(PRESETS[name].config.replace(**changes))
    return look(experiment, experiment.config.sample), build_scene(experiment)


def numbers(part, scene, quantity):
    for place in (part, scene):
        if quantity in place["quantities"]:
            return np.array(place["quantities"][quantity]["values"], dtype=float)
    raise AssertionError(quantity)


def test_each_frame_lights_the_line_that_runs(walked):
    _, scene = walked
    for name, part in scene["parameters"].items():
        code = part["loop"]["code"]
        starts = {"dh": "dh =", "da": "da =", "add": f"d{name} +=", "next": "dh_next ="}
        for frame in part["loop"]["frames"]:
            kind = frame["id"].rsplit("-", 1)[-1]
            if frame["id"].startswith("loop-") and kind in starts:
                assert code[frame["line"]].strip().startswith(starts[kind])
        assert part["loop"]["frames"][0]["line"] == LOOP_LINES["start"]
        assert [frame["id"] for frame in part["loop"]["frames"][-2:]] == ["sum", "update"]


def test_steps_go_back_through_time_and_fill_their_column(walked):
    view, scene = walked
    for name in HIDDEN_PARAMETERS:
        part = scene["parameters"].get(name)
        if part is None:
            continue
        adding = [frame for frame in part["loop"]["frames"] if frame["id"].endswith("-add")]
        steps = [int(frame["id"].split("-")[1]) for frame in adding]
        assert steps == sorted(part["grid"]["columns"], reverse=True)
        for k, frame in zip(steps, adding, strict=True):
            cells = {c["q"] for row in part["grid"]["cells"] for c in row if c.get("q", "").endswith(f"_{k}")}
            assert cells == {q for q in frame["new"] if q.startswith("term_")}
            assert f"column_{k}" in frame["new"]
            if view.T <= 12:
                np.testing.assert_allclose(
                    numbers(part, scene, f"column_{k}"),
                    sum(numbers(part, scene, cell) for cell in cells),
                    rtol=1e-11,
                    atol=1e-15,
                )


def test_dh_is_its_own_loss_and_what_is_carried(walked):
    view, scene = walked
    part = next(iter(scene["parameters"].values()))
    adjoints = engine.decompose(view.architecture, view.parameters, view.trace, view.Y).adjoints
    whole = adjoints.sum(axis=0)
    for k in part["grid"]["columns"]:
        dh, carried = (numbers(part, scene, f"{kind}_{k}") for kind in ("dL/dH", "carry"))
        np.testing.assert_allclose(dh, whole[k], rtol=1e-10, atol=1e-15)
        own = numbers(part, scene, f"dL_{k}/dH_{k}") if k in view.loss_steps else 0
        np.testing.assert_allclose(own + carried, dh, rtol=1e-11, atol=1e-15)


def test_dh_next_is_the_adjoint_sent_through_the_transposed_weights(walked):
    view, scene = walked
    part = next(iter(scene["parameters"].values()))
    for frame in part["loop"]["frames"]:
        if frame["id"].endswith("-next"):
            k = int(frame["id"].split("-")[1])
            expected = numbers(part, scene, f"dL/dA_{k}") @ view.parameters.Wh1.T
            np.testing.assert_allclose(numbers(part, scene, f"carry_{k - 1}"), expected, rtol=1e-12, atol=1e-16)


def test_every_id_of_a_loop_frame_has_numbers_and_is_born_once_in_order(walked):
    _, scene = walked
    for part in scene["parameters"].values():
        known = {**scene["quantities"], **part["quantities"]}
        offset = len(scene["frames"])
        for place, frame in enumerate(part["loop"]["frames"]):
            words = [piece["q"] for piece in frame["sentence"] if isinstance(piece, dict)]
            for quantity in [*frame["lit"], *words, *(one["q"] for one in frame["matrices"])]:
                assert quantity in known, (frame["id"], quantity)
                if quantity in part["loop"]["known_from"]:
                    assert part["loop"]["known_from"][quantity] <= offset + place, (frame["id"], quantity)


def test_truncation_has_no_loop_of_its_own():
    scene = build_scene(run(PRESETS["lecture-sequence-to-sequence"].config.replace(steps=6, truncation=2)))
    assert all("loop" not in part for part in scene["parameters"].values())
    assert set(scene["parameters"]) == set(PARAMETERS)
