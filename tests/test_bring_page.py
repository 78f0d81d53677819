"""A network and its gradient, brought to the page of the gradient check."""

from __future__ import annotations

import io

import numpy as np
import pytest

from rnnviz.engine import Parameters, backward, forward
from rnnviz.experiment.core import run
from rnnviz.experiment.mistakes import arguments_of_copy, gradient_of_copy
from rnnviz.settings.config import RunConfig
from tests import oracles
from tests.opening import healthy, opened


def file(change=lambda gradients: gradients, **more):
    architecture, parameters, X, Y, H_init = oracles.problem()
    right = backward(architecture, parameters, forward(architecture, parameters, X, H_init), Y).gradients
    arrays = dict(zip(Parameters._fields, parameters, strict=True)) | {"X": X, "Y": Y, "H_init": H_init} | more
    stream = io.BytesIO()
    np.savez(
        stream,
        **arrays,
        **{f"grad.{name}": value for name, value in change(right)._asdict().items() if value is not None},
    )
    return stream.getvalue()


def brought(content, name="mine.npz"):
    at = opened("pages/6_Gradient_check.py", warm=False)
    at.session_state["diagnosis"] = True
    at.run()
    return at.get("file_uploader")[0].upload(name, content, "application/octet-stream").run()


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
    at = healthy(brought(file(change)))
    assert words in said(at)
    assert "No activation was named: tanh is taken." in said(at)
    assert [*at.table[1].value["gradient"]] == ["W₁", "Wₕ₁", "β₁", "W₂", "β₂"]


def test_a_file_that_is_none_is_named_and_its_text_stays_text():
    at = brought(b"hello", "<b>*x*.npz")
    (error,) = at.error
    assert "\\*x\\*.npz\\: got another kind of file, expected .npz or .safetensors" in error.value
    assert not at.exception
    named = healthy(brought(file(**{"<i>$x$": np.ones(2)})))
    assert "was left out" in said(named)
    assert "\\$x\\$" in " ".join(each.value for each in named.caption)


def pasted(text, parameter="Wₕ₁", **settings):
    at = opened("pages/6_Gradient_check.py", warm=False, **settings)
    at.session_state["diagnosis"] = True
    at.run()
    at.segmented_control(key="diagnosis.parameter").set_value(parameter).run()
    at.get("text_area")[0].set_value(text).run()
    return said(healthy(at))


def test_a_gradient_that_is_pasted_is_judged_for_the_network_on_the_screen():
    config, made = RunConfig(preset="echo", task="echo", steps=5, lag=2, hidden=4, batch=3, sample=1), {"no_slope"}
    experiment = run(config)
    broken = gradient_of_copy(made, arguments_of_copy(made, *experiment.problem))
    for name, label in (("Wh1", "Wₕ₁"), ("b1", "β₁")):
        right = getattr(experiment.backward.gradients, name)
        assert "**Right.**" in pasted(str(right), label, **config.to_query())
        wrong = f"tensor({getattr(broken, name).tolist()})"
        assert "**Mistake: no_slope.**" in pasted(wrong, label, **config.to_query())
    assert "expected all of them" in pasted("[[1., ..., 2.]]")
    assert "gradients.Wh1: got shape (2,), expected (3, 3)" in pasted("[1, 2]")
