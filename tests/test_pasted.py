"""Arrays that a reader pastes: whatever NumPy and PyTorch print comes back, and what is no array is named."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from rnnviz.tasks.networks.pasted import array_of
from tests.with_torch import torch

SHAPES = [(1,), (5,), (2, 3), (1, 1), (4, 3, 2), (2, 1, 3, 2)]
PRINTED = {
    "str": str,
    "repr": repr,
    "list": lambda v: str(v.tolist()),
    "json": lambda v: json.dumps(v.tolist(), indent=1),
    "single": lambda v: repr(v.astype(np.float32)),
    "tensor": lambda v: str(torch.tensor(v)),
    "single tensor": lambda v: repr(torch.tensor(v, dtype=torch.float32)),
    "with a graph": lambda v: str(torch.tensor(v, requires_grad=True) * 1),
    "parameter": lambda v: str(torch.nn.Parameter(torch.tensor(v))),
    "with a module": lambda v: f"np.{v!r}",
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("how", PRINTED)
def test_what_is_printed_comes_back(shape, how):
    for scale in (1.0, 1e-5, 1e4):
        values = scale * np.random.default_rng(len(shape)).normal(size=shape)
        found = array_of(PRINTED[how](values))
        assert found.shape == shape
        np.testing.assert_allclose(found, values, rtol=1e-3, atol=1e-4 * scale)


def test_a_single_number_and_whole_numbers_are_arrays_too():
    assert array_of("tensor(0.5)") == 0.5
    np.testing.assert_array_equal(array_of("[[1 2]\n [3 4]]"), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(array_of("[1., -.5, +2e3,]"), [1, -0.5, 2000])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (str(np.zeros(5000)), r"got “…”, which stands for numbers that were not printed, expected all of them: np.set"),
        ("[1, …, 2]", r"got “…”"),
        ("[[1, 2], [3]]", r"got shape \(1,\) at \[1\], expected \(2,\) as before it"),
        ("[[1, 2], 3]", r"got shape \(\) at \[1\], expected \(2,\)"),
        ("[1, nan]", r"got 'nan\]' at character 4, expected a number or a bracket"),
        ("tensor([inf])", r"got 'inf\]\)' at character 8"),
        ("[1, 1e999]", r"got a number beyond 1e308 at \[1\]"),
        ("[1, 2", r"got a bracket that is not closed, expected an array"),
        ("1]", r"got '\]' after the array"),
        ("]", r"got a bracket at character 0 that closes nothing"),
        ("", r"got no number, expected an array"),
        ("[[]]", r"got an empty list at \[0\], expected numbers"),
        ("[1] [2]", r"got '\[2\]' after the array, expected nothing more"),
        ("[0.5.3]", r"got '0.5.3\]' at character 1"),
        ("[1+2j]", r"got '\+2j\]' at character 2"),
        ("__import__('os')", r"got .__import__.* at character 0"),
        ("[" * 100_000, r"got brackets 5 deep, expected at most 4"),
        ("array([1], " + "a=b=" * 50_000, r"after the array"),
        ("[" + "1," * 60_000 + "]", r"got more than 50,000 numbers"),
        (" " * 3_000_000, r"got 3,000,000 characters, expected at most 1,000,000"),
    ],
    ids=range(20),
)
def test_what_is_no_array_is_named(text, message):
    with pytest.raises(ValueError, match=message) as caught:
        array_of(text)
    assert re.fullmatch(r"text: .*", str(caught.value))
    assert len(str(caught.value)) < 250
