"""A reader's own network: brought to the app, it is what every page shows, trains and takes along."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from rnnviz.checks.gradient.compute import run_checks
from rnnviz.engine import Parameters, backward, forward
from rnnviz.engine.side_by_side import gradients_each, losses_each
from rnnviz.experiment.core import run, with_parameters
from rnnviz.experiment.training import train_run
from rnnviz.experiment.watch import watch
from rnnviz.experiment.whatif import what_if
from rnnviz.export.command import maker
from rnnviz.export.session import fresh_session, keep_data, read_session
from rnnviz.settings.config import RunConfig
from rnnviz.tasks import store
from rnnviz.tasks.networks import kept
from rnnviz.tasks.networks.brought import of_entries
from rnnviz.ui.navigation import PAGES
from tests import oracles
from tests.configurations import spread
from tests.opening import healthy, opened
from tests.test_bring_page import file, said
from tests.with_torch import torch

PAIRS = [("softmax", "categorical_cross_entropy"), ("sigmoid", "binary_cross_entropy"), ("identity", "squared_error")]


def network(pair=PAIRS[0], mode="sequence_to_sequence", activation="tanh", **more):
    """The entries of a file and what stands in it."""
    _, parameters, X, Y, H_init = problem = oracles.problem(activation, pair, mode)
    texts = {"activation": activation, "output": pair[0], "loss": pair[1]}
    return {**parameters._asdict(), "X": X, "Y": Y, "H_init": H_init, **texts, **more}, problem


def config_of(entries, **settings):
    came = of_entries(entries, "mine.npz")
    held = kept.settings_of(came)
    return RunConfig(task="own_network", data=kept.keep(came), **held, **settings)


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_the_experiment_is_the_network_that_was_brought(pair, mode):
    entries, (architecture, parameters, X, Y, H_init) = network(pair, mode, "relu")
    experiment = run(config_of(entries, epochs=3))
    assert experiment.architecture == architecture
    assert all(np.array_equal(a, b) for a, b in zip(experiment.parameters, parameters, strict=True))
    right = backward(architecture, parameters, forward(architecture, parameters, X, H_init), Y)
    for one, other in zip(experiment.backward.gradients, right.gradients, strict=True):
        np.testing.assert_array_equal(one, other)
    course = train_run(experiment)
    np.testing.assert_array_equal(course.parameters["Wh1"][0], parameters.Wh1)
    assert course.losses[0] == right.loss
    assert course.losses[-1] != right.loss


CELLS = [("gru", "before"), ("gru", "after"), ("lstm", "before")]


def gated(cell):
    architecture, parameters, X, Y, H_init = oracles.problem(cell=cell)
    entries = {**parameters._asdict(), "X": X, "Y": Y, "H_init": H_init, "output": "softmax"}
    C_init = {"C_init": H_init / 2} if cell[0] == "lstm" else {}
    return entries | C_init, architecture


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_a_gated_network_is_brought_with_its_memory_and_trained(cell):
    entries, architecture = gated(cell)
    config = config_of(entries, epochs=3)
    assert (config.cell, config.reset) == (architecture.cell, architecture.reset)
    experiment = run(config)
    trace = forward(architecture, experiment.parameters, entries["X"], entries["H_init"], entries.get("C_init"))
    np.testing.assert_array_equal(experiment.trace.H, trace.H)
    right = backward(architecture, experiment.parameters, trace, entries["Y"])
    course = train_run(experiment)
    assert course.losses[0] == right.loss
    np.testing.assert_array_equal(course.gradients["Wh1"][0], right.gradients.Wh1)
    session, notes = read_session(fresh_session(experiment))
    assert notes == ()
    assert session.data.fingerprint() == config.data
    halved = run(config.replace(spectral_radius=0.5)).parameters
    assert abs(np.linalg.eigvals(np.hsplit(halved.Wh1, len(architecture.layer.blocks))[1])).max() == pytest.approx(0.5)
    assert f"3 {cell[0].upper()} units" in kept.about(kept.find(config.data))


@pytest.mark.parametrize(
    "page", ["app.py", "pages/2_Chain_rule.py", "pages/4_Training.py", "pages/6_Gradient_check.py"]
)
@pytest.mark.parametrize("cell", CELLS[1:], ids="-".join)
def test_the_pages_show_a_gated_network(page, cell):
    healthy(opened(page, warm=False, **config_of(gated(cell)[0], epochs=5).to_query()))


def test_what_the_network_fixes_is_held_and_said_and_the_rest_is_free():
    config = config_of(network()[0])
    link = config.to_query() | {"steps": "9", "hidden": "7", "activation": "relu", "epochs": "5"}
    changed, notes = RunConfig.from_query(link)
    assert changed == config.replace(epochs=5)
    assert f"steps 9 became {config.steps}, which your network has." in notes
    assert any("activation ReLU became tanh" in note for note in notes)
    at = healthy(opened("pages/1_Unrolled_network.py", warm=False, **config.to_query()))
    assert at.sidebar.slider(key="setting.steps").disabled


def test_its_weights_are_scaled_as_drawn_ones_are():
    entries, (_, parameters, *_) = network()
    changed = run(config_of(entries, spectral_radius=0.5, input_scale=2.0, bias=0.25)).parameters
    assert abs(np.linalg.eigvals(changed.Wh1)).max() == pytest.approx(0.5, rel=1e-12)
    np.testing.assert_allclose(changed.Wh1 / parameters.Wh1, (changed.Wh1 / parameters.Wh1)[0, 0], rtol=1e-12)
    np.testing.assert_array_equal(changed.W1, 2 * parameters.W1)
    np.testing.assert_array_equal(changed.b1, parameters.b1 + 0.25)


def test_a_network_survives_a_restart_in_its_session_file(monkeypatch):
    entries, _ = network(**{"grad.b1": np.array([0.1, 0.2, 0.3])})
    config = config_of(entries)
    text = fresh_session(run(config))
    monkeypatch.setattr(store._STORE, "kept", type(store._STORE.kept)())
    with pytest.raises(ValueError, match="needs the network of the one who made it"):
        run(config)
    session, notes = read_session(text)
    assert notes == ()
    keep_data(session)
    again = kept.find(config.data)
    np.testing.assert_array_equal(again.gradients.b1, entries["grad.b1"])
    assert all(np.array_equal(a, b) for a, b in zip(run(config).parameters, session.parameters, strict=True))
    record = json.loads(text)
    record["data"]["arrays"]["Wh1"][0][0] += 1e-9
    with pytest.raises(ValueError, match="fingerprint does not fit"):
        read_session(json.dumps(record))
    record["data"]["arrays"]["X"] = [[1.0]]
    with pytest.raises(ValueError, match="session, data, X: got shape"):
        read_session(json.dumps(record))


@pytest.mark.parametrize("kind", spread(["html", "pytorch", "numpy", "notebook", "scene", "session", "tikz"]))
def test_it_is_taken_along_as_any_experiment_is(kind):
    assert maker(kind)(run(config_of(network()[0], epochs=2)))


def test_the_numpy_script_of_it_finds_its_numbers():
    exec(compile(maker("numpy")(run(config_of(network()[0], epochs=2))), "script", "exec"), {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.ones((201, 1, 2)), "Y": np.full((201, 1, 2), 0.5), "H_init": np.ones((1, 3))}, "steps: got 201"),
        ({"loss": "binary_cross_entropy", "output": "softmax"}, "loss: got 'binary_cross_entropy', expected"),
    ],
)
def test_what_cannot_be_shown_is_named_and_not_kept(change, message):
    entries, _ = network()
    came = of_entries(entries | change)
    with pytest.raises(ValueError, match=message):
        kept.keep(came)


# --- on the pages -----------------------------------------------------------------------------------------


def brought(content, name="mine.npz", page="pages/4_Training.py"):
    at = opened(page, warm=False)
    at.session_state["network"] = True
    at.run()
    at.get("file_uploader")[0].upload(name, content, "application/octet-stream").run()
    return at


def test_a_file_is_taken_over_and_undone_and_its_banner_says_what_it_became():
    at = healthy(brought(file()))
    healthy(at.button(key="network.go").click().run())
    assert at.query_params["task"] == "own_network"
    assert "mine.npz: 2 inputs, 3 tanh units, 2 softmax outputs; 4 steps, 3 samples, a loss at every step." in said(at)
    assert "- No activation was named: tanh is taken." in said(at)
    assert "are held" in said(at)
    at.sidebar.button(key="sidebar.Undo").click().run()
    assert "task" not in healthy(at).query_params


def test_pasted_arrays_are_a_network_too():
    entries, (_, parameters, *_) = network()
    text = "\n".join(f"{name} = {np.array2string(v, threshold=10**6)}" for name, v in parameters._asdict().items())
    text += "".join(f"\n{name}: {entries[name].tolist()}" for name in ("X", "Y"))
    at = opened("pages/4_Training.py", warm=False)
    at.session_state["network"], at.session_state["network.way"] = True, "paste"
    at.run()
    at.text_area(key="network.pasted").set_value(text).run()
    healthy(at.button(key="network.go").click().run())
    found = kept.find(at.query_params["data"])
    np.testing.assert_allclose(found.parameters.Wh1, parameters.Wh1, atol=1e-8)
    assert "pasted network: 2 inputs" in said(at)


@pytest.mark.parametrize(("page", "pair"), spread([(page.path, pair) for page in PAGES for pair in PAIRS[:2]], 6))
def test_every_page_shows_it(page, pair):
    config = config_of(network(pair)[0], epochs=5)
    healthy(opened(page, warm=False, **config.to_query()))


@pytest.mark.parametrize("part", spread(["causes", "truncation", "cliff"]))
def test_the_laboratory_works_with_it(part):
    healthy(opened("pages/3_Gradient_flow.py", warm=False, **config_of(network()[0], part=part).to_query()))


def test_an_edit_of_it_is_asked_what_if():
    config = config_of(network()[0], edits="Wh1.0.1:0.5,X.1.0.0:2")
    experiment = run(config)
    assert experiment.parameters.Wh1[0, 1] == 0.5
    healthy(opened("pages/2_Chain_rule.py", warm=False, **config.to_query()))


def test_a_link_without_its_network_says_how_to_bring_it_again():
    at = opened("pages/4_Training.py", warm=False, task="own_network", data="0" * 32)
    assert "nowhere stored" in at.error[0].value
    assert "Training page" in at.error[0].value
    assert at.sidebar.selectbox(key="setting.preset")
    assert not at.exception


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"PK\x03\x04nothing", "damaged"), (b"hello", "another kind of file"), (io.BytesIO().getvalue(), "another kind")],
)
def test_a_bad_file_is_one_sentence(content, message):
    at = brought(content)
    assert [message in error.value for error in at.error] == [True]
    assert not at.exception


@pytest.mark.parametrize("cell", [("plain", "before"), *CELLS], ids="-".join)
def test_whatever_runs_the_network_again_begins_with_its_memory(cell):
    """The derivatives by differences, the losses along an entry, the map of the loss and every step of training."""
    entries, architecture = gated(cell)
    entries = {**entries, "H_init": 3 * entries["H_init"]} | (
        {"C_init": 5 * entries["H_init"]} if "lstm" in cell else {}
    )
    experiment = run(config_of(entries, epochs=3, edits="Wh1.0.0:0.3"))
    assert [check.title for check in run_checks(None, experiment) if not check.passed] == []
    found = what_if(experiment)
    place = int(np.flatnonzero(found.values == 0.3)[0])
    assert found.losses[place] == pytest.approx(experiment.backward.loss, rel=1e-12)
    stacked = Parameters(*(value[None] for value in experiment.parameters))
    network = architecture, stacked, experiment.task.X, experiment.task.Y, experiment.H_init
    assert losses_each(*network, **experiment.trace.more)[0] == pytest.approx(experiment.backward.loss, rel=1e-12)
    loss, gradients = gradients_each(*network, **experiment.trace.more)
    assert loss[0] == pytest.approx(experiment.backward.loss, rel=1e-12)
    np.testing.assert_allclose(gradients["Wh1"][0], experiment.backward.gradients.Wh1, rtol=1e-10, atol=1e-14)
    course = train_run(experiment)
    seen = watch(experiment, course, [0, 2], 0)
    again = with_parameters(experiment, Parameters(*(course.parameters[name][2] for name in Parameters._fields)))
    np.testing.assert_allclose(seen.predicted[1], again.trace.Y_hat[:, 0], rtol=1e-10)
    assert again.backward.loss == pytest.approx(course.losses[2], rel=1e-12)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_module_of_pytorch_is_shown_in_a_notebook_whatever_its_cell(kind):
    pytest.importorskip("anywidget")
    from rnnviz import show

    modules = torch.nn.ModuleList([getattr(torch.nn, kind)(2, 3, batch_first=True), torch.nn.Linear(3, 2)])
    x, y = torch.randn(2, 4, 2), torch.randn(2, 4, 2)
    scene = json.loads(show(modules, x, y).scene)
    assert len(scene["frames"]) > 4
