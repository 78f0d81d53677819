"""A network and its gradient, brought to the page of the gradient check."""

from __future__ import annotations

import io

import numpy as np
import pytest

from rnnviz.engine import Parameters, backward, forward
from tests import oracles
from tests.opening import healthy, opened


def file(change=lambda gradients: gradients, **more):
    architecture, parameters, X, Y, H_init = oracles.problem()
    right = backward(architecture, parameters, forward(architecture, parameters, X, H_init), Y).gradients
    arrays = dict(zip(Parameters._fields, parameters, strict=True)) | {"X": X, "Y": Y, "H_init": H_init} | more
    stream = io.BytesIO()
    np.savez(stream, **arrays, **{f"grad.{name}": value for name, value in change(right)._asdict().items()})
    return stream.getvalue()


def brought(content, name="mine.npz"):
    at = opened("pages/6_Gradient_check.py", warm=False)
    at.session_state["diagnosis"] = True
    at.run()
    at.get("file_uploader")[0].upload(name, content, "application/octet-stream").run()
    return healthy(at)


def said(at):
    return " ".join(each.value.replace("\\", "") for each in [*at.markdown, *at.caption])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g: g, "**Right.** The gradient is right"),
        (
            lambda g: g._replace(b1=2 * g.b1),
            "**Mistake: bias_twice.** These are the numbers of one mistake: bias_twice",
        ),
        (lambda g: g._replace(Wh1=g.Wh1.T), "Wh1 is the right one, transposed."),
    ],
)
def test_a_gradient_is_judged_and_what_was_assumed_is_said(change, words):
    at = brought(file(change))
    assert words in said(at)
    assert "No activation was named: tanh is taken." in said(at)
    assert [*at.table[1].value["gradient"]] == ["W₁", "Wₕ₁", "β₁", "W₂", "β₂"]


def test_a_file_that_is_none_is_named_and_its_text_stays_text():
    at = brought(b"hello", "<b>*x*.npz")
    assert "<b>*x*.npz: got another kind of file, expected .npz or .safetensors" in said(at)
    assert "\\*x\\*" in " ".join(each.value for each in at.caption)
    named = brought(file(**{"<i>$x$": np.ones(2)}))
    assert "was left out" in said(named)
    assert "\\$x\\$" in " ".join(each.value for each in named.caption)
