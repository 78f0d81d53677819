"""Gated networks of one's own: as PyTorch and Keras save them they run here with the same losses and gradients."""

import numpy as np
import pytest

import rnnviz
from rnnviz.engine import Architecture, backward, forward, initialise
from tests.with_torch import torch

T, M, SIZES = 5, 3, (2, 4, 3)


def ran(module, linear, X, Y, state):
    """Return losses and gradients by PyTorch, under the names of its modules."""
    out, _ = module(X, state)
    logits = linear(out).swapaxes(0, 1) if module.batch_first else linear(out)
    losses = -(Y * torch.log_softmax(logits, -1)).sum(-1).mean(1)
    losses.sum().backward()
    named = [*module.named_parameters("rnn"), *linear.named_parameters("fc")]
    return losses.detach().numpy(), {name: value.grad.numpy() for name, value in named}, dict(named)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_a_network_of_pytorch_gives_its_losses_and_gradients(tmp_path, kind, bias, batch_first):
    torch.manual_seed(3)
    n0, n1, n2 = SIZES
    module = getattr(torch.nn, kind)(n0, n1, bias=bias, batch_first=batch_first).double()
    linear = torch.nn.Linear(n1, n2).double()
    X, H, C = torch.randn(T, M, n0).double(), torch.randn(1, M, n1).double(), torch.randn(1, M, n1).double()
    Y = torch.eye(n2)[torch.randint(n2, (T, M))].double()
    given = X.swapaxes(0, 1) if batch_first else X
    losses, gradients, weights = ran(module, linear, given, Y, (H, C) if kind == "LSTM" else H)
    start = {"H_init": H.numpy()} | ({"C_init": C.numpy()} if kind == "LSTM" else {})
    layout = "batch_first" if batch_first else "time_first"
    entries = {name: value.detach().numpy() for name, value in weights.items()}
    entries |= {f"grad.{name}": value for name, value in gradients.items()} | start
    path = tmp_path / "own.npz"
    np.savez(path, X=given.numpy(), Y=Y.swapaxes(0, 1).numpy() if batch_first else Y.numpy(), layout=layout, **entries)
    came = rnnviz.load(path)
    assert (came.architecture.cell, came.architecture.reset == "after") == (kind.lower(), kind == "GRU")
    trace = forward(came.architecture, came.parameters, came.X, came.H_init, came.C_init)
    found = backward(came.architecture, came.parameters, trace, came.Y)
    np.testing.assert_allclose(found.step_losses, losses, rtol=1e-12)
    for name, own in found.gradients._asdict().items():
        theirs = getattr(came.gradients, name)
        if theirs is not None:
            np.testing.assert_allclose(own, theirs, rtol=0, atol=1e-12 * abs(own).max())
    said = rnnviz.diagnose(*came.problem, came.gradients, came.H_init, came.mask, came.C_init)
    assert said.verdict == "right"


@pytest.mark.parametrize(("cell", "reset"), [("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_a_network_of_keras_is_the_same_network_with_its_blocks_in_another_order(tmp_path, cell, reset):
    """By the documented arrays: gates z r c, or i f c o; a GRU with reset_after has two rows of biases."""
    architecture = Architecture(*SIZES, cell=cell, reset=reset)
    drawn, draw = initialise(architecture, seed=2), np.random.default_rng(7)
    parameters = drawn._replace(b1=draw.normal(size=drawn.b1.shape))
    order, n1 = ((1, 0, 2) if cell == "gru" else (0, 1, 3, 2)), SIZES[1]
    kernel, recurrent = (
        np.hstack([np.split(part, len(order), axis=1)[place] for place in order]) for part in parameters[:2]
    )
    blocks = np.split(parameters.b1, len(parameters.b1) // n1)
    bias = np.concatenate([blocks[place] for place in order])
    if reset == "after":
        bias = np.array([bias, np.concatenate([np.zeros(2 * n1), blocks[3]])])
    dense = {"dense/kernel": parameters.W2, "dense/bias": parameters.b2}
    layer = {"rnn/kernel": kernel, "rnn/recurrent_kernel": recurrent, "rnn/bias": bias}
    X, Y = draw.normal(size=(T, M, SIZES[0])), np.eye(SIZES[2])[draw.integers(0, 3, (T, M))]
    np.savez(tmp_path / "own.npz", X=X, Y=Y, **layer, **dense)
    came = rnnviz.load(tmp_path / "own.npz")
    assert (came.architecture.cell, came.architecture.reset) == (cell, reset)
    for one, other in zip(came.parameters, parameters, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_gated_gradient_that_is_wrong_is_told_by_its_parameters(tmp_path):
    architecture = Architecture(*SIZES, cell="lstm")
    parameters, draw = initialise(architecture, seed=2), np.random.default_rng(7)
    X, Y = draw.normal(size=(T, M, SIZES[0])), np.eye(SIZES[2])[draw.integers(0, 3, (T, M))]
    right = backward(architecture, parameters, forward(architecture, parameters, X), Y).gradients
    found = rnnviz.diagnose(architecture, parameters, X, Y, right._replace(Wh1=-right.Wh1))
    assert found.verdict == "unknown"
    assert "Right: W1, b1, W2 and b2." in found.sentence
    assert "Wh1 is −1 times the right one." in found.sentence
