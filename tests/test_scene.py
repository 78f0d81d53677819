"""The scene: every lit id is drawn, every number is the engine's, every drawn product multiplies out."""

from __future__ import annotations

import ast
import json
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import rnnviz.scene
from rnnviz import engine
from rnnviz.experiment.core import run, with_parameters
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS, path, symbol
from rnnviz.notation.numbers import percent
from rnnviz.notation.quantities import shown, shown_steps
from rnnviz.notation.quantity import Quantity, read
from rnnviz.scene.build import build_scene
from rnnviz.scene.scene import Scene
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS, RunConfig

LECTURE = ("lecture-sequence-to-sequence", "lecture-sequence-to-vector")
CASES = [
    ("lecture-sequence-to-sequence", {}),
    ("lecture-sequence-to-vector", {}),
    ("lecture-sequence-to-sequence", {"steps": 1}),
    ("lecture-sequence-to-sequence", {"batch": 4, "sample": 2}),
    ("lecture-sequence-to-sequence", {"batch": 4, "sample": -1}),
    ("lecture-sequence-to-sequence", {"steps": 6, "truncation": 2, "truncation_kind": "window"}),
    ("lecture-sequence-to-sequence", {"steps": 6, "truncation": 2, "truncation_kind": "chunk", "batch": 3}),
    ("lecture-sequence-to-vector", {"steps": 12, "hidden": 16}),
    ("lecture-sequence-to-sequence", {"steps": 20}),
    ("echo", {"steps": 30, "sample": 0}),
    ("lecture-sequence-to-sequence", {"cell": "lstm"}),
    ("lecture-sequence-to-vector", {"cell": "lstm", "batch": 2, "sample": -1}),
    ("lecture-sequence-to-sequence", {"cell": "lstm", "steps": 14, "hidden": 8, "truncation": 3}),
    ("lecture-sequence-to-sequence", {"cell": "gru", "batch": 3, "sample": -1}),
    ("lecture-sequence-to-sequence", {"cell": "gru", "reset": "after", "steps": 4, "sample": 0}),
]  # fmt: skip


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request):
    name, changes = request.param
    experiment = run(PRESETS[name].config.replace(**changes))
    return experiment, look(experiment, experiment.config.sample), build_scene(experiment)


def every_frame(scene):
    """Yield (parameter, frame) for each frame that can be shown."""
    for name in scene["parameters"]:
        for frame in [*scene["frames"], *scene["parameters"][name]["frames"]]:
            yield name, frame


def record(scene, parameter, quantity):
    return scene["parameters"][parameter]["quantities"].get(quantity) or scene["quantities"].get(quantity)


def whole(record):
    """Return the drawn numbers as an array; only for quantities that are drawn in full."""
    values = np.array(record["values"], dtype=float)
    assert list(values.shape) == record["shape"]
    return values


def drawn_ids(scene, parameter):
    """Return every id that the stage gives an element of its own when all frames have been shown."""
    part = scene["parameters"][parameter]
    ids = {node["q"] for node in scene["nodes"]} | {edge["q"] for edge in scene["edges"]}
    ids |= {edge["q"] for edge in part["edges"]}
    ids |= {
        f"{gate}_{t}"
        for gate in scene.get("cell", {"gates": ()})["gates"]
        for t in range(scene["T"])
        if "strips" not in scene
    }
    grid = part["grid"]
    ids |= {cell["q"] for row in grid["cells"] for cell in row if "q" in cell}
    ids |= {*filter(None, grid["row_sums"]), *grid["column_sums"], grid["corner"]}
    return ids


def test_scene_is_json_with_no_nan(case):
    _, _, scene = case
    assert json.loads(json.dumps(scene, allow_nan=False))["version"] == 1


def test_every_lit_id_is_drawn_somewhere(case):
    _, _, scene = case
    for parameter, frame in every_frame(scene):
        on_strip = {item["q"] for item in frame["matrices"]} | {token["q"] for token in frame["equation"]}
        missing = set(frame["lit"]) - drawn_ids(scene, parameter) - on_strip
        assert not missing, (frame["id"], missing)


def test_every_path_of_a_term_is_lit_in_the_graph(case):
    _, view, scene = case
    graph = {edge["q"] for edge in scene["edges"]}
    steps = shown_steps(view.T)
    for parameter in scene["parameters"]:
        part = scene["parameters"][parameter]
        for frame in part["frames"]:
            if frame["id"].startswith("term-") and frame["id"] != "term-rest":
                t, k = map(int, frame["id"][5:].split("-"))
                factors = path(t, k, parameter, steps, view.kind)
                assert set(factors) <= set(frame["lit"])
                assert set(factors) <= graph | {edge["q"] for edge in part["edges"]}


