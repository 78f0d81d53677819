"""Every combination of conventions: each drawn product multiplies out, each shown line of code runs."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from configurations import spread
from drawn import closes, equations_of, evaluated

from rnnviz import engine
from rnnviz.engine import Parameters
from rnnviz.experiment.core import run
from rnnviz.experiment.plain_loop import loop_arguments
from rnnviz.notation.conventions import LECTURE, NAMES, OVER_TIME, Conventions
from rnnviz.notation.ids import PARAMETERS, symbol
from rnnviz.scene.build import build_scene, scene_of
from rnnviz.scene.ledger import ledger
from rnnviz.scene.loop_code import loop_lines
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS
from rnnviz.ui.stage import _scene
from rnnviz.ui.stage import ledger as shown_ledger

EVERY = [Conventions(*one) for one in itertools.product(NAMES, ("row", "column"), OVER_TIME, (0, 1))]
SEQUENCE, VECTOR = "lecture-sequence-to-sequence", "lecture-sequence-to-vector"
CASES = [(SEQUENCE, {}), (VECTOR, {}), (SEQUENCE, {"batch": 3, "sample": -1, "hidden": 4})]


def name(conventions):
    return f"{conventions.names}-{conventions.vectors}-{conventions.over_time}-{conventions.first}"


@pytest.fixture(params=range(len(CASES)), ids=lambda place: f"{CASES[place][0]}-{CASES[place][1]}", scope="module")
def case(request):
    preset, changes = CASES[request.param]
    experiment = run(PRESETS[preset].config.replace(**changes))
    return experiment, look(experiment, experiment.config.sample), cache(scene_in)


def scene_in(view, conventions):
    return scene_of(replace(view, conventions=conventions.over(len(view.loss_steps))), "Wh1")


@pytest.mark.parametrize("conventions", spread(EVERY, 5), ids=name)
def test_every_product_that_is_drawn_multiplies_out(case, conventions):
    _, view, seen = case
    scene = seen(view, conventions)
    compared = set()
    for part in scene["parameters"].values():
        frames = [*scene["frames"], *part["frames"], *part["loop"]["frames"]]
        for frame in frames:
            for items in filter(closes, equations_of(frame["matrices"])):
                found, shown, _ = evaluated(scene, part, items, conventions.is_column)
                np.testing.assert_allclose(
                    np.broadcast_to(found, shown.shape), shown, rtol=1e-10, atol=1e-14, err_msg=frame["id"]
                )
                compared.add(frame["id"].split("-")[0])
    assert compared >= {"forward", "output", "term", "sum", "update", "loop"}


@pytest.mark.parametrize("conventions", spread(EVERY, 5), ids=name)
def test_numbers_are_the_lectures_transposed_and_scaled(case, conventions):
    _, view, seen = case
    plain, scene = seen(view, LECTURE), seen(view, conventions)
    scale = 1 / len(view.loss_steps) if conventions.over_time == "mean" else 1
    for parameter, part in scene["parameters"].items():
        total = np.array(part["quantities"][f"dL/d{parameter}"]["values"])
        expected = np.array(plain["parameters"][parameter]["quantities"][f"dL/d{parameter}"]["values"])
        turned = conventions.is_column or (conventions.names == "pytorch" and parameter[0] == "W")
        np.testing.assert_allclose(total, scale * (expected.T if turned else expected), rtol=1e-14)
        i, j = part["grid"]["entry"]
        assert abs(total[i, j]) == abs(total).max()
        assert part["grid"]["closings"]["entry"][f"{i},{j}"]


@pytest.mark.parametrize("conventions", spread(EVERY, 5), ids=name)
def test_symbols_and_step_numbers_follow(case, conventions):
    _, view, seen = case
    scene = seen(view, conventions)
    hidden = "".join(text for text, _ in scene["quantities"]["Wh1"]["label"])
    assert hidden == {"state": "Wh1", "lecture": "Wh1", "pytorch": "weight_hh", "textbook": "Whh"}[conventions.names]
    grid = scene["parameters"]["Wh1"]["grid"]
    assert grid["row_names"] == [str(t + conventions.first) for t in range(view.T)]
    text = [piece for frame in scene["parameters"]["Wh1"]["frames"] for piece in frame["sentence"]]
    last = f"t = {view.T - 1 + conventions.first} "
    assert any(last in piece for piece in text if isinstance(piece, str))
    assert not any(f"t = {view.T + conventions.first} " in piece for piece in text if isinstance(piece, str))


@pytest.mark.parametrize("conventions", spread(EVERY, 5), ids=name)
def test_the_code_that_is_shown_runs_and_gives_the_gradient(case, conventions):
    experiment, *_ = case
    network = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    gradients = engine.backward(*network).gradients
    arguments = as_written(loop_arguments(*network), conventions)
    losses = 1 if experiment.architecture.is_sequence_to_vector else experiment.config.steps
    scope = {"np": np, "Parameters": Parameters, "losses": losses}
    exec("\n".join(loop_lines(conventions)), scope)
    *_, (*_, sums) = scope["backward_through_time"](*arguments)
    scale = 1 / losses if conventions.over_time == "mean" else 1
    for parameter, found, expected in zip(PARAMETERS, sums, gradients, strict=True):
        turned = conventions.is_column or (conventions.names == "pytorch" and parameter[0] == "W")
        wanted = scale * (expected.T if turned and expected.ndim == 2 else expected)
        np.testing.assert_allclose(np.reshape(found, wanted.shape), wanted, rtol=1e-11, atol=1e-15)


def as_written(arguments, conventions):
    """Return the loop's arguments in the layout that the shown code expects."""
    parameters, *series = arguments
    X, H, H_init, slope, dZ = series
    if conventions.first:
        X, slope, dZ = (np.concatenate([np.full_like(one[:1], np.nan), one]) for one in (X, slope, dZ))
        H = np.concatenate([H_init[None], H])
    if conventions.is_column:
        X, H, slope, dZ = (one.swapaxes(1, 2) for one in (X, H, slope, dZ))
        H_init = H_init.T
        parameters = Parameters(*(one.T if one.ndim == 2 else one[:, None] for one in parameters))
    elif conventions.names == "pytorch":
        parameters = Parameters(*(one.T if one.ndim == 2 else one for one in parameters))
    return parameters, X, H, H_init, slope, dZ


