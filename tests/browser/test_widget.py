"""The stage in a notebook's cell: it plays alone, in either theme, and leaves the address as it is."""

import json
from dataclasses import replace

import numpy as np
import pytest
from browsing import STAGE
from playwright.sync_api import expect

from rnnviz.engine import Architecture, Parameters, backward, forward, initialise
from rnnviz.export.widget import show
from tests.with_torch import torch

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><title>notebook</title><body style="background: {page}"><style>{css}</style>
<div id="cell"></div>
<script type="module">
const module = URL.createObjectURL(new Blob([{esm}], {{ type: "text/javascript" }}));
const {{ default: widget }} = await import(module);
const el = document.createElement("div");
widget.render({{ model: {{ get: (name) => ({{ scene: {scene} }})[name] }}, el }});
document.querySelector("#cell").append(el);
</script>"""
"""A notebook that renders the output of its cell before that stands in the page, as JupyterLab may."""


@pytest.fixture(scope="module")
def network():
    architecture, draw = Architecture(2, 3, 2), np.random.default_rng(5)
    X, Y = draw.normal(size=(3, 2, 2)), np.eye(2)[draw.integers(0, 2, (3, 2))]
    return architecture, initialise(architecture, seed=4), X, Y


def page_of(widget, colour):
    """Return a page with one cell; nothing of the reader's ends its script."""
    texts = {"esm": json.dumps(widget._esm).replace("<", "\\u003c"), "scene": json.dumps(widget.scene)}
    return PAGE.format(page=colour, css=widget._css, **texts)


@pytest.mark.parametrize(("colour", "theme", "kind"), [("#ffffff", "light", "plain"), ("#111111", "dark", "lstm")])
def test_a_cell_plays_alone_and_shows_the_gradient_that_the_engine_has(browser, network, tmp_path, colour, theme, kind):
    architecture, _, X, Y = network
    architecture = replace(architecture, cell=kind)
    parameters = initialise(architecture, seed=4)
    path = tmp_path / "cell.html"
    path.write_text(page_of(show(parameters, X, Y, sample=-1), colour), "utf-8")
    context = browser.new_context(viewport={"width": 800, "height": 900}, offline=True, reduced_motion="reduce")
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    stage = page.locator(STAGE)
    expect(stage).to_have_attribute("data-frame-id", "start", timeout=60_000)
    assert page.locator(".rnnviz-widget").evaluate("one => getComputedStyle(one).colorScheme") == theme
    stage.focus()
    page.keyboard.press("End")
    expect(stage).to_have_attribute("data-frame-id", "update")
    page.get_by_role("button", name="Previous").click()
    expect(stage).to_have_attribute("data-frame-id", "sum")
    gradient = backward(architecture, parameters, forward(architecture, parameters, X), Y).gradients.Wh1
    shown = page.locator(f"{STAGE} .factors > *").last.locator("td:not(.gap)").all_text_contents()
    drawn = gradient if kind == "plain" else gradient[:, [0, 1, 2, 3, 10, 11]]
    assert [float(one.replace("−", "-")) for one in shown] == pytest.approx(drawn.ravel(), rel=5e-3, abs=5e-6)
    assert page.locator(".rnnviz-widget").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.url == path.as_uri()
    assert complaints == []
    context.close()