def test_every_id_has_numbers_or_says_why_not(case):
    _, _, scene = case
    for parameter, frame in every_frame(scene):
        pieces = [part["q"] for part in frame["sentence"] if isinstance(part, dict)]
        shown_ids = [*frame["lit"], *pieces, *(item["q"] for item in frame["matrices"])]
        for quantity in shown_ids:
            found = record(scene, parameter, quantity)
            assert found, (frame["id"], quantity)
            assert "values" in found or "note" in found, (frame["id"], quantity)


def test_each_id_has_one_role_and_so_one_colour(case):
    _, _, scene = case
    for parameter, frame in every_frame(scene):
        for token in frame["equation"]:
            if token["q"]:
                assert token["role"] == record(scene, parameter, token["q"])["role"] == symbol(token["q"]).role


def test_matrices_of_a_frame_are_all_known_by_then(case):
    _, _, scene = case
    for parameter in scene["parameters"]:
        part = scene["parameters"][parameter]
        known = scene["known_from"] | part["known_from"]
        frames = [*scene["frames"], *part["frames"]]
        for place, frame in enumerate(frames):
            for item in frame["matrices"]:
                for one in [item, *item.get("outer", [])]:
                    assert known.get(one["q"], 0) <= place, (frame["id"], one["q"])


@pytest.mark.parametrize("name", LECTURE)
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_displayed_factors_multiply_to_the_displayed_term(name, parameter):
    scene = build_scene(run(PRESETS[name].config.replace(steps=4)))
    for frame in scene["parameters"][parameter]["frames"]:
        if not frame["id"].startswith("term"):
            continue
        *factors, immediate, term = frame["matrices"]
        row = np.ones((1, 1))
        for factor in factors:
            row = row @ whole(record(scene, parameter, factor["q"]))
        product = outer(scene, parameter, immediate["outer"], row)
        np.testing.assert_allclose(product, whole(record(scene, parameter, term["q"])), rtol=0, atol=1e-15)


def outer(scene, parameter, parts, row):
    """Multiply a row from the left into the outer product that an immediate derivative amounts to."""
    slope = whole(record(scene, parameter, parts[-1]["q"]))
    reached = row * slope if slope.shape[0] == 1 and parameter in HIDDEN_PARAMETERS else row @ slope
    if len(parts) == 1:
        return reached
    return whole(record(scene, parameter, parts[0]["q"])).T @ reached


def test_compact_immediate_factor_is_the_engines_tensor():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config)
    view = look(experiment, 0)
    for parameter, entering in (("Wh1", view.trace.H[0, 0]), ("W1", view.trace.X[1, 0])):
        tensor = engine.chain_factors(view.architecture, view.parameters, view.trace, view.Y, parameter, 1, 1)[-1]
        slope = engine.hidden_slope(view.architecture, view.trace)[1, 0]
        expected = np.einsum("hj,i,j->hij", np.eye(len(slope)), entering, slope)
        np.testing.assert_allclose(tensor.value, expected, atol=1e-15)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_terms_rows_and_columns_close(case, parameter):
    _, view, scene = case
    total = getattr(view.backward, parameter)
    scale = max(1e-300, np.abs(total).max())
    assert np.abs(view.total(parameter) - total).max() <= 1e-13 * max(1, scale)
    if parameter in HIDDEN_PARAMETERS:
        problem = view.architecture, view.parameters, view.trace, view.Y, range(view.T)
        found = engine.term_sums(*problem, view.truncation, view.truncation_kind).columns
        columns = view.scale * sum(found[parameter, k] for k in range(view.T))
        np.testing.assert_allclose(columns, total, rtol=0, atol=1e-13 * max(1, scale))
    if parameter not in scene["parameters"]:
        return
    corner = record(scene, parameter, f"dL/d{parameter}")
    assert corner["norm"] == pytest.approx(np.linalg.norm(total), rel=1e-9, abs=1e-15)


