"""The names, the order of arguments and the attributes on which programs outside this repository rely."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnviz import engine
from tests import oracles

SIGNATURES = {
    "initialise": ["architecture", "seed", "scheme", "spectral_radius", "forget_bias", "update_bias"],
    "forward": ["architecture", "parameters", "X", "H_init", "C_init"],
    "backward": ["architecture", "parameters", "trace", "Y", "truncation", "truncation_kind", "mask"],
    "decompose": ["architecture", "parameters", "trace", "Y", "mask"],
    "direct_path_terms": ["architecture", "parameters", "trace", "Y", "mask"],
    "term_norms": ["architecture", "parameters", "trace", "Y", "mask"],
    "state_jacobian": ["architecture", "parameters", "trace", "t", "k", "sample"],
    "chain_factors": ["architecture", "parameters", "trace", "Y", "parameter", "t", "k", "sample"],
    "check_gradients": ["architecture", "parameters", "X", "Y", "H_init", "epsilon", "C_init", "mask"],
    "train": [
        *("architecture", "parameters", "X", "Y", "epochs", "learning_rate", "optimiser"),
        *("clip_norm", "clip_value", "truncation", "truncation_kind", "H_init", "C_init", "mask"),
    ],
    "Architecture": [
        *("n_inputs", "n_hidden", "n_outputs", "hidden_activation", "output_activation", "loss", "mode"),
        *("cell", "reset"),
    ],
    "Parameters": ["W1", "Wh1", "b1", "W2", "b2"],
}
ATTRIBUTES = {
    "Trace": {"X", "H_init", "A", "H", "Z", "Y_hat", "gates", "C", "C_init"},
    "Backward": {"gradients", "step_losses", "loss", "deltas"},
    "Decomposition": {"terms", "norms", "adjoints", "step_losses", "output_terms"},
    "Factor": {"id", "symbol", "value"},
    "GradientCheck": {"analytic", "numeric", "relative_error"},
    "Epoch": {
        *("epoch", "loss", "step_losses", "gradients", "gradient_norms", "updates"),
        *("parameters", "clipped", "finite"),
    },
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_keep_their_names_and_order(name):
    assert list(inspect.signature(getattr(engine, name)).parameters) == SIGNATURES[name]


def test_training_options_are_keywords():
    kinds = {name: p.kind for name, p in inspect.signature(engine.train).parameters.items()}
    assert all(kinds[name] is inspect.Parameter.KEYWORD_ONLY for name in SIGNATURES["train"][4:])


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_results_are_frozen_and_have_their_attributes(name):
    kind = getattr(engine, name)
    fields = {field.name for field in dataclasses.fields(kind)}
    assert fields | set(dir(kind)) >= ATTRIBUTES[name]
    assert kind.__dataclass_params__.frozen
    assert not kind.__dataclass_params__.eq


def test_shapes_and_types_of_a_whole_run():
    architecture, parameters, X, Y, _ = oracles.problem(T=5, m=3)
    trace = engine.forward(architecture, parameters, X)
    assert trace.H_init.shape == (3, 3)
    assert not trace.H_init.any()
    result, parts = (f(architecture, parameters, trace, Y) for f in (engine.backward, engine.decompose))
    assert type(result.loss) is float
    assert result.deltas.shape == (5, 3, 3)
    assert {name: terms.shape for name, terms in parts.terms.items()} == {
        "W1": (5, 5, 2, 3),
        "Wh1": (5, 5, 3, 3),
        "b1": (5, 5, 3),
    }
    assert parts.adjoints.shape == (5, 5, 3, 3)
    assert {name: terms.shape for name, terms in parts.output_terms.items()} == {"W2": (5, 3, 2), "b2": (5, 2)}
    assert all(norms.shape == (5, 5) for norms in parts.norms.values())
    (epoch,) = engine.train(architecture, parameters, X, Y, epochs=1, learning_rate=0.1)
    assert set(epoch.gradient_norms) == set(oracles.NAMES)
    assert type(epoch.updates) is type(epoch.gradients) is engine.Parameters
    assert (type(epoch.finite), type(epoch.clipped), type(epoch.loss)) == (bool, bool, float)
    assert type(engine.check_gradients(architecture, parameters, X, Y).relative_error) is float


def test_public_names_exist_and_are_documented():
    assert len(set(engine.__all__)) == len(engine.__all__)
    for name in engine.__all__:
        thing = getattr(engine, name)
        if callable(thing):
            assert thing.__doc__, name


def test_numpy_is_the_only_library():
    for path in Path(engine.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names | {"numpy"}, (path.name, name)


def test_the_example_of_the_package_is_true():
    found = doctest.testmod(engine)
    assert found.attempted > 3
    assert not found.failed


def test_results_are_double_precision_whatever_comes_in():
    architecture, parameters, X, Y, _ = oracles.problem()
    single = engine.Parameters(*(array.astype(np.float32) for array in parameters))
    trace = engine.forward(architecture, single, X.astype(np.float32))
    for array in (trace.X, trace.A, trace.H, trace.Z, trace.Y_hat):
        assert array.dtype == np.float64
    for gradient in engine.backward(architecture, single, trace, Y).gradients:
        assert gradient.dtype == np.float64