def test_a_network_of_pytorch_is_shown_with_its_own_gradient(network):
    _, _, X, Y = network
    rnn, linear = torch.nn.RNN(2, 3, nonlinearity="relu", batch_first=True).double(), torch.nn.Linear(3, 2).double()
    x, y = (torch.tensor(one).swapaxes(0, 1) for one in (X, Y))
    (-(y * torch.log_softmax(linear(rnn(x)[0]), -1)).sum() / 2).backward()
    whole = torch.nn.ModuleDict({"rnn": rnn, "fc": linear})
    for model in ((rnn, linear), whole):
        scene = json.loads(show(model, x, y, sample=-1).scene)
        shown = np.array(scene["parameters"]["Wh1"]["quantities"]["dL/dWh1"]["values"])
        np.testing.assert_allclose(shown, rnn.weight_hh_l0.grad.numpy().T, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_a_gated_network_of_pytorch_is_shown_with_its_own_gradient(network, kind):
    """PyTorch keeps the candidate of an LSTM before the output gate."""
    _, _, X, Y = network
    layer, linear = getattr(torch.nn, kind)(2, 3).double(), torch.nn.Linear(3, 2).double()
    x, y = torch.tensor(X), torch.tensor(Y)
    (-(y * torch.log_softmax(linear(layer(x)[0]), -1)).sum() / 2).backward()
    scene = json.loads(show((layer, linear), x, y, sample=-1).scene)
    gates = {"GRU": "rzc", "LSTM": "ifco"}[kind]
    for name, own in (("W1", layer.weight_ih_l0), ("Wh1", layer.weight_hh_l0)):
        blocks = np.split(own.grad.numpy().T, len(gates), axis=1)
        order = blocks if kind == "GRU" else [*blocks[:2], blocks[3], blocks[2]]
        record = scene["parameters"][name]["quantities"][f"dL/d{name}"]
        drawn = np.concatenate(order, axis=1)[np.ix_(record["rows"], record["columns"])]
        np.testing.assert_allclose(record["values"], drawn, atol=1e-12)
    order = sorted(gates, key="rzifoc".index)
    assert scene["cell"] == {"gates": order, "memory": kind == "LSTM", "after": kind == "GRU"}


def test_what_makes_no_network_is_named(network):
    _, parameters, X, Y = network
    with pytest.raises(ValueError, match="expected Parameters, or a module of PyTorch"):
        show("a network", X, Y)
    with pytest.raises(ValueError, match="expected"):
        show(Parameters(*parameters)._replace(Wh1=np.zeros((2, 2))), X, Y)
    with pytest.raises(ValueError, match="expected"):
        show(parameters, np.zeros((201, 1, 2)), np.zeros((201, 1, 2)))


BAD = [
    ("activation", abs, "activation: got <built-in function abs>, expected one of tanh, relu"),
    ("activation", ["relu"], "activation: got .'relu'., expected one of"),
    ("activation", None, "activation: got None, expected one of"),
    ("activation", np.array(["relu", "tanh"]), "activation: got array.*, expected one of"),
    *(("parameter", v, "parameter: got .*, expected one of W1, Wh1, b1, W2, b2") for v in ("bogus", None, ["W1"])),
    *(
        ("sample", v, "sample: got .*, expected −1 for the batch or an integer")
        for v in ("0", 1.5, None, -1.0, 2, True)
    ),
    *(("learning_rate", v, "learning_rate: got .*, expected a number from") for v in ("1", None, np.nan)),
]
NO_NUMBERS = [None, "text", [[1.0, 2.0], [1.0]], object(), {"a": 1}, np.ones((3, 2, 2)) * 1j, np.array(["1.0"])]


@pytest.mark.parametrize(("name", "value", "message"), BAD)
def test_a_choice_that_there_is_not_is_named(network, name, value, message):
    _, parameters, X, Y = network
    with pytest.raises(ValueError, match=message):
        show(parameters, X, Y, **{name: value})


@pytest.mark.parametrize("value", NO_NUMBERS, ids=[*map(str, range(len(NO_NUMBERS)))])
@pytest.mark.parametrize("name", ["x", "y", "H_init", "W1", "Wh1", "b1", "W2", "b2"])
def test_what_is_no_array_of_real_numbers_is_named(network, name, value):
    _, parameters, X, Y = network
    given = {"x": X, "y": Y, "H_init": np.zeros((2, 3))} | parameters._asdict() | {name: value}
    data = {key: given.pop(key) for key in ("x", "y", "H_init")}
    if name == "H_init" and value is None:
        data[name] = np.array(None)
    with pytest.raises(ValueError, match=rf"^{name}: got .*, expected an array of real numbers$"):
        show(Parameters(**given), **data)