def test_update_frame_shows_what_training_does(case):
    experiment, _, scene = case
    config = experiment.config
    epochs = engine.train(
        experiment.architecture, experiment.parameters, experiment.task.X, experiment.task.Y, epochs=2,
        learning_rate=config.learning_rate, optimiser=config.optimiser, clip_norm=config.clip_norm,
        clip_value=config.clip_value, truncation=config.truncation, truncation_kind=config.truncation_kind,
        H_init=experiment.H_init,
    )  # fmt: skip
    after = list(epochs)[1].parameters
    for parameter in PARAMETERS:
        assert scene["quantities"][f"{parameter}_new"]["norm"] == pytest.approx(
            np.linalg.norm(getattr(after, parameter)), rel=1e-12
        )


def test_sequence_to_vector_has_only_the_last_row():
    scene = build_scene(run(PRESETS["lecture-sequence-to-vector"].config))
    states = [[cell["state"] for cell in row] for row in scene["parameters"]["Wh1"]["grid"]["cells"]]
    assert states == [["none", "future", "future"], ["none", "none", "future"], ["live", "live", "live"]]


def test_truncation_greys_exactly_the_cut_cells():
    scene = build_scene(run(PRESETS["lecture-sequence-to-sequence"].config.replace(steps=4, truncation=2)))
    cells = scene["parameters"]["Wh1"]["grid"]["cells"]
    for t in range(4):
        for k in range(t + 1):
            assert cells[t][k]["state"] == ("live" if t - k < 2 else "cut")


def test_frames_follow_the_lecture():
    scene = build_scene(run(PRESETS["lecture-sequence-to-sequence"].config))
    names = [frame["id"] for frame in [*scene["frames"], *scene["parameters"]["Wh1"]["frames"]]]
    assert names == [
        "start", "forward-0", "output-0", "forward-1", "output-1", "forward-2", "output-2",
        "loss-0", "loss-1", "loss-2", "loss",
        "term-2-2", "term-2-1", "term-2-0", "term-1-1", "term-1-0", "term-0-0", "sum", "update",
    ]  # fmt: skip


@pytest.mark.parametrize("changes", [{}, {"vectors": "column"}, {"symbols": "pytorch"}, {"first_step": "1"}])
def test_what_runs_along_the_edges_adds_up_to_what_arrives(changes):
    scene = build_scene(run(PRESETS["lecture-sequence-to-sequence"].config.replace(**changes)))
    known, column = scene["quantities"], changes.get("vectors") == "column"
    frames = [frame for frame in scene["frames"] if frame["id"].startswith(("forward", "output"))]
    assert len(frames) == 6
    for frame in frames:
        act, t = frame["id"].split("-")
        kind, bias, weights = {"forward": ("A", "b1", ["W1", "Wh1"]), "output": ("Z", "b2", ["W2"])}[act]
        assert [pulse["q"] for pulse in frame["pulses"]] == weights
        assert {pulse["to"] for pulse in frame["pulses"]} == {f"{'H' if act == 'forward' else 'Y_hat'}_{t}"}
        assert {pulse["from"] for pulse in frame["pulses"]} <= set(frame["lit"])
        sent = sum(np.array(pulse["values"]) for pulse in frame["pulses"])
        arrived = sent + np.array(known[bias]["values"])
        np.testing.assert_allclose(arrived, known[f"{kind}_{t}"]["values"], atol=1e-14)
        for pulse in frame["pulses"]:
            names = ["".join(text for text, _ in known[q]["label"]) for q in (pulse["from"], pulse["q"])]
            said = "".join(text for text, _ in pulse["label"])
            assert said.removesuffix("ᵀ") == "".join(names[::-1] if column else names)


def test_a_long_network_folds_its_middle_and_still_adds_up():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config.replace(steps=30))
    scene = build_scene(experiment)
    part = scene["parameters"]["Wh1"]
    assert part["grid"]["rows"] == shown_steps(30) == [0, 1, 2, 3, 4, 25, 26, 27, 28, 29]
    drawn = sum(
        whole(cell_record)
        for row in part["grid"]["cells"]
        for cell in row
        if (cell_record := part["quantities"].get(cell.get("q", "")))
    )
    np.testing.assert_allclose(
        drawn + whole(part["quantities"]["rest"]), whole(part["quantities"]["dL/dWh1"]), atol=1e-13
    )


def test_long_axes_keep_both_ends():
    assert shown(6) == list(range(6))
    assert shown(64) == [0, 1, 2, 3, 62, 63]


def test_unknown_id_is_named():
    with pytest.raises(ValueError, match="quantity: got 'nonsense', expected an id"):
        symbol("nonsense")


