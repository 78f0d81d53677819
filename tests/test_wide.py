"""A network of many steps or units: colours, words and large steps say what the engine computed."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.record import letters
from rnnviz.scene.build import build_scene
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS

CASES = [
    ("characters", {"hidden": 16, "sample": 3}),
    ("lecture-sequence-to-vector", {"steps": 9, "vectors": "column"}),
    ("echo", {"steps": 20, "sample": -1}),
    ("sunspots", {"steps": 7, "truncation": 3}),
    ("parity", {"steps": 6}),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0])
def case(request):
    name, changes = request.param
    experiment = run(PRESETS[name].config.replace(**changes))
    return look(experiment, experiment.config.sample), build_scene(experiment)


def read_letters(text: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.array([ord(one) - ord("m") for one in text]).reshape(shape)


def test_letters_keep_sign_and_size():
    values = np.array([0.0, -0.0, 1e-300, -3.0, 1.5, 3.0, np.nan, -np.inf])
    assert letters(values, 3.0) == "mmnasy??"
    assert letters(np.zeros(2), 0.0) == "mm"
    rng = np.random.default_rng(0)
    for _ in range(300):
        values, limit = rng.normal(size=(3, 4)) * 10.0 ** rng.integers(-12, 12), 10.0 ** rng.integers(-12, 12)
        values[0, 0] = 0
        steps = read_letters(letters(values, limit), values.shape)
        assert (np.sign(steps) == np.sign(values)).all()
        inside = np.abs(values) <= limit
        assert (np.abs(np.abs(steps) / 12 - np.abs(values) / limit)[inside] <= 1 / 12 + 1e-12).all()
        assert (np.abs(steps[~inside]) == 12).all()


def test_every_large_matrix_has_the_colours_of_all_its_entries(case):
    view, scene = case
    seen = 0
    for name, value in zip(
        ("W1", "Wh1", "W2"), (view.parameters.W1, view.parameters.Wh1, view.parameters.W2), strict=True
    ):
        record = scene["quantities"][name]
        assert ("field" in record) == (max(value.shape) > 4)
        if "field" in record:
            written = value.T if view.conventions.transposes(name) else value
            steps = read_letters(record["field"], tuple(record["shape"]))
            assert (steps == np.sign(written) * np.ceil(12 * (np.abs(written) / np.abs(written).max()))).all()
            seen += 1
    assert seen or len(view.parameters.Wh1) <= 4


def test_strips_of_all_states_share_one_limit(case):
    view, scene = case
    means = {f"H_{t}": view.trace.H[t].mean(axis=0) for t in shown_steps(view.T)}
    limit = max(float(np.abs(one).max()) for one in means.values())
    assert float(scene["strips"]["limits"][1]) == pytest.approx(limit, rel=0.05)
    assert float(scene["strips"]["limits"][0].replace("−", "-")) == pytest.approx(-limit, rel=0.05)
    for name, value in means.items():
        steps = read_letters(scene["quantities"][name]["strip"], value.shape)
        assert np.abs(steps / 12 - value / limit).max() <= 1 / 12 + 1e-12


def test_the_words_of_the_nodes_are_the_tasks_own(case):
    view, scene = case
    task, records = view.task, scene["quantities"]
    for t in shown_steps(view.T):
        text = "" if view.is_batch else task.tokens[view.sample][t]
        assert records[f"X_{t}"]["text"] == text
        if t not in view.loss_steps:
            assert f"Y_hat_{t}" not in records
            continue
        guess, target = records[f"Y_hat_{t}"], records[f"Y_{t}"]
        assert records[f"L_{t}"]["part"] == pytest.approx(view.step_losses[t] / view.step_losses.max())
        values = view.trace.Y_hat[view.output_row(t)].mean(axis=0)
        if view.is_batch:
            assert guess["text"] == target["text"] == ""
        elif task.kind == "classes":
            assert guess["text"] == task.output_labels[int(np.argmax(values))]
            assert guess["part"] == values.max()
            assert target["text"] == task.output_labels[int(np.argmax(view.target(t)[0]))]
        elif task.kind == "real":
            assert float(guess["text"].replace("−", "-")) == pytest.approx(float(task.to_unit(values)[0]), rel=6e-3)
        else:
            assert guess["part"] == values[0]


def test_an_input_that_was_changed_is_no_longer_called_by_its_word():
    config = PRESETS["characters"].config.replace(hidden=16, sample=0)
    experiment = run(config.replace(edits="X.2.0.1:0.5"))
    records = build_scene(experiment)["quantities"]
    assert records["X_2"]["text"] == ""
    assert records["X_1"]["text"] == experiment.task.tokens[0][1]


def test_a_frame_draws_large_the_steps_that_it_uses(case):
    view, scene = case
    steps = shown_steps(view.T)
    columns = {node["q"]: node["column"] for node in scene["nodes"]}
    assert [one["column"] for one in scene["strips"]["steps"]] == [columns[f"X_{t}"] for t in steps]
    assert [one["name"] for one in scene["strips"]["steps"]] == [view.step_number(t) for t in steps]
    large = scene["strips"]["large"]
    for frame in scene["parameters"][scene["parameter"]]["frames"]:
        kind, *places = frame["id"].split("-")
        if kind == "term" and "rest" not in places:
            t, k = map(int, places)
            assert large[frame["id"]] == [columns[f"X_{k}"], columns[f"X_{t}"]]
    assert large[f"forward-{view.T - 1}"] == [columns[f"X_{view.T - 2}"], columns[f"X_{view.T - 1}"]]
    assert large[f"output-{view.T - 1}"] == [columns[f"X_{view.T - 1}"]] * 2
    assert "update" not in large
    assert "start" not in large


@pytest.mark.parametrize(
    ("changes", "is_wide"),
    [({}, False), ({"hidden": 8}, False), ({"steps": 4}, False), ({"steps": 5}, True), ({"hidden": 9}, True)],
)
def test_a_small_network_keeps_its_numbers(changes, is_wide):
    scene = build_scene(run(PRESETS["lecture-sequence-to-sequence"].config.replace(**changes)))
    assert ("strips" in scene) == is_wide
    assert ("strip" in scene["quantities"]["H_0"]) == is_wide