def test_a_view_keeps_its_conventions_whatever_else_is_written(case):
    _, view, _ = case
    plain, textbook = replace(view), replace(view, conventions=Conventions("textbook"))
    assert textbook.symbol("Wh1").latex == "W_{hh}"
    assert plain.symbol("Wh1").latex == symbol("Wh1").latex == "W_{h1}"
    before = scene_in(plain, LECTURE)
    scene_in(plain, Conventions("pytorch", "column", "mean", 1))
    assert scene_in(plain, LECTURE) == before


def test_the_stage_is_in_the_conventions_of_the_link():
    """The experiment itself is computed once, whatever its link says of the notation."""
    base = PRESETS[SEQUENCE].config.replace(edits="Wh1.0.1:0.9")
    for change in ({}, {"symbols": "pytorch"}, {"vectors": "column", "over_time": "mean", "first_step": "1"}):
        config = base.replace(**change)
        shown = json.loads(f"{{{_scene(config, True).decode()}}}")["scene"]
        wanted = json.loads(json.dumps(build_scene(run(config))))
        assert shown["quantities"] == wanted["quantities"]
        assert shown_ledger(config) == ledger(look(run(config), config.sample), config.parameter)


def test_the_start_state_has_the_number_before_the_first_step():
    assert symbol("H_init", Conventions("textbook", first=1)).latex == "h_{0}"
    assert symbol("H_0", Conventions("textbook", first=1)).latex == "h_{1}"
    assert symbol("H_init", Conventions("pytorch", first=0)).latex == "h_{-1}"


def test_the_lectures_own_code_is_the_function_that_runs():
    lines = loop_lines()
    for other in EVERY:
        assert len(loop_lines(other)) == len(lines)
    assert lines[0].startswith("def backward_through_time(")
