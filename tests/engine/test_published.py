"""The cells against numbers that others have printed, and against ``torch.nn``."""

import numpy as np
import pytest

from rnnviz.engine import Architecture, Parameters, backward, forward
from rnnviz.tasks.networks.names import understood
from tests import oracles
from tests.with_torch import torch

BLOCKS = {"plain": ("RNN", (0,)), "gru": ("GRU", (0, 1, 2)), "lstm": ("LSTM", (0, 1, 3, 2))}
"""The class in ``torch.nn`` of each cell, and which of our blocks stands where in it."""
LSTM = Architecture(4, 5, 1, "tanh", "identity", "squared_error", cell="lstm")


def test_the_lstm_step_of_cs231n():
    """``lstm_step_forward`` of Stanford's CS231n, assignment 3; its blocks are i, f, o, g as here."""
    N, D, H = 3, 4, 5
    x = np.linspace(-0.4, 1.2, num=N * D).reshape(1, N, D)
    h, c = (np.linspace(low, high, num=N * H).reshape(N, H) for low, high in ((-0.3, 0.7), (-0.4, 0.9)))
    W1 = np.linspace(-2.1, 1.3, num=4 * D * H).reshape(D, 4 * H)
    Wh1 = np.linspace(-0.7, 2.2, num=4 * H * H).reshape(H, 4 * H)
    parameters = Parameters(W1, Wh1, np.linspace(0.3, 0.7, num=4 * H), np.zeros((H, 1)), np.zeros(1))
    trace = forward(LSTM, parameters, x, h, c)
    next_h = [
        [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
        [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
        [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
    ]
    next_c = [
        [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
        [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
        [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676],
    ]
    np.testing.assert_allclose(trace.H[0], next_h, rtol=0, atol=5.1e-9)
    np.testing.assert_allclose(trace.C[0], next_c, rtol=0, atol=5.1e-9)


def test_the_lstm_of_deeplearning_ai():
    """``lstm_forward`` of the Sequence Models course, week 1: columns are samples, W multiplies [a; x]."""
    stream = np.random.RandomState(1)
    x, a0 = stream.randn(3, 10, 7), stream.randn(5, 10)
    W, b = {}, {}
    for gate in "fioc":
        W[gate], b[gate] = stream.randn(5, 8), stream.randn(5, 1)
    Wy, by = stream.randn(2, 5), stream.randn(2, 1)
    W1, Wh1 = (np.hstack([W[gate][:, part].T for gate in "ifoc"]) for part in (slice(5, 8), slice(5)))
    b1 = np.concatenate([b[gate][:, 0] for gate in "ifoc"])
    architecture = Architecture(3, 5, 2, cell="lstm")
    trace = forward(architecture, Parameters(W1, Wh1, b1, Wy.T, by[:, 0]), x.transpose(2, 1, 0), a0.T)
    a, y, c = (each.transpose(2, 1, 0) for each in (trace.H, trace.Y_hat, trace.C))
    assert (a.shape, y.shape) == ((5, 10, 7), (2, 10, 7))
    assert a[4][3][6] == pytest.approx(0.172117767533, rel=1e-11)
    assert y[1][4][3] == pytest.approx(0.95087346185, rel=1e-10)
    assert c[1][2][1] == pytest.approx(-0.855544916718, rel=1e-11)


def to_torch(cell, parameters):
    """Return arrays under PyTorch's names; its second bias is 0, but for the d_c of a GRU."""
    order = BLOCKS[cell][1]
    blocks = {
        name: np.split(getattr(parameters, name)[..., : len(parameters.Wh1) * len(order)], len(order), axis=-1)
        for name in ("W1", "Wh1", "b1")
    }
    W1, Wh1, b1 = (np.concatenate([found[place].T for place in order]) for found in blocks.values())
    apart = parameters.b1[len(b1) :]
    second = np.concatenate([np.zeros(len(b1) - len(apart)), apart])
    ends = {"weight": parameters.W2.T, "bias": parameters.b2}
    return {"weight_ih_l0": W1, "weight_hh_l0": Wh1, "bias_ih_l0": b1, "bias_hh_l0": second} | ends


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("cell", [("plain", "before"), ("gru", "after"), ("lstm", "before")], ids=lambda cell: cell[0])
def test_the_module_of_pytorch_with_these_weights_has_these_losses_and_gradients(cell, mode):
    architecture, parameters, X, Y, H_init = oracles.problem(cell=cell, mode=mode, T=9, m=4, sizes=(3, 6, 2))
    C_init = np.random.default_rng(5).normal(size=H_init.shape) if cell[0] == "lstm" else None
    trace = forward(architecture, parameters, X, H_init, C_init)
    ours = backward(architecture, parameters, trace, Y)

    module = getattr(torch.nn, BLOCKS[cell[0]][0])(3, 6).double()
    linear = torch.nn.Linear(6, 2).double()
    theirs = {**dict(module.named_parameters()), "weight": linear.weight, "bias": linear.bias}
    given = to_torch(cell[0], parameters)
    with torch.no_grad():
        for name, tensor in theirs.items():
            tensor.copy_(torch.tensor(given[name]))
    state = torch.tensor(H_init[None])
    H = module(torch.tensor(X), (state, torch.tensor(C_init[None])) if cell[0] == "lstm" else state)[0]
    Z = linear(H if mode == "sequence_to_sequence" else H[-1:])
    losses = -(torch.tensor(Y.reshape(Z.shape)) * torch.log_softmax(Z, -1)).sum(-1).mean(1)
    losses.sum().backward()
    np.testing.assert_allclose(ours.step_losses[-len(losses) :], losses.detach().numpy(), rtol=1e-12)

    wanted = to_torch(cell[0], ours.gradients)
    wanted["bias_hh_l0"] = np.where(wanted["bias_hh_l0"] == 0, wanted["bias_ih_l0"], wanted["bias_hh_l0"])
    for name, tensor in theirs.items():
        assert oracles.relative_error(tensor.grad.numpy(), wanted[name]) <= 1e-12, name
    back = understood({name: tensor.detach().numpy() for name, tensor in theirs.items()})
    for name, array in back.arrays.items():
        np.testing.assert_array_equal(array, getattr(parameters, name))