def test_sample_out_of_range_is_named():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config)
    with pytest.raises(ValueError, match="sample: got 7, expected"):
        look(experiment, 7)


def test_a_saturated_prediction_says_that_its_path_goes_through_z():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config)
    saturated = experiment.parameters._replace(W2=experiment.parameters.W2 * 4000)
    scene = build_scene(with_parameters(experiment, saturated))
    json.dumps(scene, allow_nan=False)
    notes = [one for one in scene["quantities"].values() if "underflows" in one.get("note", "")]
    assert notes
    assert all("Z" in "".join(text for text, _ in one["label"]) for one in notes)


def told(frame) -> str:
    """The sentence of a frame as text, with ids in the place of symbols."""
    return "".join(piece if isinstance(piece, str) else piece["q"] for piece in frame["sentence"])


def test_the_sentence_on_a_term_has_its_length_and_its_share():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config)
    problem = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    terms = engine.decompose(*problem).terms["Wh1"]
    frames = {each["id"]: each for each in build_scene(experiment)["parameters"]["Wh1"]["frames"]}
    whole = terms.sum(axis=(0, 1))
    for t, k in ((1, 1), (2, 1), (2, 2)):
        size = np.linalg.norm(terms[t, k])
        text = told(frames[f"term-{t}-{k}"])
        share = (terms[t, k] * whole).sum() / (whole * whole).sum()
        assert f"length {size:.4g}, {percent(share, 1)} of the gradient." in text


def test_the_terms_that_are_not_drawn_are_counted():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config.replace(steps=20))
    frames = build_scene(experiment)["parameters"]["Wh1"]["frames"]
    drawn = sum(each["id"].startswith("term-") for each in frames) - 1
    rest = next(each for each in frames if each["id"] == "term-rest")
    assert told(rest).startswith(f"{20 * 21 // 2 - drawn} more terms with an end in the folded middle")


def changeable(value, where):
    """Name every part of a value that can be changed; the arrays of its numbers aside."""
    if isinstance(value, tuple):
        parts = enumerate(value)
    elif isinstance(value, MappingProxyType):
        parts = value.items()
    elif hasattr(value, "__dataclass_params__") and value.__dataclass_params__.frozen:
        parts = ((one.name, getattr(value, one.name)) for one in fields(value))
    else:
        return [] if value is None or isinstance(value, (str, int, float, np.ndarray)) else [where]
    return [found for name, part in parts for found in changeable(part, f"{where}.{name}")]


@pytest.mark.parametrize("detail", [True, False])
def test_nothing_of_a_scene_can_be_changed(detail, monkeypatch):
    monkeypatch.setattr(Scene, "drawn", lambda scene, _: scene)
    for change in ({}, {"edits": "b1.0:0.5", "batch": 2, "sample": -1}, {"mode": "sequence_to_vector", "steps": 14}):
        scene = build_scene(run(PRESETS[LECTURE[0]].config.replace(**change)), detail=detail)
        assert isinstance(scene, Scene)
        assert changeable(scene, "scene") == []


def test_ids_are_made_by_quantity_alone():
    """No f-string of the scene is an id, whatever stands in its places."""
    for file in Path(rnnviz.scene.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.JoinedStr) and any(isinstance(one, ast.Constant) for one in node.values):
                for place in ("1", "W1", "H_1"):
                    text = "".join(one.value if isinstance(one, ast.Constant) else place for one in node.values)
                    with pytest.raises(ValueError, match="expected an id"):
                        assert not read(text), (file.name, node.lineno, text)


def test_an_id_knows_what_it_is_and_cannot_be_changed():
    found = Quantity("term", 2, 1)
    assert (found, found.kind, found.t, found.k) == ("term_2_1", "term", 2, 1)
    with pytest.raises(AttributeError):
        found.t = 3


@pytest.mark.parametrize("batch", [1, 3])
def test_the_choice_of_a_sample_names_each_as_the_stage_does(batch):
    from rnnviz.ui.stage import _samples

    config = RunConfig(batch=batch)
    samples = _samples(config)
    assert [int(place) for place, _ in samples] == ([] if batch == 1 else [0, 1, 2, -1])
    for place, words in samples:
        assert build_scene(run(config), sample=int(place), detail=False)["view"] == words
    assert build_scene(run(config), sample=0, detail=False)["view"] == f"sample 1 of {batch}"
