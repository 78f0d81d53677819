"""Networks that a reader brings: PyTorch and Keras as they lay their arrays, every damaged file in one sentence."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import rnnviz
from rnnviz.engine import Parameters, backward, forward
from rnnviz.experiment.brought import brought_experiment
from rnnviz.notation import prose
from rnnviz.tasks.networks import archive
from rnnviz.tasks.networks.brought import Brought, of_entries
from rnnviz.tasks.networks.names import understood
from rnnviz.tasks.task import OUTPUT_PAIRS
from tests import oracles
from tests.with_torch import torch

SAVING = prose.read("saving", Mapping[str, Mapping[str, str]])


def saved(path, **entries):
    np.savez(path, **entries)
    return path


def safetensors(path, texts=None, **arrays):
    """Write the format by hand: length, header, numbers."""
    kinds = {"float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64"}
    header, data = {"__metadata__": texts} if texts else {}, b""
    for name, array in arrays.items():
        ends = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": kinds[str(array.dtype)], "shape": list(array.shape), "data_offsets": ends}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def problem(**changes):
    architecture, parameters, X, Y, H_init = oracles.problem(**changes)
    return architecture, parameters, dict(zip(Parameters._fields, parameters, strict=True)) | {"X": X, "Y": Y}, H_init


KINDS = [
    (nonlinearity, bias, first)
    for nonlinearity in ("tanh", "relu")
    for bias in (True, False)
    for first in (True, False)
]


def of_torch(nonlinearity, bias, batch_first):
    """A network of PyTorch with a batch and its gradient, as a reader saves them; the loss as here."""
    torch.manual_seed(len(nonlinearity) + 2 * bias + batch_first)
    rnn = torch.nn.RNN(3, 4, nonlinearity=nonlinearity, bias=bias, batch_first=batch_first, dtype=torch.float64)
    linear = torch.nn.Linear(4, 2, bias=bias, dtype=torch.float64)
    shape = (5, 6, 3) if batch_first else (6, 5, 3)
    X, labels = torch.randn(shape, dtype=torch.float64), torch.randint(0, 2, shape[:2])
    logits = linear(rnn(X)[0])
    losses = torch.nn.functional.cross_entropy(logits.reshape(-1, 2), labels.reshape(-1), reduction="none")
    loss = losses.sum() / 5
    loss.backward()
    entries = {"X": X, "Y": torch.nn.functional.one_hot(labels, 2).double()}
    for prefix, module in (("rnn", rnn), ("fc", linear)):
        for name, parameter in module.named_parameters():
            entries[f"{prefix}.{name}"] = parameter.detach()
            entries[f"grad.{prefix}.{name}"] = parameter.grad
    texts = {"activation": nonlinearity, "layout": "batch_first" if batch_first else "time_first"}
    by_step = losses.reshape(shape[:2]).sum(0 if batch_first else 1).detach().numpy() / 5
    return {name: value.numpy() for name, value in entries.items()}, texts, float(loss.detach()), by_step


@pytest.mark.parametrize("write", [saved, safetensors], ids=["npz", "safetensors"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_network_of_pytorch_has_its_losses_and_gradients_here(kind, write, tmp_path):
    arrays, texts, loss, by_step = of_torch(*kind)
    more = {"texts": texts} if write is safetensors else texts
    found = rnnviz.load(write(tmp_path / f"net.{'npz' if write is saved else 'safetensors'}", **arrays, **more))
    trace = forward(found.architecture, found.parameters, found.X, found.H_init)
    own = backward(found.architecture, found.parameters, trace, found.Y)
    assert own.loss == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(own.step_losses, by_step, rtol=1e-12)
    for name, block, theirs in zip(Parameters._fields, own.gradients, found.gradients, strict=True):
        if theirs is not None:
            assert oracles.relative_error(theirs, block) <= 1e-12, name
    assert (found.gradients.b1 is None) == (not kind[1])
    assert rnnviz.diagnose(*found.problem, found.gradients).verdict == "right"
    said = " ".join(found.notes)
    assert "rnn.weight_ih_l0 came as (4, 3) and was turned: W1 is (3, 4)." in said
    assert ("rnn.bias_ih_l0 and rnn.bias_hh_l0, each (4,), were added: b1 is (4,)." in said) == kind[1]
    assert ("There is no b1: it is zeros, (4,)." in said) == (not kind[1])
    assert ("X came batch first, (5, 6, 3), and was turned: it is (6, 5, 3)." in said) == kind[2]


def test_a_file_by_the_library_of_the_format_is_read(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    arrays, texts, *_ = of_torch("tanh", True, True)
    library.save_file(arrays, tmp_path / "a.safetensors", metadata=texts)
    found = archive.of_path(tmp_path / "a.safetensors")
    assert found.keys() == arrays.keys() | texts.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_the_blocks_of_a_gated_cell_of_pytorch_are_mapped(cell):
    """The cell's equations in the order of this house, with the mapped arrays, give PyTorch's states."""
    torch.manual_seed(1)
    rnn = getattr(torch.nn, cell)(3, 4, dtype=torch.float64)
    X = torch.randn((5, 2, 3), dtype=torch.float64)
    found = understood({name: value.detach().numpy() for name, value in rnn.named_parameters()})
    assert found.cell == cell.lower()
    states = gru(X.numpy(), **found.arrays) if cell == "GRU" else lstm(X.numpy(), **found.arrays)
    np.testing.assert_allclose(states, rnn(X)[0].detach().numpy(), rtol=1e-12)
    assert ("blocks of the gates" in " ".join(found.notes)) == (cell == "LSTM")


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gru(X, W1, Wh1, b1):
    """Reset, update, candidate; a fourth block of b1 is reset after the product, three are reset before it."""
    h, states, (W_r, W_z, W_c), (U_r, U_z, U_c) = 0.0, [], np.split(W1, 3, 1), np.split(Wh1, 3, 1)
    b_r, b_z, b_c, *d = np.split(b1, len(b1) // len(Wh1))
    h = np.zeros((X.shape[1], len(Wh1)))
    for x in X:
        r, z = sigmoid(x @ W_r + h @ U_r + b_r), sigmoid(x @ W_z + h @ U_z + b_z)
        c = np.tanh(x @ W_c + b_c + (r * (h @ U_c + d[0]) if d else (r * h) @ U_c))
        h = z * h + (1 - z) * c
        states.append(h)
    return np.array(states)


def lstm(X, W1, Wh1, b1):
    """Input, forget, output, candidate."""
    h, c, states = np.zeros((X.shape[1], len(Wh1))), 0.0, []
    for x in X:
        i, f, o, g = np.split(x @ W1 + h @ Wh1 + b1, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states)


def test_the_blocks_of_a_gru_of_keras_are_mapped():
    """By the equations that Keras documents: update, reset, candidate; two rows of biases reset after."""
    rng = np.random.default_rng(3)
    kernel, recurrent, bias = rng.normal(size=(3, 12)), rng.normal(size=(4, 12)), rng.normal(size=(2, 12))
    X, h = rng.normal(size=(5, 2, 3)), np.zeros((2, 4))
    found = understood({"gru/kernel:0": kernel, "gru/recurrent_kernel:0": recurrent, "gru/bias:0": bias})
    for x, state in zip(X, gru(X, **found.arrays), strict=True):
        x_z, x_r, x_h = np.split(x @ kernel + bias[0], 3, axis=1)
        h_z, h_r, h_h = np.split(h @ recurrent + bias[1], 3, axis=1)
        z = sigmoid(x_z + h_z)
        h = z * h + (1 - z) * np.tanh(x_h + sigmoid(x_r + h_r) * h_h)
        np.testing.assert_allclose(state, h, rtol=1e-12)
    assert "came as z, r, c and stand as r, z, c" in " ".join(found.notes)


@pytest.mark.parametrize("prefix", ["", "simple_rnn/", "model.rnn."])
def test_a_network_of_keras_is_the_same_here(prefix, tmp_path):
    architecture, parameters, entries, _ = problem()
    names = {"W1": f"{prefix}kernel", "Wh1": f"{prefix}recurrent_kernel", "b1": f"{prefix}bias"}
    names |= {"W2": "dense.kernel", "b2": "dense.bias"}
    arrays = {names.get(name, name): value for name, value in entries.items()}
    buffer = tmp_path / "keras.npz"
    with zipfile.ZipFile(buffer, "w") as target:  # savez makes folders of a name with "/"
        for name, value in arrays.items():
            stream = io.BytesIO()
            np.save(stream, value)
            target.writestr(f"{name}.npy", stream.getvalue())
    found = rnnviz.load(buffer)
    assert found.architecture == architecture
    for own, expected in zip(found.parameters, parameters, strict=True):
        np.testing.assert_array_equal(own, expected)


def test_what_the_file_does_not_say_is_assumed_and_said(tmp_path):
    _, _, entries, H_init = problem(pair=oracles.PAIRS[6])
    found = rnnviz.load(saved(tmp_path / "a.npz", **entries, H_init=H_init[None], epoch=np.array(3)))
    assert (found.architecture.output_activation, found.architecture.loss) == ("identity", "squared_error")
    assert found.H_init.shape == H_init.shape
    for sentence in (
        "epoch was left out",
        "No output and no loss were named: identity",
        "No activation was named: tanh",
    ):
        assert sentence in " ".join(found.notes)
    assert found.gradients is None


def test_a_part_of_a_gradient_and_a_mask_come_along(tmp_path):
    architecture, parameters, entries, _ = problem(mode=oracles.MODES[1])
    trace = forward(architecture, parameters, entries["X"])
    right = backward(architecture, parameters, trace, entries["Y"]).gradients
    file = saved(tmp_path / "a.npz", **entries, mask=np.ones(3), **{"grad.Wh1": right.Wh1})
    found = rnnviz.load(file)
    assert found.gradients == Parameters(None, found.gradients.Wh1, None, None, None)
    assert found.mask.shape == (3,)
    assert rnnviz.diagnose(*found.problem, found.gradients, mask=found.mask).verdict == "right"


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("mode", oracles.MODES)
def test_targets_may_come_as_numbers_of_classes(mode, batch_first, tmp_path):
    _, _, entries, _ = problem(mode=mode)
    classes = np.random.default_rng(2).integers(0, 2, size=entries["Y"].shape[:-1])
    turn = batch_first and classes.ndim == 2
    came = {"X": entries["X"].swapaxes(0, 1) if batch_first else entries["X"], "Y": classes.T if turn else classes}
    layout = "batch_first" if batch_first else "time_first"
    found = rnnviz.load(saved(tmp_path / "a.npz", **entries | came, layout=layout))
    np.testing.assert_array_equal(found.Y, np.eye(2)[classes])
    np.testing.assert_array_equal(found.X, entries["X"])
    assert f"Y came as numbers of classes, {came['Y'].shape}, and was written out" in " ".join(found.notes)


def test_of_a_mask_for_every_step_the_last_counts_where_only_that_has_a_loss(tmp_path):
    entries = problem(mode=oracles.MODES[1])[2]
    mask = np.arange(12.0).reshape(4, 3)
    found = rnnviz.load(saved(tmp_path / "a.npz", **entries, mask=mask))
    np.testing.assert_array_equal(found.mask, mask[-1])
    assert "mask came for every step; the last one alone has a loss: it is (3,)." in found.notes


@pytest.mark.parametrize("layout", ["time_first", "batch_first"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("padding", [0.0, -100.0, "classes"])
@pytest.mark.parametrize("mode", oracles.MODES)
def test_what_a_mask_takes_out_may_be_any_number(mode, padding, named, layout, tmp_path):
    architecture, parameters, entries, _ = problem(mode=mode)
    X, classes = entries["X"], entries["Y"].argmax(axis=-1)
    Y, mask = np.eye(2)[classes], np.ones(classes.shape)
    mask[-1] = 0
    right = backward(architecture, parameters, forward(architecture, parameters, X), Y, mask=mask).gradients
    padded = np.where(mask, classes, -100.0) if padding == "classes" else np.where(mask[..., None], Y, padding)
    came = {"X": X, "Y": padded, "mask": mask}
    if layout == "batch_first":
        came = {name: a.swapaxes(0, 1) if name == "X" or mask.ndim == 2 else a for name, a in came.items()}
    texts = {"layout": layout} | ({"output": "softmax"} if named else {})
    found = rnnviz.load(saved(tmp_path / "a.npz", **entries | came, **texts))
    assert (found.architecture.output_activation, found.architecture.loss) == oracles.PAIRS[0]
    assert rnnviz.diagnose(*found.problem, right, mask=found.mask).verdict == "right"
    wrong = right._replace(Wh1=right.Wh1.T, b2=2 * right.b2)
    assert rnnviz.diagnose(*found.problem, wrong, mask=found.mask).verdict != "right"


WRONG = {
    "no X": (lambda e: e.pop("X"), r"X: got nothing, expected an array \(T, m, n0\)"),
    "no W2": (lambda e: e.pop("W2"), r"W2: got nothing, expected the matrix of the outputs"),
    "W1": (lambda e: e.update(W1=np.ones((5, 3))), r"X: got shape \(4, 3, 2\), expected \(T, m, 5\)"),
    "W2": (lambda e: e.update(W2=np.ones((9, 2))), r"W2: got W2 with shape \(9, 2\), expected \(3, 2\)"),
    "Wh1": (lambda e: e.update(Wh1=np.ones((3, 7))), r"Wh1: got shape \(3, 7\), expected 1, 3 or 4 square blocks"),
    "gru": (lambda e: e.update(Wh1=np.ones((3, 9)), W1=np.ones((2, 9))), r"b1: got b1 with shape .*, expected .9,."),
    "cell": (lambda e: e.update(cell="lstm"), r"cell: got 'lstm', expected 'plain', which the shape of Wh1 says"),
    "layers": (lambda e: e.update(weight_ih_l1=np.ones(2)), r"weight_ih_l1: got a second layer, expected one"),
    "direction": (lambda e: e.update(weight_ih_l0_reverse=np.ones(2)), r"l0_reverse: got the other direction"),
    "projection": (lambda e: e.update(weight_hr_l0=np.ones(2)), r"weight_hr_l0: got a projection"),
    "peephole": (lambda e: e.update(peephole_i=np.ones(2)), r"peephole_i: got a peephole"),
    "styles": (lambda e: e.update(weight_ih_l0=np.ones((3, 2))), r"W1, weight_ih_l0: got the names of"),
    "layout": (lambda e: e.update(layout="columns"), r"layout: got 'columns', expected one of time_first"),
    "loss": (lambda e: e.update(loss="hinge"), r"loss: got 'hinge', expected one of categorical"),
    "NaN": (lambda e: e["b1"].__setitem__(1, np.nan), r"b1: got nan at \[1\], expected finite numbers"),
    "objects": (lambda e: e.update(W1=np.array([[None]])), r"W1: got Python objects, expected numbers"),
    "complex": (lambda e: e.update(W1=np.ones((2, 3), complex)), r"W1: got complex128, expected real numbers"),
    "gradient": (lambda e: e.update({"grad.W1": np.ones(2)}), r"grad.W1: got shape \(2,\), expected two sizes"),
    "gradient's": (
        lambda e: e.update({"grad.W2": np.ones((2, 2))}),
        r"grad.W2: got W2 with shape \(2, 2\), expected \(3",
    ),
    "gradient style": (
        lambda e: e.update({"grad.weight_ih_l0": np.ones((3, 2))}),
        r"grad.weight_ih_l0: got a name of Py",
    ),
    "mask": (lambda e: e.update(mask=np.ones((3, 4))), r"mask: got shape \(3, 4\), expected \(4, 3\)"),
    "array": (lambda e: e.update(layout=np.ones(2)), r"layout: got an array of shape \(2,\), expected a text"),
}


ARRAYS = ["X", "Y", "H_init", "C_init", "mask", *Parameters._fields, "rnn.weight_ih_l0", "weight_hh_l0", "fc.bias"]
ARRAYS += ["simple_rnn/kernel:0", "recurrent_kernel", *(f"grad.{name}" for name in (*Parameters._fields, "fc.weight"))]


@pytest.mark.parametrize("name", ARRAYS)
def test_a_text_under_the_name_of_an_array_is_named(name, tmp_path):
    with pytest.raises(ValueError, match=rf"^{name}: got a text, expected an array$"):
        rnnviz.load(saved(tmp_path / "a.npz", **problem()[2] | {name: "hello"}))


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_is_named(what, tmp_path):
    change, message = WRONG[what]
    entries = problem()[2]
    change(entries)
    with pytest.raises(ValueError, match=message):
        rnnviz.load(saved(tmp_path / "a.npz", **entries))


STYLES = [
    problem()[2],
    {
        "rnn.weight_ih_l0": np.ones((4, 3)),
        "rnn.weight_hh_l0": np.ones((4, 4)),
        "rnn.bias_ih_l0": np.ones(4),
        "rnn.bias_hh_l0": np.ones(4),
        "fc.weight": np.ones((2, 4)),
        "fc.bias": np.ones(2),
    }
    | {"X": np.ones((6, 5, 3)), "Y": np.ones((6, 5, 2))},
    {
        "kernel": np.ones((2, 12)),
        "recurrent_kernel": np.ones((3, 12)),
        "bias": np.ones(12),
        "dense_kernel": np.ones((3, 2)),
    }
    | {"X": np.ones((2, 1, 2)), "Y": np.ones((2, 1, 2))},
    {
        "weight_ih_l0": np.ones((9, 2)),
        "weight_hh_l0": np.ones((9, 3)),
        "bias_ih_l0": np.ones(9),
        "bias_hh_l0": np.ones(9),
    }
    | {"weight": np.ones((2, 3)), "X": np.ones((2, 1, 2)), "Y": np.ones((2, 1, 2))},
]
SHAPES = [(), (0,), (1,), (3,), (9,), (2, 3), (3, 3), (0, 3), (3, 0), (2, 9), (2, 2, 3), (1, 2, 3, 4)]


@pytest.mark.parametrize("number", range(len(STYLES)))
def test_arrays_of_any_shape_are_read_or_refused_by_name(number):
    rng, said = np.random.default_rng(number), []
    for _ in range(300):
        entries = dict(STYLES[number])
        for name in rng.choice(list(entries), size=2, replace=False):
            shape = SHAPES[rng.integers(len(SHAPES))]
            entries |= {name: np.ones(shape)} if rng.random() < 0.8 else {f"grad.{name}": np.ones(shape)}
        try:
            of_entries(entries)
        except ValueError as error:
            said.append(str(error))
    assert len(said) > 100
    assert [text for text in said if not re.match(r"[\w./, ]+: got .*expected", text)] == []


def npy(header, data=b"", version=b"\x01\x00"):
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + data


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(f"{name}.npy", content)
    return stream.getvalue()


def header(shape, kind="<f8"):
    return f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"


def tensors(**entries):
    text = json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text


def many():
    return zipped(**{f"a{n}": npy(header((1,)), bytes(8)) for n in range(3000)})


def lying():
    """An archive that says of a bomb that it is small."""
    content = zipped(X=bytes(40 * 2**20))
    return content.replace(struct.pack("<I", 40 * 2**20), struct.pack("<I", 1000))


@pytest.mark.parametrize(
    ("kind", "data"),
    [("<U1", b"\xff" * 4), (">U1", b"\xff" * 4), ("<U1", b"\0\xd8\0\0"), ("|S2", b"\xff\xfe"), ("<U0", b"")],
)
def test_a_text_that_is_none_is_refused_under_its_name(kind, data, tmp_path):
    path = saved(tmp_path / "a.npz", **problem()[2])
    with zipfile.ZipFile(path, "a") as target:
        target.writestr("cell.npy", npy(header((), kind), data))
    with pytest.raises(ValueError, match=r"^cell: got .*, expected one of plain, gru, lstm$"):
        rnnviz.load(path)


@pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(float).max, reason="no wider float here")
def test_a_wider_float_beyond_the_largest_is_not_finite(tmp_path):
    entries = problem()[2]
    wide = entries["W1"].astype(np.longdouble)
    np.testing.assert_array_equal(rnnviz.load(saved(tmp_path / "a.npz", **entries | {"W1": wide})).parameters.W1, wide)
    wide[1, 2] = np.longdouble("-1e400")
    with pytest.raises(ValueError, match=r"^W1: got -1e\+400 at \[1, 2\], expected finite numbers"):
        rnnviz.load(saved(tmp_path / "a.npz", **entries | {"W1": wide}))


@pytest.mark.parametrize("kind", ["<U9", ">U9", "S9"])
def test_a_text_is_read_in_either_order_of_bytes(kind):
    stream = io.BytesIO()
    np.save(stream, np.array("relu", dtype=kind))
    assert archive.of_bytes("a.npz", zipped(activation=stream.getvalue())) == {"activation": "relu"}


SENTENCE = r"^[^\n]+: .*(got|unpacks)[^\n]*expected[^\n]*$"
HOSTILE = {
    "bomb.npz": lambda: zipped(X=bytes(100 * 2**20)),
    "lying.npz": lying,
    "many.npz": many,
    "twice.npz": lambda: zipped(X=npy(header((1,)), bytes(8)), Y=npy(header((1,)), bytes(8))).replace(
        b"Y.npy", b"X.npy"
    ),
    "shape.npz": lambda: zipped(X=npy(header((10**9,)))),
    "wide.npz": lambda: zipped(X=npy(header((10**9, 10**9, 10**9)))),
    "minus.npz": lambda: zipped(X=npy(header((-1, -8)), bytes(64))),
    "nested.npz": lambda: zipped(X=npy("(" * 2000)),
    "code.npz": lambda: zipped(X=npy("{'descr': __import__('os').getpid(), 'fortran_order': False, 'shape': ()}")),
    "objects.npz": lambda: zipped(X=npy(header((1,), "|O"), b"cos\nsystem\n")),
    "record.npz": lambda: zipped(X=npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", bytes(8))),
    "cut.npz": lambda: zipped(X=npy(header((1,)), bytes(8)))[:-30],
    "empty.npz": lambda: b"PK",
    "nothing.npz": lambda: b"",
    "other.npz": lambda: b"hello",
    "large.npz": lambda: bytes(13 * 2**20),
    "length.safetensors": lambda: (2**63).to_bytes(8, "little") + b"{}",
    "short.safetensors": lambda: b"\x01",
    "deep.safetensors": lambda: (60000).to_bytes(8, "little") + b"[" * 60000,
    "list.safetensors": lambda: tensors().replace(b"{}", b"[]"),
    "huge.safetensors": lambda: tensors(X={"dtype": "F64", "shape": [10**9], "data_offsets": [0, 8 * 10**9]}),
    "offsets.safetensors": lambda: tensors(X={"dtype": "F64", "shape": [1], "data_offsets": [8, 0]}),
    "type.safetensors": lambda: tensors(X={"dtype": "F8", "shape": [1], "data_offsets": [0, 0]}),
    "shape.safetensors": lambda: tensors(X={"dtype": "F64", "shape": ["a"], "data_offsets": [0, 0]}),
    "zeros.safetensors": lambda: tensors(X={"dtype": "F64", "shape": [0, 10**30], "data_offsets": [0, 0]}),
}


@pytest.fixture
def traced():
    """Start to count what is held."""
    tracemalloc.start()
    yield tracemalloc.reset_peak
    tracemalloc.stop()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_one_sentence_and_little_is_held(name, tmp_path, traced):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    traced()
    begun = time.process_time()
    with pytest.raises(ValueError, match=SENTENCE) as caught:
        rnnviz.load(path)
    assert time.process_time() - begun < 1
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((1000, 500, 1, 900, 2), "X: got 500,000 steps of 900 units, expected at most 2,097,152 numbers in a pass"),
        ((1000, 10, 1, 1, 1000), "Y: got 10,000 classes of 1,000, expected at most 2,097,152 numbers when"),
    ],
)
def test_a_small_file_cannot_ask_for_a_large_pass(sizes, message, tmp_path, traced):
    T, m, n0, n1, n2 = sizes
    shapes = {"W1": (n0, n1), "Wh1": (n1, n1), "b1": (n1,), "W2": (n1, n2), "b2": (n2,), "X": (T, m, n0)}
    arrays = {name: np.zeros(shape, dtype=np.int8) for name, shape in shapes.items()}
    arrays["Y"] = np.zeros((T, m) if n2 > 2 else (m, n2), dtype=np.int8)
    path = saved(tmp_path / "a.npz", **arrays)
    traced()
    with pytest.raises(ValueError, match=message):
        rnnviz.load(path)
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none.npz: No such file or directory, expected a file that can be read"):
        rnnviz.load(tmp_path / "none.npz")


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.npz"
    os.mkfifo(pipe)
    for path, kind in ((pipe, "pipe"), (tmp_path, "folder"), ("/dev/zero", "device")):
        with pytest.raises(ValueError, match=rf"got a {kind}, expected a file that can be read$"):
            rnnviz.load(path)


NO_PATHS = {
    "nothing": (None, r"^path: got NoneType, expected a str or a Path$"),
    "a number": (3, r"^path: got int, expected a str or a Path$"),
    "a stream": (io.BytesIO(), r"^path: got BytesIO, expected a str or a Path$"),
    "bytes": (b"a.npz", r"^path: got bytes of 5, expected a str or a Path$"),
    "arrays": ({"X": np.ones(1)}, r"^path: got dict of 1, expected a str or a Path$"),
    "a null": ("a\0b", r"^path: got 'a\\x00b', expected the name of a file$"),
    "a null in a Path": (Path("a\0b"), r"^path: got 'a\\x00b', expected the name of a file$"),
    "half a sign": ("a\ud800", r"^path: got 'a\\ud800', expected the name of a file$"),
    "a folder": ("", r"^\.: [^\n]+, expected a file that can be read$"),
}


@pytest.mark.parametrize("what", NO_PATHS)
def test_what_is_no_path_is_named(what):
    came, message = NO_PATHS[what]
    with pytest.raises(ValueError, match=message):
        rnnviz.load(came)


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_a_damaged_file_is_read_or_refused_in_words(kind, tmp_path):
    entries = problem()[2]
    path = tmp_path / f"a.{kind}"
    content = (saved if kind == "npz" else safetensors)(path, **entries).read_bytes()
    rng = np.random.default_rng(5)
    said = []
    for _ in range(300):
        broken = bytearray(content)
        for place in rng.integers(0, len(broken), size=3):
            broken[place] = rng.integers(256)
        try:
            archive.of_bytes(path.name, bytes(broken))
        except ValueError as error:
            said.append(str(error))
    assert len(said) > 50
    assert [text for text in said if not re.match(SENTENCE, text)] == []


def test_the_largest_file_stays_small(tmp_path, traced):
    """As many numbers as are taken, each one byte in the file and eight here."""
    path = saved(tmp_path / "a.npz", X=np.ones((200, 100, archive.MOST_NUMBERS // 20000), dtype=np.int8))
    traced()
    assert archive.of_path(path)["X"].dtype == np.float64
    assert tracemalloc.get_traced_memory()[1] < 40 * 2**20


def test_half_and_brain_floats_and_texts_are_read(tmp_path):
    path = tmp_path / "a.safetensors"
    data = np.array([1.5, -2.0], dtype=np.float16).tobytes() + np.array([0x3FC0, 0xC000], dtype=np.uint16).tobytes()
    content = tensors(
        __metadata__={"layout": "batch_first", "format": "pt"},
        a={"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
        b={"dtype": "BF16", "shape": [2], "data_offsets": [4, 8]},
    )
    path.write_bytes(content + data)
    found = archive.of_path(path)
    assert found["layout"] == "batch_first"
    assert "format" not in found
    for name in "ab":
        np.testing.assert_array_equal(found[name], [1.5, -2.0])


def test_what_is_public_needs_numpy_alone_and_only_when_asked_for():
    code = (
        "import sys, rnnviz; assert 'numpy' not in sys.modules; rnnviz.load, rnnviz.diagnose, rnnviz.decompose;"
        "print({'pandas', 'streamlit', 'plotly', 'latex2mathml', 'clevercsv', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
    assert {"load", "diagnose", "decompose"} <= {*dir(rnnviz)}
    with pytest.raises(AttributeError, match="typo"):
        _ = rnnviz.typo


def command(path, capsys):
    from rnnviz.__main__ import main

    code = main(["diagnose", str(path)])
    return code, *capsys.readouterr()


def test_the_command_tells_the_verdict(tmp_path, capsys):
    arrays, texts, *_ = of_torch("tanh", True, True)
    code, out, err = command(saved(tmp_path / "a.npz", **arrays, **texts), capsys)
    assert (code, err) == (0, "")
    assert out.startswith("right\nThe gradient is right: the largest relative error is ")
    assert "rnn.weight_ih_l0 came as (4, 3)" in out
    arrays |= {name: -value for name, value in arrays.items() if name.startswith("grad.")}
    code, out, _ = command(saved(tmp_path / "b.npz", **arrays, **texts), capsys)
    assert code == 1
    assert out.startswith("mistake: sign\nThese are the numbers of one mistake: sign. ")
    noise = np.random.default_rng(1)
    arrays |= {name: noise.normal(size=v.shape) for name, v in arrays.items() if name.startswith("grad.")}
    code, out, _ = command(saved(tmp_path / "c.npz", **arrays, **texts), capsys)
    assert (code, out[:8]) == (1, "unknown\n")


def test_the_command_tells_what_is_missing_in_one_line(tmp_path, capsys):
    entries = problem()[2]
    for path in (tmp_path / "none.npz", saved(tmp_path / "a.npz", **entries)):
        code, out, err = command(path, capsys)
        assert (code, out) == (2, "")
        assert re.fullmatch(r"diagnose: [^\n]*expected[^\n]*\n", err)


def run_snippet(library, folder, **scope):
    """Run the lines that a reader is shown, in a folder; return the file that they save."""
    text = SAVING[library]["code"]
    assert len(text.strip().splitlines()) <= 11
    with contextlib.chdir(folder):
        exec(text, scope)
    return rnnviz.load(folder / "mine.npz")


def test_the_lines_for_pytorch_save_a_network_and_a_mean_over_all_entries_is_named(tmp_path):
    torch.manual_seed(4)
    model = torch.nn.ModuleDict({"rnn": torch.nn.RNN(3, 4, batch_first=True), "out": torch.nn.Linear(4, 2)})
    X, labels = torch.randn(5, 6, 3), torch.randint(0, 2, (5, 6))
    Y = torch.nn.functional.one_hot(labels, 2).float()
    for times, verdict in ((6, ()), (1, ("time_mean",))):
        model.zero_grad()
        logits = model["out"](model["rnn"](X)[0])
        (times * torch.nn.functional.cross_entropy(logits.reshape(-1, 2), labels.reshape(-1))).backward()
        found = run_snippet("PyTorch", tmp_path, model=model, X=X, Y=Y)
        assert rnnviz.diagnose(*found.problem, found.gradients).mistakes == verdict


def test_the_lines_for_numpy_save_a_network(tmp_path):
    architecture, parameters, entries, _ = problem()
    right = backward(architecture, parameters, forward(architecture, parameters, entries["X"]), entries["Y"]).gradients
    found = run_snippet("NumPy", tmp_path, **entries, **{f"d{name}": v for name, v in right._asdict().items()})
    assert found.architecture == architecture
    assert rnnviz.diagnose(*found.problem, found.gradients).verdict == "right"


def test_the_lines_for_keras_save_what_its_layers_document(tmp_path):
    architecture, parameters, entries, _ = problem()
    right = backward(architecture, parameters, forward(architecture, parameters, entries["X"]), entries["Y"]).gradients

    class Layer:
        def __init__(self, *weights):
            self.get_weights = lambda: [*weights]

    scope = {"rnn": Layer(*parameters[:3]), "dense": Layer(*parameters[3:])}
    scope |= {"gradient": [torch.tensor(block) for block in right]}
    turned = {name: entries[name].swapaxes(0, 1) for name in "XY"}
    found = run_snippet("Keras", tmp_path, **scope, **turned)
    assert found.architecture == architecture
    assert rnnviz.diagnose(*found.problem, found.gradients).verdict == "right"


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
def test_an_experiment_has_the_pair_of_what_is_brought_or_names_it(pair, mode):
    architecture, parameters, X, Y, H_init = oracles.problem("tanh", pair, mode)
    if pair in OUTPUT_PAIRS.values():
        experiment = brought_experiment(Brought(architecture, parameters, X, Y, H_init=H_init))
        assert OUTPUT_PAIRS[experiment.config.output] == pair
        return
    with pytest.raises(
        ValueError, match=rf"^loss: got '{pair[1]}', expected '\w+' or '\w+' for the output '{pair[0]}'$"
    ):
        brought_experiment(Brought(architecture, parameters, X, Y, H_init=H_init))
