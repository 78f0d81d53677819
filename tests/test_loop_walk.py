"""The walk of the backward loop: its lines, its adjoints, and the columns that it fills."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from drawn import closes, equations_of, evaluated

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.experiment.gated_loops import gated_copy
from rnnviz.experiment.mistakes import arguments_of_copy
from rnnviz.experiment.plain_loop import LOOP_LINES, recorded
from rnnviz.notation.conventions import NAMES, OVER_TIME, Conventions
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS
from rnnviz.scene import cells
from rnnviz.scene.build import build_scene
from rnnviz.scene.loop import loop_quantities
from rnnviz.scene.loop_code import loop_lines
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


FORMS = [("lstm", "before"), ("gru", "before"), ("gru", "after")]
GATED = [{}, {"batch": 3, "sample": -1}, {"steps": 4, "over_time": "mean", "vectors": "column", "symbols": "pytorch"}]


def gated(form, changes, **more):
    config = PRESETS["lecture-sequence-to-sequence"].config
    return run(config.replace(cell=form[0], reset=form[1], **changes, **more))


@pytest.mark.parametrize("changes", GATED, ids=str)
@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_the_walk_of_a_gated_cell_shows_the_numbers_of_the_loop_that_runs(form, changes):
    experiment = gated(form, changes)
    view, found = look(experiment, experiment.config.sample), {}
    arguments = arguments_of_copy(frozenset(), *view.problem)
    steps = {step.k: step for step in recorded(gated_copy(frozenset(), arguments))}
    for k, step in steps.items():
        kind, n = view.kind, view.architecture.n_hidden
        adjoint, carry = f"dL/d{kind}_{k}", f"carry{'S' if kind == 'S' else ''}_{k}"
        found |= {(adjoint, n): step.dh, (f"dL/dA_{k}", None): step.da}
        found |= {(carry, n): steps[k + 1].dh_next if k + 1 in steps else np.zeros_like(step.dh)}
    known = loop_quantities(view)
    for (name, width), wanted in found.items():
        drawn, turned = known[name].drawn(), view.conventions.is_column
        shown, columns = np.array(drawn["values"], dtype=float), np.array(drawn["rows" if turned else "columns"])
        inside = columns < (width or np.inf)
        shown = (shown.T if turned else shown)[:, inside]
        np.testing.assert_allclose(shown, view.scale * wanted[:, columns[inside]], rtol=1e-11, atol=1e-15, err_msg=name)


@pytest.mark.parametrize(("block", "changes"), [*(("all", each) for each in GATED), ("c", {})], ids=str)
@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_every_product_of_a_gated_walk_multiplies_out_and_lights_its_line(form, changes, block):
    experiment = gated(form, changes, block=block)
    view = look(experiment, experiment.config.sample)
    for chosen in ("W1", "Wh1", "b1", "W2"):
        name = cells.chosen(view.architecture, chosen, block)
        scene = build_scene(experiment, parameter=name)
        part, code = scene["parameters"][name], scene["parameters"][name]["loop"]["code"]
        walked = [frame for frame in part["loop"]["frames"] if frame["id"].startswith("loop-")]
        assert len(walked) == 4 * view.T
        starts = {"start": "dh_next", "dh": "dh = ", "da": "da", "add": "d", "next": "dh_next = "}
        for frame in walked:
            kind = frame["id"].rsplit("-", 1)[-1]
            assert code[frame["line"]].strip().startswith(starts[kind]), (frame["id"], code[frame["line"]])
            for items in filter(closes, equations_of(frame["matrices"])):
                value, shown, _ = evaluated(scene, part, items, view.conventions.is_column)
                np.testing.assert_allclose(
                    np.broadcast_to(value, shown.shape), shown, rtol=1e-10, atol=1e-14, err_msg=frame["id"]
                )
            drawn = [*frame["lit"], *(one["q"] for one in frame["matrices"])]
            assert set(drawn) <= {*scene["quantities"], *part["quantities"]}, frame["id"]
        if not view.is_batch:
            assert sum(bool(frame["equation"]) for frame in walked) >= 3 * view.T


EVERY = [Conventions(*one) for one in itertools.product(NAMES, ("row", "column"), OVER_TIME, (0, 1))]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_the_shown_lines_run_in_every_convention_and_give_the_gradient(form):
    experiment = gated(form, {"batch": 3, "steps": 4})
    gradients = engine.backward(*experiment.problem).gradients
    for conventions in EVERY:
        arguments = as_written(arguments_of_copy(frozenset(), *experiment.problem), conventions)
        scope = {"np": np, "Parameters": engine.Parameters, "losses": 4}
        exec("\n".join(loop_lines(conventions, *form)), scope)
        *_, (*_, sums) = scope[f"{form[0]}_through_time"](*arguments)
        scale = 1 / 4 if conventions.is_mean else 1
        for parameter, found, expected in zip(PARAMETERS, sums, gradients, strict=True):
            turned = conventions.is_column or (conventions.flips_weights and parameter[0] == "W")
            wanted = scale * (expected.T if turned and expected.ndim == 2 else expected)
            np.testing.assert_allclose(np.reshape(found, wanted.shape), wanted, rtol=1e-11, atol=1e-15)


def as_written(arguments, conventions):
    """Return the loop's arguments in the layout that the shown code expects."""
    given = arguments._asdict()
    parameters, series = given.pop("parameters"), [name for name in given if not name.endswith("_init")]
    if conventions.first:
        for name in series:
            start = given.get(f"{name}_init", np.full_like(given[name][0], np.nan))
            given[name] = np.concatenate([start[None], given[name]])
    if conventions.is_column:
        given = {name: array.swapaxes(-1, -2) for name, array in given.items()}
        parameters = engine.Parameters(*(one.T if one.ndim == 2 else one[:, None] for one in parameters))
    elif conventions.flips_weights:
        parameters = engine.Parameters(*(one.T if one.ndim == 2 else one for one in parameters))
    return [parameters, *given.values()]
